/**
 * Finds out why the name of a Unix socket is in use.
 * @module
 */
import { lstatSync, type Stats } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { decodeAddress } from '../../address/address.ts'
import { SystemError } from '../../errors.ts'
import { systemError } from '../../arguments.ts'
import { bind, connect, socket } from '../../libc/sockets.ts'
import { call } from '../../native/syscalls.ts'
import { permitted } from './permitted.ts'

/** The absolute pathname in a name: the program may change its directory before it closes the socket. */
export function pathOf(name: Uint8Array): Buffer | undefined {
  const address = decodeAddress(name)
  if (!('path' in address)) return undefined
  const path = Buffer.from(address.path as string) // or bytes: it accepts either, but its types accept no union
  return path[0] === slash ? path : Buffer.concat([Buffer.from(`${process.cwd()}/`), path])
}
const slash = 0x2f

/** The directory of an absolute path, with a slash at its end. */
export const directoryOf = (path: Buffer): Buffer => path.subarray(0, path.lastIndexOf(slash) + 1)

/** bind(2). Returns false if the name is in use. */
export function tryBind(fd: number, name: Uint8Array): boolean {
  try {
    bind(fd, name)
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EADDRINUSE') return false
    throw error
  }
}

export const inUse = (name: Uint8Array, why: string | undefined): SystemError => systemError(errno.EADDRINUSE, 'bind', name, why)

/**
 * Calls a function of node:fs on the file of a name, by `path`. Converts its error to a SystemError, or to `ERR_CMSG_UNSUPPORTED` if
 * the runtime's permissions do not allow the call.
 */
export function onFile<T>(syscall: string, name: Uint8Array, path: Buffer | string, call: () => T): T {
  try {
    return permitted(path, call)
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    throw errno === undefined ? error : systemError(-errno, syscall, name)
  }
}

export const taken = 'a process is bound to it'
export const stale = 'this socket file was left by a process that has ended: remove it, or replace it with { unlink: true }'
const unknown = 'so it is not known if a process is bound to it'
const notWritable = ({ uid, mode }: Stats): string => (uid === process.geteuid!()
  ? `the permissions of the socket file there, 0o${(mode & 0o777).toString(8)}, do not let its owner, this user, write to it, ${unknown}: `
    + 'remove it if none is, or let its owner write to it (chmod u+w)'
  : `the socket file there belongs to uid ${uid} and is not writable for this process, ${unknown}`)
export const notThere = 'a socket file existed there a moment ago'

/**
 * Explains what uses a pathname. It probes with a datagram socket, whatever the type of the caller's socket: a socket of another
 * type refuses the probe because of its type, without a connection being made, and even before it listens.
 */
export function usageOf(path: Buffer, name: Uint8Array): string {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return notThere
  if (!stats.isSocket()) return 'a file that is not a socket exists there'
  const probe = socket(constants.AF_UNIX, constants.SOCK_DGRAM | constants.SOCK_NONBLOCK)
  try {
    connect(probe, name)
    return taken
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ECONNREFUSED') return stale
    if (error.code === 'ENOENT') return notThere
    // EPROTOTYPE: a socket of another type; EPERM: one that is connected to another peer.
    return error.code === 'EACCES' ? notWritable(stats) : taken
  } finally {
    call('close', probe)
  }
}
