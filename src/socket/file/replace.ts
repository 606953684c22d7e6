/**
 * Binding in the place of a socket file that a process left behind.
 * @module
 */
import { unlinkSync } from 'node:fs'
import type { SystemError } from '../../errors.ts'
import { directoryOf, inTheWay, inUse, notThere, onFile, stale, taken, tryBind } from './in-use.ts'
import { lock } from './lock.ts'

/** ms. Replacing takes less than one: a process that holds the lock for longer has been stopped. */
const patience = 2000

/**
 * Bind to a pathname that is in use, if only by a file that nobody is bound to. One process at a time: of two that had both
 * found the file stale, the second would remove the first one's new socket.
 * @throws SystemError EADDRINUSE, with the reason
 */
export function replace(fd: number, name: Uint8Array, path: Buffer): void {
  const held = lock(directoryOf(path), patience)
  if (held.state === 'busy') throw inUse(name, 'another process of this user is replacing a socket file in the same directory')
  try {
    const why = inTheWay(path, name)
    if (why === stale) remove(path, name)
    else if (why !== notThere) throw inUse(name, why)
    // A process that does not replace anything takes no lock, and may have been quicker.
    if (!tryBind(fd, name)) throw inUse(name, taken)
  } finally {
    if (held.state === 'held') held.release()
  }
}

function remove(path: Buffer, name: Uint8Array): void {
  try {
    onFile('unlink', name, () => { unlinkSync(path) })
  } catch (error) {
    if ((error as SystemError).code !== 'ENOENT') throw error
  }
}
