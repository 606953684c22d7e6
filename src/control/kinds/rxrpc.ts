/**
 * Control messages of AF_RXRPC, the remote procedure calls of AFS. Most come unasked and report the outcome of a call; several
 * have no payload, and their presence is the information.
 * @see https://docs.kernel.org/networking/rxrpc.html
 * @module
 */
import {
  SOL_RXRPC, RXRPC_USER_CALL_ID, RXRPC_ABORT, RXRPC_ACK, RXRPC_NET_ERROR, RXRPC_BUSY, RXRPC_LOCAL_ERROR, RXRPC_NEW_CALL,
  RXRPC_ACCEPT,
  RXRPC_EXCLUSIVE_CALL, RXRPC_UPGRADE_SERVICE, RXRPC_TX_LENGTH, RXRPC_SET_CALL_TIMEOUT, RXRPC_CHARGE_ACCEPT, RXRPC_OOB_ID,
  RXRPC_SECURITY_NONE, RXRPC_SECURITY_RXKAD, RXRPC_SECURITY_RXGK, RXRPC_SECURITY_RXK5, RXRPC_CHALLENGED, RXRPC_RESPOND, RXRPC_RESPONDED,
  RXRPC_RESP_RXGK_APPDATA,
} from '../../../generated/constants.ts'
import { rxrpc_challenge } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { copyOf, viewOf } from '../../abi/bytes.ts'
import { defineStruct } from '../../abi/struct.ts'
import { cStruct } from '../../abi/structs.ts'
import { invalidType, outOfRange } from '../../misuse.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { payloadBytes } from '../payload.ts'
import { decodePresent, encodePresent, named, objectWith, once, type Named } from '../values.ts'

/**
 * The value of a received control message without a payload: `true`.
 * @inline
 */
type Notice = true
/**
 * The argument of a control message without a payload: none is needed.
 * @inline
 */
type Request = true | void

/**
 * `RXRPC_USER_CALL_ID`: the call that a message belongs to, by the number that this program gave it. Linux 2.6.22. Sent and
 * received with every message.
 *
 * Payload: `unsigned long`, 8 bytes, 4 for a 32-bit program.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 * @example
 * import { decodeControl, encodeControl, rxrpcUserCallId } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([rxrpcUserCallId(7n)]), { family: 'rxrpc' })
 * if (message?.kind === 'rxrpcUserCallId') console.log(message.value) // 7n
 */
export const rxrpcUserCallId: ControlMessage<'rxrpcUserCallId', bigint, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcUserCallId', name: 'RXRPC_USER_CALL_ID', level: SOL_RXRPC, type: RXRPC_USER_CALL_ID, family: 'rxrpc', since: '2.6.22',
  layout: 'ulong',
  receive: {},
})

/**
 * `RXRPC_ABORT`: aborts the call with this code, or reports that it was aborted. Payload: `u32`, 4 bytes; not 0 in a send. Linux 2.6.22.
 * Received unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcAbort: ControlMessage<'rxrpcAbort', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcAbort', name: 'RXRPC_ABORT', level: SOL_RXRPC, type: RXRPC_ABORT, family: 'rxrpc', since: '2.6.22',
  layout: 'u32',
  receive: {},
})

/**
 * `RXRPC_ACK`: the client has acknowledged the end of the reply: the call is complete. No payload. Linux 2.6.22. Only
 * received, unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcAck: ControlMessage<'rxrpcAck', never, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcAck', name: 'RXRPC_ACK', level: SOL_RXRPC, type: RXRPC_ACK, family: 'rxrpc', since: '2.6.22',
  maxSize: 0, receive: {}, decode: decodePresent,
})

/**
 * `RXRPC_NET_ERROR`: an ICMP error ended the call. Payload: `int`, 4 bytes, an errno. Linux 2.6.22. Only received,
 * unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcNetError: ControlMessage<'rxrpcNetError', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcNetError', name: 'RXRPC_NET_ERROR', level: SOL_RXRPC, type: RXRPC_NET_ERROR, family: 'rxrpc', since: '2.6.22',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'errno' },
  receive: {},
})

/**
 * `RXRPC_BUSY`: the server was busy, and rejected the call. No payload. Linux 2.6.22. Only received, unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcBusy: ControlMessage<'rxrpcBusy', never, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcBusy', name: 'RXRPC_BUSY', level: SOL_RXRPC, type: RXRPC_BUSY, family: 'rxrpc', since: '2.6.22',
  maxSize: 4, receive: { size: 4 }, decode: decodePresent,
})

/**
 * `RXRPC_LOCAL_ERROR`: an error of this host ended the call. Payload: `int`, 4 bytes, an errno. Linux 2.6.22. Only
 * received, unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcLocalError: ControlMessage<'rxrpcLocalError', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcLocalError', name: 'RXRPC_LOCAL_ERROR', level: SOL_RXRPC, type: RXRPC_LOCAL_ERROR, family: 'rxrpc', since: '2.6.22',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'errno' },
  receive: {},
})

/**
 * `RXRPC_NEW_CALL`: a call is waiting to be accepted. No payload. Linux 2.6.22. Only received, unasked.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcNewCall: ControlMessage<'rxrpcNewCall', never, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcNewCall', name: 'RXRPC_NEW_CALL', level: SOL_RXRPC, type: RXRPC_NEW_CALL, family: 'rxrpc', since: '2.6.22',
  maxSize: 4, receive: { size: 4 }, decode: decodePresent,
})

/**
 * `RXRPC_EXCLUSIVE_CALL`: the call gets its own connection. No payload. Linux 2.6.22. Only sent.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcExclusiveCall: ControlMessage<'rxrpcExclusiveCall', Request, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcExclusiveCall', name: 'RXRPC_EXCLUSIVE_CALL', level: SOL_RXRPC, type: RXRPC_EXCLUSIVE_CALL, family: 'rxrpc', since: '2.6.22',
  direction: 'send', maxSize: 0, encode: encodePresent, decode: decodePresent,
})

/**
 * `RXRPC_UPGRADE_SERVICE`: asks the server for a newer service. No payload. Linux 4.13. Only sent.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcUpgradeService: ControlMessage<'rxrpcUpgradeService', Request, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcUpgradeService', name: 'RXRPC_UPGRADE_SERVICE', level: SOL_RXRPC, type: RXRPC_UPGRADE_SERVICE, family: 'rxrpc', since: '4.13',
  direction: 'send', maxSize: 0, encode: encodePresent, decode: decodePresent,
})

/**
 * `RXRPC_TX_LENGTH`: the number of bytes that the whole call will send. Payload: `s64`, 8 bytes. Linux 4.13. Only sent.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcTxLength: ControlMessage<'rxrpcTxLength', bigint, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcTxLength', name: 'RXRPC_TX_LENGTH', level: SOL_RXRPC, type: RXRPC_TX_LENGTH, family: 'rxrpc', since: '4.13',
  direction: 'send',
  layout: 'i64',
  meaning: { value: 'bytes' },
})

/** Timeouts of a call, in the order of the payload: each needs those before it. */
export interface RxrpcTimeouts {
  /** Maximum duration in seconds. */
  readonly hard: number
  /** Maximum time without data, in milliseconds. */
  readonly idle?: number | undefined
  /** Maximum time without any packet, in milliseconds. */
  readonly normal?: number | undefined
}

const timeouts = /* @__PURE__ */ once(() => defineStruct({ timeouts: ['u32'] }, { name: 'RXRPC_SET_CALL_TIMEOUT' }))

/**
 * `RXRPC_SET_CALL_TIMEOUT`: timeouts of the call. Payload: one to three `u32`, 4 to 12 bytes. Linux 4.15. Only sent.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcSetCallTimeout: ControlMessage<
  'rxrpcSetCallTimeout', RxrpcTimeouts, RxrpcTimeouts
> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcSetCallTimeout', name: 'RXRPC_SET_CALL_TIMEOUT', level: SOL_RXRPC, type: RXRPC_SET_CALL_TIMEOUT, family: 'rxrpc',
  since: '4.15',
  direction: 'send',
  layout: timeouts,
  minSize: 4, maxSize: 12,
  encode(value: RxrpcTimeouts, abi: Abi) {
    const { hard, idle, normal } = objectWith(['hard', 'idle', 'normal'], value)
    if (hard === undefined) throw invalidType('Cannot use timeouts without hard, which precedes the others in the payload')
    if (idle === undefined && normal !== undefined) {
      throw outOfRange('Cannot use timeouts with normal but without idle, which precedes it in the payload')
    }
    const list = [hard, idle, normal].filter((one) => one !== undefined)
    const bytes = new Uint8Array(timeouts().for(abi).sizeOf({ timeouts: list }))
    timeouts().for(abi).write(viewOf(bytes), 0, { timeouts: list })
    return bytes
  },
  decode(data, abi): RxrpcTimeouts {
    const [hard = 0, idle, normal] = timeouts().for(abi).read(viewOf(data)).timeouts
    return { hard, ...(idle === undefined ? {} : { idle }), ...(normal === undefined ? {} : { normal }) }
  },
})

/**
 * `RXRPC_ACCEPT`: accepts an incoming call, with the number of an RXRPC_USER_CALL_ID sent with it. No payload. Linux 2.6.22 to 5.9;
 * later kernels do not have it: use {@link rxrpcChargeAccept}. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v5.9/include/uapi/linux/rxrpc.h
 */
export const rxrpcAccept: ControlMessage<'rxrpcAccept', Request, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcAccept', name: 'RXRPC_ACCEPT', level: SOL_RXRPC, type: RXRPC_ACCEPT, family: 'rxrpc', since: '2.6.22',
  direction: 'send', maxSize: 0, encode: encodePresent, decode: decodePresent,
})

/**
 * `RXRPC_CHARGE_ACCEPT`: accepts one more call in advance, with the number of an RXRPC_USER_CALL_ID sent with it. No payload.
 * Linux 4.9. Only sent.
 *
 * @see https://docs.kernel.org/networking/rxrpc.html
 */
export const rxrpcChargeAccept: ControlMessage<'rxrpcChargeAccept', Request, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcChargeAccept', name: 'RXRPC_CHARGE_ACCEPT', level: SOL_RXRPC, type: RXRPC_CHARGE_ACCEPT, family: 'rxrpc', since: '4.9',
  direction: 'send', maxSize: 0, encode: encodePresent, decode: decodePresent,
})

/**
 * `RXRPC_OOB_ID`: the id of this out-of-band message, or of the one that it answers. Payload: `u64`, 8 bytes. Linux 6.16. Received unasked,
 * with MSG_OOB.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rxrpc.h
 */
export const rxrpcOobId: ControlMessage<'rxrpcOobId', bigint, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcOobId', name: 'RXRPC_OOB_ID', level: SOL_RXRPC, type: RXRPC_OOB_ID, family: 'rxrpc', since: '6.16',
  layout: 'u64',
  receive: {},
})

const securities = { none: RXRPC_SECURITY_NONE, rxkad: RXRPC_SECURITY_RXKAD, rxgk: RXRPC_SECURITY_RXGK, rxk5: RXRPC_SECURITY_RXK5 }
const securityName = /* @__PURE__ */ named(securities)

/** `struct rxrpc_challenge`, and the data that the security class adds. */
export interface RxrpcChallenge {
  readonly serviceId: number
  readonly security: Named<keyof typeof securities>
  /** Data of the security class: for rxgk a `u32`, the encryption type of Kerberos. */
  readonly extra: Uint8Array
}

const challenge = /* @__PURE__ */ once(() =>
  defineStruct({ service_id: 'u16', security_index: 'u8', pad: 'u8', extra: ['u8'] }, { name: 'rxrpc_challenge' }))

/**
 * `RXRPC_CHALLENGED`: the server asks the client to authenticate. Linux 6.16. Only received, when `RXRPC_MANAGE_RESPONSE` is on;
 * answered with {@link rxrpcRespond}.
 *
 * Payload: `struct rxrpc_challenge`, 4 bytes, and the data that the security class adds.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rxrpc.h
 */
export const rxrpcChallenged: ControlMessage<'rxrpcChallenged', never, RxrpcChallenge> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcChallenged', name: 'RXRPC_CHALLENGED', level: SOL_RXRPC, type: RXRPC_CHALLENGED, family: 'rxrpc', since: '6.16',
  minSize: (abi: Abi) => cStruct({ rxrpc_challenge }).for(abi).size,
  layout: challenge,
  meaning: { security_index: 'RXRPC_SECURITY_' },
  receive: { size: 64 },
  decode(data, abi): RxrpcChallenge {
    const { service_id, security_index, extra } = challenge().for(abi).read(viewOf(data))
    return { serviceId: service_id, security: securityName.decode(security_index), extra }
  },
})

/**
 * `RXRPC_RESPOND`: this message answers a challenge. No payload. Linux 6.16. Only sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rxrpc.h
 */
export const rxrpcRespond: ControlMessage<'rxrpcRespond', Request, Notice> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcRespond', name: 'RXRPC_RESPOND', level: SOL_RXRPC, type: RXRPC_RESPOND, family: 'rxrpc', since: '6.16',
  direction: 'send', maxSize: 0, encode: encodePresent, decode: decodePresent,
})

const bytes = /* @__PURE__ */ once(() => defineStruct({ data: ['u8'] }, { name: 'bytes' }))

/**
 * `RXRPC_RESPONDED`: the answer of a client to a challenge. Payload: bytes of the security class; space for 1024 is reserved. Linux
 * 6.16. Only received.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rxrpc.h
 */
export const rxrpcResponded: ControlMessage<'rxrpcResponded', never, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcResponded', name: 'RXRPC_RESPONDED', level: SOL_RXRPC, type: RXRPC_RESPONDED, family: 'rxrpc', since: '6.16',
  layout: bytes, minSize: 0,
  receive: { size: 1024 },
  decode: (data) => copyOf(data),
})

/**
 * `RXRPC_RESP_RXGK_APPDATA`: the program's own data in the answer to a challenge. Payload: bytes. Linux 6.16. Only
 * sent.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/rxrpc.h
 */
export const rxrpcRespRxgkAppdata: ControlMessage<'rxrpcRespRxgkAppdata', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxrpcRespRxgkAppdata', name: 'RXRPC_RESP_RXGK_APPDATA', level: SOL_RXRPC, type: RXRPC_RESP_RXGK_APPDATA, family: 'rxrpc',
  since: '6.16',
  direction: 'send', layout: bytes, minSize: 0,
  encode: (value: Uint8Array) => payloadBytes(value, 'application data'),
  decode: (data) => copyOf(data),
})
