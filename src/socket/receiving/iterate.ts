/**
 * `for await (const message of socket)`.
 * @module
 */
import { dispose } from '../../dispose.ts'

interface Iterable<M> {
  readonly closed: boolean
  receive(): Promise<M | undefined>
}

/** An iterator over messages that disposes of each when the next is asked for, and ends when the socket does. */
export function iterate<M extends Disposable>(socket: Iterable<M>): AsyncIterableIterator<M, void, undefined> {
  let last: M | undefined
  const give = (message: M | undefined): IteratorResult<M, void> => {
    last = message
    return message === undefined ? { value: undefined, done: true } : { value: message, done: false }
  }
  const iterator: AsyncIterableIterator<M, void, undefined> = {
    next: () => {
      last?.[dispose]()
      last = undefined
      if (socket.closed) return Promise.resolve(give(undefined))
      return socket.receive().then(give, (error: unknown) => {
        if (socket.closed) return give(undefined)
        throw error
      })
    },
    return: () => {
      last?.[dispose]()
      return Promise.resolve(give(undefined))
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
