/**
 * Callers of `flush`, which wait until all earlier sends have settled.
 * @module
 */
import { setImmediate } from 'node:timers'
import { onAbort, throwIfAborted } from '../../abort.ts'
import { Queue } from '../queue.ts'
import type { Entry } from './destination.ts'

interface Flush {
  /** The number of the last entry that it waits for. */
  readonly last: number
  gone: boolean
  resolve(): void
  reject(error: unknown): void
}

/** The waiting calls of `flush` on a socket. */
export class Flushes {
  /** Every entry waiting to be sent. */
  readonly #entries = new Queue<Entry>()
  readonly #flushes = new Queue<Flush>()
  #last = 0

  /** The number of the next entry. Entries are numbered in the order of their calls. */
  next(): number {
    return ++this.#last
  }

  add(entry: Entry): void {
    this.#entries.add(entry)
  }

  /** Call it once after an entry has been marked as gone. */
  settled(): void {
    this.#entries.left()
    const oldest = this.#entries.first?.number ?? Infinity
    for (let flush; (flush = this.#flushes.first) !== undefined && flush.last < oldest;) {
      this.#remove(flush)
      // After the promises of the sends have settled, including this last one.
      setImmediate(flush.resolve)
    }
  }

  #remove(flush: Flush): void {
    flush.gone = true
    this.#flushes.left()
  }

  /** Resolves when all entries that wait now have settled. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      if (this.#entries.size === 0) return resolve()
      const flush: Flush = {
        last: this.#last, gone: false,
        resolve: () => { stop(); resolve() },
        reject: (error) => { stop(); reject(error as Error) },
      }
      this.#flushes.add(flush)
      const stop = onAbort(signal, () => {
        // It may be about to resolve.
        if (!flush.gone) this.#remove(flush)
        flush.reject(signal!.reason)
      })
    })
  }

  close(error: Error): void {
    for (const flush of this.#flushes.all) {
      this.#remove(flush)
      flush.reject(error)
    }
  }
}
