/**
 * What the end of a thread closes: bundled and run by thread-end.test.ts, since Workers of Node 20 load no TypeScript.
 *
 *   thread-end.program HOW ENDING [COUNT]   20 Workers, each with a pair, claimed or left (HOW); ended or terminated (ENDING)
 *
 * Prints how many sockets the process has more than before.
 */
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { constants } from '../../src/abi/constants.ts'
import { rights } from '../../src/control/kinds/socket.ts'
import { encodeControl } from '../../src/control/encode.ts'
import { closeDescriptors, keepDescriptors } from '../../src/descriptors/find.ts'
import { claim, closeClaimed, unclaim } from '../../src/descriptors/thread-end.ts'
import { close, fcntl, socketpair } from '../../src/libc/sockets.ts'

const { AF_UNIX, SOCK_STREAM, F_GETFD, FD_CLOEXEC } = constants

const sockets = (): number => readdirSync('/proc/self/fd').filter((fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
  } catch {
    return false // the folder's own
  }
}).length

const isOpen = (fd: number): boolean => {
  try {
    return fcntl(fd, F_GETFD) >= 0
  } catch {
    return false
  }
}

function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
  }
}

const ways: Record<string, (fd: number) => number> = {
  left: (fd) => fd,
  claimed: (fd) => {
    const claimed = claim(fd)
    equal([claimed === fd, fcntl(claimed, F_GETFD)], [false, FD_CLOEXEC])
    return claimed
  },
  // Away and back again, and closed: the numbers are nobody's business at the end of the thread.
  released: (fd) => {
    const claimed = claim(fd)
    const released = unclaim(claimed)
    equal([released === claimed, isOpen(released), unclaim(released)], [false, true, released])
    // A number that was freed may be another thread's by now.
    equal(closeClaimed(claim(released)), 0)
    return released
  },
  // The main thread gets a number that was claimed and closed, and keeps it.
  reused: (fd) => {
    equal(closeClaimed(claim(fd)), 0)
    return fd
  },
  // No number is left for the first attempt.
  short: (fd) => {
    const fillers: number[] = []
    try {
      for (;;) fillers.push(openSync('/dev/null', 'r'))
    } catch {
      // That was the last one.
    }
    equal(claim(fd), fd)
    fillers.forEach((filler) => { closeSync(filler) })
    return ways['claimed']!(fd)
  },
  // Duplicates, as of a message that waits to be sent; the original is closed.
  kept: (fd) => {
    const control = encodeControl([rights([fd])])
    closeDescriptors(keepDescriptors(control))
    keepDescriptors(control)
    close(fd)
    return fd
  },
}

async function main([how, ending, count = '20']: string[]): Promise<void> {
  // The table of symbols is to be filled by the main thread.
  socketpair(AF_UNIX, SOCK_STREAM).forEach((fd) => { equal(claim(fd), fd); equal(closeClaimed(fd), 0) })
  const before = sockets()
  const kept: number[] = []
  const errors: unknown[] = []
  await Promise.all(Array.from({ length: Number(count) }, async () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: [how, ending] })
    worker.on('error', (error) => { errors.push(error) })
    const ended = once(worker, 'exit')
    await Promise.race([once(worker, 'message'), ended])
    // They get the lowest numbers that are free.
    if (how === 'reused' || how === 'kept') kept.push(...socketpair(AF_UNIX, SOCK_STREAM), ...socketpair(AF_UNIX, SOCK_STREAM))
    if (ending === 'terminated') await worker.terminate()
    await ended
  }))
  if (errors.length > 0) throw errors[0] as Error
  for (const fd of kept) equal(isOpen(fd), true)
  for (const fd of kept) close(fd)
  // A native thread may still be closing the socketpair that the descriptors were put into.
  for (let tries = 0; how === 'kept' && tries < 100 && sockets() > before; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
  console.log(sockets() - before)
}

function worker([how, ending]: string[]): void {
  for (const fd of socketpair(AF_UNIX, SOCK_STREAM)) ways[how!]!(fd)
  // Closing may end in a later turn.
  setImmediate(() => { parentPort!.postMessage('ready') })
  if (ending === 'terminated') setInterval(() => {}, 1000)
}

if (isMainThread) await main(process.argv.slice(2))
else worker(workerData as string[])
