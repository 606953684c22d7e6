/**
 * The items that a receiver has taken from the kernel ahead of requests.
 * @module
 */
import { waitingToClose } from '../../descriptors/closer.ts'
import { counts, maxDescriptorsAhead } from '../../limits.ts'
import { maxBatch } from './reader.ts'
import type { ReceiverOptions } from './receiver-options.ts'
import type { ReceiveRequest } from './request.ts'

/** The number of descriptors that may still be read ahead. Descriptors waiting to be closed, which a peer can delay, count too. */
export const descriptorsLeft = (): number => maxDescriptorsAhead() - counts.descriptorsAhead - waitingToClose()

/** The number of messages to take in one call: the requested number plus `readAhead`, within the limit on descriptors. */
export function countFor<T>(
  { size, flags, max }: ReceiveRequest, { readAhead, descriptors }: Pick<ReceiverOptions<T>, 'readAhead' | 'descriptors'>, held: number,
): number {
  if (size !== undefined || flags !== 0) return 1
  const wanted = Math.min(maxBatch, max + readAhead())
  const each = descriptors?.max() ?? 0
  if (each === 0 || wanted === 1) return wanted
  return Math.min(wanted, 1 + Math.max(0, Math.floor((descriptorsLeft() - held) / each)))
}

/** A queue of items. Their descriptors count against the limit for all sockets of the thread. */
export class ReadAhead<T> {
  #items: T[] = []
  #head = 0
  readonly #descriptorsOf: ((item: T) => number) | undefined

  /** `descriptorsOf` returns the number of descriptors in an item; absent if items have none. */
  constructor(descriptorsOf: ((item: T) => number) | undefined) {
    this.#descriptorsOf = descriptorsOf
  }

  get size(): number {
    return this.#items.length - this.#head
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  /** Fills the empty queue. It keeps the array. */
  fill(items: T[]): void {
    this.#items = items
    this.#head = 0
    if (this.#descriptorsOf !== undefined) for (const item of items) counts.descriptorsAhead += this.#descriptorsOf(item)
  }

  /** Removes the next item. The queue keeps no reference to it. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined as never
    if (this.#descriptorsOf !== undefined) counts.descriptorsAhead -= this.#descriptorsOf(item)
    return item
  }

  /** Puts back an item that was removed since the queue was filled. */
  unshift(item: T): void {
    this.#items[--this.#head] = item
    if (this.#descriptorsOf !== undefined) counts.descriptorsAhead += this.#descriptorsOf(item)
  }

  /** Removes and returns all items. */
  drain(): T[] {
    const items: T[] = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item)
    return items
  }
}
