/**
 * Control messages of AF_NETLINK, AF_PACKET, AF_VSOCK, AF_LLC and AF_IUCV.
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 * @see https://man7.org/linux/man-pages/man7/packet.7.html
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { structs } from '../abi/structs.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { decodeQueuedError, type QueuedError } from './queued-error.ts'
import { renamed } from './values.ts'

const {
  SOL_NETLINK, NETLINK_PKTINFO, NETLINK_LISTEN_ALL_NSID, SOL_PACKET, PACKET_AUXDATA, PACKET_TX_TIMESTAMP, SOL_VSOCK, VSOCK_RECVERR, SOL_LLC,
  LLC_OPT_PKTINFO, SOL_IUCV, SCM_IUCV_TRGCLS, TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID,
} = constants

/**
 * `NETLINK_PKTINFO`: to which multicast group a message was sent. AF_NETLINK, Linux 2.6.14. Only received.
 *
 * Payload: `struct nl_pktinfo`, 4 bytes; group 0: to this socket alone. Received when `NETLINK_PKTINFO` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 * @example
 * import { decodeControl, encodeControl, netlinkPacketInfo, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: the number of a multicast group.
 * const control = encodeControl([rawControl(netlinkPacketInfo.level, netlinkPacketInfo.type, new Uint8Array(Uint32Array.of(3).buffer))])
 * const [message] = decodeControl(control, { family: 'netlink' })
 * if (message?.kind === 'netlinkPacketInfo') console.log(message.value.group) // 3
 */
export const netlinkPacketInfo: ControlMessage<'netlinkPacketInfo', never, { group: number }> = /* @__PURE__ */ defineControlMessage({
  kind: 'netlinkPacketInfo', name: 'NETLINK_PKTINFO', level: SOL_NETLINK, type: NETLINK_PKTINFO, family: 'netlink', since: '2.6.14',
  direction: 'receive',
  layout: () => structs.nl_pktinfo,
  receive: { option: NETLINK_PKTINFO, optionName: 'NETLINK_PKTINFO' },
})

/**
 * `NETLINK_LISTEN_ALL_NSID`: from which network namespace a message came, by the id that this one has for it. AF_NETLINK,
 * Linux 4.2. Only received, and only from another namespace than the socket's.
 *
 * Payload: `int`, 4 bytes. Received when `NETLINK_LISTEN_ALL_NSID` is on, which needs CAP_NET_BROADCAST.
 *
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 */
export const netlinkNamespace: ControlMessage<'netlinkNamespace', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'netlinkNamespace', name: 'NETLINK_LISTEN_ALL_NSID', level: SOL_NETLINK, type: NETLINK_LISTEN_ALL_NSID, family: 'netlink', since: '4.2',
  direction: 'receive',
  layout: 'i32',
  receive: { option: NETLINK_LISTEN_ALL_NSID, optionName: 'NETLINK_LISTEN_ALL_NSID' },
})

/** `struct tpacket_auxdata`: what is known of a packet beside its bytes. */
export interface PacketAuxdata {
  /** Flags, `TP_STATUS_*`. */
  readonly status: number
  /** Bytes of the packet on the wire. */
  readonly length: number
  /** Bytes of it that were captured. */
  readonly captured: number
  /** Offset of the link-layer header, bytes. */
  readonly mac: number
  /** Offset of the network header, bytes. */
  readonly net: number
  /** The VLAN tag that the card took off: its control information. Absent where there was none. */
  readonly vlanTci?: number
  /** Its protocol, 0x8100 or 0x88a8. */
  readonly vlanProtocol?: number
}

type RawAuxdata = {
  tp_status: number; tp_len: number; tp_snaplen: number; tp_mac: number; tp_net: number; tp_vlan_tci: number; tp_vlan_tpid: number
}

/**
 * `PACKET_AUXDATA`: length and state of a packet, and the VLAN tag the card took off. AF_PACKET, Linux 2.6.21. Only
 * received.
 *
 * Payload: `struct tpacket_auxdata`, 20 bytes; lengths in bytes. Received when `PACKET_AUXDATA` is on. The protocol of the
 * VLAN tag is there since 3.14.
 *
 * @see https://man7.org/linux/man-pages/man7/packet.7.html
 */
export const packetAuxdata: ControlMessage<'packetAuxdata', never, PacketAuxdata> = /* @__PURE__ */ defineControlMessage({
  kind: 'packetAuxdata', name: 'PACKET_AUXDATA', level: SOL_PACKET, type: PACKET_AUXDATA, family: 'packet', since: '2.6.21',
  direction: 'receive',
  layout: () => structs.tpacket_auxdata,
  convert: {
    decode: ({ tp_status, tp_len, tp_snaplen, tp_mac, tp_net, tp_vlan_tci, tp_vlan_tpid }: RawAuxdata): PacketAuxdata => ({
      status: tp_status, length: tp_len, captured: tp_snaplen, mac: tp_mac, net: tp_net,
      ...((tp_status & TP_STATUS_VLAN_VALID) === 0 ? {} : { vlanTci: tp_vlan_tci }),
      ...((tp_status & TP_STATUS_VLAN_TPID_VALID) === 0 ? {} : { vlanProtocol: tp_vlan_tpid }),
    }),
  },
  receive: { option: PACKET_AUXDATA, optionName: 'PACKET_AUXDATA' },
})

/**
 * `PACKET_TX_TIMESTAMP`: an entry of a packet socket's error queue: a packet has left, and another control message says
 * when. AF_PACKET, Linux 3.12. Only received, with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_TIMESTAMPING` asks for transmit times.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/if_packet.h
 */
export const packetTxTimestamp: ControlMessage<'packetTxTimestamp', never, QueuedError> = /* @__PURE__ */ defineControlMessage({
  kind: 'packetTxTimestamp', name: 'PACKET_TX_TIMESTAMP', level: SOL_PACKET, type: PACKET_TX_TIMESTAMP, family: 'packet', since: '3.12',
  layout: () => structs.sock_extended_err,
  minSize: (abi: Abi) => structs.sock_extended_err.for(abi).size,
  receive: { get size() { return structs.sock_extended_err.size }, errorQueue: true },
  decode: decodeQueuedError,
})

/**
 * `VSOCK_RECVERR`: an entry of a vsock's error queue: a zero-copy send is complete. AF_VSOCK, Linux 6.7. Only received,
 * with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes, with the range of ids in `info` and `data`. Received when `SO_ZEROCOPY` is
 * on and a message was sent with MSG_ZEROCOPY.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/vm_sockets.h
 */
export const vsockRecvErr: ControlMessage<'vsockRecvErr', never, QueuedError> = /* @__PURE__ */ defineControlMessage({
  kind: 'vsockRecvErr', name: 'VSOCK_RECVERR', level: SOL_VSOCK, type: VSOCK_RECVERR, family: 'vsock', since: '6.7',
  layout: () => structs.sock_extended_err,
  minSize: (abi: Abi) => structs.sock_extended_err.for(abi).size,
  receive: { get size() { return structs.sock_extended_err.size }, errorQueue: true },
  decode: decodeQueuedError,
})

/** `struct llc_pktinfo`: where a frame came in. */
export interface LlcPacketInfo {
  readonly interfaceIndex: number
  /** The service access point. */
  readonly sap: number
  /** The destination's hardware address, 6 bytes. */
  readonly mac: Uint8Array
}

/**
 * `LLC_OPT_PKTINFO`: by which interface and for which service access point a frame came. AF_LLC, Linux 2.6.34. Only
 * received.
 *
 * Payload: `struct llc_pktinfo`, 12 bytes. Received when `LLC_OPT_PKTINFO` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/llc.h
 */
export const llcPacketInfo: ControlMessage<'llcPacketInfo', never, LlcPacketInfo> = /* @__PURE__ */ defineControlMessage({
  kind: 'llcPacketInfo', name: 'LLC_OPT_PKTINFO', level: SOL_LLC, type: LLC_OPT_PKTINFO, family: 'llc', since: '2.6.34',
  direction: 'receive',
  layout: () => structs.llc_pktinfo,
  convert: /* @__PURE__ */ renamed<LlcPacketInfo>({ interfaceIndex: 'lpi_ifindex', sap: 'lpi_sap', mac: 'lpi_mac' }),
  receive: { option: LLC_OPT_PKTINFO, optionName: 'LLC_OPT_PKTINFO' },
})

/**
 * `SCM_IUCV_TRGCLS`: the target class of an IUCV message. AF_IUCV, s390 only, Linux 2.6.30. Received unasked.
 *
 * Payload: `u32`, 4 bytes.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/iucv/af_iucv.h
 * @example
 * import { decodeControl, encodeControl, iucvTargetClass } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([iucvTargetClass(1)]), { family: 'iucv' })
 * if (message?.kind === 'iucvTargetClass') console.log(message.value) // 1
 */
export const iucvTargetClass: ControlMessage<'iucvTargetClass', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'iucvTargetClass', name: 'SCM_IUCV_TRGCLS', level: SOL_IUCV, type: SCM_IUCV_TRGCLS, family: 'iucv', since: '2.6.30',
  layout: 'u32',
  receive: {},
})
