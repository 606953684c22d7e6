/**
 * The IP sockets that accept and deliver the kinds of the levels SOL_IP and SOL_IPV6, and those of SOL_SOCKET that belong to
 * packets: measured on Linux 6.18.
 * @module
 */
import {
  SOL_IP, SOL_IPV6, SOL_SOCKET, IP_HDRINCL, IPV6_HDRINCL, IP_RECVERR, IPV6_RECVERR, SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW, IPPROTO_TCP,
  IPPROTO_MPTCP, IPPROTO_SCTP,
} from '../../generated/constants.ts'
import { families, type AnySocketType, type Family, type SocketOption, type Sockets } from './sockets.ts'

/** The families of IP. */
export const ip: readonly Family[] = ['inet', 'inet6']
const others: readonly Family[] = /* @__PURE__ */ families.filter((family) => !ip.includes(family))

const withoutVsock: readonly Family[] = /* @__PURE__ */ others.filter((family) => family !== 'vsock')

/** UDP, ping and raw sockets. TCP, MPTCP and SCTP silently ignore the control messages of IP. */
const packetTypes: readonly AnySocketType[] = ['datagram', 'raw']

/** An IPv6 socket that sends to an IPv4-mapped address accepts the control messages of IPv4, and drops those of IPv6. */
export const toIpv4: readonly Sockets[] = [{ type: packetTypes, destination: 'ipv4' }]
export const toIpv6: readonly Sockets[] = [{ type: packetTypes, destination: 'ipv6' }]

// A raw socket whose messages begin with an IP header takes everything that is in the header from there.
const withHeader = { level: SOL_IP, option: IP_HDRINCL, name: 'IP_HDRINCL' } as const
const withHeader6 = { level: SOL_IPV6, option: IPV6_HDRINCL, name: 'IPV6_HDRINCL' } as const
/** Kinds for fields and extensions of the IPv4 header by which no route is chosen. */
export const headerToIpv4: readonly Sockets[] =
  [{ type: 'datagram', destination: 'ipv4' }, { type: 'raw', destination: 'ipv4', withoutOptions: [withHeader] }]
/** Kinds for fields and extensions of the IPv6 header by which no route is chosen. */
export const headerToIpv6: readonly Sockets[] =
  [{ type: 'datagram', destination: 'ipv6' }, { type: 'raw', destination: 'ipv6', withoutOptions: [withHeader6] }]
/** Raw sockets whose messages begin with an IPv4 header. */
export const withIpv4Header: readonly Sockets[] = [{ family: 'inet', type: 'raw', options: [withHeader] }]
export const toIp: readonly Sockets[] = [{ type: packetTypes }]

const queues: readonly SocketOption[] = [
  { level: SOL_IP, option: IP_RECVERR, name: 'IP_RECVERR' },
  { level: SOL_IPV6, option: IPV6_RECVERR, name: 'IPV6_RECVERR' },
  { level: SOL_SOCKET, option: SO_TIMESTAMPING_OLD, name: 'SO_TIMESTAMPING_OLD' },
  { level: SOL_SOCKET, option: SO_TIMESTAMPING_NEW, name: 'SO_TIMESTAMPING_NEW' },
]
/** Kinds that describe packets: a TCP socket receives them only with a report in its error queue. */
export const withPackets: readonly Sockets[] = [{ type: packetTypes }, { type: 'stream', options: queues }]
/** Messages that are received as such. */
export const withMessages: readonly Sockets[] = [{ type: packetTypes }]

/** The IP sockets that preserve message boundaries, and the sockets of every other family except vsock, which delivers none. */
export const packetsAndOthers: readonly Sockets[] = [{ family: ip, type: packetTypes }, { family: withoutVsock }]

/** Of the IP streams, only TCP: MPTCP accepts no control messages at all, SCTP only its own. */
export const tcpPacketsAndOthers: readonly Sockets[] = [
  { family: ip, type: 'stream', protocol: IPPROTO_TCP }, { family: ip, type: packetTypes }, { family: others },
]
export const tcp: readonly Sockets[] = [{ type: 'stream', protocol: IPPROTO_TCP }]
export const tcpAndMptcp: readonly Sockets[] = [{ type: 'stream', protocol: [IPPROTO_TCP, IPPROTO_MPTCP] }]
export const sctp: readonly Sockets[] = [{ type: ['stream', 'seqpacket'], protocol: IPPROTO_SCTP }]

/** The families whose sockets have a queue of packets: those that the generic code of the kernel serves. */
export const networks: readonly Family[] = ['inet', 'inet6', 'packet', 'vsock', 'bluetooth', 'can', 'ieee802154', 'llc', 'isdn']
