/**
 * Messages of sockets that keep them apart and have no end: datagram, raw, and whatever is like them.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { isNetworkReport } from '../../network-reports.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { MSG_TRUNC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH, SOCK_STREAM } = constants

/** Families whose recvmsg returns the length of the whole message, asked with MSG_TRUNC. Others refuse the flag, or ignore it. */
const tellLength: ReadonlySet<number> = new Set([AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH])

/** MSG_TRUNC where it makes the kernel tell the length of the whole message. */
export const lengthFlag = ({ family, type }: MessageSource): number => (type !== SOCK_STREAM && tellLength.has(family) ? MSG_TRUNC : 0)

/** Reads that found one message, and no more, until the next is taken to be alone too. */
const sparseAfter = 8
/** Of those that then take a single message, every so many looks for more. */
const lookAround = 4

/** Tells from the reads before whether a batch is worth its two more parameters. */
export class Sparse {
  /** Reads in a row that found a single message. */
  #single = 0

  get alone(): boolean {
    return this.#single >= sparseAfter && this.#single % lookAround !== 0
  }

  found(received: number): void {
    this.#single = received === 1 ? this.#single + 1 : 0
  }
}

export class DatagramReader implements Reader<AnyMessage> {
  readonly #messages: MessageReader
  readonly #flags: number
  readonly #sparse = new Sparse()

  constructor(source: MessageSource) {
    this.#messages = new MessageReader(source)
    this.#flags = lengthFlag(source)
  }

  copy(message: AnyMessage): AnyMessage {
    return copyMessage(message)
  }

  read(request: ReceiveRequest, count: number, into: AnyMessage[]): Outcome {
    const batch = this.#messages.batch(request)
    const { source } = this.#messages
    const limit = Math.min(count, batch.shape.count)
    const several = this.#sparse.alone && request.max === 1 ? 1 : limit
    const flags = request.flags | this.#flags
    let received = this.#messages.receive(batch, several, flags)
    if (received < 0 && isNetworkReport(source, received)) {
      source.onReport()
      received = this.#messages.receive(batch, several, flags)
    }
    if (received < 0) return failed(received)
    this.#sparse.found(received)
    this.#messages.take(batch, received, into)
    // Of a single one that was asked for because the others had been single too, the event loop tells if it was not.
    return received === several && several === limit ? 'more' : 'some'
  }
}
