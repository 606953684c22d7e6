/**
 * Waiting that blocks the thread.
 * @module
 */
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { structs } from '../../abi/structs.ts'
import { SystemError } from '../../errors.ts'
import { scratch } from '../../native/memory.ts'
import * as sys from '../../native/syscalls.ts'

const { pollfd } = structs

/** ms: what an int holds; in a Worker, which can be terminated only between two calls, how long that may take. */
const longestPoll = isMainThread ? constants.INT_MAX : 100
/** Whether the program listens to a signal. In a Worker nobody can. */
const handlesSignals = (): boolean => isMainThread && process.eventNames().some((name) => typeof name === 'string' && name.startsWith('SIG'))
/** Wakes without anything to read before it is a condition that stays. */
const maxIdleWakes = 3
/** ms between tries then. */
const pause = 10

/**
 * Block until a descriptor can be read, for `ms` milliseconds at most: whether it can.
 * @param idleWakes how often it could be read, and yet there was nothing
 * @throws SystemError EINTR: a signal came that the program handles
 */
export function blockUntilReadable(fd: number, ms: number, idleWakes: number): boolean {
  const { address, view } = scratch(pollfd.size)
  pollfd.write(view, 0, { fd, events: constants.POLLIN, revents: 0 })
  const [count, timeout] = idleWakes < maxIdleWakes ? [1, longestPoll] : [0, pause]
  const result = sys.call('poll', address, count, Math.min(Math.ceil(ms), timeout))
  // A profiler and the end of a child process interrupt, too: that is nothing to the caller.
  if (result < 0 && (result !== -errno.EINTR || handlesSignals())) throw new SystemError({ syscall: 'poll', errno: -result })
  return result > 0
}
