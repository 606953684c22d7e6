/**
 * Binds to the path of a socket file that another process left behind.
 * @module
 */
import { unlinkSync } from 'node:fs'
import type { SystemError } from '../../errors.ts'
import { directoryOf, usageOf, inUse, notThere, onFile, stale, taken, tryBind } from './in-use.ts'
import { lock } from './lock.ts'

/** Replacing takes less than 1 ms, so a process that holds the lock for longer has been stopped. */
const lockTimeoutMs = 2000

/**
 * Binds to a pathname that is in use, if no socket is bound to the file there. Only one process at a time may do so: if two
 * processes found the file stale, the second would remove the first one's new socket.
 * @throws SystemError EADDRINUSE, with the reason
 */
export function replace(fd: number, name: Uint8Array, path: Buffer): void {
  const held = lock(directoryOf(path), lockTimeoutMs)
  if (held.state === 'busy') throw inUse(name, 'another process of this user is replacing a socket file in the same directory')
  try {
    const why = usageOf(path, name)
    if (why === stale) remove(path, name)
    else if (why !== notThere) throw inUse(name, why)
    // A process that binds without `unlink` takes no lock, and may have been quicker.
    if (!tryBind(fd, name)) throw inUse(name, taken)
  } finally {
    if (held.state === 'held') held.release()
  }
}

function remove(path: Buffer, name: Uint8Array): void {
  try {
    onFile('unlink', name, path, () => { unlinkSync(path) })
  } catch (error) {
    if ((error as SystemError).code !== 'ENOENT') throw error
  }
}
