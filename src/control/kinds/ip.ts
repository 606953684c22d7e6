/**
 * Control messages of level SOL_IP. An AF_INET6 socket has them too, for its IPv4 traffic.
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @module
 */
import {
  SOL_IP, IP_PKTINFO, SOL_IPV6, IPV6_PKTINFO, IPV6_RECVPKTINFO, IP_TTL, IPV6_HOPLIMIT, IPV6_RECVHOPLIMIT, IP_RECVTTL, IP_TOS, IPV6_TCLASS,
  IPV6_RECVTCLASS, IP_RECVTOS, IP_RECVOPTS, IP_RETOPTS, IP_RECVERR, IPV6_RECVERR, RDS_RECVERR, SOL_RDS, IP_ORIGDSTADDR, IPV6_ORIGDSTADDR,
  IPV6_RECVORIGDSTADDR, IP_RECVORIGDSTADDR, IP_CHECKSUM, IP_RECVFRAGSIZE, IPV6_RECVFRAGSIZE, IP_PROTOCOL, SCM_SECURITY, IP_PASSSEC,
} from '../../../generated/constants.ts'
import { in6_pktinfo, sockaddr_in6, in_pktinfo, sock_extended_err, sockaddr_in } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { copyOf, viewOf } from '../../abi/bytes.ts'
import { defineStruct } from '../../abi/struct.ts'
import { cStruct } from '../../abi/structs.ts'
import { formatIPv4, formatIPv6, type InetAddress } from '../../address/inet.ts'
import { outOfRange } from '../../misuse.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { headerToIpv4, ip, toIpv4, withIpv4Header, withMessages, withPackets } from '../ip-sockets.ts'
import { decodeLabel, label } from '../label.ts'
import { payloadBytes, encodeScalar } from '../payload.ts'
import { decodeQueuedError, errorOffender4, type QueuedError } from '../queued-error.ts'
import { inet6Address, inetAddress, ipv4Bytes, objectWith, once, type PartialValue } from '../values.ts'

/** `struct in_pktinfo`: the interface and the addresses of an IPv4 packet that was received or will be sent. */
export interface PacketInfo {
  /** The number of the interface. In a send, 0 leaves the choice to routing. */
  readonly interfaceIndex: number
  /** `ipi_spec_dst`: the local address that received it; in a send, its source address. */
  readonly localAddress: string
  /** `ipi_addr`: the destination in the packet's header, which may be a group or a broadcast address; ignored in a send. */
  readonly address: string
}

/** Packet info of an IPv6 packet, on a socket that asked for that of IPv4: its only local address is the packet's destination. */
const packetInfoOf6 = (data: Uint8Array, abi: Abi): PacketInfo => {
  const { ipi6_addr, ipi6_ifindex } = cStruct({ in6_pktinfo }).for(abi).read(viewOf(data))
  const address = formatIPv6(ipi6_addr)
  return { interfaceIndex: ipi6_ifindex, localAddress: address, address }
}
const destinationOf6 = (data: Uint8Array, abi: Abi): InetAddress => inet6Address(cStruct({ sockaddr_in6 }).for(abi).read(viewOf(data)))

/**
 * `IP_PKTINFO`: the interface and the address that received a packet; in a send, the interface and the source address to use.
 * IPv4, datagram and raw sockets. Linux 2.2.
 *
 * Payload: `struct in_pktinfo`, 12 bytes. Received when `IP_PKTINFO` is on. A received value can be sent back
 * unchanged: the reply then comes from the address that the request was sent to. EINVAL: the address does not belong to this host.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @example
 * import { MessageSocket, packetInfo } from 'cmsg'
 *
 * const server = MessageSocket.bind({ address: '0.0.0.0', port: 0 }, { type: 'datagram', receive: [packetInfo] })
 * const client = MessageSocket.open({ family: 'inet', type: 'datagram' })
 * await client.send('to which of you?', { to: { address: '127.0.0.2', port: (server.address as { port: number }).port } })
 * const question = await server.receive()
 * const info = question!.get(packetInfo)!
 * console.log(info) // { interfaceIndex: 1, localAddress: '127.0.0.2', address: '127.0.0.2' }
 * await server.send('to this one', { to: question!.address, control: [packetInfo(info)] })
 * await client.close()
 * await server.close()
 */
export const packetInfo: ControlMessage<'packetInfo', PartialValue<PacketInfo>, PacketInfo> = /* @__PURE__ */ defineBuiltin({
  kind: 'packetInfo', name: 'IP_PKTINFO', level: SOL_IP, type: IP_PKTINFO, family: ip, since: '2.2',
  layout: () => cStruct({ in_pktinfo }),
  convert: {
    decode: ({ ipi_ifindex, ipi_spec_dst, ipi_addr }: {
      ipi_ifindex: number
      ipi_spec_dst: Uint8Array
      ipi_addr: Uint8Array
    }): PacketInfo =>
      ({ interfaceIndex: ipi_ifindex, localAddress: formatIPv4(ipi_spec_dst), address: formatIPv4(ipi_addr) }),
    encode: (value: PartialValue<PacketInfo>) => {
      const { interfaceIndex = 0, localAddress = '0.0.0.0', address = '0.0.0.0' } =
        objectWith(['interfaceIndex', 'localAddress', 'address'], value)
      return { ipi_ifindex: interfaceIndex, ipi_spec_dst: ipv4Bytes(localAddress), ipi_addr: ipv4Bytes(address) }
    },
  },
  takenBy: toIpv4,
  deliveredBy: withPackets,
  also: [{
    level: SOL_IPV6, type: IPV6_PKTINFO, family: 'inet6', option: { IPV6_RECVPKTINFO }, minSize: () => cStruct({ in6_pktinfo }).size,
    decode: packetInfoOf6,
  }],
  receive: { option: { IP_PKTINFO } },
})

/**
 * `IP_TTL`: the time to live of a packet. Linux 2.2; in a send, since 3.13.
 *
 * Payload: `int`, 4 bytes, from 1 to 255 in a send. Received when `IP_RECVTTL` is on. On TCP, sending it succeeds and has
 * no effect.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @example
 * import { decodeControl, encodeControl, ttl } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([ttl(64)]), { family: 'inet' })
 * if (message?.kind === 'ttl') console.log(message.value) // 64
 */
export const ttl: ControlMessage<'ttl', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'ttl', name: 'IP_TTL', level: SOL_IP, type: IP_TTL, family: ip, since: '2.2',
  layout: 'i32',
  takenBy: headerToIpv4,
  deliveredBy: withPackets,
  also: [{ level: SOL_IPV6, type: IPV6_HOPLIMIT, family: 'inet6', option: { IPV6_RECVHOPLIMIT } }],
  receive: { option: { IP_RECVTTL } },
})

/**
 * `IP_TOS`: the type of service of a packet: six bits DSCP, two bits ECN. Linux 2.2; in a send, since 3.13.
 *
 * Payload: 1 byte; the kernel takes an `int` as well, and such a payload is decoded too. Received when `IP_RECVTOS` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @example
 * import { decodeControl, encodeControl, tos } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([tos(0x10)]), { family: 'inet' })
 * if (message?.kind === 'tos') console.log(message.value) // 16
 */
export const tos: ControlMessage<'tos', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'tos', name: 'IP_TOS', level: SOL_IP, type: IP_TOS, family: ip, since: '2.2',
  layout: 'u8',
  alternative: 'i32',
  maxSize: 4,
  meaning: { value: 'hex' },
  takenBy: toIpv4,
  deliveredBy: withPackets,
  also: [{ level: SOL_IPV6, type: IPV6_TCLASS, family: 'inet6', option: { IPV6_RECVTCLASS } }],
  receive: { option: { IP_RECVTOS } },
  encode: (value: number, abi) => encodeScalar('tos', 'u8', value, abi),
  decode: (data, { littleEndian }) => (data.length === 4 ? viewOf(data).getInt32(0, littleEndian) : data[0]!),
})

const maxOptionsSize = 40 // RFC 791: a header of 60 bytes, less the 20 that are fixed
const options = /* @__PURE__ */ once(() => defineStruct({ options: ['u8'] }, { name: 'IP options' }))

/**
 * `IP_RECVOPTS`: the options in the header of a packet, unchanged. Linux 2.2. Only received.
 *
 * Payload: at most 40 bytes, and only if the packet has any. Received when `IP_RECVOPTS` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 */
export const ipOptions: ControlMessage<'ipOptions', never, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'ipOptions', name: 'IP_RECVOPTS', level: SOL_IP, type: IP_RECVOPTS, family: ip, since: '2.2',
  minSize: 0,
  layout: options,
  deliveredBy: withPackets,
  receive: { size: maxOptionsSize, option: { IP_RECVOPTS } },
  decode: (data) => copyOf(data),
})

/**
 * `IP_RETOPTS`: the options for a reply: the route of the packet in reverse, or its timestamps. Linux 2.2.
 *
 * Payload: at most 40 bytes; longer ones are refused, because the kernel would silently cut them off. Received when
 * `IP_RETOPTS` is on. In a send, they are the options of this packet; some need CAP_NET_RAW.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 */
export const returnOptions: ControlMessage<'returnOptions', Uint8Array, Uint8Array> = /* @__PURE__ */ defineBuiltin({
  kind: 'returnOptions', name: 'IP_RETOPTS', level: SOL_IP, type: IP_RETOPTS, family: ip, since: '2.2',
  minSize: 0,
  layout: options,
  takenBy: headerToIpv4,
  deliveredBy: withPackets,
  receive: { size: maxOptionsSize, option: { IP_RETOPTS } },
  encode(value: Uint8Array) {
    const bytes = payloadBytes(value, 'IP options')
    if (bytes.length > maxOptionsSize) throw outOfRange(`Cannot send ${bytes.length} bytes of IP options: the limit is ${maxOptionsSize}`)
    return bytes
  },
  decode: (data) => copyOf(data),
})

/**
 * `IP_RECVERR`: an entry of the error queue: an ICMP error, a transmit timestamp, a zero-copy completion. Linux 2.2. Only
 * received, with MSG_ERRQUEUE; the message has the data of the packet concerned, and the packet's destination as its address.
 *
 * Payload: `struct sock_extended_err`, 16 bytes, and a `struct sockaddr_in` of the host that reported it, 16 bytes, which TLS and
 * RDS sockets leave out. Received when `IP_RECVERR` is on; timestamps and zero-copy do not need it.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @example
 * import { decodeControl, encodeControl, recvErr, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: errno 111; origin 2, ICMP; type 3, code 3.
 * const control = encodeControl([rawControl(recvErr.level, recvErr.type, new Uint8Array(Uint32Array.of(111, 0x03_03_02, 0, 0).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'recvErr') console.log(message.value.name) // ECONNREFUSED
 */
export const recvErr: ControlMessage<'recvErr', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'recvErr', name: 'IP_RECVERR', level: SOL_IP, type: IP_RECVERR, family: ['inet', 'inet6', 'rds'], since: '2.2',
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  layout: errorOffender4,
  alternative: () => cStruct({ sock_extended_err }),
  // An IPv6 socket reports the errors of both protocols under one level and type, and each option covers only its own protocol.
  also: [
    { level: SOL_IPV6, type: IPV6_RECVERR, family: 'inet6', option: { IPV6_RECVERR } },
    { level: SOL_IP, type: IP_RECVERR, family: 'rds', option: RDS_RECVERR, optionLevel: SOL_RDS, optionName: 'RDS_RECVERR' },
  ],
  receive: { get size() { return errorOffender4().size }, option: { IP_RECVERR }, errorQueue: true, inherited: true },
  decode: decodeQueuedError,
})

/**
 * `IP_ORIGDSTADDR`: the destination of a packet before a transparent proxy (TPROXY) redirected it. Linux 2.6.29. Only received.
 *
 * Payload: `struct sockaddr_in`, 16 bytes. Received when `IP_RECVORIGDSTADDR` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 */
export const originalDestination: ControlMessage<'originalDestination', never, InetAddress> = /* @__PURE__ */ defineBuiltin({
  kind: 'originalDestination', name: 'IP_ORIGDSTADDR', level: SOL_IP, type: IP_ORIGDSTADDR, family: ip, since: '2.6.29',
  direction: 'receive',
  layout: () => cStruct({ sockaddr_in }),
  convert: { decode: inetAddress },
  deliveredBy: withPackets,
  also: [{
    level: SOL_IPV6, type: IPV6_ORIGDSTADDR, family: 'inet6', option: { IPV6_RECVORIGDSTADDR },
    minSize: () => cStruct({ sockaddr_in6 }).size, decode: destinationOf6,
  }],
  receive: { option: { IP_RECVORIGDSTADDR } },
})

/**
 * `IP_CHECKSUM`: the sum of the packet's bytes, as the network card computed it. UDP, Linux 4.0. Only received, and only
 * from hardware that computes the sum of whole packets: never on loopback.
 *
 * Payload: `u32`, 4 bytes, a ones' complement sum that is not folded. Received when `IP_CHECKSUM` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in.h
 */
export const checksum: ControlMessage<'checksum', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'checksum', name: 'IP_CHECKSUM', level: SOL_IP, type: IP_CHECKSUM, family: ip, since: '4.0',
  direction: 'receive',
  layout: 'u32',
  meaning: { value: 'hex' },
  deliveredBy: withPackets,
  receive: { option: { IP_CHECKSUM } },
})

/**
 * `IP_RECVFRAGSIZE`: the largest fragment of a datagram. Linux 4.10. Only received, and only if the datagram was fragmented.
 *
 * Payload: `int`, 4 bytes: the size in bytes, with the IP header. Received when `IP_RECVFRAGSIZE` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in.h
 */
export const fragmentSize: ControlMessage<'fragmentSize', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'fragmentSize', name: 'IP_RECVFRAGSIZE', level: SOL_IP, type: IP_RECVFRAGSIZE, family: ip, since: '4.10',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: withMessages,
  also: [{ level: SOL_IPV6, type: IPV6_RECVFRAGSIZE, family: 'inet6', option: { IPV6_RECVFRAGSIZE } }],
  receive: { option: { IP_RECVFRAGSIZE } },
})

/**
 * `IP_PROTOCOL`: the protocol by which the kernel chooses the route of a packet, for raw sockets whose messages contain the IP header
 * (`IP_HDRINCL`, which IPPROTO_RAW implies). Linux 6.4. Only sent; on other sockets it has no effect.
 *
 * Payload: `int`, 4 bytes, from 1 to 255.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/in.h
 * @example
 * import { decodeControl, encodeControl, protocol } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([protocol(17)]), { family: 'inet' })
 * if (message?.kind === 'protocol') console.log(message.value) // 17
 */
export const protocol: ControlMessage<'protocol', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'protocol', name: 'IP_PROTOCOL', level: SOL_IP, type: IP_PROTOCOL, family: ip, since: '6.4',
  direction: 'send',
  layout: 'i32',
  meaning: { value: 'IPPROTO_' },
  takenBy: withIpv4Header,
})

/**
 * `SCM_SECURITY` at level SOL_IP: the security label of an IP peer (labeled IPsec, NetLabel). Linux 2.6.17. Only
 * received.
 *
 * Payload: the label, whose length depends on the security module. Received when `IP_PASSSEC` is on and a security module
 * labels packets; space for 256 bytes is reserved.
 *
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 */
export const ipSecurity: ControlMessage<'ipSecurity', never, string> = /* @__PURE__ */ defineBuiltin({
  kind: 'ipSecurity', name: 'SCM_SECURITY', level: SOL_IP, type: SCM_SECURITY, family: ip, since: '2.6.17',
  minSize: 0,
  layout: label,
  deliveredBy: withPackets,
  receive: { size: 256, option: { IP_PASSSEC } },
  decode: decodeLabel,
})
