/**
 * How the event loop is told that an epoll descriptor has events. Each way to do it is a {@link Strategy}; the one that
 * works here is found by trying, not by the name of the runtime.
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
 * Call `wake` on the event loop while `epoll` has events, until they are dealt with: level-triggered. Throws if it cannot
 * be started. Should it break down later, `fail` is called, once, on the event loop: there will be no more wakes.
 */
export type Strategy = (epoll: number, wake: () => void, fail: (error: Error) => void) => Wakeup

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
  if (!Object.hasOwn(strategies, name)) throw unsupported(`Cannot use CMSG_READINESS=${name}: expected ${strategyNames.join(' or ')}`)
  return name as StrategyName
}

/**
 * Start the strategy that works here; where none is known yet, try one, and fall back to the next. `fail` is called at most
 * once, never before this returns, and only if nothing will call `wake` any more.
 */
export function startWakeup(epoll: number, wake: () => void, fail: (error: Error) => void): Wakeup {
  const name = proven === undefined ? demanded() : undefined
  if (name !== undefined) settleOn(name, `CMSG_READINESS=${name}`)
  return proven === undefined ? new Trial(epoll, wake, fail) : strategies[proven](epoll, wake, fail)
}

/** ms. A wake takes some µs; a loop that was busy for longer gets another turn before it is judged. */
const patience = 200

/** Running out of something is not a verdict on a strategy: the other one would run out of it too. */
const exhaustions = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'ENOSPC'])
const isExhaustion = (error: unknown): boolean => error instanceof SystemError && exhaustions.has(error.code)

/** Start the strategy that is left, for this reason. Where it cannot be started either, the error says why neither can. */
function startInstead(name: StrategyName, reason: string, parameters: Parameters<Strategy>): Wakeup {
  try {
    const wakeup = strategies[name](...parameters)
    settleOn(name, reason)
    return wakeup
  } catch (error) {
    if (isExhaustion(error)) throw error
    throw unsupported(`Cannot wait for sockets in this process: ${reason}; ${name} cannot be started: ${(error as Error).message}`, error)
  }
}

function settleOn(name: StrategyName, reason: string): void {
  proven = name
  debuglog('cmsg')('waits by %s: %s', name, reason)
}

/**
 * The first strategy, on trial: an eventfd that is ready must wake us twice, since some runtimes report a descriptor
 * once and never again. If it does not, the next strategy takes over, on the same epoll, and nobody notices.
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
        this.#timer = setTimeout(() => setImmediate(() => setImmediate(() => { this.#fallBack(next, `${first} did not wake twice in ${patience} ms`) })), patience)
        this.#timer.unref()
      } catch (error) {
        if (isExhaustion(error)) throw error
        this.#endTrial()
        this.#current = startInstead(next, `${first} cannot be started: ${(error as Error).message}`, [epoll, wake, fail])
      }
    } catch (error) {
      this.#endTrial()
      throw error
    }
  }

  #woken(name: StrategyName): void {
    if (this.#eventfd !== undefined && ++this.#wakes === 2) this.#decide(name, 'it woke twice')
    this.#wake()
  }

  #decide(name: StrategyName, reason: string): void {
    settleOn(name, reason)
    this.#endTrial()
  }

  #endTrial(): void {
    clearTimeout(this.#timer)
    if (this.#eventfd === undefined) return
    // If it is not in the epoll any more, or never was, that is as well.
    control(this.#epoll, constants.EPOLL_CTL_DEL, this.#eventfd, 0)
    closeClaimed(this.#eventfd)
    this.#eventfd = undefined
  }

  /** The first strategy has broken down. */
  #broken(next: StrategyName, error: Error): void {
    if (this.#eventfd !== undefined) this.#fallBack(next, error.message)
    else if (!this.#closed) this.#fail(error)
  }

  /** Unless it is decided by now. */
  #fallBack(name: StrategyName, reason: string): void {
    if (this.#eventfd === undefined) return
    this.#current?.close()
    this.#decide(name, reason)
    try {
      this.#current = strategies[name](this.#epoll, this.#wake, this.#fail)
      if (this.#refed) this.#current.ref()
    } catch (error) {
      this.#current = undefined
      this.#fail(error as Error)
    }
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
    this.#closed = true
    this.#endTrial()
    this.#current?.close()
  }
}
