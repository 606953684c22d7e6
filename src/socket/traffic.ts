/**
 * Counts the messages that a socket sends and receives, and publishes them to the diagnostics channels.
 * @module
 */
import type { Channel } from 'node:diagnostics_channel'
import { constants } from '../../generated/constants.ts'
import type { Counters } from './types.ts'

const { MSG_TRUNC, MSG_CTRUNC } = constants

const events = ['sent', 'received', 'waiting', 'dropped', 'truncated'] as const
type Event = (typeof events)[number]

/** Base of the messages of all diagnostics channels. */
export interface TrafficMessage {
  /** The `MessageSocket`, `MessageDuplex` or socket of `createSocket`. Undefined if it has been garbage collected. */
  readonly socket: object | undefined
  /** Number of messages. */
  readonly count: number
  /** Bytes of data in the messages, before truncation. */
  readonly bytes: number
}

/** Published to `cmsg:received` and `cmsg:truncated`. */
export interface ReceivedTraffic extends TrafficMessage {
  /** Messages, urgent data (`MSG_OOB`), or reports of the error queue (`MSG_ERRQUEUE`). */
  readonly queue: ReceiveQueue
}

/** Published to `cmsg:truncated`. `count` is the number of truncated messages. */
export interface TruncatedTraffic extends ReceivedTraffic {
  /** Number of messages whose data was truncated. */
  readonly data: number
  /** Number of messages whose control messages were truncated. */
  readonly control: number
}

/** Published to `cmsg:waiting`. */
export interface WaitingTraffic extends TrafficMessage {
  /** `socket.bufferedAmount`. */
  readonly bufferedAmount: number
}

/** Published to `cmsg:dropped`. */
export interface DroppedTraffic extends TrafficMessage {
  /** `'closed'`: messages that were read ahead when the socket was closed; `'reports'`: reports of the error queue beyond 64. */
  readonly reason: 'closed' | 'reports'
}

/** The queue of a socket that messages were received from. */
export type ReceiveQueue = 'messages' | 'urgent' | 'errors'

/** The properties of a received message that are counted. */
interface Received {
  readonly length: number
  readonly flags: number
}

let loaded: Readonly<Record<Event, Channel>> | undefined
/** The channels, looked up when the first socket is created: importing this package does not load the module. */
function channels(): Readonly<Record<Event, Channel>> {
  if (loaded === undefined) {
    const { channel } = process.getBuiltinModule('node:diagnostics_channel')
    loaded = Object.fromEntries(events.map((event) => [event, channel(`cmsg:${event}`)])) as Record<Event, Channel>
  }
  return loaded
}

const lengthOf = (items: readonly Received[]): number => {
  let bytes = 0
  for (const { length } of items) bytes += length
  return bytes
}

/** The counters of a socket, and the publisher of its traffic. */
export class Traffic {
  readonly #channels = channels()
  readonly #socket: () => object | undefined
  #sent = 0
  #sentBytes = 0
  #received = 0
  #receivedBytes = 0
  #truncated = 0
  #dropped = 0
  #droppedReports = 0

  constructor(socket: () => object | undefined) {
    this.#socket = socket
  }

  get counters(): Counters {
    return {
      sentMessages: this.#sent, sentBytes: this.#sentBytes, receivedMessages: this.#received, receivedBytes: this.#receivedBytes,
      truncatedMessages: this.#truncated, droppedMessages: this.#dropped, droppedReports: this.#droppedReports,
    }
  }

  /** Called when the kernel has accepted messages completely. */
  sent(count: number, bytes: number): void {
    this.#sent += count
    this.#sentBytes += bytes
    const { sent } = this.#channels
    if (sent.hasSubscribers) sent.publish({ socket: this.#socket(), count, bytes } satisfies TrafficMessage)
  }

  /** Called when messages begin to wait for room. */
  waiting(count: number, bytes: number, bufferedAmount: number): void {
    const { waiting } = this.#channels
    if (waiting.hasSubscribers) waiting.publish({ socket: this.#socket(), count, bytes, bufferedAmount } satisfies WaitingTraffic)
  }

  /** Called after each call that has taken messages from the kernel. */
  received(items: readonly Received[], queue: ReceiveQueue): void {
    let bytes = 0
    let truncated = 0
    for (const { length, flags } of items) {
      bytes += length
      if ((flags & (MSG_TRUNC | MSG_CTRUNC)) !== 0) truncated++
    }
    if (queue !== 'errors') {
      this.#received += items.length
      this.#receivedBytes += bytes
      this.#truncated += truncated
    }
    const { received } = this.#channels
    if (received.hasSubscribers) {
      const message = { socket: this.#socket(), count: items.length, bytes, queue } satisfies ReceivedTraffic
      this.#publish(received, message as TrafficMessage, queue === 'errors')
    }
    if (truncated > 0) this.#publishTruncated(items, queue)
  }

  /** A subscriber may do anything, even close the socket. So reports that are found during a send are published after it. */
  #publish(channel: Channel, message: TrafficMessage, later: boolean): void {
    if (later) queueMicrotask(() => { channel.publish(message) })
    else channel.publish(message)
  }

  #publishTruncated(items: readonly Received[], queue: ReceiveQueue): void {
    const { truncated } = this.#channels
    if (!truncated.hasSubscribers) return
    const having = (flag: number): Received[] => items.filter(({ flags }) => (flags & flag) !== 0)
    const all = having(MSG_TRUNC | MSG_CTRUNC)
    this.#publish(truncated, {
      socket: this.#socket(), count: all.length, bytes: lengthOf(all), queue, data: having(MSG_TRUNC).length,
      control: having(MSG_CTRUNC).length,
    } satisfies TruncatedTraffic as TrafficMessage, queue === 'errors')
  }

  /** Called for messages or reports that will not be received any more. */
  dropped(items: readonly Received[], reason: DroppedTraffic['reason']): void {
    if (reason === 'closed') this.#dropped += items.length
    else this.#droppedReports += items.length
    const { dropped } = this.#channels
    if (dropped.hasSubscribers) {
      const message = { socket: this.#socket(), count: items.length, bytes: lengthOf(items), reason } satisfies DroppedTraffic
      this.#publish(dropped, message as TrafficMessage, reason === 'reports')
    }
  }
}
