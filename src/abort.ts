/**
 * Abort signals.
 * @module
 */
import { invalidType, show } from './errors.ts'

/** Throws the reason of an aborted signal. @throws TypeError if it is not an AbortSignal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  // Checked by its method, since it may come from another realm.
  if (typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted !== 'function') {
    throw invalidType(`Cannot use ${show(signal)} as signal: expected an AbortSignal`)
  }
  signal.throwIfAborted()
}

/** The callbacks for one signal's abort. */
class Listeners {
  readonly callbacks = new Set<() => void>()
  readonly dispatch = (): void => {
    // Only callbacks that are still registered when their turn comes: one may have removed another.
    for (const callback of [...this.callbacks]) if (this.callbacks.has(callback)) callback()
  }
}

const listeners = new WeakMap<AbortSignal, Listeners>()

/**
 * Calls `callback` when `signal` is aborted, until the returned function is called. A signal gets a single listener for all callbacks:
 * a signal that ends a whole program may be used by all its sockets, and Node warns of a leak at the eleventh listener.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return nothing
  let own = listeners.get(signal)
  if (own === undefined) listeners.set(signal, own = new Listeners())
  const { callbacks, dispatch } = own
  if (callbacks.size === 0) signal.addEventListener('abort', dispatch)
  callbacks.add(callback)
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener('abort', dispatch)
  }
}
const nothing = (): void => {}
