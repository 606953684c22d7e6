/**
 * Reads the bytes of a stream. Only control messages separate them.
 * @module
 */
import { dispose } from '../../../dispose.ts'
import { constants } from '../../../../generated/constants.ts'
import { attempt } from '../../../errors.ts'
import { ioctl } from '../../../libc/files.ts'
import { poll } from '../../../libc/sockets.ts'
import { discards } from '../../../native/message-calls.ts'
import { copyMessage, hasOnly, type AnyMessage } from '../message.ts'
import { failed, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { AF_UNIX, MSG_TRUNC, POLLIN, POLLPRI, POLLRDHUP, SIOCINQ } = constants

/** The interface of the urgent data channel for the reader of normal data. */
interface Urgent {
  /** Takes available urgent data. */
  catchUp(): void
}

/** Reads chunks of a stream, each with the control messages of its bytes. */
export class StreamReader implements Reader<AnyMessage> {
  readonly #messages: MessageReader
  readonly #isAtEnd: (level: number, type: number) => boolean
  readonly #urgent: () => Urgent | undefined

  /**
   * `isAtEnd` is true for control messages that the kernel also adds at the end of a connection. `urgent` returns the channel
   * once the program has asked for urgent data.
   */
  constructor(source: MessageSource, isAtEnd: (level: number, type: number) => boolean, urgent: () => Urgent | undefined) {
    this.#messages = new MessageReader(source)
    this.#isAtEnd = isAtEnd
    this.#urgent = urgent
  }

  copy(message: AnyMessage): AnyMessage {
    return copyMessage(message)
  }

  read(request: ReceiveRequest, _count: number, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    const { fd, family } = messages.source
    const urgent = this.#urgent()
    if (urgent !== undefined && !dataIsFirst(fd, urgent)) return 'none'
    const batch = messages.batch(request)
    const received = messages.receive(batch, 1, request.flags)
    if (received < 0) return failed(received)
    const nothingWritten = (request.flags & MSG_TRUNC) !== 0 && discards(fd, request.flags)
    messages.take(batch, received, into, nothingWritten ? 0 : undefined)
    if (batch.length(0) > 0 || (batch.shape.dataSize === 0 && !hasEnded(fd, family))) return 'more'
    const message = into.at(-1)!
    // In other families a message without data is valid if it has control messages: a TLS record may be empty.
    if (family !== AF_UNIX && message.control.length > 0 && !hasOnly(message, this.#isAtEnd)) return 'more'
    // The end. AF_UNIX adds placeholder credentials {0, 0, 0} that look like root's, so they are dropped here.
    into.pop()
    message[dispose]()
    return 'ended'
  }
}

/**
 * True if a connection has ended and no data is left: a receive without a buffer for data returns 0 in either case. False where the
 * kernel does not tell how much data is left (SIOCINQ): TLS may hold some that TCP has passed on.
 */
function hasEnded(fd: number, family: number): boolean {
  if ((poll([{ fd, events: POLLRDHUP }], 0)[0]!.revents & POLLRDHUP) === 0) return false
  if (family !== AF_UNIX && !discards(fd, MSG_TRUNC)) return false
  return attempt(() => ioctl(fd, SIOCINQ)) === 0
}

/**
 * True if there is normal data to read before urgent data. A read that starts at an urgent byte discards it unless it was taken
 * before; a read that starts ahead of it stops there.
 */
function dataIsFirst(fd: number, urgent: Urgent): boolean {
  const { revents } = poll([{ fd, events: POLLIN | POLLPRI }], 0)[0]!
  if ((revents & POLLPRI) !== 0) urgent.catchUp()
  return (revents & ~POLLPRI) !== 0
}
