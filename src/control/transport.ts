/**
 * Control messages of UDP, TCP and TLS, and of AF_ALG.
 * @see https://man7.org/linux/man-pages/man7/udp.7.html
 * @see https://man7.org/linux/man-pages/man7/tcp.7.html
 * @see https://docs.kernel.org/networking/tls.html
 * @see https://docs.kernel.org/crypto/userspace-if.html
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { defineStruct } from '../abi/struct.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { ip, tcp, tcpAndMptcp } from './ip-sockets.ts'
import type { Sockets } from './sockets.ts'
import { named, once, type Named } from './values.ts'

const {
  SOL_UDP, UDP_SEGMENT, UDP_GRO, SOL_TCP, TCP_INQ, TCP_CM_INQ, SOL_TLS, TLS_SET_RECORD_TYPE, TLS_GET_RECORD_TYPE,
  TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC, TLS_RECORD_TYPE_ALERT, TLS_RECORD_TYPE_HANDSHAKE, TLS_RECORD_TYPE_DATA,
  IPPROTO_TCP, IPPROTO_UDP, TLS_TX, SOL_ALG, ALG_SET_IV, ALG_SET_OP, ALG_SET_AEAD_ASSOCLEN, ALG_OP_DECRYPT, ALG_OP_ENCRYPT,
} = constants

const udp: readonly Sockets[] = [{ type: 'datagram', protocol: IPPROTO_UDP }]

/**
 * `UDP_SEGMENT`: cut the data into datagrams of this size: one call, up to 128 datagrams (GSO). Linux 4.18. Only sent.
 *
 * Payload: `u16`, exactly 2 bytes, although the socket option of this name takes an `int`: bytes of data in each datagram;
 * the last may be shorter.
 *
 * @see https://man7.org/linux/man-pages/man7/udp.7.html
 * @example
 * import { decodeControl, encodeControl, segmentSize } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([segmentSize(1200)]), { family: 'inet' })
 * if (message?.kind === 'segmentSize') console.log(message.value) // 1200
 */
export const segmentSize: ControlMessage<'segmentSize', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'segmentSize', name: 'UDP_SEGMENT', level: SOL_UDP, type: UDP_SEGMENT, family: ip, since: '4.18',
  direction: 'send',
  layout: 'u16',
  meaning: { value: 'bytes' },
  takenBy: udp,
})

/**
 * `UDP_GRO`: the data is of several datagrams in a row, of this size each but the last. Linux 5.0. Only received.
 *
 * Payload: `int`, 4 bytes: bytes. Received when `UDP_GRO` is on; a socket that has it on and gives no room for control
 * messages cannot tell where one datagram ends and the next begins.
 *
 * @see https://man7.org/linux/man-pages/man7/udp.7.html
 * @example
 * import { decodeControl, encodeControl, gro, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: parts of 1200 bytes.
 * const control = encodeControl([rawControl(gro.level, gro.type, new Uint8Array(Int32Array.of(1200).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'gro') console.log(message.value) // 1200
 */
export const gro: ControlMessage<'gro', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'gro', name: 'UDP_GRO', level: SOL_UDP, type: UDP_GRO, family: ip, since: '5.0',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: udp,
  receive: { option: UDP_GRO, optionName: 'UDP_GRO' },
})

/**
 * `TCP_CM_INQ`: how much is left to be read after this. TCP and MPTCP, Linux 4.18. Only received.
 *
 * Payload: `int`, 4 bytes: bytes. Received when `TCP_INQ` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/tcp.h
 * @example
 * import { decodeControl, encodeControl, tcpInq, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 100 bytes are left.
 * const control = encodeControl([rawControl(tcpInq.level, tcpInq.type, new Uint8Array(Int32Array.of(100).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'tcpInq') console.log(message.value) // 100
 */
export const tcpInq: ControlMessage<'tcpInq', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'tcpInq', name: 'TCP_CM_INQ', level: SOL_TCP, type: TCP_CM_INQ, family: ip, since: '4.18',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: tcpAndMptcp, atEnd: true,
  receive: { option: TCP_INQ, optionName: 'TCP_INQ', inherited: true },
})

const recordTypes = {
  changeCipherSpec: TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC, alert: TLS_RECORD_TYPE_ALERT, handshake: TLS_RECORD_TYPE_HANDSHAKE, data: TLS_RECORD_TYPE_DATA,
}
/**
 * The type of a TLS record; a number for one without a name here.
 * @useDeclaredType
 */
export type TlsRecordType = Named<keyof typeof recordTypes>

/**
 * `TLS_SET_RECORD_TYPE`: the type of the TLS record that is sent. TCP with the kernel's TLS, Linux 4.13. Only sent; EINVAL
 * together with MSG_MORE.
 *
 * Payload: `u8`, 1 byte.
 *
 * @see https://docs.kernel.org/networking/tls.html
 * @example
 * import { decodeControl, encodeControl, tlsSetRecordType } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([tlsSetRecordType('alert')]), { family: 'inet' })
 * if (message?.kind === 'tlsSetRecordType') console.log(message.value) // alert
 */
export const tlsSetRecordType: ControlMessage<'tlsSetRecordType', TlsRecordType, TlsRecordType> = /* @__PURE__ */ defineControlMessage({
  kind: 'tlsSetRecordType', name: 'TLS_SET_RECORD_TYPE', level: SOL_TLS, type: TLS_SET_RECORD_TYPE, family: ip, since: '4.13',
  direction: 'send',
  layout: 'u8',
  convert: /* @__PURE__ */ named(recordTypes),
  meaning: { value: 'TLS_RECORD_TYPE_' },
  part: 'every', takenBy: [{ type: 'stream', protocol: IPPROTO_TCP, options: [{ level: SOL_TLS, option: TLS_TX, name: 'TLS_TX' }] }],
})

/**
 * `TLS_GET_RECORD_TYPE`: the type of the TLS record that was received. TCP with the kernel's TLS, Linux 4.17. Only
 * received, unasked: a record other than data, for which there is no room here, is EIO.
 *
 * Payload: `u8`, 1 byte.
 *
 * @see https://docs.kernel.org/networking/tls.html
 * @example
 * import { decodeControl, encodeControl, tlsRecordType, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 23 is application data.
 * const control = encodeControl([rawControl(tlsRecordType.level, tlsRecordType.type, new Uint8Array(Uint8Array.of(23).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'tlsRecordType') console.log(message.value) // data
 */
export const tlsRecordType: ControlMessage<'tlsRecordType', never, TlsRecordType> = /* @__PURE__ */ defineControlMessage({
  kind: 'tlsRecordType', name: 'TLS_GET_RECORD_TYPE', level: SOL_TLS, type: TLS_GET_RECORD_TYPE, family: ip, since: '4.17',
  direction: 'receive',
  layout: 'u8',
  convert: /* @__PURE__ */ named(recordTypes),
  meaning: { value: 'TLS_RECORD_TYPE_' },
  deliveredBy: tcp,
  receive: {},
})

/** `struct af_alg_iv`, whose flexible array is the vector. */
const ivLayout = /* @__PURE__ */ once(() => defineStruct({ ivlen: 'u32', iv: ['u8'] }, { name: 'af_alg_iv' }))

/**
 * `ALG_SET_IV`: the initialization vector of a cipher. AF_ALG, Linux 2.6.38. Only sent.
 *
 * Payload: `struct af_alg_iv`, a `u32` length and so many bytes.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 */
export const algIv: ControlMessage<'algIv', Uint8Array, Uint8Array> = /* @__PURE__ */ defineControlMessage({
  kind: 'algIv', name: 'ALG_SET_IV', level: SOL_ALG, type: ALG_SET_IV, family: 'alg', since: '2.6.38',
  direction: 'send',
  layout: ivLayout,
  convert: {
    decode: ({ ivlen, iv }: { ivlen: number; iv: Uint8Array }) => iv.subarray(0, ivlen),
    encode: (iv: Uint8Array) => ({ ivlen: iv?.length, iv }),
  },
})

const operations = { decrypt: ALG_OP_DECRYPT, encrypt: ALG_OP_ENCRYPT }
/**
 * What a cipher is to do.
 * @useDeclaredType
 */
export type AlgOperation = Named<keyof typeof operations>

/**
 * `ALG_SET_OP`: what a cipher is to do with the data. AF_ALG, Linux 2.6.38. Only sent.
 *
 * Payload: `u32`, 4 bytes.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 * @example
 * import { decodeControl, encodeControl, algOperation } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([algOperation('encrypt')]), { family: 'alg' })
 * if (message?.kind === 'algOperation') console.log(message.value) // encrypt
 */
export const algOperation: ControlMessage<'algOperation', AlgOperation, AlgOperation> = /* @__PURE__ */ defineControlMessage({
  kind: 'algOperation', name: 'ALG_SET_OP', level: SOL_ALG, type: ALG_SET_OP, family: 'alg', since: '2.6.38',
  direction: 'send',
  layout: 'u32',
  convert: /* @__PURE__ */ named(operations),
  meaning: { value: 'ALG_OP_' },
})

/**
 * `ALG_SET_AEAD_ASSOCLEN`: how much of the data is authenticated and not encrypted. AF_ALG, Linux 4.1. Only sent.
 *
 * Payload: `u32`, 4 bytes: bytes at the beginning of the data.
 *
 * @see https://docs.kernel.org/crypto/userspace-if.html
 */
export const algAssociatedLength: ControlMessage<'algAssociatedLength', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'algAssociatedLength', name: 'ALG_SET_AEAD_ASSOCLEN', level: SOL_ALG, type: ALG_SET_AEAD_ASSOCLEN, family: 'alg', since: '4.1',
  direction: 'send',
  layout: 'u32',
  meaning: { value: 'bytes' },
})
