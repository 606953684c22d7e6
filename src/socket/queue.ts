/**
 * Waiting operations in order, any of which may be cancelled.
 * @module
 */

/** Fewer items than this are not worth removing. */
const minGone = 32

/**
 * A queue whose items may leave it in any order: an item is marked as gone, and removed together with others later. So each
 * operation takes constant time on average, however many items wait.
 */
export class Queue<T extends { readonly gone: boolean }> {
  #items: T[] = []
  #head = 0
  /** The number of items that are not gone. */
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The first item that is not gone. */
  get first(): T | undefined {
    while (this.#head < this.#items.length && this.#items[this.#head]!.gone) this.#head++
    if (this.#head > 2 * minGone && 2 * this.#head > this.#items.length) this.#compact()
    return this.#items[this.#head]
  }

  /** All items that are not gone. */
  get all(): T[] {
    return this.#items.slice(this.#head).filter(({ gone }) => !gone)
  }

  add(item: T): void {
    this.#items.push(item)
    this.#size++
  }

  /** Call it once after an item has been marked as gone. */
  left(): void {
    if (--this.#size === 0) {
      // Keeps nothing alive. Most queues have a single item at a time.
      this.#items.length = 0
      this.#head = 0
    } else if (this.#items.length - this.#head > 2 * this.#size + minGone) {
      this.#compact()
    }
  }

  #compact(): void {
    this.#items = this.all
    this.#head = 0
  }

  /** Calls `visit` with each item that is not gone, in order, until it returns false. It must not change the queue. */
  visit(visit: (item: T) => boolean): void {
    for (let i = this.#head; i < this.#items.length; i++) if (!this.#items[i]!.gone && !visit(this.#items[i]!)) return
  }
}
