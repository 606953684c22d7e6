/**
 * Explains errors of the kernel to the user of the command, and what to do about them.
 * @module
 */
import { SystemError } from '../errors.ts'

/** Meanings by call and errno, or by errno alone. A pair has the meaning for a path, and that for other addresses. */
const meanings: Readonly<Record<string, string | readonly [path: string, other: string]>> = {
  'bind ENOENT': 'its directory does not exist',
  'bind ENOTDIR': 'a part of the path is not a directory',
  'bind EACCES': ['no permission to create a file in that directory', 'a port below 1024 needs CAP_NET_BIND_SERVICE'],
  'bind EPERM': 'the file system does not support socket files',
  'bind EROFS': 'the file system is read-only',
  'bind EADDRNOTAVAIL': 'this machine does not have this address',
  'bind EADDRINUSE': 'a process is bound to it',
  ENOENT: 'there is no such socket',
  ENOTDIR: 'a part of the path is not a directory',
  ECONNREFUSED: ['the file exists, but no socket is bound to it', 'no socket is bound to it'],
  EACCES: ['sending needs write permission for the socket file and search permission for its directories', 'not permitted'],
  EPROTOTYPE: 'it is a socket of another type: try another --type',
  EPERM: 'it is connected to another socket, and receives only from that one',
  EMSGSIZE: 'the message is larger than the socket accepts; `cmsg doctor` shows the limits',
  EPROTONOSUPPORT: 'this kernel does not support sockets of this family and type',
  ESOCKTNOSUPPORT: 'this kernel does not support sockets of this family and type',
  EAFNOSUPPORT: 'this kernel does not support this family',
  ENETUNREACH: 'there is no route to it',
  EMFILE: 'RLIMIT_NOFILE is reached',
  EPIPE: 'the other end is gone',
  ECONNRESET: 'the other end is gone',
}

/** Returns the message of an error, with its meaning for the user of the command. */
export function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // The library's hint names its own option: name that of the command instead.
  const message = error.message.replaceAll('{ unlink: true }', '--unlink')
  if (!(error instanceof SystemError)) return message
  const { syscall, code, address } = error
  const place = error.port === undefined ? address : `${address}:${error.port}`
  const bare = [syscall, code, place].filter((part) => part !== undefined).join(' ')
  const meaning = meanings[`${syscall} ${code}`] ?? meanings[code]
  // An explanation by the library is more specific than the errno.
  if (message !== bare || meaning === undefined) return message
  if (typeof meaning === 'string') return `${message}: ${meaning}`
  const hasFile = address !== undefined && error.port === undefined && !address.startsWith('@')
  return `${message}: ${meaning[hasFile ? 0 : 1]}`
}
