/**
 * Node's EventEmitter, with safe handling of exceptions in listeners.
 * @module
 */

/** Loaded without an import, which would cost every program that imports cmsg 0.4 ms. */
export const { EventEmitter } = process.getBuiltinModule('node:events')

/** Emits an event outside of other callbacks, so that an error thrown by a listener is an uncaught exception and nothing else. */
export function emitLater(emitter: NodeJS.EventEmitter, event: string, ...args: unknown[]): void {
  process.nextTick(() => emitter.emit(event, ...args))
}
