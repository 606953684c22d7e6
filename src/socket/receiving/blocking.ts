/**
 * Waits for a message while blocking the thread.
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

/** Maximum time for one poll in ms. A Worker can be terminated only between two calls, so it polls in short steps. */
const maxPollMs = isMainThread ? constants.INT_MAX : 100
/** True if the program handles a signal. A Worker cannot. */
const handlesSignals = (): boolean =>
  isMainThread &&  process.eventNames().some((name) => typeof name === 'string' && name.startsWith('SIG'))
/** Number of consecutive wakeups without a message after which the condition is considered permanent. */
const maxIdleWakes = 3
/** Time between attempts in ms, once it is. */
const retryMs = 10

/**
 * Blocks until a descriptor has one of these events, for at most `ms` milliseconds. Returns the events it has, 0 for none. `idleWakes`
 * is the number of consecutive wakeups without a message.
 * @throws SystemError EINTR: the process received a signal that it handles
 */
export function blockUntilReady(fd: number, events: number, ms: number, idleWakes: number): number {
  const { address, view } = scratch(pollfd.size)
  pollfd.write(view, 0, { fd, events, revents: 0 })
  const [count, timeout] = idleWakes < maxIdleWakes ? [1, maxPollMs] : [0, retryMs]
  const result = sys.call('poll', address, count, Math.min(Math.ceil(ms), timeout))
  // Profilers and ending child processes interrupt too, which does not concern the caller.
  if (result < 0 && (result !== -errno.EINTR || handlesSignals())) throw new SystemError({ syscall: 'poll', errno: -result })
  return result > 0 ? pollfd.read(view, 0).revents : 0
}
