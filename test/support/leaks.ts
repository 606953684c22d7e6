/**
 * A test file leaves the descriptors of its process as it found them. Loaded around every file (`setupFiles`).
 *
 * Both directions count: a descriptor more is a leak, and one that is gone was closed by somebody who did not own it.
 * @module
 */
import { afterAll, beforeAll, expect } from 'vitest'
import { newDescriptors, openDescriptors } from './fds.ts'

/**
 * What Node opens at first use and keeps for good, seen by listing the descriptors around each of its modules: starting a
 * child process keeps a /dev/null, fs.watch() its inotify, and libuv may set up an io_uring. Everything else that Node
 * opens (a Worker's epoll, eventfd and pipes, a child's stdio) it closes again, so everything else is compared.
 */
const runtime = (what: string): boolean =>
  what === '/dev/null' || what === 'anon_inode:inotify' || what === 'anon_inode:[io_uring]'

const compared = (): Map<number, string> => new Map([...openDescriptors()].filter(([, what]) => !runtime(what)))

let before: Map<number, string>

beforeAll(() => {
  before = compared()
})

afterAll(async () => {
  // libuv closes handles at the end of a turn of the loop, and a Worker ends some time after terminate().
  const deadline = Date.now() + 20_000
  const difference = (): { leaked: string[]; closed: string[] } => {
    const now = compared()
    return { leaked: newDescriptors(before, now), closed: newDescriptors(now, before) }
  }
  while (Date.now() < deadline && Object.values(difference()).some((list) => list.length > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(difference(), 'descriptors at the end of this file, compared with its start').toEqual({ leaked: [], closed: [] })
})
