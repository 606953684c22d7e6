/**
 * Socket files: a pathname stays behind when its socket is closed, and then is in nobody's use but in everybody's way.
 * @module
 */
import { lstatSync, unlinkSync, type Stats } from 'node:fs'
import { constants } from '../../generated/constants.ts'
import { decodeAddress } from '../address/address.ts'
import { SystemError } from '../errors.ts'
import { systemError } from '../libc/arguments.ts'
import { bind, close, connect, socket } from '../libc/sockets.ts'
import { errno } from '../../generated/errno.ts'

/** A socket file of ours: which one it was, so that only that one is removed. */
export interface SocketFile {
  readonly path: string | Buffer
  readonly stats: Stats
}

const pathOf = (name: Uint8Array): string | Buffer | undefined => {
  const address = decodeAddress(name)
  return 'path' in address ? (typeof address.path === 'string' ? address.path : Buffer.from(address.path)) : undefined
}

const stat = (path: string | Buffer): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

/**
 * bind(2), with an EADDRINUSE that explains itself; with `unlink`, a socket file that nobody is bound to is replaced.
 * Returns the file that was made, if one was.
 */
export function bindName(fd: number, name: Uint8Array, unlink: boolean): SocketFile | undefined {
  const path = pathOf(name)
  try {
    bind(fd, name)
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EADDRINUSE' || path === undefined) throw error
    const why = inTheWay(path, name)
    if (!unlink || why !== stale) throw systemError(errno.EADDRINUSE, 'bind', name, why)
    unlinkSync(path)
    bind(fd, name)
  }
  const stats = path === undefined ? undefined : stat(path)
  return path === undefined || stats === undefined ? undefined : { path, stats }
}

const bound = 'a process is bound to it'
const stale = 'a socket file was left there by a process that is gone: remove it, or replace it with { unlink: true }'

/**
 * What an address in use is used by. Asked by a datagram socket, whatever ours is: where a socket of another type is
 * bound it is refused for its type, without a connection being made, and before that socket even listens.
 */
function inTheWay(path: string | Buffer, name: Uint8Array): string | undefined {
  if (stat(path)?.isSocket() !== true) return 'there is a file that is no socket'
  const probe = socket(constants.AF_UNIX, constants.SOCK_DGRAM | constants.SOCK_NONBLOCK)
  try {
    connect(probe, name)
    return bound
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ECONNREFUSED') return stale
    // EPROTOTYPE: of another type; EPERM: connected to somebody else. EACCES: we may not know.
    return error.code === 'EACCES' ? undefined : bound
  } finally {
    close(probe)
  }
}

/** Remove a socket file, if it is still the one. */
export function removeFile({ path, stats }: SocketFile): void {
  const now = stat(path)
  if (now === undefined || now.ino !== stats.ino || now.dev !== stats.dev) return
  try {
    unlinkSync(path)
  } catch {
    // Its directory is gone, or no longer ours: then so is the file as far as we are concerned.
  }
}
