/**
 * sendmsg, recvmsg, sendmmsg, recvmmsg: each function makes one system call. It waits unless told not to (`MSG_DONTWAIT`, or
 * `O_NONBLOCK` on the descriptor), and while it waits nothing else runs on the thread, not even signal handlers.
 *
 * Two flags are always on: {@link SEND_FLAGS} and {@link RECEIVE_FLAGS}.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { isBytes } from '../abi/bytes.ts'
import { storageSize } from '../address/address.ts'
import { invalidType, object, outOfRange, show, type SystemError } from '../errors.ts'
import { Batch, copyLimit, defaultDataSize, totalOf, type BatchShape, type OutgoingMessage } from '../message/batch.ts'
import { engine } from '../native/engine.ts'
import * as calls from '../native/message-calls.ts'
import { peekFlags } from '../native/peek-offset.ts'
import { explainRefusal } from './refusals.ts'
import { bytes, descriptor, flagBits, integer, list, sockaddr, succeeded, systemError } from '../arguments.ts'

const { MSG_NOSIGNAL, MSG_ZEROCOPY, MSG_CMSG_CLOEXEC, MSG_SOCK_DEVMEM, UIO_MAXIOV, INT_MAX } = constants

/** Added to the flags of every send: if the peer is gone, the send fails with EPIPE instead of ending the process with SIGPIPE. */
export const SEND_FLAGS: number = MSG_NOSIGNAL
/** Added to the flags of every receive: received descriptors are close-on-exec from the start. */
export const RECEIVE_FLAGS: number = MSG_CMSG_CLOEXEC

/** Checks the flags of a send, and adds {@link SEND_FLAGS}. */
export function sendFlags(syscall: string, flags: number): number {
  const bits = flagBits(syscall, flags)
  if ((bits & MSG_ZEROCOPY) !== 0) {
    throw outOfRange(`Cannot call ${syscall} with MSG_ZEROCOPY: `
      + 'the kernel would read the buffer after the call, when it may already hold other data')
  }
  return bits | SEND_FLAGS
}

/** A message to send. */
export interface SendMessage {
  /** The data, gathered from 1 to 1024 buffers. For no data, pass one empty buffer. */
  readonly buffers: readonly Uint8Array[]
  /** The destination, as returned by `encodeAddress`; not needed on a connected socket. */
  readonly name?: Uint8Array | undefined
  /** Control messages, as returned by `encodeControl`. */
  readonly control?: Uint8Array | undefined
}

/** Buffers to receive into. */
export interface ReceiveOptions {
  /** Buffer size for the data, in bytes; 65536 if absent. Excess data is cut off, and `MSG_TRUNC` is in the flags. */
  readonly size?: number | undefined
  /** Receive into these instead. */
  readonly buffers?: readonly Uint8Array[] | undefined
  /**
   * Buffer size for control messages, in bytes: Σ `CMSG_SPACE`. 0 if absent: the kernel then closes received descriptors.
   * Excess control messages are cut off, and `MSG_CTRUNC` is in the flags.
   */
  readonly controlSize?: number | undefined
  /** Buffer size for the sender's address, in bytes; enough for any address if absent. */
  readonly nameSize?: number | undefined
}

/** A received message. */
export interface ReceivedMessage {
  /**
   * The result of recvmsg: the number of bytes received; with the flag `MSG_TRUNC`, the full length of the datagram, or on TCP the
   * number of bytes discarded. 0 at the end of a stream.
   */
  readonly length: number
  /** The data; empty with `buffers`, which then contain it. Also empty if the kernel discarded it (`MSG_TRUNC` on TCP). */
  readonly data: Buffer
  /** The sender's `struct sockaddr`, for `decodeAddress`; empty if the sender has none. */
  readonly name: Buffer
  /** Control messages, for `decodeControl`. The descriptors in them are open, and the caller must close them. */
  readonly control: Buffer
  /** `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_EOR`, `MSG_OOB`, `MSG_ERRQUEUE`. `MSG_CMSG_CLOEXEC`, which the kernel echoes, is removed. */
  readonly flags: number
}

const empty = Buffer.alloc(0)

// Created once for each kind of call, and reused as long as it is large enough. Calls are synchronous, so they do not overlap.
let one: Batch | undefined
let many: Batch | undefined
/** Maximum size in bytes of a batch that is kept for the next call. */
const keepLimit = 1 << 20

function batchForOne(controlSize: number): Batch {
  if (one?.fits(1, copyLimit, controlSize, storageSize, UIO_MAXIOV)) return one
  const batch = new Batch({
    count: 1, dataSize: copyLimit, controlSize: Math.max(controlSize, 4096), nameSize: storageSize, iovecs: UIO_MAXIOV,
  })
  if (!isKept(batch)) return batch
  one?.release()
  return (one = batch)
}

function batchForMany(shape: BatchShape): Batch {
  const { count, dataSize, controlSize, nameSize, iovecs } = shape
  if (many?.fits(count, dataSize, controlSize, nameSize, iovecs)) return many
  const batch = new Batch(shape)
  if (!isKept(batch)) return batch
  many?.release()
  return (many = batch)
}

// In a Worker all batches are kept: others would be freed only after the next turn of the event loop, which may never come.
const isKept = ({ shape }: Batch): boolean =>
  engine().addressOf === undefined || shape.count * (shape.dataSize + shape.controlSize) <= keepLimit

/** Maximum size of a control buffer in bytes, more than the kernel ever uses: its own limit, net.core.optmem_max, is 128 KiB. */
export const maxControl: number = 1 << 20

/** Checks a message to send, reading each of its properties once. */
export function outgoing(syscall: string, message: SendMessage): OutgoingMessage {
  const { buffers, name, control } = object(syscall, 'message', message)
  return {
    buffers: gathered(syscall, buffers),
    name: name === undefined ? undefined : sockaddr(syscall, name),
    control: control === undefined ? undefined : bytes(syscall, 'control', control, maxControl),
  }
}

function gathered(syscall: string, buffers: readonly Uint8Array[]): Uint8Array[] {
  if (isBytes(buffers)) throw invalidType(`Cannot call ${syscall} with buffers ${show(buffers)}: expected an array of buffers`)
  if (Array.isArray(buffers) && buffers.length === 0) {
    throw outOfRange(`Cannot call ${syscall} with no buffers: for a message without data pass one empty buffer, [new Uint8Array(0)]`)
  }
  return list(syscall, 'buffers', buffers, 1, UIO_MAXIOV).map((buffer, i) => bytes(syscall, `buffers[${i}]`, buffer))
}

/** The error of a send, with its destination. */
export const sendError = (syscall: string, errno: number, { name, control }: OutgoingMessage): SystemError =>
  systemError(errno, syscall, name, explainRefusal(errno, control))

/**
 * sendmsg(2): sends one message with its control messages. {@link SEND_FLAGS} are added to `flags`.
 *
 * @returns the number of bytes sent: all of a datagram; on a stream perhaps fewer, but with the control messages
 * @throws SystemError EAGAIN: it would wait; EMSGSIZE; ECONNREFUSED, ENOENT: no socket at the destination; EPIPE; ENOTCONN; EPERM,
 * ESRCH: credentials that the process may not send; EINVAL: control messages that the kernel does not accept; ETOOMANYREFS; ENOBUFS
 * @see https://man7.org/linux/man-pages/man2/sendmsg.2.html
 * @example
 * import { close, constants, credentials, encodeControl, sendmsg, socketpair } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
 * const me = credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })
 * sendmsg(a, { buffers: [Buffer.from('hello')], control: encodeControl([me]) }) // 5
 * close(a)
 * close(b)
 */
export function sendmsg(fd: number, message: SendMessage, flags = 0): number {
  descriptor('sendmsg', fd)
  const checked = outgoing('sendmsg', message)
  const { control } = checked
  const bits = sendFlags('sendmsg', flags)
  const batch = batchForOne(control === undefined ? 0 : control.length)
  batch.set(0, checked)
  const sent = calls.sendmsg(fd, batch.address(), bits)
  if (sent < 0) throw sendError('sendmsg', -sent, checked)
  return sent
}

/**
 * recvmsg(2): receives one message with its control messages. {@link RECEIVE_FLAGS} are added to `flags`. With `MSG_TRUNC` the type
 * of the socket is read afterwards, because TCP then discards the data instead of writing it. A peek on UDP ignores `MSG_TRUNC` while
 * `SO_PEEK_OFF` is on: the kernel would count bytes before the offset, which it does not write.
 *
 * A call that a signal interrupts is repeated. On a blocking socket with `SO_RCVTIMEO`, it then waits for the whole time again: call
 * {@link poll} first, which continues for the remaining time.
 *
 * @throws SystemError EAGAIN: no message is available; ECONNREFUSED: the error of an earlier send; ENOTCONN; EBADF
 * @see https://man7.org/linux/man-pages/man2/recvmsg.2.html
 * @example
 * import { CMSG_SPACE, close, constants, credentials, decodeControl, recvmsg, sendmsg, setsockopt, socketpair, structs } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
 * setsockopt(b, constants.SOL_SOCKET, constants.SO_PASSCRED, 1)
 * sendmsg(a, { buffers: [Buffer.from('hello')] })
 * const { data, control } = recvmsg(b, { size: 100, controlSize: CMSG_SPACE(structs.ucred.size) })
 * const [message] = decodeControl(control, { definitions: [credentials] })
 * console.log(String(data), message?.kind === 'credentials' && message.value.pid === process.pid) // hello true
 * close(a)
 * close(b)
 */
export function recvmsg(fd: number, options: ReceiveOptions = {}, flags = 0): ReceivedMessage {
  descriptor('recvmsg', fd)
  const { size = defaultDataSize, buffers: given, controlSize = 0, nameSize = storageSize } = object('recvmsg', 'options', options)
  integer('recvmsg', 'size', size, 0)
  integer('recvmsg', 'controlSize', controlSize, 0, maxControl)
  integer('recvmsg', 'nameSize', nameSize, 0, storageSize)
  const buffers = given === undefined ? undefined : gathered('recvmsg', given)
  const bits = peekFlags(fd, flagBits('recvmsg', flags) | RECEIVE_FLAGS)

  const batch = batchForOne(controlSize)
  batch.reset(0, Math.min(size, copyLimit), controlSize, nameSize)
  batch.clearControl(0, controlSize)
  const partial = (bits & MSG_SOCK_DEVMEM) !== 0
  if (partial) clearData(batch, 0, Math.min(size, copyLimit))
  const own = buffers ?? (size > copyLimit ? [partial ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size)] : undefined)
  if (own !== undefined) batch.pointTo(0, own)
  const length = succeeded(calls.recvmsg(fd, batch.address(), bits), 'recvmsg')
  const written = calls.discards(fd, bits) ? 0 : length
  if (own !== undefined) batch.fill(0, own, written)
  const data = buffers !== undefined || written === 0 ? empty
    : own !== undefined ? Buffer.from(own[0]!.subarray(0, written)) : batch.data(0, Math.min(written, size))
  return { length, data, name: batch.name(0, nameSize), control: batch.control(0), flags: batch.flags(0) & ~RECEIVE_FLAGS }
}

/** Zeroes the data buffer: with device memory, the kernel counts the bytes but writes none of them. */
export function clearData(batch: Batch, i: number, size: number): void {
  const start = batch.dataStart(i)
  batch.memory.bytes.fill(0, start, start + size)
}

/**
 * sendmmsg(2): sends up to 1024 messages in one system call. {@link SEND_FLAGS} are added to `flags`.
 *
 * @returns the number of messages sent, which is lower than given if one of them failed or would wait. The kernel returns the error
 * to the next call, when that message is the first
 * @throws SystemError as {@link sendmsg}, if the first message could not be sent
 * @see https://man7.org/linux/man-pages/man2/sendmmsg.2.html
 */
export function sendmmsg(fd: number, messages: readonly SendMessage[], flags = 0): number {
  descriptor('sendmmsg', fd)
  const checked = list('sendmmsg', 'messages', messages, 0, UIO_MAXIOV).map((message) => outgoing('sendmmsg', message))
  const bits = sendFlags('sendmmsg', flags)
  if (checked.length === 0) return 0
  const batch = batchForMany({
    count: checked.length,
    dataSize: Math.min(copyLimit, Math.max(...checked.map(({ buffers }) => totalOf(buffers)))),
    controlSize: Math.max(...checked.map(({ control }) => control?.length ?? 0)),
    nameSize: storageSize,
    iovecs: Math.max(...checked.map(({ buffers }) => buffers.length)),
  })
  checked.forEach((message, i) => batch.set(i, message))
  const sent = calls.sendmmsg(fd, batch, checked.length, bits)
  if (sent < 0) throw sendError(batch.syscall, -sent, checked[0]!)
  return sent
}

/** The maximum number of messages to receive, and the buffer sizes for each. */
export interface ReceiveManyOptions {
  /** 1 to 1024. */
  readonly count: number
  /** Buffer size for the data of each message, in bytes. */
  readonly size: number
  /** As in {@link ReceiveOptions}, for each message. */
  readonly controlSize?: number | undefined
  /** As in {@link ReceiveOptions}, for each message. */
  readonly nameSize?: number | undefined
}

/**
 * recvmmsg(2): receives up to `count` messages in one system call. {@link RECEIVE_FLAGS} are added to `flags`. It waits for all of
 * them; with `MSG_WAITFORONE` only for the first, with `MSG_DONTWAIT` for none.
 *
 * @throws SystemError as {@link recvmsg}, if none was received
 * @see https://man7.org/linux/man-pages/man2/recvmmsg.2.html
 * @example
 * import { close, constants, recvmmsg, sendmmsg, socketpair } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
 * sendmmsg(a, ['one', 'two'].map((text) => ({ buffers: [Buffer.from(text)] }))) // 2
 * const messages = recvmmsg(b, { count: 64, size: 100 }, constants.MSG_DONTWAIT)
 * console.log(messages.map(({ data }) => String(data)).join()) // one,two
 * close(a)
 * close(b)
 */
export function recvmmsg(fd: number, options: ReceiveManyOptions, flags = 0): ReceivedMessage[] {
  descriptor('recvmmsg', fd)
  const { count, size, controlSize = 0, nameSize = storageSize } = object('recvmmsg', 'options', options)
  integer('recvmmsg', 'count', count, 1, UIO_MAXIOV)
  integer('recvmmsg', 'size', size, 0)
  integer('recvmmsg', 'controlSize', controlSize, 0, maxControl)
  integer('recvmmsg', 'nameSize', nameSize, 0, storageSize)
  if (count * (size + controlSize) > INT_MAX) {
    const each = `${size + controlSize} bytes for each message`
    throw outOfRange(`Cannot call recvmmsg with count ${count} and ${each}: the limit is ${INT_MAX} bytes in total`)
  }
  const bits = peekFlags(fd, flagBits('recvmmsg', flags) | RECEIVE_FLAGS)
  const batch = batchForMany({ count, dataSize: size, controlSize, nameSize, iovecs: 1 })
  for (let i = 0; i < count; i++) {
    batch.reset(i, size, controlSize, nameSize)
    batch.clearControl(i, controlSize)
    if ((bits & MSG_SOCK_DEVMEM) !== 0) clearData(batch, i, size)
  }
  const received = succeeded(calls.recvmmsg(fd, batch, count, bits), batch.syscall)
  const discarded = calls.discards(fd, bits)
  return Array.from({ length: received }, (_, i) => {
    const length = batch.length(i)
    const data = discarded ? empty : batch.data(i, Math.min(length, size))
    return { length, data, name: batch.name(i, nameSize), control: batch.control(i), flags: batch.flags(i) & ~RECEIVE_FLAGS }
  })
}
