/**
 * What the methods of a socket take.
 * @module
 */
import type { AddressLike } from '../address/address.ts'
import type { AnyControlMessage, ControlItem } from '../control/define.ts'
import type { BindOptions, ReceiveKinds, SocketType } from './options/options.ts'

/** The data of a message: text is sent as UTF-8, several buffers as one. */
export type Data = string | Uint8Array | readonly Uint8Array[]

/** What goes along with the data of a message. */
export interface SendOptions {
  /** Where it goes; not needed on a connected socket. A received `message.address` can be given as it is. */
  readonly to?: AddressLike | undefined
  /** Control messages: `[credentials({ … }), rights([fd])]`. */
  readonly control?: readonly ControlItem[] | undefined
  /** `MSG_*`. `MSG_DONTWAIT` and `MSG_NOSIGNAL` are always added. */
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
   * Room for the data of this message, bytes; the socket's `messageSize` if absent. A message that was received ahead,
   * in a batch, had the socket's.
   */
  readonly size?: number | undefined
  /** `MSG_PEEK`, `MSG_TRUNC`, … `MSG_DONTWAIT` and `MSG_CMSG_CLOEXEC` are always added. */
  readonly flags?: number | undefined
}

/** How a socket is bound: {@link MessageSocket.bind}. */
export type BindTo<D extends AnyControlMessage> = ReceiveKinds<D> & BindOptions & { readonly type: SocketType }

/** How a socket is connected: {@link MessageSocket.connect}. */
export type ConnectTo<D extends AnyControlMessage> = ReceiveKinds<D> & Abortable & { readonly type: SocketType }

/** How messages are iterated over: {@link MessageSocket.messages}. */
export interface MessagesOptions extends Abortable {
  /** Dispose of a message when the iteration moves on; true if absent. */
  readonly dispose?: boolean
}

/** What has happened on a socket: {@link MessageSocket.counters}. */
export interface Counters {
  /** Reports of the error queue that were dropped, since nobody received them: the newest 64 are kept. */
  readonly droppedReports: number
}

/** How a descriptor is adopted: {@link MessageSocket.adopt}. */
export interface AdoptOptions<D extends AnyControlMessage> extends ReceiveKinds<D> {
  /** A bound Unix socket: remove its socket file at close. */
  readonly unlink?: boolean
}
