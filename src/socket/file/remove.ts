/**
 * Removes the socket files that this library created. Closing a socket leaves its file behind, which then only causes EADDRINUSE.
 * @module
 */
import { lstatSync, unlinkSync } from 'node:fs'
import { attempt } from '../../errors.ts'
import { directoryOf } from './in-use.ts'
import { lock } from './lock.ts'

/** A socket file and its identity: only this very file is removed. */
export interface SocketFile {
  readonly path: Buffer
  readonly device: bigint
  readonly inode: bigint
  /** Birth time in ns, since inode numbers are reused as soon as a socket is closed. 0 if the file system does not record it. */
  readonly born: bigint
}

/** Identifies the socket file at a path. Returns `undefined` if there is none. */
export function identify(path: Buffer): SocketFile | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats?.isSocket() === true ? { path, device: stats.dev, inode: stats.ino, born: stats.birthtimeNs } : undefined
}

/** Replacing takes less than 1 ms, and no process replaces the file of an open socket: after this time it is removed anyway. */
const lockTimeoutMs = 100

/**
 * Removes a socket file if it is still the same. Call it before closing the socket. Never throws: if its directory cannot be
 * searched or written to any more, the file stays.
 */
export function removeFile(file: SocketFile): void {
  const held = attempt(() => lock(directoryOf(file.path), lockTimeoutMs))
  attempt(() => {
    const there = identify(file.path)
    if (there?.inode === file.inode && there.device === file.device && there.born === file.born) unlinkSync(file.path)
  })
  if (held?.state === 'held') held.release()
}
