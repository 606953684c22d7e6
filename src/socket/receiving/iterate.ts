/**
 * `for await (const message of socket)`.
 * @module
 */
import { setImmediate } from 'node:timers'
import { dispose } from '../../dispose.ts'

/** The source of an iteration. */
export interface Iterated<M> {
  /** True if the source was closed. */
  readonly isClosed: () => boolean
  readonly next: (owner: object) => Promise<M | undefined>
  /** Resolves the requests of this owner with `undefined`. */
  readonly cancel: (owner: object) => void
}

/**
 * Creates an iterator over messages, which ends when its source does. With `disposes`, each message is disposed of when the
 * next one is requested, or when the loop is left.
 */
export function iterate<M extends Disposable>(
  { isClosed, next, cancel }: Iterated<M>, disposes: boolean,
): AsyncIterableIterator<M, void, undefined> {
  /** Messages that were handed out and not yet disposed of. */
  const given: M[] = []
  let ended = false
  const moveOn = (): void => {
    for (const message of given.splice(0)) message[dispose]()
  }
  const end = (): IteratorResult<M, void> => ({ value: undefined, done: true })
  // An earlier, concurrent call may have received a message in this same turn.
  const endLater = (): IteratorResult<M, void> => {
    if (given.length > 0) setImmediate(moveOn)
    return end()
  }
  const give = (message: M | undefined): IteratorResult<M, void> => {
    if (message === undefined) return endLater()
    if (disposes) given.push(message)
    // It arrived just before return() was called, which disposed of the messages given by then.
    if (ended && disposes) setImmediate(moveOn)
    return { value: message, done: false }
  }
  const iterator: AsyncIterableIterator<M, void, undefined> = {
    next: () => {
      moveOn()
      if (ended || isClosed()) return Promise.resolve(end())
      return next(iterator).then(give, (error: unknown) => {
        if (isClosed()) return endLater()
        throw error
      })
    },
    return: () => {
      ended = true
      // Pending requests of a loop that was left must not take messages.
      cancel(iterator)
      moveOn()
      return Promise.resolve(end())
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
