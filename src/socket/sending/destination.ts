/**
 * The messages waiting for one destination, in order.
 * @module
 */
import { Queue } from '../queue.ts'
import { nameNow, resolved } from './names.ts'
import type { Outgoing } from './outgoing.ts'
import type { Room } from './room.ts'

/** Messages for one destination, from one call. */
export interface Entry {
  readonly destination: Destination
  /** Its number in the order of calls. */
  readonly number: number
  /** Empty if the entry only waits for room and sends nothing. */
  readonly messages: Outgoing[]
  /** True if it counts against the limits. The list of `sendMany`, whose messages are taken gradually, does not. */
  readonly limited: boolean
  /** Index of the first message that was not sent yet. */
  at: number
  /** Number of its bytes already sent, which can be more than 0 only on a stream. */
  sent: number
  /** True if it no longer waits: it was settled or cancelled. */
  gone: boolean
  /** Called when all messages were sent, or for an entry without messages, when there is room. */
  onSent(): void
  /** Called when the first byte of the message at `at` was sent, and its descriptors with it. */
  onBegun?(): void
  /** Called when the message at `at` cannot be sent. */
  onFailed(error: unknown): void
}

/** A destination with its waiting messages. */
export class Destination {
  /** Empty for the peer of a connected socket. */
  readonly key: string
  /** Absent if the socket itself is watched. */
  readonly room: Room | undefined
  readonly entries = new Queue<Entry>()
  /** Waiting messages and bytes that count against the limits. */
  count = 0
  bytes = 0

  constructor(key: string, room: Room | undefined) {
    this.key = key
    this.room = room
  }

  /** True if a message waits: an entry may wait only for room. */
  get sends(): boolean {
    return this.entries.all.some(({ messages }) => messages.length > 0)
  }

  /** The first waiting entry. */
  get first(): Entry | undefined {
    return this.entries.first
  }

  /** The first `max` messages, across entries, with the entry of each. */
  firstMessages(max: number): { readonly messages: Outgoing[]; readonly entries: Entry[] } {
    const messages: Outgoing[] = []
    const entries: Entry[] = []
    this.entries.visit((entry) => {
      for (let k = entry.at; k < entry.messages.length && messages.length < max; k++) {
        messages.push(toSendNow(entry.messages[k]!))
        entries.push(entry)
      }
      return messages.length < max
    })
    return { messages, entries }
  }
}

/** The key of a destination other than the socket's peer. */
export function nameKey(name: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = resolved(name)
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

function renamed(message: Outgoing, rename: (name: Uint8Array) => Uint8Array): Outgoing {
  const name = message.name && rename(message.name)
  return name === message.name ? message : { ...message, name }
}

/** The message with its destination {@link resolved}, to be sent later. */
export const toSendLater = (message: Outgoing): Outgoing => renamed(message, resolved)

/** A message that has waited, with the name for a system call now. */
const toSendNow = (message: Outgoing): Outgoing => renamed(message, nameNow)

/** The number of data bytes in messages, from index `from` up to `to`, which is not included. */
export function sizeOf(messages: readonly Outgoing[], from: number, to: number = messages.length): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += messages[i]!.size
  return sum
}

/** Groups the messages starting at index `start`, which have to wait, by destination, in order, with the index of each. */
export function byDestination(
  messages: readonly Outgoing[], start: number, keyOf: (name: Uint8Array | undefined) => string,
): Iterable<{ readonly messages: Outgoing[]; readonly indexes: number[] }> {
  const lists = new Map<string, { readonly messages: Outgoing[]; readonly indexes: number[] }>()
  for (let i = start; i < messages.length; i++) {
    const key = keyOf(messages[i]!.name)
    let list = lists.get(key)
    if (list === undefined) lists.set(key, (list = { messages: [], indexes: [] }))
    list.messages.push(toSendLater(messages[i]!))
    list.indexes.push(i)
  }
  return lists.values()
}

/** The runs of equal entries, each with its length. */
export function* runs(entries: readonly Entry[]): Generator<readonly [entry: Entry, count: number]> {
  for (let i = 0, end = 0; i < entries.length; i = end) {
    while (end < entries.length && entries[end] === entries[i]) end++
    yield [entries[i]!, end - i]
  }
}
