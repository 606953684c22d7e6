/**
 * The backstop, not the mechanism: whoever forgets to close something is told, and it is closed all the same.
 * @module
 */

/** Objects that must be closed, each with what it takes to do so when it has become garbage: not the object itself. */
export class Forgotten<T> {
  readonly #registry: FinalizationRegistry<T>

  /** @param close closes it, and says what was forgotten; `undefined` if there was nothing to be closed */
  constructor(close: (held: T) => string | undefined, code: string) {
    this.#registry = new FinalizationRegistry((held) => {
      const message = close(held)
      if (message !== undefined) process.emitWarning(message, { type: 'CmsgWarning', code })
    })
  }

  register(object: WeakKey, held: T): void {
    this.#registry.register(object, held, object)
  }

  /** It is closed, or belongs to somebody else. */
  unregister(object: WeakKey): void {
    this.#registry.unregister(object)
  }
}
