/**
 * One thread of this process at a time. Threads share no JavaScript to lock with, but they share the file system.
 * @module
 */
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { sleep } from './sleep.ts'

/**
 * Run `task` while no other thread of this process runs one under the same name.
 *
 * A thread puts a file with its name into a directory of the process, looks who else is there, and withdraws and tries
 * again if anybody is: of two that come at once, one at least sees the other. A thread may be terminated at any instant,
 * and leave its file; as it is named by the thread, it is seen to be left, and no living thread has one of this name.
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
    // The same on all threads, and so not only tmpdir(): each may have a TMPDIR of its own.
    return ['/dev/shm', '/tmp', tmpdir()].map((parent) => join(parent, directory, self)).find((entry) => waitAlone(entry) || leave(entry))
  } catch {
    // No /proc, or it may not be read: then nobody else can be told. A single thread, the usual case, needs no lock.
    return undefined
  }
}

/** When a process or thread was started, in ticks: together with its number it is unique. @throws when it is no more */
const startOf = (task: string): string => readFileSync(`/proc/${task}/stat`, 'latin1').split(') ').pop()!.split(' ')[19]!

function isGone(entry: string): boolean {
  const [tid, start] = entry.split('-')
  try {
    return startOf(`self/task/${tid}`) !== start
  } catch {
    return true
  }
}

/** Wait until no other thread has an entry beside ours. False where there can be none: no such directory, or not ours. */
function waitAlone(entry: string): boolean {
  const directory = dirname(entry)
  for (;;) {
    try {
      if (!isThere(directory)) mkdirSync(directory, { mode: 0o700 })
      // Somebody else's: they may want us to wait for ever.
      if (lstatSync(directory).uid !== process.geteuid!()) return false
      writeFileSync(entry, '')
      const others = readdirSync(directory).filter((other) => other !== basename(entry))
      const gone = others.filter(isGone)
      for (const other of gone) remove(join(directory, other))
      if (gone.length === others.length) return true
    } catch (error) {
      // Another has made the directory a moment before us, or has removed it.
      if (!['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code!) || !isThere(dirname(directory))) return false
    }
    remove(entry)
    sleep(4 * Math.random()) // or two would meet again
  }
}

/** Not `rmSync`, which loads a module of its own first. */
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
    // Others are there, or it is not ours.
  }
}
