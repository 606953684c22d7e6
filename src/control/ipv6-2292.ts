/**
 * Control messages of level SOL_IPV6 as RFC 2292 had them, before RFC 3542 gave them new numbers. Each is turned on by the
 * option of its own number. For programs that speak with old ones: the modern kinds (ipv6.ts) carry the same.
 * @see https://www.rfc-editor.org/rfc/rfc2292
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { toIpv6, withPackets } from './ip-sockets.ts'
import { decodeHeader, encodeHeader, extensionHeader, packetInfo6Convert, type PacketInfo6 } from './ipv6.ts'

const { SOL_IPV6, IPV6_2292PKTINFO, IPV6_2292HOPOPTS, IPV6_2292DSTOPTS, IPV6_2292RTHDR, IPV6_2292HOPLIMIT, IPV6_PKTINFO, IPV6_RECVPKTINFO, SOL_IP, IP_TTL, IP_RECVTTL } = constants

const mostHeader = 2048

/**
 * `IPV6_2292PKTINFO`: as {@link packetInfo6}, under its old number. Linux 2.6.14.
 *
 * Payload: `struct in6_pktinfo`, 20 bytes. Received when `IPV6_2292PKTINFO` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const packetInfo2292: ControlMessage<'packetInfo2292', Partial<PacketInfo6>, PacketInfo6> = /* @__PURE__ */ defineControlMessage({
  kind: 'packetInfo2292', name: 'IPV6_2292PKTINFO', level: SOL_IPV6, type: IPV6_2292PKTINFO, family: 'inet6', since: '2.6.14',
  layout: () => structs.in6_pktinfo,
  convert: packetInfo6Convert,
  takenBy: toIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IPV6, type: IPV6_PKTINFO, option: IPV6_RECVPKTINFO, optionName: 'IPV6_RECVPKTINFO' }],
  receive: { option: IPV6_2292PKTINFO, optionName: 'IPV6_2292PKTINFO' },
})

/**
 * `IPV6_2292HOPLIMIT`: as {@link hopLimit}, under its old number. Linux 2.6.14.
 *
 * Payload: `int`, 4 bytes. Received when `IPV6_2292HOPLIMIT` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const hopLimit2292: ControlMessage<'hopLimit2292', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'hopLimit2292', name: 'IPV6_2292HOPLIMIT', level: SOL_IPV6, type: IPV6_2292HOPLIMIT, family: 'inet6', since: '2.6.14',
  layout: 'i32',
  takenBy: toIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IP, type: IP_TTL, option: IP_RECVTTL, optionName: 'IP_RECVTTL' }],
  receive: { option: IPV6_2292HOPLIMIT, optionName: 'IPV6_2292HOPLIMIT' },
})

/**
 * `IPV6_2292HOPOPTS`: as {@link hopOptions}, under its old number. Linux 2.6.14. Sending needs CAP_NET_RAW.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292HOPOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const hopOptions2292: ControlMessage<'hopOptions2292', Uint8Array, Uint8Array> = /* @__PURE__ */ defineControlMessage({
  kind: 'hopOptions2292', name: 'IPV6_2292HOPOPTS', level: SOL_IPV6, type: IPV6_2292HOPOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: toIpv6, deliveredBy: withPackets,
  receive: { size: mostHeader, option: IPV6_2292HOPOPTS, optionName: 'IPV6_2292HOPOPTS' },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_2292DSTOPTS`: as {@link destinationOptions}, under its old number. Linux 2.6.14. Sending needs CAP_NET_RAW.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292DSTOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const destinationOptions2292: ControlMessage<'destinationOptions2292', Uint8Array, Uint8Array> = /* @__PURE__ */ defineControlMessage({
  kind: 'destinationOptions2292', name: 'IPV6_2292DSTOPTS', level: SOL_IPV6, type: IPV6_2292DSTOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: toIpv6, deliveredBy: withPackets,
  receive: { size: mostHeader, option: IPV6_2292DSTOPTS, optionName: 'IPV6_2292DSTOPTS' },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_2292RTHDR`: as {@link routingHeader}, under its old number. Linux 2.6.14.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292RTHDR` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const routingHeader2292: ControlMessage<'routingHeader2292', Uint8Array, Uint8Array> = /* @__PURE__ */ defineControlMessage({
  kind: 'routingHeader2292', name: 'IPV6_2292RTHDR', level: SOL_IPV6, type: IPV6_2292RTHDR, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: toIpv6, deliveredBy: withPackets,
  receive: { size: mostHeader, option: IPV6_2292RTHDR, optionName: 'IPV6_2292RTHDR' },
  encode: encodeHeader, decode: decodeHeader,
})
