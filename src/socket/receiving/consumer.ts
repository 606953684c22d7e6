/**
 * Receiving by callbacks.
 * @module
 */
import type { AsyncContext } from '../async-context.ts'

/** A callback that takes items as they come: see {@link Receiver.consume}. */
export interface Consumer<T> {
  /** The callbacks are called in this context; if absent, in any. */
  readonly context?: AsyncContext
  /** Promises and ticks run between two items, as between two events of Node's own sockets: `await once(…)` in a loop gets each. */
  readonly spaced?: boolean
  onItem(item: T): void
  onEnd(): void
  onError(error: unknown): void
}

/** Controls a consumer. */
export interface Consumption {
  pause(): void
  resume(): void
  /** Ends the consumer; further items go to other requests. */
  stop(): void
}
