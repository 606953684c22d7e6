/**
 * Entries of a socket's error queue, `struct sock_extended_err`: network errors, transmit timestamps, zero-copy
 * completions. They come with MSG_ERRQUEUE only, and a socket that has one is readable as an error (POLLERR).
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @module
 */
import {
  SO_EE_ORIGIN_NONE, SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, SO_EE_ORIGIN_TIMESTAMPING, SO_EE_ORIGIN_ZEROCOPY,
  SO_EE_ORIGIN_TXTIME,
} from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { defineStruct } from '../abi/struct.ts'
import { structs } from '../abi/structs.ts'
import type { InetAddress } from '../address/inet.ts'
import { errnoName } from '../errno-name.ts'
import { addressAt, named, once, type Named } from './values.ts'

const origins = {
  none: SO_EE_ORIGIN_NONE, local: SO_EE_ORIGIN_LOCAL, icmp: SO_EE_ORIGIN_ICMP, icmp6: SO_EE_ORIGIN_ICMP6,
  timestamping: SO_EE_ORIGIN_TIMESTAMPING, zerocopy: SO_EE_ORIGIN_ZEROCOPY, txtime: SO_EE_ORIGIN_TXTIME,
}

/**
 * The origin of an entry of the error queue: this host, a router or host by ICMP, or timestamping, zero-copy or txtime.
 * @useDeclaredType
 */
export type ErrorOrigin = Named<keyof typeof origins>

/** `struct sock_extended_err`, with the address of the reporter if the kernel adds it. */
export interface QueuedError {
  /**
   * The errno, positive; 0 if the entry does not report an error. A transmit timestamp has ENOMSG, and is not an error either.
   */
  readonly errno: number
  /** Its name: `'ECONNREFUSED'`. Absent for 0. */
  readonly name?: string
  readonly origin: ErrorOrigin
  /** The type of the ICMP message, if that is the origin. */
  readonly type: number
  /** Its code; for zero-copy, `SO_EE_CODE_ZEROCOPY_COPIED` if the kernel copied the data after all. */
  readonly code: number
  /** The new MTU, for EMSGSIZE; which transmit timestamp (`SCM_TSTAMP_*`); the first id of a zero-copy range. */
  readonly info: number
  /** The id of the packet that a timestamp belongs to; the last id of a zero-copy range. */
  readonly data: number
  /** The address of the reporter: a router, or the host that refused. Absent if the kernel reports none. */
  readonly offender?: InetAddress
}

const origin = /* @__PURE__ */ named(origins)

/** Decodes an entry with the address that follows it. TLS and RDS sockets add none, and report only these 16 bytes. */
export function decodeQueuedError(data: Uint8Array, abi: Abi): QueuedError {
  const view = viewOf(data)
  const struct = structs.sock_extended_err.for(abi)
  const { ee_errno: errno, ee_origin, ee_type: type, ee_code: code, ee_info: info, ee_data } = struct.read(view)
  const offender = addressAt(view, struct.size, abi)
  return {
    errno, ...(errno === 0 ? {} : { name: errnoName(errno) }), origin: origin.decode(ee_origin), type, code, info, data: ee_data,
    ...(offender === undefined ? {} : { offender }),
  }
}

/** The entry followed by an address, as the kernel lays it out for IPv4. */
export const errorOffender4 = /* @__PURE__ */ once(() =>
  defineStruct({ ee: structs.sock_extended_err, offender: structs.sockaddr_in }, { name: 'sock_extended_err and offender' }))
/** The same for IPv6. */
export const errorOffender6 = /* @__PURE__ */ once(() =>
  defineStruct({ ee: structs.sock_extended_err, offender: structs.sockaddr_in6 }, { name: 'sock_extended_err and offender' }))
