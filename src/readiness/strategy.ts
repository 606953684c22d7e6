/**
 * How the event loop is told that an epoll descriptor has events. Each way to do it is a {@link Strategy}; the one that
 * works here is found by trying, not by the name of the runtime.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { close } from '../libc/sockets.ts'
import { SystemError, unsupported } from '../errors.ts'
import { succeeded } from '../arguments.ts'
import * as sys from '../native/syscalls.ts'
import { control, type Wakeup } from './epoll.ts'
import { byHandle } from './handle.ts'
import { byThread } from './thread.ts'

/** Call `wake` on the event loop while `epoll` has events, until they are dealt with: level-triggered. Throws if it cannot. */
export type Strategy = (epoll: number, wake: () => void) => Wakeup

const strategies = { handle: byHandle, thread: byThread } as const
export type StrategyName = keyof typeof strategies
export const strategyNames: readonly StrategyName[] = Object.keys(strategies) as StrategyName[]

/** The one that works, once it is known. CMSG_READINESS names it beforehand. */
let proven: StrategyName | undefined

/** The name of the strategy in use, once one is. */
export const strategy = (): StrategyName | undefined => proven

function demanded(): StrategyName | undefined {
  const name = process.env.CMSG_READINESS
  if (name === undefined || name === '') return undefined
  if (!Object.hasOwn(strategies, name)) throw unsupported(`Cannot wait by CMSG_READINESS=${name}: expected ${strategyNames.join(' or ')}`)
  return name as StrategyName
}

/** Start the strategy that works here; where none is known yet, try one, and fall back to the next. */
export function startWakeup(epoll: number, wake: () => void): Wakeup {
  proven ??= demanded()
  return proven === undefined ? new Trial(epoll, wake) : strategies[proven](epoll, wake)
}

/** ms. A wake takes some µs; a loop that was busy for longer gets another turn before it is judged. */
const patience = 200

/**
 * The first strategy, on trial: an eventfd that is ready must wake us twice, since some runtimes report a descriptor
 * once and never again. If it does not, the next strategy takes over, on the same epoll, and nobody notices.
 */
class Trial implements Wakeup {
  readonly #epoll: number
  readonly #eventfd: number
  #current: Wakeup | undefined
  #wakes = 0
  #refed = false
  #timer: NodeJS.Timeout | undefined

  constructor(epoll: number, wake: () => void) {
    this.#epoll = epoll
    this.#eventfd = succeeded(sys.call('eventfd', 1, constants.EFD_CLOEXEC | constants.EFD_NONBLOCK), 'eventfd')
    control(epoll, constants.EPOLL_CTL_ADD, this.#eventfd, constants.EPOLLIN)
    const [first, ...others] = strategyNames
    try {
      this.#current = strategies[first!](epoll, () => {
        if (++this.#wakes === 2) this.#end(first!)
        wake()
      })
      this.#timer = setTimeout(() => setImmediate(() => setImmediate(() => this.#wakes < 2 && this.#fallBack(others[0]!, wake))), patience)
      this.#timer.unref()
    } catch (error) {
      // Too many descriptors, say, is no verdict.
      if (error instanceof SystemError) {
        close(this.#eventfd)
        throw error
      }
      this.#fallBack(others[0]!, wake)
    }
  }

  #end(name: StrategyName): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    proven = name
    control(this.#epoll, constants.EPOLL_CTL_DEL, this.#eventfd, 0)
    close(this.#eventfd)
    this.#wakes = 2
  }

  #fallBack(name: StrategyName, wake: () => void): void {
    if (this.#wakes === closedTrial) return
    this.#current?.close()
    this.#end(name)
    this.#current = strategies[name](this.#epoll, wake)
    if (this.#refed) this.#current.ref()
  }

  // The timer too: what is on trial may not even be able to keep the process alive.
  ref(): void {
    this.#refed = true
    this.#timer?.ref()
    this.#current?.ref()
  }
  unref(): void {
    this.#refed = false
    this.#timer?.unref()
    this.#current?.unref()
  }
  rearm(): void {
    this.#current?.rearm()
  }
  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    if (this.#wakes < 2) close(this.#eventfd)
    this.#wakes = closedTrial
    this.#current?.close()
  }
}
const closedTrial = Infinity
