/**
 * Requests for messages.
 * @module
 */
import { integer } from '../../arguments.ts'
import { receiveFlags, type FlaggedSocket } from '../flags.ts'

/** A checked request for messages. */
export interface ReceiveRequest {
  /** Buffer size for the data of a message, in bytes; undefined for the socket's own. */
  readonly size: number | undefined
  /** `MSG_*` */
  readonly flags: number
  /** Maximum number of messages. */
  readonly max: number
}

/** A request that waits for an item. */
export interface Waiter<T> {
  readonly request: ReceiveRequest
  /** The owner, which can cancel the request. */
  readonly owner: object | undefined
  /** True once it has been served or cancelled. */
  gone: boolean
  resolve(item: T | undefined): void
  reject(error: unknown): void
}

export const plainRequest: ReceiveRequest = { size: undefined, flags: 0, max: 1 }

/** Checks the caller's options. @throws RangeError, TypeError, Error `ERR_CMSG_UNSUPPORTED` */
export function requestOf(
  { size, flags }: { readonly size?: number | undefined; readonly flags?: number | undefined }, socket: FlaggedSocket,
): ReceiveRequest {
  if (size !== undefined) integer('receive', 'size', size, 0)
  const bits = flags === undefined ? 0 : receiveFlags(flags, socket)
  return size === undefined && bits === 0 ? plainRequest : { size, flags: bits, max: 1 }
}
