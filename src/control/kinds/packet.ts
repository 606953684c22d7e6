/**
 * Control messages of level SOL_PACKET.
 * @see https://man7.org/linux/man-pages/man7/packet.7.html
 * @module
 */
import {
  SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID, PACKET_TX_TIMESTAMP,
} from '../../../generated/constants.ts'
import { tpacket_auxdata, sock_extended_err } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { decodeQueuedError, type QueuedError } from '../queued-error.ts'

/** `struct tpacket_auxdata`: metadata of a packet. */
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
  /** Control information of the VLAN tag that the card removed. Absent if there was none. */
  readonly vlanTci?: number
  /** Its protocol, 0x8100 or 0x88a8. */
  readonly vlanProtocol?: number
}

type RawAuxdata = {
  tp_status: number; tp_len: number; tp_snaplen: number; tp_mac: number; tp_net: number; tp_vlan_tci: number; tp_vlan_tpid: number
}

/**
 * `PACKET_AUXDATA`: the length and state of a packet, and the VLAN tag that the card removed. AF_PACKET, Linux 2.6.21. Only
 * received.
 *
 * Payload: `struct tpacket_auxdata`, 20 bytes; lengths in bytes. Received when `PACKET_AUXDATA` is on. The protocol of the
 * VLAN tag is included since 3.14.
 *
 * @see https://man7.org/linux/man-pages/man7/packet.7.html
 */
export const packetAuxdata: ControlMessage<'packetAuxdata', never, PacketAuxdata> = /* @__PURE__ */ defineBuiltin({
  kind: 'packetAuxdata', name: 'PACKET_AUXDATA', level: SOL_PACKET, type: PACKET_AUXDATA, family: 'packet', since: '2.6.21',
  direction: 'receive',
  layout: () => cStruct({ tpacket_auxdata }),
  convert: {
    decode: ({ tp_status, tp_len, tp_snaplen, tp_mac, tp_net, tp_vlan_tci, tp_vlan_tpid }: RawAuxdata): PacketAuxdata => ({
      status: tp_status, length: tp_len, captured: tp_snaplen, mac: tp_mac, net: tp_net,
      ...((tp_status & TP_STATUS_VLAN_VALID) === 0 ? {} : { vlanTci: tp_vlan_tci }),
      ...((tp_status & TP_STATUS_VLAN_TPID_VALID) === 0 ? {} : { vlanProtocol: tp_vlan_tpid }),
    }),
  },
  receive: { option: { PACKET_AUXDATA } },
})

/**
 * `PACKET_TX_TIMESTAMP`: an entry of a packet socket's error queue: a packet was sent, at the time in another control
 * message. AF_PACKET, Linux 3.12. Only received, with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_TIMESTAMPING` asks for transmit times.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/linux/if_packet.h
 */
export const packetTxTimestamp: ControlMessage<'packetTxTimestamp', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'packetTxTimestamp', name: 'PACKET_TX_TIMESTAMP', level: SOL_PACKET, type: PACKET_TX_TIMESTAMP, family: 'packet', since: '3.12',
  layout: () => cStruct({ sock_extended_err }),
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  receive: { get size() { return cStruct({ sock_extended_err }).size }, errorQueue: true },
  decode: decodeQueuedError,
})
