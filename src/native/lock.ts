/**
 * A lock between the threads of this process. They share no JavaScript objects to lock with, but they share the file system.
 * @module
 */
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { sleep } from './sleep.ts'

/**
 * Runs `task` while no other thread of this process runs one under the same name.
 *
 * A thread creates a file named after itself in a directory of the process. If it then finds files of other threads, it removes its
 * own and tries again: of two threads that arrive at once, at least one sees the other. A thread may be terminated at any moment
 * and leave its file behind. Its name tells the other threads that its thread no longer exists.
 */
export function exclusively<T>(name: string, task: () => T): T {
  const entry = enter(name)
  try {
    return task()
  } finally {
    if (entry !== undefined) leave(entry)
  }
}

function enter(name: string): string | undefined {
  try {
    const self = `${basename(readlinkSync('/proc/thread-self'))}-${startOf('thread-self')}`
    const directory = `.${name}-${process.pid}-${startOf('self')}`
    // The directory must be the same on all threads, so not only tmpdir(): each thread may have its own TMPDIR.
    const entries = ['/dev/shm', '/tmp', tmpdir()].map((parent) => join(parent, directory, self))
    return entries.find((entry) => waitAlone(entry) || leave(entry))
  } catch {
    // /proc is missing or unreadable, so other threads cannot be found. A single thread, the usual case, needs no lock.
    return undefined
  }
}

/** The start time of a process or thread in ticks, which makes its number unique. @throws if it no longer exists */
const startOf = (task: string): string => readFileSync(`/proc/${task}/stat`, 'latin1').split(') ').pop()!.split(' ')[19]!

function isGone(entry: string): boolean {
  const [tid, start] = entry.split('-')
  try {
    return startOf(`self/task/${tid}`) !== start
  } catch {
    return true
  }
}

/** Waits until no other thread has an entry. Returns false if no entry can be created: no such directory, or another user's. */
function waitAlone(entry: string): boolean {
  const directory = dirname(entry)
  for (;;) {
    try {
      if (!isThere(directory)) mkdirSync(directory, { mode: 0o700 })
      // The directory belongs to another user, who could make this wait forever.
      if (lstatSync(directory).uid !== process.geteuid!()) return false
      writeFileSync(entry, '')
      const others = readdirSync(directory).filter((other) => other !== basename(entry))
      const gone = others.filter(isGone)
      for (const other of gone) remove(join(directory, other))
      if (gone.length === others.length) return true
    } catch (error) {
      // Another thread has just created or removed the directory.
      if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code!) || !isThere(dirname(directory))) return false
    }
    remove(entry)
    sleep(4 * Math.random()) // a random time, or two threads would collide again
  }
}

/** Removes a file. `rmSync` is avoided because it loads another module first. */
function remove(entry: string): void {
  try {
    unlinkSync(entry)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

function leave(entry: string): undefined {
  try {
    remove(entry)
    rmdirSync(dirname(entry))
  } catch {
    // Other threads have entries, or the directory belongs to another user.
  }
}
