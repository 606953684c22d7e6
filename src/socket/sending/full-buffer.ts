/**
 * Retries the messages for which a Unix datagram socket's own buffer has no room: messages that other receivers have not read fill it.
 * No event reports that it has room for one more.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { exhausted, spend, withinBudget } from '../../readiness/turn.ts'

/** Time to the first retry in ms. It doubles with each failed retry, up to the maximum. */
const minRetryMs = 1
const maxRetryMs = 80
/** Cost of a retry in the turn's budget: it takes as long as this many messages. */
export const retryCost = 16

/** A destination that waits for the sender's buffer. */
interface Waiting {
  /** Tries to send. If the buffer is still full, adds itself again. */
  retry(): void
}

/** The destinations that wait for the buffer of one socket. A single one of them is tried at a time, however many there are. */
export class FullBuffer {
  /** In the order of their retries. */
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  /** Time to the next retry. */
  #retryMs = minRetryMs

  has(one: Waiting): boolean {
    return this.#waiting.has(one)
  }

  add(one: Waiting): void {
    this.#waiting.add(one)
    this.#schedule()
  }

  delete(one: Waiting): void {
    if (!this.#waiting.delete(one) || this.#waiting.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#retryMs = minRetryMs
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => { withinBudget(() => { this.#retry() }) }, this.#retryMs).unref()
  }

  /** Retries them in turn, until one fails. */
  #retry(): void {
    this.#timer = undefined
    this.#retryMs = Math.min(2 * this.#retryMs, maxRetryMs)
    for (const one of this.#waiting) {
      if (exhausted()) return this.#schedule()
      this.#waiting.delete(one)
      spend(retryCost, 0)
      one.retry()
      if (this.#waiting.has(one)) return
      this.#retryMs = minRetryMs
    }
  }
}
