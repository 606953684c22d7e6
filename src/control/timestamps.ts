/**
 * Control messages of level SOL_SOCKET about time: SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING, each in its old and new
 * form, what goes with SO_TIMESTAMPING, and SCM_TXTIME.
 *
 * The old form is as wide as the program's `long`, and ends in 2038 on 32-bit machines; the new one is 64 bits everywhere.
 * A socket has one switch for both: the option that was set last decides in which form *all* of its times come. On 64-bit
 * machines their bytes are the same, and only the type tells them apart.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { defineStruct, type Struct, type StructValue } from '../abi/struct.ts'
import { structs } from '../abi/structs.ts'
import { decodeAttributes } from './attributes.ts'
import { defineControlMessage, type ControlMessage } from './define.ts'
import { packetsAndOthers, tcpPacketsAndOthers } from './ip-sockets.ts'
import { networks } from './network.ts'
import { encodeScalar } from './payload.ts'
import type { Family, SocketOption, Sockets } from './sockets.ts'
import { once, readTimespec, readTimeval, renamed, timespec, timeval, type Timespec, type Timeval } from './values.ts'

const {
  SOL_SOCKET, SO_TIMESTAMP_OLD, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_OLD, SO_TIMESTAMPNS_NEW, SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW,
  SCM_TIMESTAMPING_OPT_STATS, SCM_TIMESTAMPING_PKTINFO, SCM_TS_OPT_ID, SCM_TXTIME, SOF_TIMESTAMPING_RX_HARDWARE, SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RAW_HARDWARE, SOF_TIMESTAMPING_OPT_STATS, SOF_TIMESTAMPING_OPT_PKTINFO, SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_TX_ACK, SOF_TIMESTAMPING_OPT_TSONLY,
} = constants

// Netlink, vsock, TIPC, AF_ALG, AF_LLC and AF_IUCV have the options as all sockets do, and never deliver a time.
const timers: readonly Family[] = ['inet', 'inet6', 'packet', 'bluetooth', 'can', 'rds', 'rxrpc', 'ieee802154', 'isdn']
const timed: readonly Sockets[] = [{ family: 'unix', type: ['datagram', 'seqpacket'] }, { family: timers }]
const takingTimes: readonly SocketOption[] = [
  { level: SOL_SOCKET, option: SO_TIMESTAMP_OLD, name: 'SO_TIMESTAMP_OLD' }, { level: SOL_SOCKET, option: SO_TIMESTAMPNS_OLD, name: 'SO_TIMESTAMPNS_OLD' },
  { level: SOL_SOCKET, option: SO_TIMESTAMP_NEW, name: 'SO_TIMESTAMP_NEW' }, { level: SOL_SOCKET, option: SO_TIMESTAMPNS_NEW, name: 'SO_TIMESTAMPNS_NEW' },
]
// SO_TIMESTAMPING makes nobody take the time of a message of AF_UNIX: one of these does.
const timedTwice: readonly Sockets[] = [{ family: 'unix', type: ['datagram', 'seqpacket'], options: takingTimes }, { family: timers }]

// A socket has one switch for old and new: where one of its options was set in the other form later, all come in that.
const wide = 16
const narrow = ({ wordSize }: Abi): number => 2 * wordSize
const newTimeval = (data: Uint8Array, { littleEndian }: Abi): Timeval => readTimeval(viewOf(data), 0, 8, littleEndian)
const oldTimeval = (data: Uint8Array, { wordSize, littleEndian }: Abi): Timeval => readTimeval(viewOf(data), 0, wordSize, littleEndian)
const newTimespec = (data: Uint8Array, { littleEndian }: Abi): Timespec => readTimespec(viewOf(data), 0, 8, littleEndian)
const oldTimespec = (data: Uint8Array, { wordSize, littleEndian }: Abi): Timespec => readTimespec(viewOf(data), 0, wordSize, littleEndian)

/**
 * `SO_TIMESTAMP` (`SCM_TIMESTAMP`): when the kernel received the message, in microseconds of CLOCK_REALTIME. Any family;
 * AF_UNIX on datagram and seqpacket sockets, never on streams. Linux 2.2. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, two `long`: 16 bytes, 8 on 32-bit machines. Received when `SO_TIMESTAMP_OLD` is
 * on, which is what `SO_TIMESTAMP` is except on 32-bit musl. Turning {@link timestampNs} on turns this off, and the other
 * way round.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { MessageSocket, timestamp } from 'cmsg'
 *
 * const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [timestamp] })
 * await a.send('what time is it?')
 * const message = await b.receive()
 * const time = message!.get(timestamp)!
 * console.log(new Date(Number(time.ns / 1_000_000n)), time.sec, time.usec)
 * await a.close()
 * await b.close()
 */
export const timestamp: ControlMessage<'timestamp', never, Timeval> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestamp', name: 'SO_TIMESTAMP_OLD', level: SOL_SOCKET, type: SO_TIMESTAMP_OLD, since: '2.2',
  exact: true,
  layout: () => structs.__kernel_old_timeval,
  convert: timeval,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMP_NEW, minSize: wide, decode: newTimeval }],
  receive: { option: SO_TIMESTAMP_OLD, optionName: 'SO_TIMESTAMP_OLD', slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { wordSize, littleEndian }) => readTimeval(view, start, wordSize, littleEndian),
})

/**
 * `SO_TIMESTAMP_NEW`: as {@link timestamp}, 64 bits wide everywhere. Linux 5.1. Only received.
 *
 * Payload: `struct __kernel_sock_timeval`, 16 bytes. Received when `SO_TIMESTAMP_NEW` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 */
export const timestampNew: ControlMessage<'timestampNew', never, Timeval> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampNew', name: 'SO_TIMESTAMP_NEW', level: SOL_SOCKET, type: SO_TIMESTAMP_NEW, since: '5.1',
  exact: true,
  layout: () => structs.__kernel_sock_timeval,
  convert: timeval,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMP_OLD, minSize: narrow, decode: oldTimeval }],
  receive: { option: SO_TIMESTAMP_NEW, optionName: 'SO_TIMESTAMP_NEW', slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { littleEndian }) => readTimeval(view, start, 8, littleEndian),
})

/**
 * `SO_TIMESTAMPNS` (`SCM_TIMESTAMPNS`): as {@link timestamp}, in nanoseconds. Linux 2.6.22. Only received.
 *
 * Payload: `struct __kernel_old_timespec`, two `long`: 16 bytes, 8 on 32-bit machines. Received when `SO_TIMESTAMPNS_OLD`
 * is on.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, timestampNs, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: seconds, and nanoseconds.
 * const control = encodeControl([rawControl(timestampNs.level, timestampNs.type, new Uint8Array(BigInt64Array.of(1n, 5n).buffer))])
 * const [message] = decodeControl(control, { family: 'unix' })
 * if (message?.kind === 'timestampNs') console.log(message.value.ns) // 1000000005n
 */
export const timestampNs: ControlMessage<'timestampNs', never, Timespec> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampNs', name: 'SO_TIMESTAMPNS_OLD', level: SOL_SOCKET, type: SO_TIMESTAMPNS_OLD, since: '2.6.22',
  exact: true,
  layout: () => structs.__kernel_old_timespec,
  convert: timespec,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPNS_NEW, minSize: wide, decode: newTimespec }],
  receive: { option: SO_TIMESTAMPNS_OLD, optionName: 'SO_TIMESTAMPNS_OLD', slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { wordSize, littleEndian }) => readTimespec(view, start, wordSize, littleEndian),
})

/**
 * `SO_TIMESTAMPNS_NEW`: as {@link timestampNs}, 64 bits wide everywhere. Linux 5.1. Only received.
 *
 * Payload: `struct __kernel_timespec`, 16 bytes. Received when `SO_TIMESTAMPNS_NEW` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 */
export const timestampNsNew: ControlMessage<'timestampNsNew', never, Timespec> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampNsNew', name: 'SO_TIMESTAMPNS_NEW', level: SOL_SOCKET, type: SO_TIMESTAMPNS_NEW, since: '5.1',
  exact: true,
  layout: () => structs.__kernel_timespec,
  convert: timespec,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPNS_OLD, minSize: narrow, decode: oldTimespec }],
  receive: { option: SO_TIMESTAMPNS_NEW, optionName: 'SO_TIMESTAMPNS_NEW', slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { littleEndian }) => readTimespec(view, start, 8, littleEndian),
})

/** When a packet passed, as far as it was measured. */
export interface Timestamps {
  /** By the kernel, in CLOCK_REALTIME. Absent where only the hardware measured. */
  readonly software?: Timespec
  /** By the network card, on its own clock. */
  readonly hardware?: Timespec
  /** The hardware's time converted to the system's: no driver of a current kernel fills it. */
  readonly converted?: Timespec
}

const oldTimes = /* @__PURE__ */ once(() => defineStruct({ ts: [structs.__kernel_old_timespec, 3] }, { name: 'scm_timestamping' }))

function decodeTimes(struct: Struct<{ ts: readonly [Struct<{ tv_sec: 'long'; tv_nsec: 'long' }>, 3] }>, data: Uint8Array, abi: Abi): Timestamps {
  const { ts } = struct.for(abi).read(viewOf(data))
  const [software, converted, hardware] = ts.map(measured)
  return { ...(software && { software }), ...(hardware && { hardware }), ...(converted && { converted }) }
}
const oldTimesOf = (data: Uint8Array, abi: Abi): Timestamps => decodeTimes(oldTimes(), data, abi)
const newTimes = (data: Uint8Array, abi: Abi): Timestamps => decodeTimes(structs.scm_timestamping64 as never, data, abi)
/** A time of zero is none. */
const measured = (raw: StructValue<{ tv_sec: 'long'; tv_nsec: 'long' }>): Timespec | undefined =>
  (raw.tv_sec === 0n && raw.tv_nsec === 0n ? undefined : timespec.decode(raw))

/**
 * `SO_TIMESTAMPING` (`SCM_TIMESTAMPING`): when a packet was received; from the error queue, when one was sent. Linux
 * 2.6.30.
 *
 * Received: `struct scm_timestamping`, three times of two `long`: 48 bytes, 24 on 32-bit machines. `SO_TIMESTAMPING_OLD`
 * says what is measured, in flags (`SOF_TIMESTAMPING_*`); a socket that receives this kind asks for what software and
 * hardware measure on reception. On AF_UNIX nothing comes of it unless {@link timestampNs} or {@link timestamp} is asked
 * for too: only those make the kernel take the time there.
 *
 * Sent, since 4.7: `u32` of flags, 4 bytes, which transmit times of this one message are wanted (`SOF_TIMESTAMPING_TX_*`).
 * They come back in the error queue, the time with a `recvErr` of origin `'timestamping'`, whose `info` says which.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestamping: ControlMessage<'timestamping', number, Timestamps> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestamping', name: 'SO_TIMESTAMPING_OLD', level: SOL_SOCKET, type: SO_TIMESTAMPING_OLD, since: '2.6.30',
  layout: oldTimes,
  maxSize: (abi: Abi) => oldTimes().for(abi).size,
  alternative: 'u32',
  meaning: { value: 'SOF_TIMESTAMPING_|' },
  part: 'last', takenBy: tcpPacketsAndOthers, deliveredBy: timedTwice,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPING_NEW, minSize: (abi) => structs.scm_timestamping64.for(abi).size, decode: newTimes }],
  receive: { get size() { return oldTimes().size }, option: SO_TIMESTAMPING_OLD, optionName: 'SO_TIMESTAMPING_OLD', slot: 'SO_TIMESTAMPING', get value() { return onReception() } },
  encode: (flags: number, abi) => encodeScalar('timestamping', 'u32', flags, abi),
  decode: oldTimesOf,
})

/**
 * `SO_TIMESTAMPING_NEW`: as {@link timestamping}, 64 bits wide everywhere. Linux 5.1.
 *
 * Received: `struct scm_timestamping64`, 48 bytes, as `SO_TIMESTAMPING_NEW` asks. Sent: `u32` of flags.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingNew: ControlMessage<'timestampingNew', number, Timestamps> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampingNew', name: 'SO_TIMESTAMPING_NEW', level: SOL_SOCKET, type: SO_TIMESTAMPING_NEW, since: '5.1',
  layout: () => structs.scm_timestamping64,
  maxSize: (abi: Abi) => structs.scm_timestamping64.for(abi).size,
  alternative: 'u32',
  meaning: { value: 'SOF_TIMESTAMPING_|' },
  part: 'last', takenBy: tcpPacketsAndOthers, deliveredBy: timedTwice,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPING_OLD, minSize: (abi) => oldTimes().for(abi).size, decode: oldTimesOf }],
  receive: { get size() { return structs.scm_timestamping64.size }, option: SO_TIMESTAMPING_NEW, optionName: 'SO_TIMESTAMPING_NEW', slot: 'SO_TIMESTAMPING', get value() { return onReception() } },
  encode: (flags: number, abi) => encodeScalar('timestampingNew', 'u32', flags, abi),
  decode: newTimes,
})

/** What is measured on reception, by software and by hardware that can, and both reported. */
const onReception = (): number =>
  SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE

/**
 * `SCM_TIMESTAMPING_OPT_STATS`: the state of the TCP connection when a transmit time was taken. TCP, from the error queue,
 * Linux 4.10. Only received.
 *
 * Payload: netlink attributes (`TCP_NLA_*`, each a u16 length, a u16 type, a value, padded to 4 bytes). Received when
 * `SO_TIMESTAMPING` has the flags `SOF_TIMESTAMPING_OPT_STATS` and `SOF_TIMESTAMPING_OPT_TSONLY`. The value has them by
 * name: `TCP_NLA_SNDQ_SIZE` is `sndqSize`; one this library does not know is `type40`. Times are microseconds.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingStats: ControlMessage<'timestampingStats', never, Readonly<Record<string, number | bigint>>> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampingStats', name: 'SCM_TIMESTAMPING_OPT_STATS', level: SOL_SOCKET, type: SCM_TIMESTAMPING_OPT_STATS, family: ['inet', 'inet6'], since: '4.10',
  minSize: 0,
  // 26 attributes of at most 12 bytes; a later kernel may have more.
  deliveredBy: [{ type: 'stream' }],
  receive: {
    size: 512, option: SO_TIMESTAMPING_OLD, optionName: 'SO_TIMESTAMPING_OLD', slot: 'SO_TIMESTAMPING', errorQueue: true,
    // The kernel numbers the bytes of a connection from where it is, and of one that is not made yet it says EINVAL.
    when: 'connected',
    get value() { return SOF_TIMESTAMPING_OPT_STATS | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE },
  },
  decode: (data, abi) => decodeAttributes(data, 'TCP_NLA_', abi),
})

/** Which interface a packet with a hardware timestamp came in by. */
export interface TimestampPacketInfo {
  /** The interface that measured, which need not be the one the socket sees: a bridge, a bond, a VLAN. */
  readonly interfaceIndex: number
  /** Bytes of the packet on the wire, headers included. */
  readonly length: number
}

/**
 * `SCM_TIMESTAMPING_PKTINFO`: which interface took a hardware timestamp. Linux 4.13. Only received.
 *
 * Payload: `struct scm_ts_pktinfo`, 16 bytes. Received when `SO_TIMESTAMPING` has `SOF_TIMESTAMPING_OPT_PKTINFO` and the
 * packet a time by hardware.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingPacketInfo: ControlMessage<'timestampingPacketInfo', never, TimestampPacketInfo> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampingPacketInfo', name: 'SCM_TIMESTAMPING_PKTINFO', level: SOL_SOCKET, type: SCM_TIMESTAMPING_PKTINFO,
  family: networks, since: '4.13',
  direction: 'receive',
  layout: () => structs.scm_ts_pktinfo,
  convert: /* @__PURE__ */ renamed<TimestampPacketInfo>({ interfaceIndex: 'if_index', length: 'pkt_length' }),
  receive: {
    option: SO_TIMESTAMPING_OLD, optionName: 'SO_TIMESTAMPING_OLD', slot: 'SO_TIMESTAMPING',
    get value() { return SOF_TIMESTAMPING_OPT_PKTINFO | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE },
  },
})

/**
 * `SCM_TS_OPT_ID`: the id that the transmit timestamp of this message is to have, instead of a counter. UDP and raw IP;
 * EINVAL on TCP, and where `SO_TIMESTAMPING` has not got `SOF_TIMESTAMPING_OPT_ID`. Linux 6.13. Only sent.
 *
 * Payload: `u32`, 4 bytes. It comes back as `data` of the error-queue entry.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 * @example
 * import { decodeControl, encodeControl, timestampId } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([timestampId(7)]), { family: 'inet' })
 * if (message?.kind === 'timestampId') console.log(message.value) // 7
 */
export const timestampId: ControlMessage<'timestampId', number, number> = /* @__PURE__ */ defineControlMessage({
  kind: 'timestampId', name: 'SCM_TS_OPT_ID', level: SOL_SOCKET, type: SCM_TS_OPT_ID, family: networks, since: '6.13',
  direction: 'send',
  layout: 'u32',
  takenBy: packetsAndOthers,
})

/**
 * `SCM_TXTIME` (`SO_TXTIME`): when the packet is to leave the machine, for a queueing discipline (etf, fq) that can wait.
 * Linux 4.19. Only sent; EINVAL unless `SO_TXTIME` was set first, with a `struct sock_txtime` that names the clock.
 *
 * Payload: `u64`, 8 bytes: nanoseconds on that clock. A packet that missed its time is dropped, and reported in the error
 * queue (origin `'txtime'`) if the option said so.
 *
 * @see https://man7.org/linux/man-pages/man8/tc-etf.8.html
 * @example
 * import { decodeControl, encodeControl, txTime } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([txTime(1_000_000_000n)]), { family: 'inet' })
 * if (message?.kind === 'txTime') console.log(message.value) // 1000000000n
 */
export const txTime: ControlMessage<'txTime', bigint, bigint> = /* @__PURE__ */ defineControlMessage({
  kind: 'txTime', name: 'SCM_TXTIME', level: SOL_SOCKET, type: SCM_TXTIME, family: networks, since: '4.19',
  direction: 'send',
  layout: 'u64',
  meaning: { value: 'nanoseconds' },
  takenBy: packetsAndOthers,
})
