/**
 * Control messages of level SOL_UDP.
 * @see https://man7.org/linux/man-pages/man7/udp.7.html
 * @module
 */
import { IPPROTO_UDP, SOL_UDP, UDP_SEGMENT, UDP_GRO } from '../../../generated/constants.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { ip } from '../ip-sockets.ts'
import type { Sockets } from '../sockets.ts'

const udp: readonly Sockets[] = [{ type: 'datagram', protocol: IPPROTO_UDP }]

/**
 * `UDP_SEGMENT`: divides the data into datagrams of this size: up to 128 datagrams in one call (GSO). Linux 4.18. Only sent.
 *
 * Payload: `u16`, exactly 2 bytes, although the socket option of this name takes an `int`: the number of data bytes in each
 * datagram; the last one may have fewer.
 *
 * @see https://man7.org/linux/man-pages/man7/udp.7.html
 * @example
 * import { decodeControl, encodeControl, segmentSize } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([segmentSize(1200)]), { family: 'inet' })
 * if (message?.kind === 'segmentSize') console.log(message.value) // 1200
 */
export const segmentSize: ControlMessage<'segmentSize', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'segmentSize', name: 'UDP_SEGMENT', level: SOL_UDP, type: UDP_SEGMENT, family: ip, since: '4.18',
  direction: 'send',
  layout: 'u16',
  meaning: { value: 'bytes' },
  takenBy: udp,
})

/**
 * `UDP_GRO`: the data consists of several datagrams in a row, each of this size except the last. Linux 5.0. Only received.
 *
 * Payload: `int`, 4 bytes: the size in bytes. Received when `UDP_GRO` is on; without space for control messages, a socket
 * cannot tell where one datagram ends and the next begins.
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
export const gro: ControlMessage<'gro', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'gro', name: 'UDP_GRO', level: SOL_UDP, type: UDP_GRO, family: ip, since: '5.0',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: udp,
  receive: { option: { UDP_GRO } },
})
