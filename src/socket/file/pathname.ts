/**
 * Socket files: a pathname stays behind when its socket is closed, and then is in nobody's use but in everybody's way.
 * @module
 */
import { lstatSync, unlinkSync, type Stats } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { decodeAddress, encodeAddress } from '../../address/address.ts'
import { SystemError } from '../../errors.ts'
import { systemError } from '../../arguments.ts'
import { bind, close, connect, socket } from '../../libc/sockets.ts'
import { sleep } from '../../native/sleep.ts'

/** A socket file of ours: which one it was, so that only that one is removed. */
export interface SocketFile {
  readonly path: Buffer
  readonly stats: Stats
}

/** The pathname in a name, from the root: the program may go to another directory before it closes the socket. */
function pathOf(name: Uint8Array): Buffer | undefined {
  const address = decodeAddress(name)
  if (!('path' in address)) return undefined
  const path = Buffer.from(address.path as string) // or bytes: it takes either, but its types take no union
  return path[0] === slash ? path : Buffer.concat([Buffer.from(`${process.cwd()}/`), path])
}
const slash = 0x2f

const directoryOf = (path: Buffer): Buffer => path.subarray(0, path.lastIndexOf(slash) + 1)

const stat = (path: Buffer): Stats | undefined => lstatSync(path, { throwIfNoEntry: false })

/**
 * bind(2), with an EADDRINUSE that explains itself; with `unlink`, a socket file that nobody is bound to is replaced.
 * Returns the file that is to be removed at close, if one is.
 */
export function bindName(fd: number, name: Uint8Array, unlink: boolean): SocketFile | undefined {
  const free = bound(fd, name)
  if (free && !unlink) return undefined
  const path = pathOf(name)
  if (!free) {
    if (path !== undefined && unlink) replace(fd, name, path)
    else throw inUse(name, path && inTheWay(path, name))
  }
  const stats = path && stat(path)
  return path && stats && { path, stats }
}

/** bind(2): false where the address is in use. */
function bound(fd: number, name: Uint8Array): boolean {
  try {
    bind(fd, name)
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EADDRINUSE') return false
    throw error
  }
}

const inUse = (name: Uint8Array, why: string | undefined): SystemError => systemError(errno.EADDRINUSE, 'bind', name, why)

/**
 * Bind in the place of a stale file. One of us at a time: of two that had both found the file stale, the second would
 * remove the first one's new socket.
 */
function replace(fd: number, name: Uint8Array, path: Buffer): void {
  const lock = lockDirectory(directoryOf(path))
  try {
    const why = inTheWay(path, name)
    if (why !== stale) throw inUse(name, why)
    unlinkSync(path)
    // Who knows nothing of the lock may have been quicker.
    if (!bound(fd, name)) throw inUse(name, taken)
  } finally {
    close(lock)
  }
}

/** ms. Replacing takes less than one: who holds the lock for longer is none of us. */
const lockPatience = 2000

/** Nobody else replaces a file of this directory until the descriptor is closed: it has an abstract name, which is one socket's at a time. */
function lockDirectory(directory: Buffer): number {
  const { dev, ino } = lstatSync(directory)
  const name = encodeAddress({ abstract: `cmsg-replace-${dev}-${ino}` })
  const fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM)
  const deadline = performance.now() + lockPatience
  while (!bound(fd, name) && performance.now() < deadline) sleep(1 + Math.random())
  return fd
}

const taken = 'a process is bound to it'
const stale = 'a socket file was left there by a process that is gone: remove it, or replace it with { unlink: true }'

/**
 * What an address in use is used by. Asked by a datagram socket, whatever ours is: where a socket of another type is
 * bound it is refused for its type, without a connection being made, and before that socket even listens.
 */
function inTheWay(path: Buffer, name: Uint8Array): string | undefined {
  if (stat(path)?.isSocket() !== true) return 'there is a file that is no socket'
  const probe = socket(constants.AF_UNIX, constants.SOCK_DGRAM | constants.SOCK_NONBLOCK)
  try {
    connect(probe, name)
    return taken
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ECONNREFUSED') return stale
    // EPROTOTYPE: of another type; EPERM: connected to somebody else. EACCES: we may not know.
    return error.code === 'EACCES' ? undefined : taken
  } finally {
    close(probe)
  }
}

/** Remove a socket file, if it is still the one. */
export function removeFile({ path, stats }: SocketFile): void {
  try {
    const now = stat(path)
    if (now?.ino === stats.ino && now.dev === stats.dev) unlinkSync(path)
  } catch {
    // Its directory may not be entered any more, or not be written to: then so is the file gone as far as we are concerned.
  }
}
