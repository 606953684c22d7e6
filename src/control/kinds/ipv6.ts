/**
 * Control messages of level SOL_IPV6: those of RFC 3542, and those of RFC 2292, which it replaced. Each of the older ones is
 * turned on by the option with its number, and is meant for programs that communicate with old ones.
 * @see https://man7.org/linux/man-pages/man7/ipv6.7.html
 * @see https://www.rfc-editor.org/rfc/rfc3542
 * @module
 */
import {
  SOL_IPV6, IPV6_PKTINFO, IPV6_RECVPKTINFO, IPV6_HOPLIMIT, SOL_IP, IP_TTL, IP_RECVTTL, IPV6_RECVHOPLIMIT, IPV6_TCLASS, IP_TOS, IP_RECVTOS,
  IPV6_RECVTCLASS, IPV6_FLOWINFO, IPV6_HOPOPTS, IPV6_RECVHOPOPTS, IPV6_DSTOPTS, IPV6_RECVDSTOPTS, IPV6_RTHDR, IPV6_RECVRTHDR,
  IPV6_RTHDRDSTOPTS, IPV6_PATHMTU, IPV6_RECVPATHMTU, IPV6_DONTFRAG, IPV6_RECVERR, IP_RECVERR, IPV6_ORIGDSTADDR, IP_ORIGDSTADDR,
  IP_RECVORIGDSTADDR, IPV6_RECVORIGDSTADDR, IPV6_RECVFRAGSIZE, IP_RECVFRAGSIZE, IPV6_2292PKTINFO, IPV6_2292HOPLIMIT, IPV6_2292HOPOPTS,
  IPV6_2292DSTOPTS, IPV6_2292RTHDR,
} from '../../../generated/constants.ts'
import { in6_pktinfo, ip6_mtuinfo, sockaddr_in6, sock_extended_err, sockaddr_in } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { copyOf, viewOf } from '../../abi/bytes.ts'
import { defineStruct } from '../../abi/struct.ts'
import { cStruct } from '../../abi/structs.ts'
import { formatIPv6, type InetAddress } from '../../address/inet.ts'
import { count, invalidType, outOfRange, show } from '../../misuse.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { headerToIpv6, toIp, toIpv6, withMessages, withPackets } from '../ip-sockets.ts'
import { payloadBytes } from '../payload.ts'
import { decodeQueuedError, errorOffender6, type QueuedError } from '../queued-error.ts'
import { inet6Address, inetAddress, ipv6Bytes, objectWith, once, type PartialValue } from '../values.ts'

/** `struct in6_pktinfo`: the interface and the address of an IPv6 packet that was received or will be sent. */
export interface PacketInfo6 {
  /** The number of the interface. In a send, 0 leaves the choice to routing. */
  readonly interfaceIndex: number
  /** The destination in the packet's header, which may be a group; in a send, its source address, or `'::'` for any. */
  readonly address: string
}

type RawPacketInfo6 = { ipi6_addr: Uint8Array; ipi6_ifindex: number }
/** The same for IPV6_PKTINFO and IPV6_2292PKTINFO. */
const packetInfo6Convert = {
  decode: ({ ipi6_addr, ipi6_ifindex }: RawPacketInfo6): PacketInfo6 => ({ interfaceIndex: ipi6_ifindex, address: formatIPv6(ipi6_addr) }),
  encode: (value: PartialValue<PacketInfo6>): RawPacketInfo6 => {
    const { interfaceIndex = 0, address = '::' } = objectWith(['interfaceIndex', 'address'], value)
    return { ipi6_addr: ipv6Bytes(address), ipi6_ifindex: interfaceIndex }
  },
}

/**
 * `IPV6_PKTINFO`: the interface and the address that received a packet; in a send, the interface and the source address to
 * use. Linux 2.6.14.
 *
 * Payload: `struct in6_pktinfo`, 20 bytes. Received when `IPV6_RECVPKTINFO` is on. IPv4 packets on a dual-stack
 * socket have a mapped address (`::ffff:1.2.3.4`), and a mapped destination needs a mapped source. EINVAL: the address does not
 * belong to this host.
 *
 * @see https://man7.org/linux/man-pages/man7/ipv6.7.html
 * @example
 * import { decodeControl, encodeControl, packetInfo6 } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([packetInfo6({ interfaceIndex: 1, address: '::1' })]), { family: 'inet6' })
 * if (message?.kind === 'packetInfo6') console.log(message.value.address) // ::1
 */
export const packetInfo6: ControlMessage<'packetInfo6', PartialValue<PacketInfo6>, PacketInfo6> = /* @__PURE__ */ defineBuiltin({
  kind: 'packetInfo6', name: 'IPV6_PKTINFO', level: SOL_IPV6, type: IPV6_PKTINFO, family: 'inet6', since: '2.6.14',
  layout: () => cStruct({ in6_pktinfo }),
  convert: packetInfo6Convert,
  takenBy: toIp, deliveredBy: withPackets,
  receive: { option: { IPV6_RECVPKTINFO } },
})

/**
 * `IPV6_HOPLIMIT`: the hop limit of a packet, IPv6's time to live. Linux 2.6.14.
 *
 * Payload: `int`, 4 bytes; in a send from -1 (the route's) to 255. Received when `IPV6_RECVHOPLIMIT` is on; IPv4 packets on a
 * dual-stack socket have a `ttl` instead.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 * @example
 * import { decodeControl, encodeControl, hopLimit } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([hopLimit(64)]), { family: 'inet6' })
 * if (message?.kind === 'hopLimit') console.log(message.value) // 64
 */
export const hopLimit: ControlMessage<'hopLimit', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'hopLimit', name: 'IPV6_HOPLIMIT', level: SOL_IPV6, type: IPV6_HOPLIMIT, family: 'inet6', since: '2.6.14',
  layout: 'i32',
  takenBy: headerToIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IP, type: IP_TTL, option: { IP_RECVTTL } }],
  receive: { option: { IPV6_RECVHOPLIMIT } },
})

/**
 * `IPV6_TCLASS`: the traffic class of a packet: six bits DSCP, two bits ECN. Linux 2.6.14.
 *
 * Payload: `int`, 4 bytes, unlike IP_TOS; in a send from -1 (the socket's) to 255. Received when `IPV6_RECVTCLASS` is on; IPv4
 * packets on a dual-stack socket have a `tos` instead.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 * @example
 * import { decodeControl, encodeControl, trafficClass } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([trafficClass(0x10)]), { family: 'inet6' })
 * if (message?.kind === 'trafficClass') console.log(message.value) // 16
 */
export const trafficClass: ControlMessage<'trafficClass', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'trafficClass', name: 'IPV6_TCLASS', level: SOL_IPV6, type: IPV6_TCLASS, family: 'inet6', since: '2.6.14',
  layout: 'i32',
  meaning: { value: 'hex' },
  takenBy: toIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IP, type: IP_TOS, option: { IP_RECVTOS }, minSize: 1, decode: (data) => data[0]! }],
  receive: { option: { IPV6_RECVTCLASS } },
})

/**
 * `IPV6_FLOWINFO`: the flow label and the traffic class of a packet, the low 28 bits of the header's first word. Linux 2.2.
 *
 * Payload: a 32-bit number in network order, 4 bytes; received only if it is not 0. Received when `IPV6_FLOWINFO` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in6.h
 */
export const flowInfo: ControlMessage<'flowInfo', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'flowInfo', name: 'IPV6_FLOWINFO', level: SOL_IPV6, type: IPV6_FLOWINFO, family: 'inet6', since: '2.2',
  layout: 'u32be',
  meaning: { value: 'hex' },
  takenBy: toIpv6, deliveredBy: withPackets,
  receive: { option: { IPV6_FLOWINFO } },
})

const maxHeaderSize = 2048 // RFC 8200: the length is a byte, in units of 8 bytes, without the first unit
/** `struct ipv6_opt_hdr` with the options that follow it. */
const extensionHeader = /* @__PURE__ */ once(() => defineStruct({ nexthdr: 'u8', hdrlen: 'u8', data: ['u8'] }, { name: 'ipv6_opt_hdr' }))

/** An extension header as bytes: the number of the next header, its own length in units of 8 bytes without the first, its data. */
function encodeHeader(value: Uint8Array): Uint8Array {
  const bytes = payloadBytes(value, 'an extension header')
  const claimed = bytes.length < 2 ? 0 : (bytes[1]! + 1) * 8
  if (bytes.length !== claimed) {
    throw outOfRange(`Cannot send ${count(bytes.length, 'byte')} as an extension header: its second byte says ${claimed} (RFC 8200)`)
  }
  return bytes
}
const decodeHeader = (data: Uint8Array): Uint8Array => copyOf(data)

/**
 * `IPV6_HOPOPTS`: the hop-by-hop options header of a packet. Linux 2.6.14. Sending it needs CAP_NET_RAW.
 *
 * Payload: the header, `(payload[1] + 1) * 8` bytes, at most 2048. Received when `IPV6_RECVHOPOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 */
export const hopOptions: ControlMessage<'hopOptions', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'hopOptions', name: 'IPV6_HOPOPTS', level: SOL_IPV6, type: IPV6_HOPOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_RECVHOPOPTS } },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_DSTOPTS`: a destination options header of a packet; it may have two. Linux 2.6.14. Sending it needs CAP_NET_RAW.
 *
 * Payload: the header, `(payload[1] + 1) * 8` bytes, at most 2048. Received when `IPV6_RECVDSTOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 */
export const destinationOptions: ControlMessage<'destinationOptions', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'destinationOptions', name: 'IPV6_DSTOPTS', level: SOL_IPV6, type: IPV6_DSTOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_RECVDSTOPTS } },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_RTHDR`: a routing header of a packet; it may have several. Linux 2.6.14. In a send, the kernel accepts only
 * type 2, and only with Mobile IPv6.
 *
 * Payload: the header, `(payload[1] + 1) * 8` bytes, at most 2048. Received when `IPV6_RECVRTHDR` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 */
export const routingHeader: ControlMessage<'routingHeader', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'routingHeader', name: 'IPV6_RTHDR', level: SOL_IPV6, type: IPV6_RTHDR, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_RECVRTHDR } },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_RTHDRDSTOPTS`: a destination options header before the routing header. Linux 2.6.14. Only sent, with CAP_NET_RAW.
 *
 * Payload: the header, `(payload[1] + 1) * 8` bytes, at most 2048.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 */
export const routingDestinationOptions: ControlMessage<
  'routingDestinationOptions', Uint8Array, Uint8Array
> = /* @__PURE__ */ defineBuiltin({
  kind: 'routingDestinationOptions', name: 'IPV6_RTHDRDSTOPTS', level: SOL_IPV6, type: IPV6_RTHDRDSTOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8, direction: 'send',
  encode: encodeHeader, decode: decodeHeader,
  takenBy: headerToIpv6,
})

/** `struct ip6_mtuinfo`: the maximum size of a packet on the path to an address. */
export interface PathMtu {
  readonly address: InetAddress
  /** Bytes. */
  readonly mtu: number
}

/**
 * `IPV6_PATHMTU`: the maximum size of a packet on the path to a destination has become smaller. Linux 2.6.35. Only received,
 * with a message that has no data.
 *
 * Payload: `struct ip6_mtuinfo`, 32 bytes. Received when `IPV6_RECVPATHMTU` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 */
export const pathMtu: ControlMessage<'pathMtu', never, PathMtu> = /* @__PURE__ */ defineBuiltin({
  kind: 'pathMtu', name: 'IPV6_PATHMTU', level: SOL_IPV6, type: IPV6_PATHMTU, family: 'inet6', since: '2.6.35',
  direction: 'receive',
  layout: () => cStruct({ ip6_mtuinfo }, { sockaddr_in6 }),
  convert: { decode: ({ ip6m_addr, ip6m_mtu: mtu }: { ip6m_addr: Parameters<typeof inet6Address>[0]; ip6m_mtu: number }): PathMtu =>
    ({ address: inet6Address(ip6m_addr), mtu }) },
  deliveredBy: withMessages,
  receive: { option: { IPV6_RECVPATHMTU } },
})

/**
 * `IPV6_DONTFRAG`: forbids fragmenting this packet: if it is too large, the send fails with EMSGSIZE. Linux 2.6.35. Only sent.
 *
 * Payload: `int`, 4 bytes, 0 or 1.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3542
 * @example
 * import { decodeControl, encodeControl, dontFragment } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([dontFragment(true)]), { family: 'inet6' })
 * if (message?.kind === 'dontFragment') console.log(message.value) // true
 */
export const dontFragment: ControlMessage<'dontFragment', boolean, boolean> = /* @__PURE__ */ defineBuiltin({
  kind: 'dontFragment', name: 'IPV6_DONTFRAG', level: SOL_IPV6, type: IPV6_DONTFRAG, family: 'inet6', since: '2.6.35',
  direction: 'send',
  layout: 'i32',
  convert: {
    decode: (value: number) => value !== 0,
    encode: (value: boolean) => {
      if (typeof value !== 'boolean') throw invalidType(`Cannot use ${show(value)} as dontFragment: expected true or false`)
      return value ? 1 : 0
    },
  },
  takenBy: headerToIpv6,
})

/**
 * `IPV6_RECVERR`: an entry of the error queue: an ICMPv6 error, a transmit timestamp, a zero-copy completion. Linux 2.2.
 * Only received, with MSG_ERRQUEUE, after all other control messages; the message has the data of the packet concerned, and
 * the packet's destination as its address.
 *
 * Payload: `struct sock_extended_err`, 16 bytes, and a `struct sockaddr_in6` of the host that reported it, 28 bytes. Received when
 * `IPV6_RECVERR` is on; timestamps and zero-copy do not need it.
 *
 * @see https://man7.org/linux/man-pages/man7/ipv6.7.html
 */
export const recvErr6: ControlMessage<'recvErr6', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'recvErr6', name: 'IPV6_RECVERR', level: SOL_IPV6, type: IPV6_RECVERR, family: 'inet6', since: '2.2',
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  layout: errorOffender6,
  alternative: () => cStruct({ sock_extended_err }),
  // The errors of IPv4-mapped peers have the same level and type, but need their own option.
  also: [{ level: SOL_IP, type: IP_RECVERR, option: { IP_RECVERR } }],
  receive: { get size() { return errorOffender6().size }, option: { IPV6_RECVERR }, errorQueue: true, inherited: true },
  decode: decodeQueuedError,
})

/**
 * `IPV6_ORIGDSTADDR`: the destination of a packet before a transparent proxy (TPROXY) redirected it. Linux 2.6.37. Only received.
 *
 * Payload: `struct sockaddr_in6`, 28 bytes. Received when `IPV6_RECVORIGDSTADDR` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in6.h
 */
export const originalDestination6: ControlMessage<'originalDestination6', never, InetAddress> = /* @__PURE__ */ defineBuiltin({
  kind: 'originalDestination6', name: 'IPV6_ORIGDSTADDR', level: SOL_IPV6, type: IPV6_ORIGDSTADDR, family: 'inet6', since: '2.6.37',
  direction: 'receive',
  layout: () => cStruct({ sockaddr_in6 }),
  convert: { decode: inet6Address },
  deliveredBy: withPackets,
  also: [{
    level: SOL_IP, type: IP_ORIGDSTADDR, option: { IP_RECVORIGDSTADDR }, minSize: () => cStruct({ sockaddr_in }).size,
    decode: (data, abi) => inetAddress(cStruct({ sockaddr_in }).for(abi).read(viewOf(data))),
  }],
  receive: { option: { IPV6_RECVORIGDSTADDR } },
})

/**
 * `IPV6_RECVFRAGSIZE`: the largest fragment of a datagram. Linux 4.10. Only received, and only if the datagram was
 * fragmented.
 *
 * Payload: `int`, 4 bytes: the size in bytes. Received when `IPV6_RECVFRAGSIZE` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in6.h
 */
export const fragmentSize6: ControlMessage<'fragmentSize6', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'fragmentSize6', name: 'IPV6_RECVFRAGSIZE', level: SOL_IPV6, type: IPV6_RECVFRAGSIZE, family: 'inet6', since: '4.10',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: withMessages,
  also: [{ level: SOL_IP, type: IP_RECVFRAGSIZE, option: { IP_RECVFRAGSIZE } }],
  receive: { option: { IPV6_RECVFRAGSIZE } },
})

/**
 * `IPV6_2292PKTINFO`: as {@link packetInfo6}, under its old number. Linux 2.6.14.
 *
 * Payload: `struct in6_pktinfo`, 20 bytes. Received when `IPV6_2292PKTINFO` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const packetInfo2292: ControlMessage<'packetInfo2292', PartialValue<PacketInfo6>, PacketInfo6> = /* @__PURE__ */ defineBuiltin({
  kind: 'packetInfo2292', name: 'IPV6_2292PKTINFO', level: SOL_IPV6, type: IPV6_2292PKTINFO, family: 'inet6', since: '2.6.14',
  layout: () => cStruct({ in6_pktinfo }),
  convert: packetInfo6Convert,
  takenBy: toIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IPV6, type: IPV6_PKTINFO, option: { IPV6_RECVPKTINFO } }],
  receive: { option: { IPV6_2292PKTINFO } },
})

/**
 * `IPV6_2292HOPLIMIT`: as {@link hopLimit}, under its old number. Linux 2.6.14.
 *
 * Payload: `int`, 4 bytes. Received when `IPV6_2292HOPLIMIT` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const hopLimit2292: ControlMessage<'hopLimit2292', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'hopLimit2292', name: 'IPV6_2292HOPLIMIT', level: SOL_IPV6, type: IPV6_2292HOPLIMIT, family: 'inet6', since: '2.6.14',
  layout: 'i32',
  takenBy: headerToIpv6, deliveredBy: withPackets,
  also: [{ level: SOL_IP, type: IP_TTL, option: { IP_RECVTTL } }],
  receive: { option: { IPV6_2292HOPLIMIT } },
})

/**
 * `IPV6_2292HOPOPTS`: as {@link hopOptions}, under its old number. Linux 2.6.14. Sending needs CAP_NET_RAW.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292HOPOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const hopOptions2292: ControlMessage<'hopOptions2292', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'hopOptions2292', name: 'IPV6_2292HOPOPTS', level: SOL_IPV6, type: IPV6_2292HOPOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_2292HOPOPTS } },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_2292DSTOPTS`: as {@link destinationOptions}, under its old number. Linux 2.6.14. Sending needs CAP_NET_RAW.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292DSTOPTS` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const destinationOptions2292: ControlMessage<
  'destinationOptions2292', Uint8Array, Uint8Array
> = /* @__PURE__ */ defineBuiltin({
  kind: 'destinationOptions2292', name: 'IPV6_2292DSTOPTS', level: SOL_IPV6, type: IPV6_2292DSTOPTS, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_2292DSTOPTS } },
  encode: encodeHeader, decode: decodeHeader,
})

/**
 * `IPV6_2292RTHDR`: as {@link routingHeader}, under its old number. Linux 2.6.14.
 *
 * Payload: the header, at most 2048 bytes. Received when `IPV6_2292RTHDR` is on.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2292
 */
export const routingHeader2292: ControlMessage<'routingHeader2292', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'routingHeader2292', name: 'IPV6_2292RTHDR', level: SOL_IPV6, type: IPV6_2292RTHDR, family: 'inet6', since: '2.6.14',
  layout: extensionHeader, minSize: 8,
  takenBy: headerToIpv6, deliveredBy: withPackets,
  receive: { size: maxHeaderSize, option: { IPV6_2292RTHDR } },
  encode: encodeHeader, decode: decodeHeader,
})
