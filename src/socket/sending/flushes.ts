/**
 * Callers of `flush`, which wait until all earlier sends have settled.
 * @module
 */
import { setImmediate } from 'node:timers'
import { onAbort, throwIfAborted } from '../../abort.ts'
import type { Entry } from './destination.ts'

interface Flush {
  readonly left: Set<Entry>
  resolve(): void
  reject(error: unknown): void
}

/** The waiting calls of `flush` on a socket. */
export class Flushes {
  /** Every entry waiting to be sent. */
  readonly #entries = new Set<Entry>()
  readonly #flushes = new Set<Flush>()

  add(entry: Entry): void {
    this.#entries.add(entry)
  }

  settled(entry: Entry): void {
    this.#entries.delete(entry)
    for (const flush of this.#flushes) {
      if (!flush.left.delete(entry) || flush.left.size > 0) continue
      this.#flushes.delete(flush)
      // After the promises of the sends have settled, including this last one.
      setImmediate(flush.resolve)
    }
  }

  /** Resolves when all entries that wait now have settled. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      if (this.#entries.size === 0) return resolve()
      const flush: Flush = {
        left: new Set(this.#entries),
        resolve: () => { stop(); resolve() },
        reject: (error) => { stop(); reject(error as Error) },
      }
      this.#flushes.add(flush)
      const stop = onAbort(signal, () => {
        this.#flushes.delete(flush)
        flush.reject(signal!.reason)
      })
    })
  }

  close(error: Error): void {
    for (const flush of this.#flushes) flush.reject(error)
    this.#flushes.clear()
  }
}
