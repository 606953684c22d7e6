/**
 * Control messages of AF_BLUETOOTH, AF_IEEE802154 and AF_ISDN. Those at level 0 have numbers that IP uses too: only the
 * family of the socket tells them apart.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { structs } from '../abi/structs.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { decodeQueuedError, type QueuedError } from './queued-error.ts'
import { timeval, type Timeval } from './values.ts'

const {
  SOL_BLUETOOTH, BT_SCM_PKT_STATUS, BT_SCM_ERROR, BT_SCM_PKT_SEQNUM, BT_PKT_STATUS, BT_PKT_SEQNUM, SOL_HCI, HCI_CMSG_DIR, HCI_CMSG_TSTAMP, HCI_DATA_DIR,
  HCI_TIME_STAMP, SOL_IEEE802154, WPAN_WANTLQI, SOL_MISDN, MISDN_TIME_STAMP,
} = constants

/**
 * `BT_SCM_PKT_STATUS`: whether a packet of audio arrived intact. AF_BLUETOOTH, SCO and ISO sockets, Linux 5.9. Only
 * received.
 *
 * Payload: `u8`, 1 byte: 0 intact, 1 maybe not, 2 lost, 3 in part (the controller's words for it). Received when
 * `BT_PKT_STATUS` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothPacketStatus: ControlMessage<'bluetoothPacketStatus', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'bluetoothPacketStatus', name: 'BT_SCM_PKT_STATUS', level: SOL_BLUETOOTH, type: BT_SCM_PKT_STATUS, family: 'bluetooth', since: '5.9',
  direction: 'receive',
  layout: 'u8',
  receive: { option: BT_PKT_STATUS, optionName: 'BT_PKT_STATUS' },
})

/**
 * `BT_SCM_ERROR`: an entry of the error queue: a packet has left, and another control message says when. AF_BLUETOOTH,
 * L2CAP, SCO and ISO sockets, Linux 6.15. Only received, with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_TIMESTAMPING` asks for transmit times.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothRecvErr: ControlMessage<'bluetoothRecvErr', never, QueuedError> = /* @__PURE__ */ defineControlMessage({
  kind: 'bluetoothRecvErr', name: 'BT_SCM_ERROR', level: SOL_BLUETOOTH, type: BT_SCM_ERROR, family: 'bluetooth', since: '6.15',
  layout: () => structs.sock_extended_err,
  minSize: (abi: Abi) => structs.sock_extended_err.for(abi).size,
  receive: { get size() { return structs.sock_extended_err.size }, errorQueue: true },
  decode: decodeQueuedError,
})

/**
 * `BT_SCM_PKT_SEQNUM`: the sequence number of a packet. AF_BLUETOOTH, ISO sockets, Linux 6.17. Only received.
 *
 * Payload: `u16`, 2 bytes. Received when `BT_PKT_SEQNUM` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothSequenceNumber: ControlMessage<'bluetoothSequenceNumber', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'bluetoothSequenceNumber', name: 'BT_SCM_PKT_SEQNUM', level: SOL_BLUETOOTH, type: BT_SCM_PKT_SEQNUM, family: 'bluetooth', since: '6.17',
  direction: 'receive',
  layout: 'u16',
  receive: { option: BT_PKT_SEQNUM, optionName: 'BT_PKT_SEQNUM' },
})

/**
 * `HCI_CMSG_DIR`: whether a raw HCI packet came from the controller. AF_BLUETOOTH, level SOL_HCI, Linux 2.4. Only
 * received.
 *
 * Payload: `int`, 4 bytes: 1 in, from the controller; 0 out. Received when `HCI_DATA_DIR` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/hci_sock.h
 */
export const hciDirection: ControlMessage<'hciDirection', never, 'in' | 'out'> = /* @__PURE__ */ defineControlMessage({
  kind: 'hciDirection', name: 'HCI_CMSG_DIR', level: SOL_HCI, type: HCI_CMSG_DIR, family: 'bluetooth', since: '2.4',
  direction: 'receive',
  layout: 'i32',
  convert: { decode: (incoming: number): 'in' | 'out' => (incoming === 0 ? 'out' : 'in') },
  receive: { option: HCI_DATA_DIR, optionName: 'HCI_DATA_DIR' },
})

/**
 * `HCI_CMSG_TSTAMP`: when a raw HCI packet passed. AF_BLUETOOTH, level SOL_HCI, Linux 2.4. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, 16 bytes, 8 on 32-bit machines. Received when `HCI_TIME_STAMP` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/hci_sock.h
 */
export const hciTimestamp: ControlMessage<'hciTimestamp', never, Timeval> = /* @__PURE__ */ defineControlMessage({
  kind: 'hciTimestamp', name: 'HCI_CMSG_TSTAMP', level: SOL_HCI, type: HCI_CMSG_TSTAMP, family: 'bluetooth', since: '2.4',
  exact: true,
  layout: () => structs.__kernel_old_timeval,
  convert: timeval,
  receive: { option: HCI_TIME_STAMP, optionName: 'HCI_TIME_STAMP' },
})

/**
 * `WPAN_WANTLQI`: the quality of the link, as the radio estimated it for this frame. AF_IEEE802154, level 0, Linux 4.20.
 * Only received.
 *
 * Payload: `u8`, 1 byte: 0 worst, 255 best. Received when `WPAN_WANTLQI` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/af_ieee802154.h
 */
export const wpanLqi: ControlMessage<'wpanLqi', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'wpanLqi', name: 'WPAN_WANTLQI', level: SOL_IEEE802154, type: WPAN_WANTLQI, family: 'ieee802154', since: '4.20',
  direction: 'receive',
  layout: 'u8',
  receive: { option: WPAN_WANTLQI, optionName: 'WPAN_WANTLQI' },
})

/**
 * `MISDN_TIME_STAMP`: when a frame came. AF_ISDN, level 0, Linux 2.6.27. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, 16 bytes, 8 on 32-bit machines. Received when `MISDN_TIME_STAMP` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/linux/mISDNif.h
 */
export const misdnTimestamp: ControlMessage<'misdnTimestamp', never, Timeval> = /* @__PURE__ */ defineControlMessage({
  kind: 'misdnTimestamp', name: 'MISDN_TIME_STAMP', level: SOL_MISDN, type: MISDN_TIME_STAMP, family: 'isdn', since: '2.6.27',
  exact: true,
  layout: () => structs.__kernel_old_timeval,
  convert: timeval,
  receive: { option: MISDN_TIME_STAMP, optionName: 'MISDN_TIME_STAMP' },
})
