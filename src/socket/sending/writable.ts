/**
 * Notifies a caller, which then retries its send itself, when a connected socket is writable.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import type { Registration, Watch, Watcher } from '../../readiness/registration.ts'

const { EPOLLOUT } = constants

/** Notified when there is room, or why there will be none. */
export interface WritableListener {
  onWritable(): void
  onError(error: unknown): void
}

/** Watches a connected socket for its one listener. */
export class Writable implements Watcher {
  readonly events: number = EPOLLOUT
  readonly needsEvents = true
  readonly #watch: Watch
  #listener: WritableListener | undefined

  constructor(registration: Registration) {
    this.#watch = registration.addWatcher(this)
  }

  /** Notifies the listener once, never before this call returns. */
  tell(listener: WritableListener): void {
    this.#listener = listener
    const error = this.#watch.want(true)
    if (error !== undefined) process.nextTick(() => { this.fail(error) })
  }

  onReady(): boolean {
    // A caller that fills the queue again is notified again, without a system call in between.
    if (this.#listener === undefined) {
      this.#watch.want(false)
      return true
    }
    const listener = this.#listener
    this.#listener = undefined
    listener.onWritable()
    return true
  }

  fail(error: unknown): boolean {
    const listener = this.#listener
    this.#listener = undefined
    listener?.onError(error)
    return listener !== undefined
  }
}
