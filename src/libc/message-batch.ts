/**
 * Receives and sends messages without copying them or creating objects, for maximum performance.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { storageSize } from '../address/address.ts'
import { viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { intSize } from '../abi/scalars.ts'
import { count, object, outOfRange, show } from '../errors.ts'
import { Batch, totalOf } from '../message/batch.ts'
import * as calls from '../native/message-calls.ts'
import { peekFlags } from '../native/peek-offset.ts'
import { descriptor, flagBits, integer, succeeded } from '../arguments.ts'
import { clearData, outgoing, RECEIVE_FLAGS, sendError, sendFlags, type ReceiveManyOptions, type SendMessage } from './messages.ts'

const { UIO_MAXIOV, INT_MAX, MSG_SOCK_DEVMEM } = constants
const header = cmsghdrOf()
const empty = Buffer.alloc(0)

/**
 * Buffers for messages, laid out for the kernel once and reused for each call. Received messages are read in place, field by field,
 * and are valid until the next call that receives; to keep them longer, copy them with {@link data}, {@link control} and
 * {@link name}.
 *
 * Received descriptors are open in this process, and the caller must close them; without `controlSize` the kernel closes them.
 *
 * @example
 * import { CMSG_SPACE, MessageBatch, close, constants, sendmsg, setsockopt, socketpair, structs } from 'cmsg/libc'
 *
 * const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, SCM_CREDENTIALS, MSG_DONTWAIT } = constants
 * const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
 * setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
 * for (let i = 0; i < 10; i++) sendmsg(a, { buffers: [Buffer.from(Int32Array.of(i).buffer)] })
 *
 * const batch = new MessageBatch({ count: 64, size: 36, controlSize: CMSG_SPACE(structs.ucred.size) })
 * const count = batch.receive(b, MSG_DONTWAIT)
 * for (let i = 0; i < count; i++) {
 *   const ucred = batch.findControl(i, SOL_SOCKET, SCM_CREDENTIALS)
 *   if (batch.int32(i, 0) !== i || batch.controlInt32(i, ucred) !== process.pid) throw new Error('not ours')
 * }
 * close(a)
 * close(b)
 */
export class MessageBatch {
  readonly #batch: Batch
  readonly #count: number
  /** The number of messages that the kernel has written to since they were prepared. */
  #used: number
  /** The number of messages that can be read: those that the last call received or sent. */
  #shown = 0
  /** The kernel returned the number of bytes it discarded, and wrote none. */
  #discarded = false
  /** The position of the payload that {@link findControl} found last: most reads are within it. */
  #foundIn = -1
  #foundStart = 0
  #foundEnd = 0

  /** @throws RangeError for more than 1024 messages, or more than 2 GiB in total */
  constructor(options: ReceiveManyOptions) {
    const { count, size, controlSize = 0, nameSize = storageSize } = object('MessageBatch', 'options', options)
    integer('MessageBatch', 'count', count, 1, UIO_MAXIOV)
    integer('MessageBatch', 'size', size, 0)
    integer('MessageBatch', 'controlSize', controlSize, 0)
    integer('MessageBatch', 'nameSize', nameSize, 0, storageSize)
    if (count * (size + controlSize) > INT_MAX) {
      const each = `${size + controlSize} bytes for each message`
      throw outOfRange(`Cannot create a MessageBatch with count ${count} and ${each}: the limit is ${INT_MAX} bytes in total`)
    }
    this.#batch = new Batch({ count, dataSize: size, controlSize, nameSize, iovecs: 1 })
    this.#count = this.#used = count
  }

  /**
   * recvmmsg(2): receives into the batch, from its beginning. It waits until the batch is full; with `MSG_WAITFORONE` only for the
   * first message, with `MSG_DONTWAIT` not at all. {@link RECEIVE_FLAGS} are added to `flags`.
   * @returns the number of messages received
   * @throws SystemError if none was received: EAGAIN, ECONNREFUSED, ENOTCONN, EBADF
   */
  receive(fd: number, flags = 0): number {
    descriptor('recvmmsg', fd)
    const bits = peekFlags(fd, flagBits('recvmmsg', flags) | RECEIVE_FLAGS)
    this.#prepare(bits)
    const received = calls.recvmmsg(fd, this.#batch, this.#count, bits)
    this.#used = this.#shown = Math.max(0, received)
    this.#discarded = calls.discards(fd, bits)
    return succeeded(received, this.#batch.syscall)
  }

  /** recvmsg(2): receives one message, as message 0. @returns what recvmsg returns @throws SystemError */
  receiveOne(fd: number, flags = 0): number {
    descriptor('recvmsg', fd)
    const bits = peekFlags(fd, flagBits('recvmsg', flags) | RECEIVE_FLAGS)
    this.#prepare(bits)
    this.#used = 1
    const length = calls.recvmsg(fd, this.#batch.address(), bits)
    this.#shown = length < 0 ? 0 : 1
    this.#discarded = calls.discards(fd, bits)
    // recvmsg does not write msg_len.
    if (length >= 0) this.#batch.setLength(0, length)
    return succeeded(length, 'recvmsg')
  }

  #prepare(bits: number): void {
    this.#batch.resetAll(this.#used)
    this.#foundIn = -1
    if ((bits & MSG_SOCK_DEVMEM) !== 0) for (let i = 0; i < this.#count; i++) clearData(this.#batch, i, this.#batch.shape.dataSize)
  }

  /** Stores message `i` for sending. Its data is copied; the other messages are not changed. */
  set(i: number, message: SendMessage): void {
    this.#check(i)
    const { buffers, name, control } = outgoing('MessageBatch.set', message)
    const { dataSize, controlSize, nameSize } = this.#batch.shape
    const size = totalOf(buffers)
    if (size > dataSize || (control?.length ?? 0) > controlSize || (name?.length ?? 0) > nameSize) {
      const given = `${size}, ${control?.length ?? 0} and ${name?.length ?? 0} bytes`
      const limits = `${dataSize}, ${controlSize} and ${nameSize}`
      throw outOfRange(`Cannot store a message whose data, control and name have ${given}: the limits are ${limits}`)
    }
    this.#batch.set(i, { buffers, name, control })
    // Its lengths are now those of the message to send, so they must be reset before receiving again.
    this.#used = Math.max(this.#used, i + 1)
  }

  /**
   * sendmmsg(2): sends the first `count` messages. {@link SEND_FLAGS} are added to `flags`.
   * @returns the number of messages sent
   * @throws SystemError if none was sent
   */
  send(fd: number, count: number, flags = 0): number {
    descriptor('sendmmsg', fd)
    integer('sendmmsg', 'count', count, 1, this.#count)
    const sent = calls.sendmmsg(fd, this.#batch, count, sendFlags('sendmmsg', flags))
    if (sent < 0) throw sendError(this.#batch.syscall, -sent, { buffers: [], name: this.#batch.name(0), control: this.#batch.control(0) })
    this.#showSent(sent)
    return sent
  }

  /** sendmsg(2): sends message 0. @returns the number of bytes sent @throws SystemError */
  sendOne(fd: number, flags = 0): number {
    descriptor('sendmsg', fd)
    const sent = calls.sendmsg(fd, this.#batch.address(), sendFlags('sendmsg', flags))
    if (sent < 0) throw sendError('sendmsg', -sent, { buffers: [], name: this.#batch.name(0), control: this.#batch.control(0) })
    this.#batch.setLength(0, sent)
    this.#showSent(1)
    return sent
  }

  #showSent(count: number): void {
    this.#shown = count
    this.#discarded = false
    this.#foundIn = -1
  }

  /**
   * `msg_len`: the number of bytes received or sent of message `i`. If the last call received or sent fewer messages, it is 0, and
   * everything else of the message is empty.
   */
  length(i: number): number {
    this.#check(i)
    return i < this.#shown ? this.#batch.length(i) : 0
  }

  /** `msg_flags` of message `i`: `MSG_TRUNC`, `MSG_CTRUNC`, … */
  flags(i: number): number {
    this.#check(i)
    return i < this.#shown ? this.#batch.flags(i) & ~RECEIVE_FLAGS : 0
  }

  /** Reads an `int` in the received data of message `i`. */
  int32(i: number, offset: number): number {
    this.#check(i)
    this.#within(offset, intSize, this.#dataLength(i))
    return this.#batch.memory.view.getInt32(this.#batch.dataStart(i) + offset, true)
  }

  /** Reads a byte in the received data of message `i`. */
  byte(i: number, offset: number): number {
    this.#check(i)
    this.#within(offset, 1, this.#dataLength(i))
    return this.#batch.memory.view.getUint8(this.#batch.dataStart(i) + offset)
  }

  /** Returns the offset of a control message's payload in the control bytes of message `i`, or -1 if there is none. */
  findControl(i: number, level: number, type: number): number {
    this.#check(i)
    const start = this.#batch.controlStart(i)
    let found = -1
    const { view } = this.#batch.memory
    walkControl(view, start, start + this.#controlLength(i), header, (foundLevel, foundType, from, end, complete) => {
      if (found >= 0 || !complete || foundLevel !== level || foundType !== type) return
      found = from - start
      this.#foundIn = i
      this.#foundStart = found
      this.#foundEnd = end - start
    })
    return found
  }

  /** Reads an `int` in the control bytes of message `i`: in a header, or in a payload. */
  controlInt32(i: number, offset: number): number {
    this.#check(i)
    if (i !== this.#foundIn || !(offset >= this.#foundStart && offset + intSize <= this.#foundEnd)) this.#checkControl(i, offset)
    return this.#batch.memory.view.getInt32(this.#batch.controlStart(i) + offset, true)
  }

  /** Copies the first bytes of the data of message `i`, at most `length`; all received bytes if absent. */
  data(i: number, length: number = this.length(i)): Buffer {
    this.#check(i)
    return this.#batch.data(i, Math.min(integer('MessageBatch', 'length', length, 0), this.#dataLength(i)))
  }

  /** Copies the control bytes of message `i`, for `decodeControl`. */
  control(i: number): Buffer {
    this.#check(i)
    if (i >= this.#shown) return empty
    const copy = this.#batch.control(i)
    // The kernel does not write padding, which still has earlier contents.
    let last = 0
    walkControl(viewOf(copy), 0, copy.length, header, (_level, _type, start, end) => {
      copy.fill(0, last, start - header.size)
      last = end
    })
    return copy.fill(0, last)
  }

  /** Copies the sender's `struct sockaddr` of message `i`, for `decodeAddress`. */
  name(i: number): Buffer {
    this.#check(i)
    return i < this.#shown ? this.#batch.name(i) : empty
  }

  /** The number of data bytes that the kernel wrote for message `i`. */
  #dataLength(i: number): number {
    return this.#discarded ? 0 : Math.min(this.length(i), this.#batch.shape.dataSize)
  }

  #controlLength(i: number): number {
    return i < this.#shown ? this.#batch.controlLength(i) : 0
  }

  /** Refuses an int that is not entirely in a header or a payload: the kernel does not write the padding between them. */
  #checkControl(i: number, offset: number): void {
    const length = this.#controlLength(i)
    this.#within(offset, intSize, length)
    const start = this.#batch.controlStart(i)
    let inside = false
    walkControl(this.#batch.memory.view, start, start + length, header, (_level, _type, from, end) => {
      if (offset >= from - header.size - start && offset + intSize <= end - start) inside = true
    })
    if (!inside) throw outOfRange(`Cannot read ${intSize} bytes at ${offset}: this is padding, which the kernel does not write`)
  }

  #check(i: number): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.#count) {
      throw outOfRange(`Cannot access message ${show(i)} of a batch: expected an integer from 0 to ${this.#count - 1}`)
    }
  }

  #within(offset: number, size: number, available: number): void {
    if (!Number.isInteger(offset) || offset < 0 || offset + size > available) {
      const left = `${available} ${available === 1 ? 'is' : 'are'}`
      throw outOfRange(`Cannot read ${count(size, 'byte')} at ${show(offset)}: only ${left} available`)
    }
  }
}
