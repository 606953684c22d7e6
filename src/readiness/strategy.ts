/**
 * Strategies by which the event loop learns that an epoll descriptor has events. The one that works is found by a test, not by
 * the name of the runtime.
 * @module
 */
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { debuglog } from 'node:util'
import { constants } from '../../generated/constants.ts'
import { claim, closeClaimed } from '../descriptors/thread-end.ts'
import { SystemError, unsupported } from '../errors.ts'
import { succeeded } from '../arguments.ts'
import * as sys from '../native/syscalls.ts'
import { control, type Wakeup } from './epoll.ts'
import { byHandle } from './handle.ts'
import { byThread } from './thread.ts'

/**
 * Calls `wake` on the event loop while `epoll` has unhandled events (level-triggered). Throws if it cannot be started. If it fails
 * later, it calls `fail` once on the event loop, and `wake` no more.
 */
export type Strategy = (epoll: number, wake: () => void, fail: (error: Error) => void) => Wakeup

const strategies = { handle: byHandle, thread: byThread } as const
export type StrategyName = keyof typeof strategies
const strategyNames: readonly StrategyName[] = Object.keys(strategies) as StrategyName[]

/** The strategy that works, once it is known. CMSG_READINESS sets it beforehand. */
let proven: StrategyName | undefined

/** The name of the strategy in use, once one is. */
export const strategy = (): StrategyName | undefined => proven

function demanded(): StrategyName | undefined {
  const name = process.env.CMSG_READINESS
  if (name === undefined || name === '') return undefined
  if (!Object.hasOwn(strategies, name)) throw unsupported(`Cannot use CMSG_READINESS=${name}: expected ${strategyNames.join(' or ')}`)
  return name as StrategyName
}

/**
 * Starts the strategy that works here. If it is not known yet, tries the first one and falls back to the next. `fail` is called at
 * most once, never before this returns, and only if `wake` will no longer be called.
 */
export function startWakeup(epoll: number, wake: () => void, fail: (error: Error) => void): Wakeup {
  const name = proven === undefined ? demanded() : undefined
  if (name !== undefined) settleOn(name, `CMSG_READINESS=${name}`)
  return proven === undefined ? new Trial(epoll, wake, fail) : strategies[proven](epoll, wake, fail)
}

/** Time in ms to wait for the test's wakeups, which take some µs. If the loop was busy for longer, it gets another turn. */
const testTimeoutMs = 200

/** Errors that say nothing about a strategy: the other one would run out of the same resource. */
const exhaustions = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ENOSPC'])
const isExhaustion = (error: unknown): boolean => error instanceof SystemError && exhaustions.has(error.code)

function settleOn(name: StrategyName, reason: string): void {
  proven = name
  debuglog('cmsg')('waits by %s: %s', name, reason)
}

/**
 * Tests the first strategy: a ready eventfd must wake the loop twice, since some runtimes report a descriptor once and never again.
 * If it does not, the next strategy takes over transparently, on the same epoll instance.
 */
class Trial implements Wakeup {
  readonly #epoll: number
  readonly #wake: () => void
  readonly #fail: (error: Error) => void
  #eventfd: number | undefined
  #current: Wakeup | undefined
  #wakes = 0
  #refed = false
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(epoll: number, wake: () => void, fail: (error: Error) => void) {
    this.#epoll = epoll
    this.#wake = wake
    this.#fail = fail
    this.#eventfd = claim(succeeded(sys.call('eventfd', 1, constants.EFD_CLOEXEC | constants.EFD_NONBLOCK), 'eventfd'))
    const [first, next] = strategyNames as [StrategyName, StrategyName]
    try {
      succeeded(control(epoll, constants.EPOLL_CTL_ADD, this.#eventfd, constants.EPOLLIN), 'epoll_ctl')
      try {
        this.#current = strategies[first](epoll, () => { this.#woken(first) }, (error) => { this.#broken(next, error) })
        const judge = (): void => { this.#fallBack(next, `${first} did not wake twice in ${testTimeoutMs} ms`) }
        this.#timer = setTimeout(() => setImmediate(() => setImmediate(judge)), testTimeoutMs)
        this.#timer.unref()
      } catch (error) {
        if (isExhaustion(error)) throw error
        this.#startInstead(next, `${first} cannot be started: ${(error as Error).message}`)
      }
    } catch (error) {
      this.#endTrial()
      throw error
    }
  }

  #woken(name: StrategyName): void {
    if (this.#eventfd !== undefined && ++this.#wakes === 2) {
      settleOn(name, 'it woke twice')
      this.#endTrial()
    }
    this.#wake()
  }

  #endTrial(): void {
    clearTimeout(this.#timer)
    if (this.#eventfd === undefined) return
    // It is fine if it is not in the epoll instance any more, or never was.
    control(this.#epoll, constants.EPOLL_CTL_DEL, this.#eventfd, 0)
    closeClaimed(this.#eventfd)
    this.#eventfd = undefined
  }

  /** Called if the first strategy fails. */
  #broken(next: StrategyName, error: Error): void {
    if (this.#eventfd !== undefined) this.#fallBack(next, error.message)
    else if (!this.#closed) this.#fail(error)
  }

  /** Changes to the other strategy, unless the test is over. If it cannot be started, all waiting operations fail. */
  #fallBack(name: StrategyName, reason: string): void {
    if (this.#eventfd === undefined) return
    try {
      this.#startInstead(name, reason)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** Ends the test and starts the other strategy, for this reason. @throws Error that says why neither strategy can be started */
  #startInstead(name: StrategyName, reason: string): void {
    this.#current?.close()
    this.#current = undefined
    this.#endTrial()
    try {
      this.#current = strategies[name](this.#epoll, this.#wake, this.#fail)
    } catch (error) {
      if (isExhaustion(error)) throw error
      throw unsupported(`Cannot wait for sockets in this process: ${reason}; ${name} cannot be started: ${(error as Error).message}`, error)
    }
    settleOn(name, reason)
    if (this.#refed) this.#current.ref()
  }

  // The timer too: a strategy under test may not even keep the process alive.
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
    this.#closed = true
    this.#endTrial()
    this.#current?.close()
  }
}
