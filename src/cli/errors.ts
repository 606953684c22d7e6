/**
 * What a refusal of the kernel means to somebody who typed a command, and what to do about it.
 * @module
 */
import { SystemError } from '../errors.ts'

/** By call and errno, or errno alone: what it means where the address is a path, and where it is not. */
const meanings: Readonly<Record<string, string | readonly [path: string, other: string]>> = {
  'bind ENOENT': 'its directory does not exist',
  'bind ENOTDIR': 'a part of it that should be a directory is none',
  'bind EACCES': ['we may not make a file in that directory', 'a port below 1024 needs CAP_NET_BIND_SERVICE'],
  'bind EPERM': 'the file system has no socket files',
  'bind EROFS': 'the file system is read-only',
  'bind EADDRNOTAVAIL': 'this machine has no such address',
  'bind EADDRINUSE': 'a process is bound to it',
  ENOENT: 'there is no such socket',
  ENOTDIR: 'a part of it that should be a directory is none',
  ECONNREFUSED: ['a file is there, but nobody is bound to it', 'nobody is there'],
  EACCES: ['to send, one needs write permission for the socket file and search permission for its directories', 'it is not permitted'],
  EPROTOTYPE: 'it is a socket of another type: try another --type',
  EPERM: 'it is connected to somebody else, and hears nobody but them',
  EMSGSIZE: 'the message is larger than the socket takes; `cmsg doctor` has the limits',
  EPROTONOSUPPORT: 'there are no sockets of this family and type',
  ESOCKTNOSUPPORT: 'there are no sockets of this family and type',
  EAFNOSUPPORT: 'this kernel does not have this family',
  ENETUNREACH: 'there is no route to it',
  EMFILE: 'RLIMIT_NOFILE is reached',
  EPIPE: 'the other end is gone',
  ECONNRESET: 'the other end is gone',
}

/** The message of an error, with what it means to the caller of a command. */
export function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // What the library advises is its option; here it is ours.
  const message = error.message.replaceAll('{ unlink: true }', '--unlink')
  if (!(error instanceof SystemError)) return message
  const { syscall, code, address } = error
  const bare = [syscall, code, error.port === undefined ? address : `${address}:${error.port}`].filter((part) => part !== undefined).join(' ')
  const meaning = meanings[`${syscall} ${code}`] ?? meanings[code]
  // Where the library has explained it, it knows more than the errno says.
  if (message !== bare || meaning === undefined) return message
  return `${message}: ${typeof meaning === 'string' ? meaning : meaning[address === undefined || error.port !== undefined || address.startsWith('@') ? 1 : 0]}`
}
