/**
 * Being told of an abort.
 * @module
 */
import { invalidType, show } from './errors.ts'

/** Throws the reason of a signal that is aborted. @throws TypeError for what is no AbortSignal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  // By what it can do: it may be of another realm.
  if (typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted !== 'function') throw invalidType(`Cannot use ${show(signal)} as signal: expected an AbortSignal`)
  signal.throwIfAborted()
}

/** Who is to be told of one signal's abort. */
class Waiting {
  readonly callbacks = new Set<() => void>()
  readonly dispatch = (): void => {
    // Only those that still wait when it is their turn: one may have settled another.
    for (const callback of [...this.callbacks]) if (this.callbacks.has(callback)) callback()
  }
}

const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Call back when `signal` is aborted, until the function that is returned is called. However many wait, the signal has
 * one listener of ours: one that ends a whole program is waited for by every socket of it, and at the eleventh listener
 * Node warns of a leak.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return nothing
  let its = waiting.get(signal)
  if (its === undefined) waiting.set(signal, its = new Waiting())
  const { callbacks, dispatch } = its
  if (callbacks.size === 0) signal.addEventListener('abort', dispatch)
  callbacks.add(callback)
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener('abort', dispatch)
  }
}
const nothing = (): void => {}
