/**
 * The lock under which socket files are replaced and removed.
 *
 * unlink(2) cannot be told to remove one particular file, so somebody who looks at a file and then removes it may remove
 * another one that was put there in between. Processes that use this library do not do that to each other: they look and
 * remove under flock(2) on a file of mode 0600 in the same directory. The kernel releases it when its holder dies.
 *
 * Each user has a lock of their own, since nobody may hold up the processes of somebody else: a file of that name that
 * belongs to another user, or that is not an ordinary file with one name, is ignored. In a sticky directory, where such a
 * file could be put by a stranger, that stranger cannot remove our socket files either.
 * @module
 */
import { closeSync, fstatSync, lstatSync, openSync, unlinkSync, type Stats } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { attempt, SystemError } from '../../errors.ts'
import { restart } from '../../native/syscalls.ts'
import { sleep } from '../../native/sleep.ts'

const { EACCES, EAGAIN, EISDIR, ELOOP, ENXIO, EPERM, LOCK_EX, LOCK_NB, O_CLOEXEC, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** What came of waiting for the lock. */
export type Lock =
  /** It is held, until it is released. */
  | { readonly state: 'held', release(): void }
  /** There is none: a stranger's file has its name, or the file system knows no locks. */
  | { readonly state: 'none' }
  /** Another process of ours has held it all the time. */
  | { readonly state: 'busy' }

/**
 * Lock a directory, which ends with a slash, and wait for that no longer than `patience` ms.
 * @throws SystemError open EMFILE, ENOSPC, …
 */
export function lock(directory: Buffer, patience: number): Lock {
  const path = Buffer.concat([directory, Buffer.from(`.cmsg-${process.geteuid!()}.lock`)])
  for (const deadline = performance.now() + patience; ;) {
    const fd = open(path)
    if (fd === undefined) return { state: 'none' }
    let held = false
    try {
      const ours = isOurs(fstatSync(fd))
      const result = ours ? restart('flock', fd, LOCK_EX | LOCK_NB) : -EPERM
      held = result === 0 && isAt(path, fd)
      if (held) return { state: 'held', release: () => { release(path, fd) } }
      // 0: its holder removed it after we had opened it.
      if (result !== 0 && result !== -EAGAIN) {
        // A lock that nobody can hold must not stay behind either.
        if (ours) attempt(() => { unlinkSync(path) })
        return { state: 'none' }
      }
    } finally {
      if (!held) closeSync(fd)
    }
    if (performance.now() >= deadline) return { state: 'busy' }
    sleep(1 + Math.random())
  }
}

/** Somebody else's file, a link, a directory, a socket or a device. */
const strange: readonly number[] = [EACCES, ELOOP, EISDIR, ENXIO, EPERM]

/** By node:fs, which closes it when its thread is terminated. Nothing in it is read: O_NONBLOCK is for a FIFO. */
function open(path: Buffer): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
  } catch (error) {
    const number = -(error as NodeJS.ErrnoException).errno!
    if (strange.includes(number)) return undefined
    throw new SystemError({ syscall: 'open', errno: number, address: String(path) })
  }
}

/** Nobody else can have put it there: with a second name it could be any file of ours. None is left where it was removed. */
const isOurs = (stats: Stats): boolean => stats.isFile() && stats.uid === process.geteuid!() && stats.nlink <= 1

function isAt(path: Buffer, fd: number): boolean {
  const [there, ours] = [lstatSync(path, { throwIfNoEntry: false }), fstatSync(fd)]
  return there?.ino === ours.ino && there.dev === ours.dev
}

/** Nothing stays behind. Whoever has opened it meanwhile sees that it is gone, and makes another. */
function release(path: Buffer, fd: number): void {
  attempt(() => { unlinkSync(path) })
  attempt(() => { closeSync(fd) })
}
