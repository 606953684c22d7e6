/**
 * Control messages of SCTP. `flags` are `SCTP_UNORDERED`, `SCTP_EOF` and similar ones; `ppid` is passed through
 * unchanged, in the byte order that both ends use, by convention network order.
 * @see https://www.rfc-editor.org/rfc/rfc6458#section-5.3
 * @module
 */
import {
  SOL_SCTP, SCTP_INIT, SCTP_SNDRCV, SCTP_SNDINFO, SCTP_RCVINFO, SCTP_RECVRCVINFO, SCTP_NXTINFO, SCTP_RECVNXTINFO, SCTP_PRINFO,
  SCTP_AUTHINFO, SCTP_DSTADDRV4, SCTP_DSTADDRV6,
} from '../../../generated/constants.ts'
import {
  sctp_initmsg, sctp_sndrcvinfo, sctp_sndinfo, sctp_rcvinfo, sctp_nxtinfo, sctp_prinfo, sctp_authinfo,
} from '../../../generated/layouts.ts'
import { defineStruct } from '../../abi/struct.ts'
import { cStruct } from '../../abi/structs.ts'
import { formatIPv4, formatIPv6 } from '../../address/inet.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { ip, sctp } from '../ip-sockets.ts'
import { ipv4Bytes, ipv6Bytes, once, renamed, type PartialValue } from '../values.ts'

/** `struct sctp_initmsg`: parameters of a new association. 0 means the default. */
export interface SctpInit {
  readonly outgoingStreams: number
  readonly incomingStreams: number
  readonly maxAttempts: number
  /** In milliseconds. */
  readonly maxInitTimeout: number
}

/**
 * `SCTP_INIT`: the parameters of the association that this message opens. Payload: `struct sctp_initmsg`, 8 bytes. Linux
 * 2.6. Only sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 * @example
 * import { decodeControl, encodeControl, sctpInit } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([sctpInit({ outgoingStreams: 10 })]), { family: 'inet' })
 * if (message?.kind === 'sctpInit') console.log(message.value.outgoingStreams) // 10
 */
export const sctpInit: ControlMessage<'sctpInit', PartialValue<SctpInit>, SctpInit> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpInit', name: 'SCTP_INIT', level: SOL_SCTP, type: SCTP_INIT, family: ip, since: '2.6',
  direction: 'send',
  layout: () => cStruct({ sctp_initmsg }),
  convert: /* @__PURE__ */ renamed<SctpInit>({
    outgoingStreams: 'sinit_num_ostreams', incomingStreams: 'sinit_max_instreams', maxAttempts: 'sinit_max_attempts',
    maxInitTimeout: 'sinit_max_init_timeo',
  }),
  takenBy: sctp,
})

/** `struct sctp_sndrcvinfo`: for both directions. */
export interface SctpSendReceiveInfo {
  readonly stream: number
  readonly ssn: number
  readonly flags: number
  readonly ppid: number
  readonly context: number
  /** In milliseconds; only in a send. */
  readonly timeToLive: number
  readonly tsn: number
  readonly cumulativeTsn: number
  readonly association: number
}

/**
 * `SCTP_SNDRCV`: the stream, flags and payload protocol of a message; deprecated in favor of SCTP_SNDINFO and SCTP_RCVINFO.
 * Linux 2.6.
 *
 * Payload: `struct sctp_sndrcvinfo`, 32 bytes. Received when the option `SCTP_EVENTS`, a struct, has its data_io_event set.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpSendReceiveInfo: ControlMessage<
  'sctpSendReceiveInfo', PartialValue<SctpSendReceiveInfo>, SctpSendReceiveInfo
> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpSendReceiveInfo', name: 'SCTP_SNDRCV', level: SOL_SCTP, type: SCTP_SNDRCV, family: ip, since: '2.6',
  layout: () => cStruct({ sctp_sndrcvinfo }),
  convert: /* @__PURE__ */ renamed<SctpSendReceiveInfo>({
    stream: 'sinfo_stream', ssn: 'sinfo_ssn', flags: 'sinfo_flags', ppid: 'sinfo_ppid', context: 'sinfo_context',
    timeToLive: 'sinfo_timetolive',
    tsn: 'sinfo_tsn', cumulativeTsn: 'sinfo_cumtsn', association: 'sinfo_assoc_id',
  }),
  part: 'every', takenBy: sctp, deliveredBy: sctp,
  receive: {},
})

/** `struct sctp_sndinfo`: the parameters of a message to send. */
export interface SctpSendInfo {
  readonly stream: number
  readonly flags: number
  readonly ppid: number
  readonly context: number
  readonly association: number
}

/**
 * `SCTP_SNDINFO`: the stream, flags and payload protocol of a message. Payload: `struct sctp_sndinfo`, 16 bytes. Linux 3.17.
 * Only sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 * @example
 * import { decodeControl, encodeControl, sctpSendInfo } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([sctpSendInfo({ stream: 1, ppid: 46 })]), { family: 'inet' })
 * if (message?.kind === 'sctpSendInfo') console.log(message.value.stream) // 1
 */
export const sctpSendInfo: ControlMessage<'sctpSendInfo', PartialValue<SctpSendInfo>, SctpSendInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpSendInfo', name: 'SCTP_SNDINFO', level: SOL_SCTP, type: SCTP_SNDINFO, family: ip, since: '3.17',
  direction: 'send',
  layout: () => cStruct({ sctp_sndinfo }),
  convert: /* @__PURE__ */ renamed<SctpSendInfo>({
    stream: 'snd_sid', flags: 'snd_flags', ppid: 'snd_ppid', context: 'snd_context', association: 'snd_assoc_id',
  }),
  part: 'every', takenBy: sctp,
})

/** `struct sctp_rcvinfo`: the parameters of a received message. */
export interface SctpReceiveInfo {
  readonly stream: number
  readonly ssn: number
  readonly flags: number
  readonly ppid: number
  readonly tsn: number
  readonly cumulativeTsn: number
  readonly context: number
  readonly association: number
}

/**
 * `SCTP_RCVINFO`: the stream, flags and payload protocol of a message. Linux 3.17. Only received.
 *
 * Payload: `struct sctp_rcvinfo`, 28 bytes. Received when `SCTP_RECVRCVINFO` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpReceiveInfo: ControlMessage<'sctpReceiveInfo', never, SctpReceiveInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpReceiveInfo', name: 'SCTP_RCVINFO', level: SOL_SCTP, type: SCTP_RCVINFO, family: ip, since: '3.17',
  direction: 'receive',
  layout: () => cStruct({ sctp_rcvinfo }),
  convert: /* @__PURE__ */ renamed<SctpReceiveInfo>({
    stream: 'rcv_sid', ssn: 'rcv_ssn', flags: 'rcv_flags', ppid: 'rcv_ppid', tsn: 'rcv_tsn', cumulativeTsn: 'rcv_cumtsn',
    context: 'rcv_context',
    association: 'rcv_assoc_id',
  }),
  deliveredBy: sctp,
  receive: { option: { SCTP_RECVRCVINFO } },
})

/** `struct sctp_nxtinfo`: the message after this one. */
export interface SctpNextInfo {
  readonly stream: number
  readonly flags: number
  readonly ppid: number
  /** The number of its bytes that have arrived already. */
  readonly length: number
  readonly association: number
}

/**
 * `SCTP_NXTINFO`: describes the next message in the queue. Linux 3.17. Only received.
 *
 * Payload: `struct sctp_nxtinfo`, 16 bytes. Received when `SCTP_RECVNXTINFO` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpNextInfo: ControlMessage<'sctpNextInfo', never, SctpNextInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpNextInfo', name: 'SCTP_NXTINFO', level: SOL_SCTP, type: SCTP_NXTINFO, family: ip, since: '3.17',
  direction: 'receive',
  layout: () => cStruct({ sctp_nxtinfo }),
  convert: /* @__PURE__ */ renamed<SctpNextInfo>({
    stream: 'nxt_sid', flags: 'nxt_flags', ppid: 'nxt_ppid', length: 'nxt_length', association: 'nxt_assoc_id',
  }),
  deliveredBy: sctp,
  receive: { option: { SCTP_RECVNXTINFO } },
})

/** `struct sctp_prinfo`: the reliability of a message. */
export interface SctpPrInfo {
  /** `SCTP_PR_SCTP_*`. */
  readonly policy: number
  /** Milliseconds, retransmissions or a priority, depending on the policy. */
  readonly value: number
}

/**
 * `SCTP_PRINFO`: the partial reliability of a message. Payload: `struct sctp_prinfo`, 8 bytes. Linux 4.17. Only sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpPrInfo: ControlMessage<'sctpPrInfo', PartialValue<SctpPrInfo>, SctpPrInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpPrInfo', name: 'SCTP_PRINFO', level: SOL_SCTP, type: SCTP_PRINFO, family: ip, since: '4.17',
  direction: 'send',
  layout: () => cStruct({ sctp_prinfo }),
  convert: /* @__PURE__ */ renamed<SctpPrInfo>({ policy: 'pr_policy', value: 'pr_value' }),
  part: 'every', takenBy: sctp,
})

/**
 * `SCTP_AUTHINFO`: the number of the key that authenticates a message. Payload: `struct sctp_authinfo`, 2 bytes. Linux
 * 4.17. Only sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpAuthInfo: ControlMessage<
  'sctpAuthInfo', { keyNumber: number }, { keyNumber: number }
> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpAuthInfo', name: 'SCTP_AUTHINFO', level: SOL_SCTP, type: SCTP_AUTHINFO, family: ip, since: '4.17',
  direction: 'send',
  layout: () => cStruct({ sctp_authinfo }),
  convert: /* @__PURE__ */ renamed<{ keyNumber: number }>({ keyNumber: 'auth_keynumber' }),
  part: 'every', takenBy: sctp,
})

const address4 = /* @__PURE__ */ once(() => defineStruct({ s_addr: ['u8', 4] }, { name: 'in_addr' }))
const address6 = /* @__PURE__ */ once(() => defineStruct({ s6_addr: ['u8', 16] }, { name: 'in6_addr' }))

/**
 * `SCTP_DSTADDRV4`: a destination; several make a multi-homed association. Linux 4.17. Only sent; may be repeated.
 *
 * Payload: `struct in_addr`, 4 bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpDestination4: ControlMessage<'sctpDestination4', string, string> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpDestination4', name: 'SCTP_DSTADDRV4', level: SOL_SCTP, type: SCTP_DSTADDRV4, family: ip, since: '4.17',
  direction: 'send',
  layout: address4,
  convert: {
    decode: ({ s_addr }: { s_addr: Uint8Array }) => formatIPv4(s_addr), encode: (address: string) => ({ s_addr: ipv4Bytes(address) }),
  },
  takenBy: sctp,
})

/**
 * `SCTP_DSTADDRV6`: a destination; several make a multi-homed association. Linux 4.17. Only sent; may be repeated.
 *
 * Payload: `struct in6_addr`, 16 bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6458
 */
export const sctpDestination6: ControlMessage<'sctpDestination6', string, string> = /* @__PURE__ */ defineBuiltin({
  kind: 'sctpDestination6', name: 'SCTP_DSTADDRV6', level: SOL_SCTP, type: SCTP_DSTADDRV6, family: ip, since: '4.17',
  direction: 'send',
  layout: address6,
  convert: {
    decode: ({ s6_addr }: { s6_addr: Uint8Array }) => formatIPv6(s6_addr), encode: (address: string) => ({ s6_addr: ipv6Bytes(address) }),
  },
  takenBy: sctp,
})
