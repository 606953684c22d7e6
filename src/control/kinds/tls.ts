/**
 * Control messages of level SOL_TLS: TCP with the kernel's TLS.
 * @see https://docs.kernel.org/networking/tls.html
 * @module
 */
import {
  TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC, TLS_RECORD_TYPE_ALERT, TLS_RECORD_TYPE_HANDSHAKE, TLS_RECORD_TYPE_DATA, SOL_TLS, TLS_SET_RECORD_TYPE,
  IPPROTO_TCP, TLS_TX, TLS_GET_RECORD_TYPE,
} from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { ip, tcp } from '../ip-sockets.ts'
import { named, type Named } from '../values.ts'

const recordTypes = {
  changeCipherSpec: TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC, alert: TLS_RECORD_TYPE_ALERT, handshake: TLS_RECORD_TYPE_HANDSHAKE,
  data: TLS_RECORD_TYPE_DATA,
}
/**
 * The type of a TLS record; a number if it has no name here.
 * @useDeclaredType
 */
export type TlsRecordType = Named<keyof typeof recordTypes>

/**
 * `TLS_SET_RECORD_TYPE`: the type of the TLS record to send. TCP with the kernel's TLS, Linux 4.13. Only sent; EINVAL
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
export const tlsSetRecordType: ControlMessage<'tlsSetRecordType', TlsRecordType, TlsRecordType> = /* @__PURE__ */ defineBuiltin({
  kind: 'tlsSetRecordType', name: 'TLS_SET_RECORD_TYPE', level: SOL_TLS, type: TLS_SET_RECORD_TYPE, family: ip, since: '4.13',
  direction: 'send',
  layout: 'u8',
  convert: /* @__PURE__ */ named(recordTypes),
  meaning: { value: 'TLS_RECORD_TYPE_' },
  part: 'every', takenBy: [{ type: 'stream', protocol: IPPROTO_TCP, options: [{ level: SOL_TLS, option: TLS_TX, name: 'TLS_TX' }] }],
})

/**
 * `TLS_GET_RECORD_TYPE`: the type of the TLS record that was received. TCP with the kernel's TLS, Linux 4.17. Only
 * received, without an option. If the control buffer has no space for it, receiving a record other than data fails with EIO.
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
export const tlsRecordType: ControlMessage<'tlsRecordType', never, TlsRecordType> = /* @__PURE__ */ defineBuiltin({
  kind: 'tlsRecordType', name: 'TLS_GET_RECORD_TYPE', level: SOL_TLS, type: TLS_GET_RECORD_TYPE, family: ip, since: '4.17',
  direction: 'receive',
  layout: 'u8',
  convert: /* @__PURE__ */ named(recordTypes),
  meaning: { value: 'TLS_RECORD_TYPE_' },
  deliveredBy: tcp,
  receive: {},
})
