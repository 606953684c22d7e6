/**
 * Control messages of level SOL_SOCKET that sockets of a network have: SO_MARK, SO_PRIORITY, SO_RXQ_OVFL, SO_WIFI_STATUS,
 * SCM_DEVMEM_*. (Times: timestamps.ts.)
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { viewOf } from '../abi/bytes.ts'
import { defineControlMessage, type ControlMessage, type Family, type Sockets } from './define.ts'
import { packetsAndOthers, tcp } from './ip-sockets.ts'
import { encodeScalar } from './payload.ts'

const {
  SOL_SOCKET, SO_MARK, SO_RCVMARK, SO_PRIORITY, SO_RCVPRIORITY, SO_RXQ_OVFL, SO_WIFI_STATUS, SCM_WIFI_STATUS, SCM_DEVMEM_LINEAR, SCM_DEVMEM_DMABUF,
} = constants

/** The families whose sockets stand before a queue of packets: what the generic code of the kernel serves. */
export const networks: readonly Family[] = ['inet', 'inet6', 'packet', 'vsock', 'bluetooth', 'can', 'ieee802154', 'llc', 'isdn']

/** Those of them that look at it on a message that is sent. */
const marking: readonly Sockets[] = [{ family: ['inet', 'inet6'], type: ['datagram', 'raw'] }, { family: ['packet', 'can'] }]

/**
 * `SO_MARK`: the mark of the packet, as routing and netfilter use it.
 *
 * Payload: `u32`, 4 bytes. Received when `SO_RCVMARK` is on, Linux 5.19. Sent, it marks this one packet, since 3.19 on
 * AF_PACKET and 4.7 on IP; that needs CAP_NET_RAW or CAP_NET_ADMIN, or sendmsg is EPERM.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, mark } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([mark(0x2a)]), { family: 'inet' })
 * if (message?.kind === 'mark') console.log(message.value) // 42
 */
export const mark: ControlMessage<'mark', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'mark', name: 'SO_MARK', level: SOL_SOCKET, type: SO_MARK, family: networks, since: '3.19',
  layout: 'u32',
  meaning: { value: 'hex' },
  takenBy: marking, deliveredBy: packetsAndOthers,
  receive: { option: SO_RCVMARK, optionName: 'SO_RCVMARK' },
})

/**
 * `SO_PRIORITY`: the priority of the packet in the queues of the machine.
 *
 * Payload: `u32`, 4 bytes. Linux 6.14. Received when `SO_RCVPRIORITY` is on. Sent, it is this one packet's; over 6 needs
 * CAP_NET_RAW or CAP_NET_ADMIN, or sendmsg is EPERM.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, priority } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([priority(6)]), { family: 'inet' })
 * if (message?.kind === 'priority') console.log(message.value) // 6
 */
export const priority: ControlMessage<'priority', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'priority', name: 'SO_PRIORITY', level: SOL_SOCKET, type: SO_PRIORITY, family: networks, since: '6.14',
  layout: 'u32',
  takenBy: marking, deliveredBy: packetsAndOthers,
  receive: { option: SO_RCVPRIORITY, optionName: 'SO_RCVPRIORITY' },
})

/**
 * `SO_RXQ_OVFL`: how many packets this socket has dropped since it was made, for want of room. Linux 2.6.33. Only
 * received.
 *
 * Payload: `u32`, 4 bytes, and only once it is not 0. Received when `SO_RXQ_OVFL` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, rxqOverflow, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 3 packets were dropped.
 * const control = encodeControl([rawControl(rxqOverflow.level, rxqOverflow.type, new Uint8Array(Uint32Array.of(3).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'rxqOverflow') console.log(message.value) // 3
 */
export const rxqOverflow: ControlMessage<'rxqOverflow', never, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'rxqOverflow', name: 'SO_RXQ_OVFL', level: SOL_SOCKET, type: SO_RXQ_OVFL, family: networks, since: '2.6.33',
  direction: 'receive',
  layout: 'u32',
  deliveredBy: packetsAndOthers,
  receive: { option: SO_RXQ_OVFL, optionName: 'SO_RXQ_OVFL' },
})

/**
 * `SCM_WIFI_STATUS` (`SO_WIFI_STATUS`): whether the receiver on the air acknowledged a frame. AF_PACKET and IP over 802.11,
 * from the error queue, Linux 3.3. Only received.
 *
 * Payload: `int`, 4 bytes, 0 or 1. Received when `SO_WIFI_STATUS` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 * @example
 * import { decodeControl, encodeControl, wifiStatus, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 1 is acknowledged.
 * const control = encodeControl([rawControl(wifiStatus.level, wifiStatus.type, new Uint8Array(Int32Array.of(1).buffer))])
 * const [message] = decodeControl(control, { family: 'inet' })
 * if (message?.kind === 'wifiStatus') console.log(message.value) // true
 */
export const wifiStatus: ControlMessage<'wifiStatus', never, boolean> = /* @__PURE__ */ defineControlMessage({
  kind: 'wifiStatus', name: 'SCM_WIFI_STATUS', level: SOL_SOCKET, type: SCM_WIFI_STATUS, family: networks, since: '3.3',
  direction: 'receive',
  layout: 'i32',
  convert: { decode: (acknowledged: number) => acknowledged !== 0 },
  receive: { option: SO_WIFI_STATUS, optionName: 'SO_WIFI_STATUS', errorQueue: true },
})

/** Where the bytes of a message are, that a network card wrote to the memory of a device. */
export interface DeviceMemory {
  /** Bytes from the start of the dma-buf. */
  readonly offset: bigint
  /** Bytes. */
  readonly size: number
  /** To be given back with `SO_DEVMEM_DONTNEED` when the bytes have been used. */
  readonly token: number
  /** Which dma-buf. */
  readonly dmabufId: number
  /** None is defined yet. */
  readonly flags: number
}

/**
 * `SCM_DEVMEM_DMABUF`: bytes of the message that are in a dma-buf and not in the buffer. TCP, received with
 * `MSG_SOCK_DEVMEM`, Linux 6.12.
 *
 * Payload: `struct dmabuf_cmsg`, 24 bytes, once a fragment; room for 16 is reserved. Where there is too little, recvmsg
 * fails with errno 525, which has no name in any libc. Sent, since 6.16: `u32`, 4 bytes, the id of the dma-buf that the
 * message is in.
 *
 * @see https://docs.kernel.org/networking/devmem.html
 */
export const devmemDmabuf: ControlMessage<'devmemDmabuf', number, DeviceMemory> = /* @__PURE__ */ defineControlMessage({
  kind: 'devmemDmabuf', name: 'SCM_DEVMEM_DMABUF', level: SOL_SOCKET, type: SCM_DEVMEM_DMABUF, family: ['inet', 'inet6'], since: '6.12',
  layout: () => structs.dmabuf_cmsg,
  alternative: 'u32',
  part: 'every', takenBy: tcp, deliveredBy: tcp,
  receive: { size: 16 * 40 },
  encode: (dmabufId: number, abi) => encodeScalar('devmemDmabuf', 'u32', dmabufId, abi),
  decode(data, abi) {
    const { frag_offset, frag_size, frag_token, dmabuf_id, flags } = structs.dmabuf_cmsg.for(abi).read(viewOf(data))
    return { offset: frag_offset, size: frag_size, token: frag_token, dmabufId: dmabuf_id, flags }
  },
})

/**
 * `SCM_DEVMEM_LINEAR`: bytes of the message that are in the buffer, among others that are in device memory. TCP, received
 * with `MSG_SOCK_DEVMEM`, Linux 6.12. Only received.
 *
 * Payload: `struct dmabuf_cmsg`, 24 bytes, of which only the size is set: bytes. Once a fragment; room for 16 is reserved.
 *
 * @see https://docs.kernel.org/networking/devmem.html
 */
export const devmemLinear: ControlMessage<'devmemLinear', never, { readonly size: number }> = /* @__PURE__ */ defineControlMessage({
  kind: 'devmemLinear', name: 'SCM_DEVMEM_LINEAR', level: SOL_SOCKET, type: SCM_DEVMEM_LINEAR, family: ['inet', 'inet6'], since: '6.12',
  direction: 'receive',
  layout: () => structs.dmabuf_cmsg,
  convert: { decode: ({ frag_size: size }: { frag_size: number }) => ({ size }) },
  deliveredBy: tcp,
  receive: { size: 16 * 40 },
})
