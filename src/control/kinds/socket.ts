/**
 * Control messages of level SOL_SOCKET: those of AF_UNIX, timestamps, and those of packets.
 *
 * SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING each have an old and a new form. The old form is as wide as the program's
 * `long`, and ends in 2038 on 32-bit machines; the new form has 64 bits everywhere. A socket has one switch for both: the option
 * that was set last decides the form of *all* its timestamps. On 64-bit machines their bytes are the same, and only the type
 * distinguishes them.
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @see https://docs.kernel.org/networking/timestamping.html
 * @module
 */
import {
  SOL_SOCKET, SCM_CREDENTIALS, SO_PASSCRED, SCM_RIGHTS, SCM_MAX_FD, INT_MAX, SCM_SECURITY, SO_PASSSEC, SCM_PIDFD, SO_PASSPIDFD, SCM_INQ,
  SO_INQ, SO_TIMESTAMP_OLD, SO_TIMESTAMPNS_OLD, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW, SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW,
  SOF_TIMESTAMPING_RX_SOFTWARE, SOF_TIMESTAMPING_RX_HARDWARE, SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_RAW_HARDWARE,
  SCM_TIMESTAMPING_OPT_STATS, SOF_TIMESTAMPING_OPT_STATS, SOF_TIMESTAMPING_OPT_TSONLY, SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_TX_ACK,
  SCM_TIMESTAMPING_PKTINFO, SOF_TIMESTAMPING_OPT_PKTINFO, SCM_TS_OPT_ID, SCM_TXTIME, SO_MARK, SO_RCVMARK, SO_PRIORITY, SO_RCVPRIORITY,
  SO_RXQ_OVFL, SCM_WIFI_STATUS, SO_WIFI_STATUS, SCM_DEVMEM_DMABUF, SCM_DEVMEM_LINEAR,
} from '../../../generated/constants.ts'
import {
  ucred, __kernel_old_timeval, __kernel_sock_timeval, __kernel_old_timespec, __kernel_timespec, scm_timestamping64, scm_ts_pktinfo,
  dmabuf_cmsg,
} from '../../../generated/layouts.ts'
import type { Abi } from '../../abi/abi.ts'
import { viewOf } from '../../abi/bytes.ts'
import { CMSG_SPACE } from '../../abi/cmsg.ts'
import { defineStruct } from '../../abi/struct.ts'
import type { Struct, StructValue } from '../../abi/types.ts'
import { cStruct } from '../../abi/structs.ts'
import { intSize } from '../../abi/scalars.ts'
import { invalidType, outOfRange, show } from '../../misuse.ts'
import { decodeAttributes } from '../attributes.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'
import { networks, packetsAndOthers, tcp, tcpPacketsAndOthers } from '../ip-sockets.ts'
import { decodeLabel, label } from '../label.ts'
import { encodeScalar } from '../payload.ts'
import type { Family, SocketOption, Sockets } from '../sockets.ts'
import { once, readTimespec, readTimeval, renamed, timespec, timeval, type Timespec, type Timeval } from '../values.ts'

/** `struct ucred`: the credentials of a process. */
export interface Credentials {
  /**
   * The process id in the receiver's pid namespace. On AF_UNIX, 0 means that it is unknown or not visible there, and never
   * root; on AF_NETLINK it is the kernel.
   */
  readonly pid: number
  /** The real user id, or another one that the sender was permitted to send. 65534: not mapped in the receiver's user namespace. */
  readonly uid: number
  /** The real group id, or another one that the sender was permitted to send. */
  readonly gid: number
}

/** The offsets of its fields, on every target. */
const ucredOffsets = /* @__PURE__ */ once(() => {
  const { pid, uid, gid } = cStruct({ ucred }).fields
  return { pid: pid.offset, uid: uid.offset, gid: gid.offset }
})

/**
 * `SCM_CREDENTIALS`: the process that sent the message. AF_UNIX and AF_NETLINK, Linux 2.2.
 *
 * Payload: `struct ucred`, 12 bytes. Received when `SO_PASSCRED` is on at the receiver; the sender need not do
 * anything. Explicit credentials may have the sender's own pid, or with CAP_SYS_ADMIN that of any living process; and its real,
 * effective or saved uid and gid, or with CAP_SETUID and CAP_SETGID any. For others `sendmsg` fails with EPERM, for a pid that
 * does not exist with ESRCH, and for an id that is not mapped with EINVAL.
 *
 * If a message has two of them, the last one wins. A message that was queued before SO_PASSCRED was on has
 * `{ pid: 0, uid: 65534, gid: 65534 }`, and the end of a stream has `{ pid: 0, uid: 0, gid: 0 }`.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { credentials, encodeControl } from 'cmsg/codec'
 *
 * encodeControl([credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })])
 */
export const credentials: ControlMessage<'credentials', Credentials, Credentials> = /* @__PURE__ */ defineBuiltin({
  kind: 'credentials', name: 'SCM_CREDENTIALS', level: SOL_SOCKET, type: SCM_CREDENTIALS, family: ['unix', 'netlink', 'bluetooth'],
  since: '2.2',
  layout: () => cStruct({ ucred }),
  part: 'every', takenBy: [{ family: ['unix', 'netlink'] }], atEnd: true,
  receive: { option: { SO_PASSCRED }, inherited: true },
  read(view, start, _end, { littleEndian }) {
    const { pid, uid, gid } = ucredOffsets()
    return {
      pid: view.getInt32(start + pid, littleEndian), uid: view.getUint32(start + uid, littleEndian),
      gid: view.getUint32(start + gid, littleEndian),
    }
  },
})

const descriptors = /* @__PURE__ */ once(() => defineStruct({ fd: ['i32'] }, { name: 'int fd[]' }))

/**
 * `SCM_RIGHTS`: open file descriptors. AF_UNIX only, Linux 2.2.
 *
 * Payload: `int fd[n]`, 4·n bytes, n at most `SCM_MAX_FD` (253) in one message, in one or several control
 * messages. No option is needed to receive them. Here they are plain numbers: received descriptors are open in this process,
 * and the caller must close every one of them, those of a peek too. `CMSG_SPACE` of one descriptor has room for two.
 *
 * On a stream, the message needs at least one byte of data, or the kernel silently drops the descriptors. EBADF: one is not open.
 * ETOOMANYREFS: more are in flight (sent but not received) than RLIMIT_NOFILE allows.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { decodeControl, encodeControl, rights } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([rights([0, 1])]))
 * if (message?.kind === 'rights') console.log(message.value) // [0, 1]
 */
export const rights: ControlMessage<'rights', readonly number[], number[]> = /* @__PURE__ */ defineBuiltin({
  kind: 'rights', name: 'SCM_RIGHTS', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix', since: '2.2',
  layout: descriptors,
  minSize: 0,
  receive: { get size() { return SCM_MAX_FD * intSize } },
  encode(fds: readonly number[], { littleEndian }: Abi) {
    if (!Array.isArray(fds)) throw invalidType(`Cannot send ${show(fds)} as file descriptors: expected an array of numbers`)
    if (fds.length > SCM_MAX_FD) {
      throw outOfRange(`Cannot send ${fds.length} file descriptors in one message: the kernel's limit is ${SCM_MAX_FD}`)
    }
    const bytes = new Uint8Array(fds.length * intSize)
    const view = new DataView(bytes.buffer)
    // Not forEach, which skips holes: their bytes would be 0, standard input.
    for (let i = 0; i < fds.length; i++) {
      const fd: unknown = fds[i]
      if (typeof fd !== 'number') throw invalidType(`Cannot send ${show(fd)} as a file descriptor: expected a number`)
      if (!Number.isInteger(fd) || fd < 0 || fd > INT_MAX) {
        throw outOfRange(`Cannot send ${fd} as a file descriptor: expected an integer from 0 to ${INT_MAX}`)
      }
      view.setInt32(i * intSize, fd, littleEndian)
    }
    return bytes
  },
  decode: (data, abi) => readDescriptors(viewOf(data), 0, data.length, abi),
  read: readDescriptors,
})

function readDescriptors(view: DataView, start: number, end: number, { littleEndian }: Abi): number[] {
  // Created at its final length: an array that grows allocates seventeen elements.
  const fds = new Array<number>(Math.floor((end - start) / intSize))
  for (let i = 0; i < fds.length; i++) fds[i] = view.getInt32(start + i * intSize, littleEndian)
  return fds
}

/**
 * `SCM_SECURITY`: the security label of the sender, as named by the kernel's security module (SELinux, Smack, AppArmor).
 * AF_UNIX, AF_NETLINK, AF_BLUETOOTH; on datagrams since Linux 2.6.18, on streams since 4.2. Only received: sending it fails
 * with EINVAL.
 *
 * Payload: the label, whose length depends on the module, often with a NUL at its end, which is cut off here. Received when
 * `SO_PASSSEC` is on and a security module labels processes. A label has at most a few hundred bytes; space for 256 is
 * reserved.
 *
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export const security: ControlMessage<'security', never, string> = /* @__PURE__ */ defineBuiltin({
  kind: 'security', name: 'SCM_SECURITY', level: SOL_SOCKET, type: SCM_SECURITY, family: ['unix', 'netlink', 'bluetooth'], since: '2.6.18',
  minSize: 0,
  layout: label,
  atEnd: true,
  receive: { size: 256, option: { SO_PASSSEC }, inherited: true },
  decode: decodeLabel,
})

/**
 * `SCM_PIDFD`: the process that sent the message, as a descriptor that still refers to it when its pid is reused. AF_UNIX,
 * Linux 6.5. Only received: sending it fails with EINVAL.
 *
 * Payload: `int`, 4 bytes: a close-on-exec descriptor that the caller must close, or **a negative errno**
 * if the kernel could not create one (-24, EMFILE). Received when `SO_PASSPIDFD` is on, except with messages that were queued
 * before, and if the control buffer has space for it. Since Linux 6.16, a sender that has been reaped has a pidfd too.
 *
 * @see https://man7.org/linux/man-pages/man2/pidfd_open.2.html
 */
export const pidfd: ControlMessage<'pidfd', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'pidfd', name: 'SCM_PIDFD', level: SOL_SOCKET, type: SCM_PIDFD, family: 'unix', since: '6.5',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'fd' },
  atEnd: true,
  receive: { option: { SO_PASSPIDFD }, inherited: true },
})

/**
 * `SCM_INQ`: the number of bytes left to be read after this call. AF_UNIX, SOCK_STREAM only, Linux 6.17. Only received.
 *
 * Payload: `int`, 4 bytes: the bytes in the queue, without those of this call. Received when `SO_INQ` is on; on another type
 * of socket, setting that fails with ENOPROTOOPT.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 * @example
 * import { decodeControl, encodeControl, inq, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: 5 bytes are left.
 * const control = encodeControl([rawControl(inq.level, inq.type, new Uint8Array(Int32Array.of(5).buffer))])
 * const [message] = decodeControl(control, { family: 'unix' })
 * if (message?.kind === 'inq') console.log(message.value) // 5
 */
export const inq: ControlMessage<'inq', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'inq', name: 'SCM_INQ', level: SOL_SOCKET, type: SCM_INQ, family: 'unix', since: '6.17',
  direction: 'receive',
  layout: 'i32',
  meaning: { value: 'bytes' },
  deliveredBy: [{ type: 'stream' }], atEnd: true,
  receive: { option: { SO_INQ }, readable: false },
})

// Netlink, vsock, TIPC, AF_ALG, AF_LLC and AF_IUCV have the options, like all sockets, but never deliver a timestamp.
const timers: readonly Family[] = ['inet', 'inet6', 'packet', 'bluetooth', 'can', 'rds', 'rxrpc', 'ieee802154', 'isdn']
const timed: readonly Sockets[] = [{ family: 'unix', type: ['datagram', 'seqpacket'] }, { family: timers }]
const takingTimes: readonly SocketOption[] = [
  { level: SOL_SOCKET, option: SO_TIMESTAMP_OLD, name: 'SO_TIMESTAMP_OLD' },
  { level: SOL_SOCKET, option: SO_TIMESTAMPNS_OLD, name: 'SO_TIMESTAMPNS_OLD' },
  { level: SOL_SOCKET, option: SO_TIMESTAMP_NEW, name: 'SO_TIMESTAMP_NEW' },
  { level: SOL_SOCKET, option: SO_TIMESTAMPNS_NEW, name: 'SO_TIMESTAMPNS_NEW' },
]
// SO_TIMESTAMPING alone does not make the kernel timestamp AF_UNIX messages: one of these options does.
const timedTwice: readonly Sockets[] = [{ family: 'unix', type: ['datagram', 'seqpacket'], options: takingTimes }, { family: timers }]

// A socket has one switch for old and new: if one of its options is later set in the other form, all timestamps come in that form.
const wide = 16
const narrow = ({ wordSize }: Abi): number => 2 * wordSize
const newTimeval = (data: Uint8Array, { littleEndian }: Abi): Timeval => readTimeval(viewOf(data), 0, 8, littleEndian)
const oldTimeval = (data: Uint8Array, { wordSize, littleEndian }: Abi): Timeval => readTimeval(viewOf(data), 0, wordSize, littleEndian)
const newTimespec = (data: Uint8Array, { littleEndian }: Abi): Timespec => readTimespec(viewOf(data), 0, 8, littleEndian)
const oldTimespec = (data: Uint8Array, { wordSize, littleEndian }: Abi): Timespec => readTimespec(viewOf(data), 0, wordSize, littleEndian)

/**
 * `SO_TIMESTAMP` (`SCM_TIMESTAMP`): the time when the kernel received the message, in microseconds of CLOCK_REALTIME. Any family;
 * AF_UNIX on datagram and seqpacket sockets, never on streams. Linux 2.2. Only received.
 *
 * Payload: `struct __kernel_old_timeval`, two `long`: 16 bytes, 8 on 32-bit machines. Received when `SO_TIMESTAMP_OLD` is
 * on, which is what `SO_TIMESTAMP` is except on 32-bit musl. Turning {@link timestampNs} on turns this off, and vice
 * versa.
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
export const timestamp: ControlMessage<'timestamp', never, Timeval> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestamp', name: 'SO_TIMESTAMP_OLD', level: SOL_SOCKET, type: SO_TIMESTAMP_OLD, since: '2.2',
  exact: true,
  layout: () => cStruct({ __kernel_old_timeval }),
  convert: timeval,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMP_NEW, minSize: wide, decode: newTimeval }],
  receive: { option: { SO_TIMESTAMP_OLD }, slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { wordSize, littleEndian }) => readTimeval(view, start, wordSize, littleEndian),
})

/**
 * `SO_TIMESTAMP_NEW`: like {@link timestamp}, with 64 bits everywhere. Linux 5.1. Only received.
 *
 * Payload: `struct __kernel_sock_timeval`, 16 bytes. Received when `SO_TIMESTAMP_NEW` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 */
export const timestampNew: ControlMessage<'timestampNew', never, Timeval> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampNew', name: 'SO_TIMESTAMP_NEW', level: SOL_SOCKET, type: SO_TIMESTAMP_NEW, since: '5.1',
  exact: true,
  layout: () => cStruct({ __kernel_sock_timeval }),
  convert: timeval,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMP_OLD, minSize: narrow, decode: oldTimeval }],
  receive: { option: { SO_TIMESTAMP_NEW }, slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { littleEndian }) => readTimeval(view, start, 8, littleEndian),
})

/**
 * `SO_TIMESTAMPNS` (`SCM_TIMESTAMPNS`): like {@link timestamp}, in nanoseconds. Linux 2.6.22. Only received.
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
export const timestampNs: ControlMessage<'timestampNs', never, Timespec> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampNs', name: 'SO_TIMESTAMPNS_OLD', level: SOL_SOCKET, type: SO_TIMESTAMPNS_OLD, since: '2.6.22',
  exact: true,
  layout: () => cStruct({ __kernel_old_timespec }),
  convert: timespec,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPNS_NEW, minSize: wide, decode: newTimespec }],
  receive: { option: { SO_TIMESTAMPNS_OLD }, slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { wordSize, littleEndian }) => readTimespec(view, start, wordSize, littleEndian),
})

/**
 * `SO_TIMESTAMPNS_NEW`: like {@link timestampNs}, with 64 bits everywhere. Linux 5.1. Only received.
 *
 * Payload: `struct __kernel_timespec`, 16 bytes. Received when `SO_TIMESTAMPNS_NEW` is on.
 *
 * @see https://github.com/torvalds/linux/blob/v6.18/include/uapi/asm-generic/socket.h
 */
export const timestampNsNew: ControlMessage<'timestampNsNew', never, Timespec> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampNsNew', name: 'SO_TIMESTAMPNS_NEW', level: SOL_SOCKET, type: SO_TIMESTAMPNS_NEW, since: '5.1',
  exact: true,
  layout: () => cStruct({ __kernel_timespec }),
  convert: timespec,
  deliveredBy: timed,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPNS_OLD, minSize: narrow, decode: oldTimespec }],
  receive: { option: { SO_TIMESTAMPNS_NEW }, slot: 'SO_TIMESTAMP' },
  read: (view, start, _end, { littleEndian }) => readTimespec(view, start, 8, littleEndian),
})

/** The times of a packet that were measured. */
export interface Timestamps {
  /** Taken by the kernel, in CLOCK_REALTIME. Absent if only the hardware took the time. */
  readonly software?: Timespec
  /** Taken by the network card, on its own clock. */
  readonly hardware?: Timespec
  /** The hardware's time converted to system time: no driver of a current kernel sets it. */
  readonly converted?: Timespec
}

const oldTimes = /* @__PURE__ */ once(() => defineStruct({ ts: [cStruct({ __kernel_old_timespec }), 3] }, { name: 'scm_timestamping' }))

function decodeTimes(
  struct: Struct<{ ts: readonly [Struct<{ tv_sec: 'long'; tv_nsec: 'long' }>, 3] }>, data: Uint8Array, abi: Abi,
): Timestamps {
  const { ts } = struct.for(abi).read(viewOf(data))
  const [software, converted, hardware] = ts.map(measured)
  return { ...(software && { software }), ...(hardware && { hardware }), ...(converted && { converted }) }
}
const oldTimesOf = (data: Uint8Array, abi: Abi): Timestamps => decodeTimes(oldTimes(), data, abi)
const newTimes = (data: Uint8Array, abi: Abi): Timestamps =>
  decodeTimes(cStruct({ scm_timestamping64 }, { __kernel_timespec }) as never, data, abi)
/** A time of zero means that there is none. */
const measured = (raw: StructValue<{ tv_sec: 'long'; tv_nsec: 'long' }>): Timespec | undefined =>
  (raw.tv_sec === 0n && raw.tv_nsec === 0n ? undefined : timespec.decode(raw))

/**
 * `SO_TIMESTAMPING` (`SCM_TIMESTAMPING`): the time when a packet was received, or in the error queue, the
 * time when it was sent. Linux 2.6.30.
 *
 * Received: `struct scm_timestamping`, three times of two `long`: 48 bytes, 24 on 32-bit machines. The flags of
 * `SO_TIMESTAMPING_OLD` (`SOF_TIMESTAMPING_*`) select the timestamps; a socket that receives this kind asks for those that
 * software and hardware take on reception. On AF_UNIX none arrive unless {@link timestampNs} or {@link timestamp} is asked
 * for too: only those make the kernel take the time there.
 *
 * In a send, since 4.7: `u32`, 4 bytes, flags that request transmit timestamps of this message (`SOF_TIMESTAMPING_TX_*`). They
 * arrive in the error queue, each with a `recvErr` of origin `'timestamping'`, whose `info` says which one it is.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestamping: ControlMessage<'timestamping', number, Timestamps> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestamping', name: 'SO_TIMESTAMPING_OLD', level: SOL_SOCKET, type: SO_TIMESTAMPING_OLD, since: '2.6.30',
  layout: oldTimes,
  maxSize: (abi: Abi) => oldTimes().for(abi).size,
  alternative: 'u32',
  meaning: { value: 'SOF_TIMESTAMPING_|' },
  part: 'last', takenBy: tcpPacketsAndOthers, deliveredBy: timedTwice,
  also: [{
    level: SOL_SOCKET, type: SO_TIMESTAMPING_NEW, minSize: (abi) => cStruct({ scm_timestamping64 }, { __kernel_timespec }).for(abi).size,
    decode: newTimes,
  }],
  receive: {
    get size() { return oldTimes().size }, option: { SO_TIMESTAMPING_OLD }, slot: 'SO_TIMESTAMPING', get value() { return onReception() },
  },
  encode: (flags: number, abi) => encodeScalar('timestamping', 'u32', flags, abi),
  decode: oldTimesOf,
})

/**
 * `SO_TIMESTAMPING_NEW`: like {@link timestamping}, with 64 bits everywhere. Linux 5.1.
 *
 * Received: `struct scm_timestamping64`, 48 bytes, selected by `SO_TIMESTAMPING_NEW`. In a send: `u32`, flags.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingNew: ControlMessage<'timestampingNew', number, Timestamps> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampingNew', name: 'SO_TIMESTAMPING_NEW', level: SOL_SOCKET, type: SO_TIMESTAMPING_NEW, since: '5.1',
  layout: () => cStruct({ scm_timestamping64 }, { __kernel_timespec }),
  maxSize: (abi: Abi) => cStruct({ scm_timestamping64 }, { __kernel_timespec }).for(abi).size,
  alternative: 'u32',
  meaning: { value: 'SOF_TIMESTAMPING_|' },
  part: 'last', takenBy: tcpPacketsAndOthers, deliveredBy: timedTwice,
  also: [{ level: SOL_SOCKET, type: SO_TIMESTAMPING_OLD, minSize: (abi) => oldTimes().for(abi).size, decode: oldTimesOf }],
  receive: {
    get size() { return cStruct({ scm_timestamping64 }, { __kernel_timespec }).size }, option: { SO_TIMESTAMPING_NEW },
    slot: 'SO_TIMESTAMPING', get value() { return onReception() },
  },
  encode: (flags: number, abi) => encodeScalar('timestampingNew', 'u32', flags, abi),
  decode: newTimes,
})

/** Flags for timestamps on reception, by software and by capable hardware, and for reporting both. */
const onReception = (): number =>
  SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE

/**
 * `SCM_TIMESTAMPING_OPT_STATS`: the state of the TCP connection when a transmit time was taken. TCP, from the error queue,
 * Linux 4.10. Only received.
 *
 * Payload: netlink attributes (`TCP_NLA_*`, each a u16 length, a u16 type, a value, padded to 4 bytes). Received when
 * `SO_TIMESTAMPING` has the flags `SOF_TIMESTAMPING_OPT_STATS` and `SOF_TIMESTAMPING_OPT_TSONLY`. The value has them by
 * name: `TCP_NLA_SNDQ_SIZE` is `sndqSize`; an unknown one is `type40`. Times are in microseconds.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingStats: ControlMessage<
  'timestampingStats', never, Readonly<Record<string, number | bigint>>
> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampingStats', name: 'SCM_TIMESTAMPING_OPT_STATS', level: SOL_SOCKET, type: SCM_TIMESTAMPING_OPT_STATS,
  family: ['inet', 'inet6'], since: '4.10',
  minSize: 0,
  // 26 attributes of at most 12 bytes; later kernels may have more.
  deliveredBy: [{ type: 'stream' }],
  receive: {
    size: 512, option: { SO_TIMESTAMPING_OLD }, slot: 'SO_TIMESTAMPING', errorQueue: true,
    // The kernel numbers the bytes of a connection from the current position, and returns EINVAL before the socket is connected.
    when: 'connected',
    get value() {
      return SOF_TIMESTAMPING_OPT_STATS | SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_TX_ACK
        | SOF_TIMESTAMPING_SOFTWARE
    },
  },
  decode: (data, abi) => decodeAttributes(data, 'TCP_NLA_', abi),
})

/** The interface that received a packet with a hardware timestamp. */
export interface TimestampPacketInfo {
  /** The interface that took the time, which may differ from the one that the socket sees: a bridge, a bond, a VLAN. */
  readonly interfaceIndex: number
  /** Bytes of the packet on the wire, headers included. */
  readonly length: number
}

/**
 * `SCM_TIMESTAMPING_PKTINFO`: the interface that took a hardware timestamp. Linux 4.13. Only received.
 *
 * Payload: `struct scm_ts_pktinfo`, 16 bytes. Received when `SO_TIMESTAMPING` has `SOF_TIMESTAMPING_OPT_PKTINFO` and the
 * packet has a hardware timestamp.
 *
 * @see https://docs.kernel.org/networking/timestamping.html
 */
export const timestampingPacketInfo: ControlMessage<
  'timestampingPacketInfo', never, TimestampPacketInfo
> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampingPacketInfo', name: 'SCM_TIMESTAMPING_PKTINFO', level: SOL_SOCKET, type: SCM_TIMESTAMPING_PKTINFO,
  family: networks, since: '4.13',
  direction: 'receive',
  layout: () => cStruct({ scm_ts_pktinfo }),
  convert: /* @__PURE__ */ renamed<TimestampPacketInfo>({ interfaceIndex: 'if_index', length: 'pkt_length' }),
  deliveredBy: [{ family: timers }],
  receive: {
    option: { SO_TIMESTAMPING_OLD }, slot: 'SO_TIMESTAMPING',
    get value() { return SOF_TIMESTAMPING_OPT_PKTINFO | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE },
  },
})

/**
 * `SCM_TS_OPT_ID`: the id for the transmit timestamp of this message, instead of a counter. UDP and raw IP;
 * EINVAL on TCP, and if `SO_TIMESTAMPING` lacks the flag `SOF_TIMESTAMPING_OPT_ID`. Linux 6.13. Only sent.
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
export const timestampId: ControlMessage<'timestampId', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'timestampId', name: 'SCM_TS_OPT_ID', level: SOL_SOCKET, type: SCM_TS_OPT_ID, family: networks, since: '6.13',
  direction: 'send',
  layout: 'u32',
  takenBy: packetsAndOthers,
})

/**
 * `SCM_TXTIME` (`SO_TXTIME`): the time at which the packet should be sent, for a queueing discipline (etf, fq) that can wait.
 * Linux 4.19. Only sent; EINVAL unless `SO_TXTIME` was set first, with a `struct sock_txtime` that names the clock.
 *
 * Payload: `u64`, 8 bytes: nanoseconds on that clock. A packet that missed its time is dropped, and reported in the error
 * queue (origin `'txtime'`) if the option requests that.
 *
 * @see https://man7.org/linux/man-pages/man8/tc-etf.8.html
 * @example
 * import { decodeControl, encodeControl, txTime } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([txTime(1_000_000_000n)]), { family: 'inet' })
 * if (message?.kind === 'txTime') console.log(message.value) // 1000000000n
 */
export const txTime: ControlMessage<'txTime', bigint, bigint> = /* @__PURE__ */ defineBuiltin({
  kind: 'txTime', name: 'SCM_TXTIME', level: SOL_SOCKET, type: SCM_TXTIME, family: networks, since: '4.19',
  direction: 'send',
  layout: 'u64',
  meaning: { value: 'nanoseconds' },
  takenBy: packetsAndOthers,
})

/** Those of them that use it in a send. */
const marking: readonly Sockets[] = [{ family: ['inet', 'inet6'], type: ['datagram', 'raw'] }, { family: ['packet', 'can'] }]

/**
 * `SO_MARK`: the mark of the packet, as routing and netfilter use it.
 *
 * Payload: `u32`, 4 bytes. Received when `SO_RCVMARK` is on, Linux 5.19. In a send, it marks this packet, since 3.19 on
 * AF_PACKET and 4.7 on IP; without CAP_NET_RAW or CAP_NET_ADMIN, sendmsg fails with EPERM.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, mark } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([mark(0x2a)]), { family: 'inet' })
 * if (message?.kind === 'mark') console.log(message.value) // 42
 */
export const mark: ControlMessage<'mark', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'mark', name: 'SO_MARK', level: SOL_SOCKET, type: SO_MARK, family: networks, since: '3.19',
  layout: 'u32',
  meaning: { value: 'hex' },
  takenBy: marking, deliveredBy: packetsAndOthers,
  receive: { option: { SO_RCVMARK } },
})

/**
 * `SO_PRIORITY`: the priority of the packet in the queues of the machine.
 *
 * Payload: `u32`, 4 bytes. Linux 6.14. Received when `SO_RCVPRIORITY` is on. In a send, it is the priority of this packet; above
 * 6, sendmsg fails with EPERM without CAP_NET_RAW or CAP_NET_ADMIN.
 *
 * @see https://man7.org/linux/man-pages/man7/socket.7.html
 * @example
 * import { decodeControl, encodeControl, priority } from 'cmsg/codec'
 *
 * const [message] = decodeControl(encodeControl([priority(6)]), { family: 'inet' })
 * if (message?.kind === 'priority') console.log(message.value) // 6
 */
export const priority: ControlMessage<'priority', number, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'priority', name: 'SO_PRIORITY', level: SOL_SOCKET, type: SO_PRIORITY, family: networks, since: '6.14',
  layout: 'u32',
  takenBy: marking, deliveredBy: packetsAndOthers,
  receive: { option: { SO_RCVPRIORITY } },
})

/**
 * `SO_RXQ_OVFL`: the number of packets that this socket has dropped since its creation because its buffer was full. Linux 2.6.33. Only
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
export const rxqOverflow: ControlMessage<'rxqOverflow', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'rxqOverflow', name: 'SO_RXQ_OVFL', level: SOL_SOCKET, type: SO_RXQ_OVFL, family: networks, since: '2.6.33',
  direction: 'receive',
  layout: 'u32',
  deliveredBy: packetsAndOthers,
  receive: { option: { SO_RXQ_OVFL } },
})

/**
 * `SCM_WIFI_STATUS` (`SO_WIFI_STATUS`): true if the wireless receiver acknowledged a frame. AF_PACKET and IP over 802.11,
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
export const wifiStatus: ControlMessage<'wifiStatus', never, boolean> = /* @__PURE__ */ defineBuiltin({
  kind: 'wifiStatus', name: 'SCM_WIFI_STATUS', level: SOL_SOCKET, type: SCM_WIFI_STATUS, family: networks, since: '3.3',
  direction: 'receive',
  layout: 'i32',
  convert: { decode: (acknowledged: number) => acknowledged !== 0 },
  deliveredBy: [{ family: timers }],
  receive: { option: { SO_WIFI_STATUS }, errorQueue: true },
})

/** The location of bytes of a message that a network card wrote to the memory of a device. */
export interface DeviceMemory {
  /** Offset from the start of the dma-buf, in bytes. */
  readonly offset: bigint
  /** Number of bytes. */
  readonly size: number
  /** Return it with `SO_DEVMEM_DONTNEED` when the bytes have been used. */
  readonly token: number
  /** The id of the dma-buf. */
  readonly dmabufId: number
  /** None is defined yet. */
  readonly flags: number
}

/**
 * `SCM_DEVMEM_DMABUF`: the location of bytes of the message that are in a dma-buf and not in the buffer. TCP, received with
 * `MSG_SOCK_DEVMEM`, Linux 6.12.
 *
 * Payload: `struct dmabuf_cmsg`, 24 bytes, one for each fragment; space for 16 is reserved. Without enough space, recvmsg
 * fails with errno 525, which has no name in any libc. In a send, since 6.16: `u32`, 4 bytes, the id of the dma-buf that
 * contains the message.
 *
 * @see https://docs.kernel.org/networking/devmem.html
 */
export const devmemDmabuf: ControlMessage<'devmemDmabuf', number, DeviceMemory> = /* @__PURE__ */ defineBuiltin({
  kind: 'devmemDmabuf', name: 'SCM_DEVMEM_DMABUF', level: SOL_SOCKET, type: SCM_DEVMEM_DMABUF, family: ['inet', 'inet6'], since: '6.12',
  layout: () => cStruct({ dmabuf_cmsg }),
  alternative: 'u32',
  part: 'every', takenBy: tcp, deliveredBy: tcp,
  receive: { get size() { return 16 * CMSG_SPACE(cStruct({ dmabuf_cmsg }).size) } },
  encode: (dmabufId: number, abi) => encodeScalar('devmemDmabuf', 'u32', dmabufId, abi),
  decode(data, abi) {
    const { frag_offset, frag_size, frag_token, dmabuf_id, flags } = cStruct({ dmabuf_cmsg }).for(abi).read(viewOf(data))
    return { offset: frag_offset, size: frag_size, token: frag_token, dmabufId: dmabuf_id, flags }
  },
})

/**
 * `SCM_DEVMEM_LINEAR`: the number of bytes of the message that are in the buffer, while others are in device memory. TCP, received
 * with `MSG_SOCK_DEVMEM`, Linux 6.12. Only received.
 *
 * Payload: `struct dmabuf_cmsg`, 24 bytes, of which only the size is set. One for each fragment; space for 16 is reserved.
 *
 * @see https://docs.kernel.org/networking/devmem.html
 */
export const devmemLinear: ControlMessage<'devmemLinear', never, { readonly size: number }> = /* @__PURE__ */ defineBuiltin({
  kind: 'devmemLinear', name: 'SCM_DEVMEM_LINEAR', level: SOL_SOCKET, type: SCM_DEVMEM_LINEAR, family: ['inet', 'inet6'], since: '6.12',
  direction: 'receive',
  layout: () => cStruct({ dmabuf_cmsg }),
  convert: { decode: ({ frag_size: size }: { frag_size: number }) => ({ size }) },
  deliveredBy: tcp,
  receive: { get size() { return 16 * CMSG_SPACE(cStruct({ dmabuf_cmsg }).size) } },
})

/**
 * `SCM_TIMESTAMPING_OPT_STATS` on a J1939 socket: the session that an entry of the error queue is about. Linux 5.4. Only
 * received, with MSG_ERRQUEUE.
 *
 * Payload: netlink attributes (`J1939_NLA_*`); the value has them by name: `J1939_NLA_BYTES_ACKED` is `bytesAcked`.
 *
 * @see https://docs.kernel.org/networking/j1939.html
 */
export const j1939Stats: ControlMessage<
  'j1939Stats', never, Readonly<Record<string, number | bigint>>
> = /* @__PURE__ */ defineBuiltin({
  kind: 'j1939Stats', name: 'SCM_TIMESTAMPING_OPT_STATS', level: SOL_SOCKET, type: SCM_TIMESTAMPING_OPT_STATS, family: 'can', since: '5.4',
  minSize: 0,
  receive: { size: 128, errorQueue: true },
  decode: (data, abi) => decodeAttributes(data, 'J1939_NLA_', abi),
})
