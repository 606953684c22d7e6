/**
 * Packets of a connection, which has an end. recvmsg returns 0 for an empty packet and for the end alike.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { poll } from '../../../libc/sockets.ts'
import { attempt } from '../../../errors.ts'
import { removeMark, setMark } from '../../options/mark.ts'
import { timestamp } from '../../../control/kinds/socket.ts'
import { CMSG_SPACE } from '../../../abi/cmsg.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, isEmpty, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'
import { lengthFlag, Sparse } from './datagram.ts'

const { AF_UNIX, POLLRDHUP, POLLHUP } = constants
const markSpace = CMSG_SPACE(timestamp.minSize)

export class SeqpacketReader implements Reader<AnyMessage> {
  readonly #messages: MessageReader
  readonly #flags: number
  /** Every packet has a control message, which the end has not: a timestamp, or credentials. */
  readonly #isMarked: () => boolean
  readonly #sparse = new Sparse()
  /** The mark of a last packet is on. */
  #lastMarked = false

  constructor(source: MessageSource, isMarked: () => boolean) {
    this.#messages = new MessageReader(source)
    this.#flags = lengthFlag(source)
    this.#isMarked = isMarked
  }

  copy(message: AnyMessage): AnyMessage {
    return copyMessage(message)
  }

  read(request: ReceiveRequest, count: number, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    if (!this.#isMarked()) return this.#readUnmarked(request, into)
    const batch = messages.batch(request)
    const limit = Math.min(count, batch.shape.count)
    const several = this.#sparse.alone && request.max === 1 ? 1 : limit
    const received = messages.receive(batch, several, request.flags | this.#flags)
    if (received < 0) return failed(received)
    // The end fills the rest of the batch.
    let end = 0
    while (end < received && !isEmpty(batch, end)) end++
    this.#sparse.found(end)
    messages.take(batch, end, into)
    if (end < received) return 'ended'
    return received === several && several === limit ? 'more' : 'some'
  }

  /**
   * One packet at a time. Once the peer has closed nothing is added to the queue: then each packet is given a mark. Before
   * that a packet is looked at first: an empty one is a packet if the peer has not closed even afterwards.
   */
  #readUnmarked(request: ReceiveRequest, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const flags = request.flags | this.#flags
    if (messages.source.family !== AF_UNIX) return this.#readOther(request, into)
    if (this.#peerHasClosed()) return this.#readLast(request, into)
    const looked = messages.peek(flags)
    if (looked === 'ended') {
      if (this.#peerHasClosed()) return this.#readLast(request, into)
    } else if (looked !== 'some') {
      return looked
    }
    const batch = messages.batch(request)
    const received = messages.receive(batch, 1, flags)
    if (received < 0) return failed(received)
    // Another holder of the socket took what was looked at, and this is the end.
    if (looked === 'some' && isEmpty(batch, 0) && this.#peerHasClosed()) return 'ended'
    messages.take(batch, received, into)
    return 'more'
  }

  /** Other families cannot all be looked into, and send nothing that is empty before their end. */
  #readOther(request: ReceiveRequest, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const batch = messages.batch(request)
    const received = messages.receive(batch, 1, request.flags | this.#flags)
    if (received < 0) return failed(received)
    if (isEmpty(batch, 0) && this.#peerHasClosed()) return 'ended'
    messages.take(batch, received, into)
    return 'more'
  }

  /** A packet, or the end, of a peer that has closed: with a timestamp for as long as this takes, which the end has not. */
  #readLast(request: ReceiveRequest, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const { source } = messages
    const { fd } = source
    const mark = (this.#lastMarked ||= setMark(fd))
    // The timestamp comes first, so the room for it has no room for a descriptor that nobody asked for.
    const batch = messages.batch(request, mark ? markSpace : 0)
    let received: number
    try {
      received = messages.receive(batch, 1, request.flags | this.#flags)
    } finally {
      // Before anything else looks at the options. If it cannot be removed it is as good for the next.
      if (mark) attempt(() => { removeMark(fd); this.#lastMarked = false })
    }
    if (received < 0) return failed(received)
    if (isEmpty(batch, 0)) return 'ended'
    messages.take(batch, received, into, undefined, mark ? { ...source.context, marked: true } : source.context)
    return 'more'
  }

  #peerHasClosed(): boolean {
    return (poll([{ fd: this.#messages.source.fd, events: POLLRDHUP }], 0)[0]!.revents & (POLLRDHUP | POLLHUP)) !== 0
  }
}
