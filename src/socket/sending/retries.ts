/**
 * Timers that repeat an attempt to send where no event reports that it may succeed now.
 * @module
 */
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers'
import { withinBudget } from '../../readiness/turn.ts'

/** Time between attempts in ms, if the socket is writable but has no room for the waiting message. */
const soonMs = 10
/** Time between attempts in ms on a connected Unix socket. No event reports that its peer has shut down receiving, but a send does. */
const checkMs = 1000

/** The timers of one socket. They do not keep the process alive. */
export class Retries {
  readonly #attempt: () => boolean
  #soon: NodeJS.Timeout | undefined
  #check: NodeJS.Timeout | undefined

  /** `attempt` returns true while something still waits. */
  constructor(attempt: () => boolean) {
    this.#attempt = attempt
  }

  /** Repeats the attempt soon, until {@link stopSoon}: the socket has room but the peer does not, as on netlink. */
  soon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      withinBudget(() => { if (this.#attempt()) this.soon() })
    }, soonMs).unref()
  }

  stopSoon(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
  }

  /** Repeats the attempt now and then, until {@link stop}: the peer may have shut down receiving. */
  check(): void {
    this.#check ??= setInterval(() => { withinBudget(() => { this.#attempt() }) }, checkMs).unref()
  }

  stop(): void {
    this.stopSoon()
    clearInterval(this.#check)
    this.#check = undefined
  }
}
