/**
 * The lock for replacing and removing socket files.
 *
 * unlink(2) cannot remove one particular file: a process that checks a file and then removes it may remove another file that was
 * put there in between. Processes that use this library avoid this by checking and removing under flock(2) on a file of mode 0600
 * in the same directory. The kernel releases the lock when its holder dies.
 *
 * Each user has a separate lock, so that no user can delay the processes of another: a lock file that belongs to another user, or
 * that is not an ordinary file with a single name, is ignored. In a sticky directory, another user could create such a file, but
 * cannot remove this user's socket files either.
 * @module
 */
import { closeSync, fstatSync, lstatSync, openSync, unlinkSync, type Stats } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { attempt, SystemError } from '../../errors.ts'
import { restart } from '../../native/syscalls.ts'
import { sleep } from '../../native/sleep.ts'
import { permitted } from './permitted.ts'

const { EACCES, EAGAIN, EISDIR, ELOOP, ENXIO, EPERM, LOCK_EX, LOCK_NB, O_CLOEXEC, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** The result of waiting for the lock. */
export type Lock =
  /** It is held until it is released. */
  | { readonly state: 'held', release(): void }
  /** There is no lock: another user's file has its name, or the file system does not support locks. */
  | { readonly state: 'none' }
  /** Another process of this user has held it all the time. */
  | { readonly state: 'busy' }

/**
 * Locks a directory, whose path ends with a slash. Waits for at most `timeoutMs`.
 * @throws SystemError open EMFILE, ENOSPC, …; Error `ERR_CMSG_UNSUPPORTED` if the runtime's permissions do not allow it
 */
export function lock(directory: Buffer, timeoutMs: number): Lock {
  const path = Buffer.concat([directory, Buffer.from(`.cmsg-${process.geteuid!()}.lock`)])
  for (const deadline = performance.now() + timeoutMs; ;) {
    const fd = open(path)
    if (fd === undefined) return { state: 'none' }
    let held = false
    try {
      const ours = isOurs(fstatSync(fd))
      const result = ours ? restart('flock', fd, LOCK_EX | LOCK_NB) : -EPERM
      held = result === 0 && isAt(path, fd)
      if (held) return { state: 'held', release: () => { release(path, fd) } }
      // 0: its holder removed the file after it was opened here.
      if (result !== 0 && result !== -EAGAIN) {
        // A lock file that cannot be locked must not stay behind either.
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

/** Errors of opening another user's file, a link, a directory, a socket or a device. */
const notOurs: readonly number[] = [EACCES, ELOOP, EISDIR, ENXIO, EPERM]

/** Opens the lock file with node:fs, which closes it when its thread is terminated. O_NONBLOCK is for a FIFO: nothing is read. */
function open(path: Buffer): number | undefined {
  try {
    return permitted(path, () => openSync(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600))
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException
    if (errno === undefined) throw error
    if (notOurs.includes(-errno)) return undefined
    throw new SystemError({ syscall: 'open', errno: -errno, address: String(path) })
  }
}

/** True if no other user can have created it: with a second name it could be any file of this user. It has no name if removed. */
const isOurs = (stats: Stats): boolean => stats.isFile() && stats.uid === process.geteuid!() && stats.nlink <= 1

function isAt(path: Buffer, fd: number): boolean {
  const [there, ours] = [lstatSync(path, { throwIfNoEntry: false }), fstatSync(fd)]
  return there?.ino === ours.ino && there.dev === ours.dev
}

/** Removes the lock file. A process that has opened it meanwhile sees that it is gone, and creates another. */
function release(path: Buffer, fd: number): void {
  attempt(() => { unlinkSync(path) })
  attempt(() => { closeSync(fd) })
}
