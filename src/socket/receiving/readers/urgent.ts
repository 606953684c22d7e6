/**
 * Reads urgent data of a stream (MSG_OOB).
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { errno } from '../../../../generated/errno.ts'
import { discards } from '../../../native/message-calls.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { MSG_OOB } = constants

/** Reads the urgent byte. */
export class UrgentReader implements Reader<AnyMessage> {
  readonly #messages: MessageReader

  constructor(source: MessageSource) {
    this.#messages = new MessageReader(source)
  }

  copy(message: AnyMessage): AnyMessage {
    return copyMessage(message)
  }

  read(request: ReceiveRequest, _count: number, into: AnyMessage[]): Outcome {
    const messages = this.#messages
    // Without room for the byte TCP returns 0, as at the end, and a Unix socket fails with EFAULT and loses it.
    const hasRoom = (request.size ?? messages.source.size) > 0
    const batch = messages.batch(hasRoom ? request : { ...request, size: 1 })
    const flags = request.flags | MSG_OOB
    const received = messages.receive(batch, 1, flags)
    // There is no urgent data, or it was taken already.
    if (received === -errno.EINVAL) return 'none'
    if (received < 0) return failed(received)
    if (batch.length(0) === 0) return 'ended'
    messages.take(batch, received, into, !hasRoom || discards(messages.source.fd, flags) ? 0 : undefined)
    return 'some'
  }
}
