/**
 * Control messages of level SOL_TCP.
 * @see https://man7.org/linux/man-pages/man7/tcp.7.html
 * @module
 */
import { SOL_TCP, TCP_CM_INQ, TCP_INQ } from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { ip, tcpAndMptcp } from '../ip-sockets.ts'

/**
 * `TCP_CM_INQ`: the number of bytes left to be read after this call. TCP and MPTCP, Linux 4.18. Only received.
 *
 * Payload: `int`, 4 bytes. Received when `TCP_INQ` is on.
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
export const tcpInq: ControlMessage<'tcpInq', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'tcpInq', name: 'TCP_CM_INQ', level: SOL_TCP, type: TCP_CM_INQ, family: ip, since: '4.18',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: tcpAndMptcp, atEnd: true,
  receive: { option: { TCP_INQ }, inherited: true },
})
