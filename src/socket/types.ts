/**
 * What the methods of a socket take.
 * @module
 */
import type { AddressLike } from '../address/address.ts'
import type { AnyControlMessage, ControlItem } from '../control/define.ts'
import type { BindOptions, MakeOptions, ReceiveKinds } from './options/options.ts'

/**
 * The data of a message: text, which is sent as UTF-8; the bytes of any TypedArray, DataView or ArrayBuffer; or an array of
 * these, which are sent one after the other as one message.
 */
export type Data = string | ArrayBufferView | ArrayBuffer | readonly (string | ArrayBufferView | ArrayBuffer)[]

/** What goes along with the data of a message. */
export interface SendOptions {
  /**
   * Where it goes; not needed on a connected socket. A received `message.address` can be given as it is, unless it is
   * `{ unnamed: true }`: a sender without an address cannot be answered.
   */
  readonly to?: AddressLike | undefined
  /** Control messages: `[credentials({ … }), rights([fd])]`. On a Unix stream at least one byte of data goes along. */
  readonly control?: readonly ControlItem[] | undefined
  /**
   * `MSG_OOB`, `MSG_DONTROUTE`, `MSG_EOR`, `MSG_CONFIRM`, `MSG_MORE`, `MSG_FASTOPEN`; any other is an
   * `ERR_CMSG_OUT_OF_RANGE`. `MSG_DONTWAIT` and `MSG_NOSIGNAL` are always added, so naming them changes nothing.
   */
  readonly flags?: number
}

/** A message for {@link MessageSocket.sendMany}. */
export interface MessageToSend extends SendOptions {
  readonly data: Data
}

/** Something that can be aborted. When it is, the promise rejects with the signal's reason. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

/** How a message is received. */
export interface ReceiveOptions {
  /**
   * Room for the data of this message, bytes; the socket's `messageSize` if absent. A message that was read ahead, in a
   * batch, had the socket's.
   */
  readonly size?: number | undefined
  /**
   * `MSG_PEEK`, `MSG_TRUNC`, `MSG_OOB`, and `MSG_ERRQUEUE` where the family has an error queue, but not the last two
   * together. `MSG_WAITALL`, `MSG_WAITFORONE` and any other are an `ERR_CMSG_OUT_OF_RANGE`: the kernel never waits here, so
   * it would give less than they promise. `MSG_DONTWAIT` and `MSG_CMSG_CLOEXEC` are always added.
   *
   * Each peek has descriptors of its own, which its message owns. With `MSG_TRUNC` a TCP connection discards the data
   * instead of giving it: `data` is empty, and `length` says how many bytes went.
   */
  readonly flags?: number | undefined
}

/** How a socket is bound: {@link MessageSocket.bind}. */
export type BindTo<D extends AnyControlMessage> = MakeOptions<D> & BindOptions

/** How a socket is connected: {@link MessageSocket.connect}. */
export type ConnectTo<D extends AnyControlMessage> = MakeOptions<D> & Abortable

/** How messages are iterated over: {@link MessageSocket.messages}. */
export interface MessagesOptions extends Abortable {
  /** Dispose of each message when the iteration moves on; true if absent. */
  readonly dispose?: boolean
}

/** Counts of a socket since it was made: {@link MessageSocket.counters}. */
export interface Counters {
  /**
   * Reports of the error queue that were dropped because nobody received them. Unread reports would fill the receive buffer
   * and keep messages out, so they are moved out of the kernel, and the newest 64 are kept for a later
   * `receive({ flags: MSG_ERRQUEUE })`.
   */
  readonly droppedReports: number
}

/** How a descriptor is adopted: {@link MessageSocket.adopt}. */
export interface AdoptOptions<D extends AnyControlMessage> extends ReceiveKinds<D> {
  /** Remove the file that a Unix socket is bound to when the socket is closed; false if absent. */
  readonly unlink?: boolean
}
