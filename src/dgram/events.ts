/**
 * Node's EventEmitter, and what becomes of an exception that a listener throws.
 * @module
 */

/** Had without an import, which would take every program that imports cmsg 0.4 ms. */
export const { EventEmitter } = process.getBuiltinModule('node:events')

/** Emits an event outside of every other callback, so that what a listener throws is an uncaught exception and nothing else. */
export function emitLater(emitter: NodeJS.EventEmitter, event: string, ...args: unknown[]): void {
  process.nextTick(() => emitter.emit(event, ...args))
}
