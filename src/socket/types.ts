/**
 * The arguments of the socket's methods.
 * @module
 */
import type { AddressLike } from '../address/address.ts'
import type { AnyControlMessage, ControlItem } from '../control/define.ts'
import type { BindOptions, MakeOptions, ReceiveKinds } from './options/options.ts'
import type { Settings } from './options/settings.ts'

/**
 * The data of a message: a string, which is sent as UTF-8; the bytes of any TypedArray, DataView or ArrayBuffer; or an array of
 * these, whose bytes are concatenated into one message.
 */
export type Data = string | ArrayBufferView | ArrayBuffer | readonly (string | ArrayBufferView | ArrayBuffer)[]

/** Destination, control messages and flags of a message. */
export interface SendOptions {
  /**
   * The destination; not needed on a connected socket. A received `message.address` can be used unchanged, unless it is
   * `{ unnamed: true }`: a sender without an address cannot receive a reply. A TCP or seqpacket socket sends only to its peer, and the
   * kernel would ignore any other address: it is an `ERR_CMSG_UNSUPPORTED`, unless `MSG_FASTOPEN` opens a TCP connection to it. A relative
   * pathname is resolved in this call, if its absolute form fits into an address.
   */
  readonly to?: AddressLike | undefined
  /** Control messages: `[credentials({ … }), rights([fd])]`. On a Unix stream they need at least one byte of data. */
  readonly control?: readonly ControlItem[] | undefined
  /**
   * `MSG_OOB` on stream sockets that have urgent data (Unix, TCP, SMC), `MSG_DONTROUTE`, `MSG_EOR`, `MSG_CONFIRM`, `MSG_MORE`,
   * `MSG_FASTOPEN` on TCP, with `to`; any other flag is an `ERR_CMSG_OUT_OF_RANGE`. `MSG_DONTWAIT` and `MSG_NOSIGNAL` are always added, so
   * passing them changes nothing. On UDP, data sent with `MSG_MORE` and what follows it is one datagram, and the kernel sends all of it to
   * the destination of its first part.
   */
  readonly flags?: number | undefined
}

/** A message for {@link MessageSocket.sendMany}. */
export interface MessageToSend extends SendOptions {
  readonly data: Data
}

/** Options of an operation that can be aborted: on abort, its promise rejects with the signal's reason. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** Options of {@link MessageSocket.receive}. */
export interface ReceiveOptions {
  /**
   * Buffer size for the data of this message, in bytes; the socket's `messageSize` if absent. A message that was read ahead in
   * a batch was received with the socket's `messageSize`. A receive with size 0 finds the end of a stream only on Unix, TCP and SMC:
   * elsewhere, and with TLS, the kernel does not tell whether data is left, and the message is empty.
   */
  readonly size?: number | undefined
  /**
   * `MSG_PEEK`, `MSG_TRUNC`, `MSG_OOB` on stream sockets that have urgent data (Unix, TCP, SMC), and `MSG_ERRQUEUE` where the
   * family has an error queue, but not the last two together. `MSG_WAITALL`, `MSG_WAITFORONE` and any other flag are an
   * `ERR_CMSG_OUT_OF_RANGE`: the kernel never waits here, so it could return less than they promise. `MSG_DONTWAIT` and
   * `MSG_CMSG_CLOEXEC` are always added.
   *
   * Each peek receives its own duplicates of the descriptors, and its message owns them. With `MSG_TRUNC` a TCP connection
   * discards the data instead of returning it: `data` is empty, and `length` is the number of bytes discarded. While
   * `SO_PEEK_OFF` is on, the `length` of a message peeked at on a UDP socket is that of its data: the kernel does not tell more.
   */
  readonly flags?: number | undefined
}

/** Options of {@link MessageSocket.bind}. */
export type BindTo<D extends AnyControlMessage> = MakeOptions<D> & BindOptions

/** Options of one of the two sockets of {@link MessageSocket.pair}. */
export type PairOptions<D extends AnyControlMessage> = ReceiveKinds<D> & Settings

/** Options of {@link MessageSocket.connect}. */
export type ConnectTo<D extends AnyControlMessage> = MakeOptions<D> & Abortable

/** Options of {@link MessageSocket.messages}. */
export interface MessagesOptions extends Abortable {
  /** Disposes of each message when the iteration moves on; true if absent. */
  readonly dispose?: boolean | undefined
}

/** Counters of a socket since its creation: {@link MessageSocket.counters}. */
export interface Counters {
  /** The number of messages that the kernel accepted. A message of a stream counts when all of it was accepted. */
  readonly sentMessages: number
  /** Bytes of data in them. */
  readonly sentBytes: number
  /**
   * The number of messages taken from the kernel, also those that were read ahead and not received yet; peeks do not count. On
   * a stream, the number of reads.
   */
  readonly receivedMessages: number
  /** Bytes of data in them, as they were sent. */
  readonly receivedBytes: number
  /** The number of received messages whose data or control messages were truncated. */
  readonly truncatedMessages: number
  /** The number of messages that had been read ahead when the socket was closed, and were not received. */
  readonly droppedMessages: number
  /**
   * The number of error queue reports that were dropped because they were not received. Unread reports would fill the receive
   * buffer and block messages, so they are moved out of the kernel, and the newest 64 are kept for a later
   * `receive({ flags: MSG_ERRQUEUE })`.
   */
  readonly droppedReports: number
}

/** Options of {@link MessageSocket.adopt}. */
export interface AdoptOptions<D extends AnyControlMessage> extends ReceiveKinds<D> {
  /** Removes the file that a Unix socket is bound to when the socket is closed; false if absent. */
  readonly unlink?: boolean | undefined
}
