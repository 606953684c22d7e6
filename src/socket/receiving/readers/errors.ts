/**
 * Reads the error queue of a socket: errors from the network, and transmit timestamps.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import { plainRequest, type ReceiveRequest } from '../request.ts'

const { MSG_ERRQUEUE, MSG_PEEK } = constants

/** Reads reports of the error queue. */
export class ErrorsReader implements Reader<AnyMessage> {
  readonly takesToPeek = true
  readonly #messages: MessageReader

  constructor(source: MessageSource) {
    this.#messages = new MessageReader(source, true)
  }

  copy(message: AnyMessage, { size }: ReceiveRequest): AnyMessage {
    return copyMessage(message, size)
  }

  read(request: ReceiveRequest, count: number, into: AnyMessage[]): Outcome {
    const { source } = this.#messages
    // A peek takes the whole report, and shows as much as it asked for.
    const isCut = (request.flags & MSG_PEEK) !== 0 && (request.size ?? source.size) < source.size
    const batch = this.#messages.batch(isCut ? plainRequest : request)
    const received = this.#messages.receive(batch, count, (request.flags & ~MSG_PEEK) | MSG_ERRQUEUE)
    if (received < 0) return failed(received)
    this.#messages.take(batch, received, into)
    return received === Math.min(count, batch.shape.count) ? 'more' : 'some'
  }
}
