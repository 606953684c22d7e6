/**
 * One thread of this process at a time. Threads share no JavaScript to lock with, but they share the file system: who
 * creates a file has the lock.
 * @module
 */
import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Run `task` while no other thread of this process runs one under the same name.
 *
 * The lock is a symbolic link to the thread that holds it, in /proc. So it is seen at once when that thread was
 * terminated meanwhile: the link then leads nowhere. The start time of the process is in its name, or one left by
 * another process of the same number would be taken for ours.
 */
export function exclusively<T>(name: string, task: () => T): T {
  let path: string | undefined
  try {
    const startTime = readFileSync('/proc/self/stat', 'latin1').split(') ').pop()!.split(' ')[19]
    const self = `/proc/${readlinkSync('/proc/thread-self')}` // /proc/PID/task/TID
    // The same on all threads: of each, its TMPDIR may be another.
    path = ['/dev/shm', '/tmp', tmpdir()].map((directory) => join(directory, `.${name}-${process.pid}-${startTime}`)).find((path) => lock(path, self))
  } catch {
    // No /proc, or it may not be read: then nobody else can be told. A single thread, the usual case, needs no lock.
  }
  try {
    return task()
  } finally {
    if (path !== undefined) rmSync(path, { force: true })
  }
}

/** Wait for the lock and take it. False where it cannot be: a directory that is not there, or not ours to write to. */
function lock(path: string, self: string): boolean {
  for (;;) {
    try {
      symlinkSync(self, path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
    const owner = lstatSync(path, { throwIfNoEntry: false })?.uid
    if (owner !== undefined && owner !== process.geteuid!()) return false // somebody wants us to wait for ever
    if (!leadsNowhere(path)) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, 1) // sleeps 1 ms
    } else if (lock(`${path}-broken`, self)) {
      // Under a lock again, or of two that found it so the second would remove what the first has put in its place.
      if (leadsNowhere(path)) rmSync(path, { force: true })
      rmSync(`${path}-broken`, { force: true })
    }
  }
}

/** Whether it is there, and the thread it leads to is not. */
const leadsNowhere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined && !existsSync(path)
