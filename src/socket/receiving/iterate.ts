/**
 * `for await (const message of socket)`.
 * @module
 */
import { setImmediate } from 'node:timers'
import { dispose } from '../../dispose.ts'

/** The source of an iteration. */
export interface Iterated<M> {
  /** No more comes: it was closed. */
  readonly isClosed: () => boolean
  readonly next: (owner: object) => Promise<M | undefined>
  /** Requests of this owner resolve with nothing. */
  readonly cancel: (owner: object) => void
}

/**
 * An iterator over messages, which ends when its source does. With `disposes` each message is disposed of when the next one
 * is asked for, or the loop is left.
 */
export function iterate<M extends Disposable>({ isClosed, next, cancel }: Iterated<M>, disposes: boolean): AsyncIterableIterator<M, void, undefined> {
  /** Messages that were given, and not disposed of. */
  const given: M[] = []
  let ended = false
  const moveOn = (): void => {
    for (const message of given.splice(0)) message[dispose]()
  }
  const end = (): IteratorResult<M, void> => ({ value: undefined, done: true })
  // Another call, made before this one ended, may have been given a message in this very turn.
  const endLater = (): IteratorResult<M, void> => {
    if (given.length > 0) setImmediate(moveOn)
    return end()
  }
  const give = (message: M | undefined): IteratorResult<M, void> => {
    if (message === undefined) return endLater()
    if (disposes) given.push(message)
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
      // Nobody may take a message for a loop that was left.
      cancel(iterator)
      moveOn()
      return Promise.resolve(end())
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
