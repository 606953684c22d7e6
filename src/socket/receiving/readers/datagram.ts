/**
 * Reads sockets that preserve message boundaries and have no end: datagram, raw, and similar types.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { peekFlags } from '../../../native/peek-offset.ts'
import { isNetworkReport, repeatAfterReport } from '../../network-reports.ts'
import { copyMessage, type AnyMessage } from '../message.ts'
import { failed, MessageReader, type MessageSource, type Outcome, type Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { MSG_TRUNC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH, AF_VSOCK, AF_RDS, SOCK_STREAM } = constants

/** Families whose recvmsg returns the length of the whole message with MSG_TRUNC. Others refuse the flag, or ignore it. */
const reportLength: ReadonlySet<number> =
  new Set([AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH, AF_VSOCK, AF_RDS])

/** MSG_TRUNC if it makes the kernel return the length of the whole message, otherwise 0. */
export const lengthFlag = ({ family, type }: MessageSource): number => (type !== SOCK_STREAM && reportLength.has(family) ? MSG_TRUNC : 0)

/** Number of consecutive reads with exactly one message after which the next read expects a single message too. */
const sparseAfter = 8
/** Every 4th of these reads asks for more than one message. */
const probeInterval = 4

/** Decides from earlier reads whether recvmmsg, with its two additional parameters, is worthwhile. */
export class Sparse {
  /** Number of consecutive reads that found a single message. */
  #single = 0

  get alone(): boolean {
    return this.#single >= sparseAfter && this.#single % probeInterval !== 0
  }

  found(received: number): void {
    this.#single = received === 1 ? this.#single + 1 : 0
  }
}

/** Reads messages, several per system call if that has no side effects. */
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
    const flags = peekFlags(source.fd, request.flags | this.#flags)
    let received = this.#messages.receive(batch, several, flags)
    if (received < 0 && isNetworkReport(source, received)) {
      received = repeatAfterReport(received, () => source.onReport(), () => this.#messages.receive(batch, several, flags))
    }
    if (received < 0) return failed(received)
    this.#sparse.found(received)
    this.#messages.take(batch, received, into)
    // If only one message was asked for because earlier reads found one, epoll reports further messages.
    return received === several && several === limit ? 'more' : 'some'
  }
}
