/**
 * Names of Unix sockets that are in use, and the explanation of that.
 * @module
 */
import { lstatSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { decodeAddress } from '../../address/address.ts'
import { SystemError } from '../../errors.ts'
import { systemError } from '../../arguments.ts'
import { bind, connect, socket } from '../../libc/sockets.ts'
import { call } from '../../native/syscalls.ts'

/** The pathname in a name, from the root: the program may go to another directory before it closes the socket. */
export function pathOf(name: Uint8Array): Buffer | undefined {
  const address = decodeAddress(name)
  if (!('path' in address)) return undefined
  const path = Buffer.from(address.path as string) // or bytes: it takes either, but its types take no union
  return path[0] === slash ? path : Buffer.concat([Buffer.from(`${process.cwd()}/`), path])
}
const slash = 0x2f

/** The directory of a path from the root, with the slash at its end. */
export const directoryOf = (path: Buffer): Buffer => path.subarray(0, path.lastIndexOf(slash) + 1)

/** bind(2): false where the name is in use. */
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

/** A call of node:fs about the file of a name: what it throws is a SystemError. */
export function onFile<T>(syscall: string, name: Uint8Array, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw systemError(-(error as NodeJS.ErrnoException).errno!, syscall, name)
  }
}

export const taken = 'a process is bound to it'
export const stale = 'this socket file was left by a process that has ended: remove it, or replace it with { unlink: true }'
export const notThere = 'a socket file existed there a moment ago'

/**
 * What uses a pathname that is in use. The socket that asks is a datagram socket, whatever ours is: a socket of another
 * type refuses it for its type, without a connection being made, and even before that socket listens.
 */
export function inTheWay(path: Buffer, name: Uint8Array): string | undefined {
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
    // EPROTOTYPE: of another type; EPERM: connected to somebody else. EACCES: we may not know.
    return error.code === 'EACCES' ? undefined : taken
  } finally {
    call('close', probe)
  }
}
