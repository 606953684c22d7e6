/**
 * The waiting messages of one `sendMany`, which may have several destinations.
 * @module
 */
import type { Entry } from './destination.ts'
import { withSent } from './transmit.ts'

/** An entry with the indexes of its messages in the list of the caller. */
interface Part { readonly entry: Entry; readonly indexes: readonly number[] }

/** The entries of a list, one for each destination. When a message fails, those after it in the list are cancelled. */
export class Group {
  readonly #parts: Part[] = []
  /** The number of first parts that are known to have settled. */
  #settled = 0
  readonly #sentBefore: number
  readonly #cut: (entry: Entry, from: number) => void
  readonly #onSettled: (failure: { readonly error: unknown } | undefined) => void
  #failure: { readonly at: number; readonly error: unknown } | undefined

  /** `cut` cancels the messages of an entry from an index on; `onSettled` is called when all entries have settled. */
  constructor(
    sentBefore: number, cut: (entry: Entry, from: number) => void, onSettled: (failure: { readonly error: unknown } | undefined) => void,
  ) {
    this.#sentBefore = sentBefore
    this.#cut = cut
    this.#onSettled = onSettled
  }

  get entries(): Entry[] {
    return this.#parts.map(({ entry }) => entry)
  }

  /** Adds the entry that `queue` creates, with the callbacks of this group. */
  add(indexes: readonly number[], queue: (callbacks: Pick<Entry, 'onSent' | 'onFailed'>) => Entry): void {
    const entry = queue({
      onSent: () => { this.#settle() },
      onFailed: (error) => {
        this.#fail(indexes[entry.at]!, error)
        this.#settle()
      },
    })
    this.#parts.push({ entry, indexes })
  }

  /** Cancels all messages that can be cancelled. The failure is the caller's own reason. */
  abort(reason: unknown): void {
    this.#fail(-1, reason)
    this.#settle()
  }

  /** Cancels the messages starting at index `at` of the list, except one that was partly sent. */
  #fail(at: number, error: unknown): void {
    if (this.#failure !== undefined && this.#failure.at <= at) return
    this.#failure = { at, error }
    for (const { entry, indexes } of this.#parts) {
      const keep = indexes.findIndex((index, k) => index >= at && k >= entry.at + (entry.sent > 0 ? 1 : 0))
      if (keep >= 0 && !entry.gone) this.#cut(entry, keep)
    }
  }

  #settle(): void {
    while (this.#settled < this.#parts.length && this.#parts[this.#settled]!.entry.gone) this.#settled++
    if (this.#settled < this.#parts.length) return
    const failure = this.#failure
    if (failure === undefined || failure.at < 0) return this.#onSettled(failure)
    const sentMessages = this.#parts.reduce((sum, { entry }) => sum + entry.at, this.#sentBefore)
    this.#onSettled({ error: withSent(failure.error, { sent: failure.at, sentMessages }) })
  }
}
