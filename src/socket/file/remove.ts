/**
 * Socket files of ours. One stays behind when its socket is closed, and then it is of use to nobody and in everybody's way.
 * @module
 */
import { lstatSync, unlinkSync } from 'node:fs'
import { attempt } from '../../errors.ts'
import { directoryOf } from './in-use.ts'
import { lock } from './lock.ts'

/** A socket file, and which one it is: only that one is removed. */
export interface SocketFile {
  readonly path: Buffer
  readonly device: bigint
  readonly inode: bigint
  /** The number of an inode goes to the next file as soon as its socket is closed. 0 where the file system does not say. */
  readonly born: bigint
}

/** The socket file at a path; `undefined` where there is none. */
export function identify(path: Buffer): SocketFile | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats?.isSocket() === true ? { path, device: stats.dev, inode: stats.ino, born: stats.birthtimeNs } : undefined
}

/** ms. Replacing takes less than one, and nobody replaces a file while its socket is open: it can be removed regardless. */
const patience = 100

/**
 * Remove a socket file, if it is still the one; to be called before its socket is closed. Never throws: where its
 * directory cannot be entered or written to any more, the file stays.
 */
export function removeFile(file: SocketFile): void {
  const held = attempt(() => lock(directoryOf(file.path), patience))
  attempt(() => {
    const there = identify(file.path)
    if (there?.inode === file.inode && there.device === file.device && there.born === file.born) unlinkSync(file.path)
  })
  if (held?.state === 'held') held.release()
}
