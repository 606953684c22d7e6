/**
 * The delays between two attempts of one socket.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { onAbort } from '../abort.ts'

/** The attempts that wait for their next try. Like every other waiting operation, they keep the process alive only through the socket. */
export class Delays {
  readonly #rejects = new Set<(error: Error) => void>()
  readonly #onWaiting: () => void

  /** `onWaiting` is called when an attempt starts or stops waiting. */
  constructor(onWaiting: () => void) {
    this.#onWaiting = onWaiting
  }

  get waiting(): boolean {
    return this.#rejects.size > 0
  }

  /** Resolves after `ms` milliseconds. Rejects on abort, and when the socket closes. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        stop()
        clearTimeout(timer)
        this.#rejects.delete(fail)
        this.#onWaiting()
        finish()
      }
      const fail = (error: Error): void => { settle(() => { reject(error) }) }
      const stop = onAbort(signal, () => { fail(signal!.reason as Error) })
      const timer = setTimeout(() => { settle(resolve) }, ms).unref()
      this.#rejects.add(fail)
      this.#onWaiting()
    })
  }

  /** Rejects all that wait. */
  close(error: Error): void {
    for (const fail of this.#rejects) fail(error)
  }
}
