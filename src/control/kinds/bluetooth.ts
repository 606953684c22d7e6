/**
 * Control messages of level SOL_BLUETOOTH.
 * @module
 */
import {
  SOL_BLUETOOTH, BT_SCM_PKT_STATUS, BT_PKT_STATUS, BT_SCM_ERROR, BT_SCM_PKT_SEQNUM, BT_PKT_SEQNUM,
} from '../../../generated/constants.ts'
import { sock_extended_err } from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { decodeQueuedError, type QueuedError } from '../queued-error.ts'

/**
 * `BT_SCM_PKT_STATUS`: the state in which a packet of audio arrived. AF_BLUETOOTH, SCO and ISO sockets, Linux 5.9. Only
 * received.
 *
 * Payload: `u8`, 1 byte: 0 intact, 1 possibly damaged, 2 lost, 3 partly lost, as the controller reports it. Received when
 * `BT_PKT_STATUS` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothPacketStatus: ControlMessage<'bluetoothPacketStatus', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'bluetoothPacketStatus', name: 'BT_SCM_PKT_STATUS', level: SOL_BLUETOOTH, type: BT_SCM_PKT_STATUS, family: 'bluetooth',
  since: '5.9',
  direction: 'receive',
  layout: 'u8',
  receive: { option: { BT_PKT_STATUS } },
})

/**
 * `BT_SCM_ERROR`: an entry of the error queue: a packet was sent, at the time in another control message. AF_BLUETOOTH,
 * L2CAP, SCO and ISO sockets, Linux 6.15. Only received, with MSG_ERRQUEUE.
 *
 * Payload: `struct sock_extended_err`, 16 bytes. Received when `SO_TIMESTAMPING` asks for transmit times.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothRecvErr: ControlMessage<'bluetoothRecvErr', never, QueuedError> = /* @__PURE__ */ defineBuiltin({
  kind: 'bluetoothRecvErr', name: 'BT_SCM_ERROR', level: SOL_BLUETOOTH, type: BT_SCM_ERROR, family: 'bluetooth', since: '6.15',
  layout: () => cStruct({ sock_extended_err }),
  minSize: (abi: Abi) => cStruct({ sock_extended_err }).for(abi).size,
  receive: { get size() { return cStruct({ sock_extended_err }).size }, errorQueue: true },
  decode: decodeQueuedError,
})

/**
 * `BT_SCM_PKT_SEQNUM`: the sequence number of a packet. AF_BLUETOOTH, ISO sockets, Linux 6.17. Only received.
 *
 * Payload: `u16`, 2 bytes. Received when `BT_PKT_SEQNUM` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/bluetooth.h
 */
export const bluetoothSequenceNumber: ControlMessage<'bluetoothSequenceNumber', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'bluetoothSequenceNumber', name: 'BT_SCM_PKT_SEQNUM', level: SOL_BLUETOOTH, type: BT_SCM_PKT_SEQNUM, family: 'bluetooth',
  since: '6.17',
  direction: 'receive',
  layout: 'u16',
  receive: { option: { BT_PKT_SEQNUM } },
})
