/**
 * The messages that wait for room at one destination, in order.
 * @module
 */
import type { Outgoing } from './outgoing.ts'
import type { Room } from './room.ts'

/** Messages for one destination that were given in one call. */
export interface Entry {
  readonly destination: Destination
  /** None: it waits for room, and sends nothing. */
  readonly messages: Outgoing[]
  /** It counts against the limits: a list that is taken from as room comes does not. */
  readonly limited: boolean
  /** The first message that has not gone. */
  at: number
  /** Bytes of it that have: only of a stream some go before the rest. */
  sent: number
  /** It waits no more: settled, or taken back. */
  gone: boolean
  /** Messages have gone, those before `at`; without messages: there is room. */
  onSent(): void
  /** The first byte of the message at `at` has gone, and its descriptors with it. */
  onBegun?(): void
  /** The message at `at` cannot go. */
  onFailed(error: unknown): void
}

export class Destination {
  readonly key: string
  /** Absent: the socket itself is watched. */
  readonly room: Room | undefined
  #entries: Entry[] = []
  #head = 0
  /** Messages and bytes that wait and count against the limits. */
  count = 0
  bytes = 0

  constructor(key: string, room: Room | undefined) {
    this.key = key
    this.room = room
  }

  /** The first entry that waits. */
  get first(): Entry | undefined {
    while (this.#head < this.#entries.length && this.#entries[this.#head]!.gone) this.#head++
    if (this.#head > 64 && 2 * this.#head > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return this.#entries[this.#head]
  }

  /** The first messages, of as many entries as it takes, and the entry of each. */
  firstMessages(max: number): { readonly messages: Outgoing[]; readonly entries: Entry[] } {
    const messages: Outgoing[] = []
    const entries: Entry[] = []
    for (let i = this.#head; i < this.#entries.length && messages.length < max; i++) {
      const entry = this.#entries[i]!
      for (let k = entry.at; !entry.gone && k < entry.messages.length && messages.length < max; k++) {
        messages.push(entry.messages[k]!)
        entries.push(entry)
      }
    }
    return { messages, entries }
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
  }

  /** All that wait. */
  get waiting(): Entry[] {
    return this.#entries.slice(this.#head).filter(({ gone }) => !gone)
  }

  /** Forgets entries that were taken back, once they are many: nobody may ever read at this destination. */
  compact(): void {
    const waiting = this.waiting
    if (this.#entries.length - this.#head <= 2 * waiting.length + 32) return
    this.#entries = waiting
    this.#head = 0
  }
}

/** The key of a destination's name. */
export const keyOf = (name: Uint8Array | undefined): string => (name === undefined ? '' : Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1'))

/** Bytes of data of messages, from one on, up to another. */
export function sizeOf(messages: readonly Outgoing[], from: number, to: number = messages.length): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += messages[i]!.size
  return sum
}
