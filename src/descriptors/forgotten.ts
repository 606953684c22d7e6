/**
 * A safety net, not the regular mechanism: closes objects that were garbage-collected without being closed, and warns.
 * @module
 */

/** Objects that must be closed, each with a value that suffices to close it after it was garbage-collected. */
export class Forgotten<T> {
  readonly #registry: FinalizationRegistry<T>

  /** @param close closes it and returns the warning, or `undefined` if there was nothing to close */
  constructor(close: (held: T) => string | undefined, code: string) {
    this.#registry = new FinalizationRegistry((held) => {
      const message = close(held)
      if (message !== undefined) process.emitWarning(message, { type: 'CmsgWarning', code })
    })
  }

  register(object: WeakKey, held: T): void {
    this.#registry.register(object, held, object)
  }

  /** Call it when the object is closed or handed over. */
  unregister(object: WeakKey): void {
    this.#registry.unregister(object)
  }
}
