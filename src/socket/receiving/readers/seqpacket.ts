/**
 * Reads the packets of a connection. recvmsg returns 0 both for an empty packet and at the end.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { errno } from '../../../../generated/errno.ts'
import { poll } from '../../../libc/sockets.ts'
import { attempt, SystemError } from '../../../errors.ts'
import { isMarked, removeMark, setMark } from '../../options/mark.ts'
import { timestamp } from '../../../control/kinds/socket.ts'
import { CMSG_SPACE } from '../../../abi/cmsg.ts'
import type { Batch } from '../../../message/batch.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, isEmpty, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'
import { lengthFlag, Sparse } from './datagram.ts'

const { AF_UNIX, MSG_PEEK, POLLIN, POLLRDHUP, POLLHUP } = constants
const markSpace = CMSG_SPACE(timestamp.minSize)

/** Reads packets, and distinguishes an empty one from the end. */
export class SeqpacketReader implements Reader<AnyMessage> {
  readonly #messages: MessageReader
  readonly #flags: number
  /** Every packet has a control message that the end does not have: a timestamp, or credentials. */
  readonly #mark: { readonly isOn: boolean }
  readonly #sparse = new Sparse()
  /** The timestamp option for the last packets is on. */
  #lastMarked = false
  /** An error to return at the end. */
  #reset: SystemError | undefined

  constructor(source: MessageSource, mark: { readonly isOn: boolean }) {
    this.#messages = new MessageReader(source)
    this.#flags = lengthFlag(source)
    this.#mark = mark
  }

  copy(message: AnyMessage): AnyMessage {
    return copyMessage(message)
  }

  /**
   * The kernel reports ECONNRESET, that the peer closed with unread packets of ours, before the packets that the peer had sent. It is
   * kept until they have been read, as on a stream, and then reported once.
   */
  read(request: ReceiveRequest, count: number, into: AnyMessage[]): Outcome {
    let outcome = this.#readNext(request, count, into)
    if (outcome instanceof SystemError && outcome.errno === -errno.ECONNRESET && this.#messages.source.family === AF_UNIX) {
      this.#reset = outcome
      outcome = this.#readNext(request, count, into)
    }
    if (outcome !== 'ended' || this.#reset === undefined) return outcome
    return into.length > 0 ? 'more' : this.takeError()!
  }

  takeError(): SystemError | undefined {
    const reset = this.#reset
    this.#reset = undefined
    return reset
  }

  #readNext(request: ReceiveRequest, count: number, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    if (!this.#mark.isOn) return this.#readUnmarked(request, into)
    const batch = messages.batch(request)
    const limit = Math.min(count, batch.shape.count)
    const several = this.#sparse.alone && request.max === 1 ? 1 : limit
    const received = messages.receive(batch, several, request.flags | this.#flags)
    if (received < 0) return failed(received)
    // At the end, the kernel returns empty messages for the rest of the batch.
    let end = 0
    while (end < received && !isEmpty(batch, end)) end++
    const hasEnded = end < received && this.#peerHasClosed()
    if (hasEnded && !isMarked(messages.source.fd)) return this.#withoutMark(request, batch, received, into)
    // Packets of an open connection, if another process with this socket has turned the mark off.
    if (!hasEnded) end = received
    this.#sparse.found(end)
    messages.take(batch, end, into)
    if (hasEnded) return 'ended'
    return received === several && several === limit ? 'more' : 'some'
  }

  /**
   * Takes messages that were received without a mark, because another process with this socket has turned it off, after the peer
   * closed. Those up to the last one that is not empty are packets. The empty ones behind it are too, if a packet follows them.
   */
  #withoutMark(request: ReceiveRequest, batch: Batch, received: number, into: AnyMessage[]): Outcome {
    // A peek takes nothing, so it can be repeated with a mark.
    if ((request.flags & MSG_PEEK) !== 0) return this.#readLast(request, into)
    let packets = received
    while (packets > 0 && isEmpty(batch, packets - 1)) packets--
    const behind = into.length + packets
    this.#messages.take(batch, received, into)
    const outcome = this.#readLast(request, into)
    if (outcome === 'ended') into.splice(behind)
    return outcome
  }

  /**
   * Reads one packet at a time. Once the peer has closed, nothing more is queued, and each remaining packet gets a timestamp as a
   * mark. Before that it peeks first: an empty message is a packet if the peer has still not closed afterwards. A peek of the caller
   * gets a mark too, because a second peek would skip an empty packet (SO_PEEK_OFF).
   */
  #readUnmarked(request: ReceiveRequest, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const flags = request.flags | this.#flags
    // Not all other families support peeking; their peers send no empty packet before the end.
    if (messages.source.family !== AF_UNIX) return this.#readOne(request, into, false)
    const ready = this.#ready(POLLIN | POLLRDHUP)
    if (ready === 0) return 'none'
    if ((ready & (POLLRDHUP | POLLHUP)) !== 0 || (request.flags & MSG_PEEK) !== 0) return this.#readLast(request, into)
    const looked = messages.peek(flags)
    // The peek began behind the packet (SO_PEEK_OFF).
    if (looked === 'none') return this.#readLast(request, into)
    if (looked === 'ended') {
      if (this.#peerHasClosed()) return this.#readLast(request, into)
    } else if (looked !== 'some') {
      return looked
    }
    return this.#readOne(request, into, looked === 'ended')
  }

  /**
   * Reads one packet. If it is empty, and the peer has closed, it is the end, unless it is known to be a packet: another process with
   * this socket may have taken the packet that a peek saw.
   */
  #readOne(request: ReceiveRequest, into: AnyMessage[], isPacket: boolean): Outcome {
    const messages = this.#messages
    const batch = messages.batch(request)
    const received = messages.receive(batch, 1, request.flags | this.#flags)
    if (received < 0) return failed(received)
    if (!isPacket && isEmpty(batch, 0) && this.#peerHasClosed()) return 'ended'
    messages.take(batch, received, into)
    return 'more'
  }

  /** Reads a packet, or the end if the peer has closed. Timestamps are on meanwhile, since the end has none. */
  #readLast(request: ReceiveRequest, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const { source } = messages
    const { fd } = source
    const mark = (this.#lastMarked ||= setMark(fd))
    // The timestamp comes first, so the additional bytes cannot hold a descriptor that was not asked for.
    const batch = messages.batch(request, mark ? markSpace : 0)
    let received: number
    try {
      received = messages.receive(batch, 1, request.flags | this.#flags)
    } finally {
      // Before other code reads the options. If it cannot be removed, it serves for the next packet.
      if (mark) attempt(() => { removeMark(fd); this.#lastMarked = false })
    }
    if (received < 0) return failed(received)
    // Where there are no timestamps, an empty message of an open connection is a packet.
    if (isEmpty(batch, 0) && (mark || this.#peerHasClosed())) return 'ended'
    messages.take(batch, received, into, undefined, mark ? { ...source.context, marked: true } : source.context)
    return 'more'
  }

  #peerHasClosed(): boolean {
    return (this.#ready(POLLRDHUP) & (POLLRDHUP | POLLHUP)) !== 0
  }

  #ready(events: number): number {
    return poll([{ fd: this.#messages.source.fd, events }], 0)[0]!.revents
  }
}
