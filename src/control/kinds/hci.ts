/**
 * Control messages of level SOL_HCI: raw HCI sockets of AF_BLUETOOTH. The level has IP's number, 0: the family tells them apart.
 * @module
 */
import { SOL_HCI, HCI_CMSG_DIR, HCI_DATA_DIR, HCI_CMSG_TSTAMP, HCI_TIME_STAMP } from '../../../generated/constants.ts'
import { __kernel_old_timeval } from '../../../generated/layouts.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { timeval, type Timeval } from '../values.ts'

/**
 * `HCI_CMSG_DIR`: the direction of a raw HCI packet. AF_BLUETOOTH, level SOL_HCI, Linux 2.4. Only
 * received.
 *
 * Payload: `int`, 4 bytes: 1 in, from the controller; 0 out. Received when `HCI_DATA_DIR` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/hci_sock.h
 */
export const hciDirection: ControlMessage<'hciDirection', never, 'in' | 'out'> = /* @__PURE__ */ defineBuiltin({
  kind: 'hciDirection', name: 'HCI_CMSG_DIR', level: SOL_HCI, type: HCI_CMSG_DIR, family: 'bluetooth', since: '2.4',
  direction: 'receive',
  layout: 'i32',
  convert: { decode: (incoming: number): 'in' | 'out' => (incoming === 0 ? 'out' : 'in') },
  receive: { option: { HCI_DATA_DIR } },
})

/**
 * `HCI_CMSG_TSTAMP`: the time of a raw HCI packet. AF_BLUETOOTH, level SOL_HCI, Linux 2.4. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, 16 bytes, 8 on 32-bit machines. Received when `HCI_TIME_STAMP` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/net/bluetooth/hci_sock.h
 */
export const hciTimestamp: ControlMessage<'hciTimestamp', never, Timeval> = /* @__PURE__ */ defineBuiltin({
  kind: 'hciTimestamp', name: 'HCI_CMSG_TSTAMP', level: SOL_HCI, type: HCI_CMSG_TSTAMP, family: 'bluetooth', since: '2.4',
  exact: true,
  layout: () => cStruct({ __kernel_old_timeval }),
  convert: timeval,
  receive: { option: { HCI_TIME_STAMP } },
})
