/**
 * Emits events with safe handling of exceptions in listeners.
 * @module
 */

/** Emits an event outside of other callbacks, so that an error thrown by a listener is an uncaught exception and nothing else. */
export function emitLater(emitter: NodeJS.EventEmitter, event: string, ...args: unknown[]): void {
  process.nextTick(() => emitter.emit(event, ...args))
}
