/**
 * sendmsg, recvmsg, sendmmsg, recvmmsg: each function is one system call. It waits unless told not to (`MSG_DONTWAIT`,
 * or `O_NONBLOCK` on the descriptor), and while it waits nothing else runs on the thread, signal handlers included.
 *
 * Two flags are always on: {@link SEND_FLAGS} and {@link RECEIVE_FLAGS}.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { isBytes } from '../abi/bytes.ts'
import { storageSize } from '../address/address.ts'
import { invalidType, outOfRange, show, type SystemError } from '../errors.ts'
import { Batch, copyLimit, totalOf, type BatchShape, type OutgoingMessage } from '../message/batch.ts'
import { engine } from '../native/engine.ts'
import * as sys from '../native/syscalls.ts'
import { explainRefusal } from './refusals.ts'
import { bytes, descriptor, flagBits, integer, list, object, sockaddr, succeeded, systemError } from '../arguments.ts'

const { MSG_NOSIGNAL, MSG_ZEROCOPY, MSG_CMSG_CLOEXEC, MSG_SOCK_DEVMEM, UIO_MAXIOV, INT_MAX } = constants

/** Added to the flags of every send: a peer that is gone is EPIPE, not a SIGPIPE that ends the process. */
export const SEND_FLAGS: number = MSG_NOSIGNAL
/** Added to the flags of every receive: received descriptors are close-on-exec from the first instant on. */
export const RECEIVE_FLAGS: number = MSG_CMSG_CLOEXEC

/** The flags of a send, with {@link SEND_FLAGS}. */
export function sendFlags(syscall: string, flags: number): number {
  const bits = flagBits(syscall, flags)
  if ((bits & MSG_ZEROCOPY) !== 0) throw outOfRange(`Cannot call ${syscall} with MSG_ZEROCOPY: the kernel would read the buffer after the call, when it may already hold other data`)
  return bits | SEND_FLAGS
}

/** A message to send. */
export interface SendMessage {
  /** The data, gathered from 1 to 1024 buffers; for no data, one empty buffer. */
  readonly buffers: readonly Uint8Array[]
  /** Where it goes, as `encodeAddress` makes it; not needed on a connected socket. */
  readonly name?: Uint8Array | undefined
  /** Control messages, as `encodeControl` makes them. */
  readonly control?: Uint8Array | undefined
}

/** How much room to receive into. */
export interface ReceiveOptions {
  /** Room for the data, bytes; 65536 if absent. What does not fit is cut off, and `MSG_TRUNC` is in the flags. */
  readonly size?: number
  /** Receive into these instead. */
  readonly buffers?: readonly Uint8Array[]
  /**
   * Room for control messages, bytes: Σ `CMSG_SPACE`. 0 if absent: the kernel then closes descriptors that come along.
   * What does not fit is cut off, and `MSG_CTRUNC` is in the flags.
   */
  readonly controlSize?: number
  /** Room for the sender's address, bytes; enough for any if absent. */
  readonly nameSize?: number
}

/** A message received. */
export interface ReceivedMessage {
  /**
   * What recvmsg returned: the bytes received; with `MSG_TRUNC` asked for, those the datagram had, or of TCP those that
   * were discarded. 0 at a stream's end.
   */
  readonly length: number
  /** The data; with `buffers`, empty: they hold it. Empty too where the kernel discarded it (`MSG_TRUNC` on TCP). */
  readonly data: Buffer
  /** The sender's `struct sockaddr`, for `decodeAddress`; empty if it has none. */
  readonly name: Buffer
  /** Control messages, for `decodeControl`. The descriptors in them are open, and yours to close. */
  readonly control: Buffer
  /** `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_EOR`, `MSG_OOB`, `MSG_ERRQUEUE`. `MSG_CMSG_CLOEXEC`, which the kernel echoes, is left out. */
  readonly flags: number
}

const defaultSize = 65536
const empty = Buffer.alloc(0)

// Made once for each kind of call and kept while it is roomy enough. Calls do not overlap: they are synchronous.
let one: Batch | undefined
let many: Batch | undefined
/** More memory than this is not kept for the next call. */
const keepLimit = 1 << 20

function roomForOne(controlSize: number): Batch {
  if (one?.fits(1, copyLimit, controlSize, storageSize, UIO_MAXIOV)) return one
  const batch = new Batch({ count: 1, dataSize: copyLimit, controlSize: Math.max(controlSize, 4096), nameSize: storageSize, iovecs: UIO_MAXIOV })
  if (!isKept(batch)) return batch
  one?.release()
  return (one = batch)
}

function roomForMany(shape: BatchShape): Batch {
  const { count, dataSize, controlSize, nameSize, iovecs } = shape
  if (many?.fits(count, dataSize, controlSize, nameSize, iovecs)) return many
  const batch = new Batch(shape)
  if (!isKept(batch)) return batch
  many?.release()
  return (many = batch)
}

// In a Worker what is not kept would be free again only after its next turn of the event loop, which may never come.
const isKept = ({ shape }: Batch): boolean => engine().addressOf === undefined || shape.count * (shape.dataSize + shape.controlSize) <= keepLimit

/** More than the kernel has to say, or lets anybody say: its own limit, net.core.optmem_max, is 128 KiB. */
export const maxControl: number = 1 << 20

/** A message to be sent, each of its parts read once and checked. */
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

/** The error of a send, about the address it was for. */
export const sendError = (syscall: string, errno: number, { name, control }: OutgoingMessage): SystemError =>
  systemError(errno, syscall, name, explainRefusal(errno, control))

/**
 * sendmsg(2): send one message, with its control messages. {@link SEND_FLAGS} are added to `flags`.
 *
 * @returns the bytes sent: all of a datagram; of a stream perhaps fewer, and then the control messages have gone along
 * @throws SystemError EAGAIN: it would wait; EMSGSIZE; ECONNREFUSED, ENOENT: nobody is there; EPIPE; ENOTCONN; EPERM,
 * ESRCH: credentials that may not be stated; EINVAL: control messages the kernel does not take; ETOOMANYREFS; ENOBUFS
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
  const batch = roomForOne(control === undefined ? 0 : control.length)
  batch.set(0, checked)
  const sent = sys.sendmsg(fd, batch.address(), bits)
  if (sent < 0) throw sendError('sendmsg', -sent, checked)
  return sent
}

/**
 * recvmsg(2): receive one message, with its control messages. {@link RECEIVE_FLAGS} are added to `flags`. With `MSG_TRUNC`
 * the socket is asked for its type afterwards: TCP discards the data then, and writes none.
 *
 * @throws SystemError EAGAIN: nothing is there; ECONNREFUSED: of an earlier send; ENOTCONN; EBADF
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
  const { size = defaultSize, buffers: given, controlSize = 0, nameSize = storageSize } = object('recvmsg', 'options', options)
  integer('recvmsg', 'size', size, 0)
  integer('recvmsg', 'controlSize', controlSize, 0, maxControl)
  integer('recvmsg', 'nameSize', nameSize, 0, storageSize)
  const buffers = given === undefined ? undefined : gathered('recvmsg', given)
  const bits = flagBits('recvmsg', flags) | RECEIVE_FLAGS

  const batch = roomForOne(controlSize)
  batch.reset(0, Math.min(size, copyLimit), controlSize, nameSize)
  batch.clearControl(0, controlSize)
  const partial = (bits & MSG_SOCK_DEVMEM) !== 0
  if (partial) clearData(batch, 0, Math.min(size, copyLimit))
  const own = buffers ?? (size > copyLimit ? [partial ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size)] : undefined)
  if (own !== undefined) batch.pointTo(0, own)
  const length = succeeded(sys.recvmsg(fd, batch.address(), bits), 'recvmsg')
  const written = sys.discards(fd, bits) ? 0 : length
  if (own !== undefined) batch.fill(0, own, written)
  const data = buffers !== undefined || written === 0 ? empty : own !== undefined ? Buffer.from(own[0]!.subarray(0, written)) : batch.data(0, Math.min(written, size))
  return { length, data, name: batch.name(0, nameSize), control: batch.control(0), flags: batch.flags(0) & ~RECEIVE_FLAGS }
}

/** Zero the room for data: of device memory the kernel counts the bytes, and writes none of them. */
export function clearData(batch: Batch, i: number, size: number): void {
  const start = batch.dataStart(i)
  batch.memory.bytes.fill(0, start, start + size)
}

/**
 * sendmmsg(2): send up to 1024 messages in one system call. {@link SEND_FLAGS} are added to `flags`.
 *
 * @returns how many were sent: fewer than given when one of them failed or would wait. Why, the kernel says to the next
 * call, when that message is the first
 * @throws SystemError as {@link sendmsg}, when the first could not be sent
 * @see https://man7.org/linux/man-pages/man2/sendmmsg.2.html
 */
export function sendmmsg(fd: number, messages: readonly SendMessage[], flags = 0): number {
  descriptor('sendmmsg', fd)
  const checked = list('sendmmsg', 'messages', messages, 0, UIO_MAXIOV).map((message) => outgoing('sendmmsg', message))
  const bits = sendFlags('sendmmsg', flags)
  if (checked.length === 0) return 0
  const batch = roomForMany({
    count: checked.length,
    dataSize: Math.min(copyLimit, Math.max(...checked.map(({ buffers }) => totalOf(buffers)))),
    controlSize: Math.max(...checked.map(({ control }) => control?.length ?? 0)),
    nameSize: storageSize,
    iovecs: Math.max(...checked.map(({ buffers }) => buffers.length)),
  })
  checked.forEach((message, i) => batch.set(i, message))
  const sent = sys.sendmmsg(fd, batch, checked.length, bits)
  if (sent < 0) throw sendError(batch.syscall, -sent, checked[0]!)
  return sent
}

/** How many messages to receive at most, and the room for each. */
export interface ReceiveManyOptions {
  /** 1 to 1024. */
  readonly count: number
  /** Room for the data of each, bytes. */
  readonly size: number
  /** As in {@link ReceiveOptions}, for each. */
  readonly controlSize?: number
  /** As in {@link ReceiveOptions}, for each. */
  readonly nameSize?: number
}

/**
 * recvmmsg(2): receive up to `count` messages in one system call. {@link RECEIVE_FLAGS} are added to `flags`. It waits
 * for all of them; `MSG_WAITFORONE` for the first alone, `MSG_DONTWAIT` for none.
 *
 * @throws SystemError as {@link recvmsg}, when none was received
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
    throw outOfRange(`Cannot call recvmmsg for ${count} messages of ${size + controlSize} bytes: the limit is ${INT_MAX} bytes in total`)
  }
  const bits = flagBits('recvmmsg', flags) | RECEIVE_FLAGS
  const batch = roomForMany({ count, dataSize: size, controlSize, nameSize, iovecs: 1 })
  for (let i = 0; i < count; i++) {
    batch.reset(i, size, controlSize, nameSize)
    batch.clearControl(i, controlSize)
    if ((bits & MSG_SOCK_DEVMEM) !== 0) clearData(batch, i, size)
  }
  const received = succeeded(sys.recvmmsg(fd, batch, count, bits), batch.syscall)
  const discarded = sys.discards(fd, bits)
  return Array.from({ length: received }, (_, i) => {
    const length = batch.length(i)
    return { length, data: discarded ? empty : batch.data(i, Math.min(length, size)), name: batch.name(i, nameSize), control: batch.control(i), flags: batch.flags(i) & ~RECEIVE_FLAGS }
  })
}
