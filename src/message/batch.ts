/**
 * Messages laid out for the kernel: an array of `struct mmsghdr`, each with its iovecs, name, control and data, in one arena. The
 * pointers between them are written once, at creation; a call only sets lengths.
 * @module
 */
import { isGone } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { invalidType } from '../errors.ts'
import { Arena } from '../native/memory.ts'
import * as calls from '../native/message-calls.ts'
import { engine } from '../native/engine.ts'

/** The capacity of a batch: `count` messages, each with buffers of these sizes in bytes, and this many iovecs. */
export interface BatchShape {
  readonly count: number
  readonly dataSize: number
  readonly controlSize: number
  readonly nameSize: number
  readonly iovecs: number
}

/** A message to send, as bytes. */
export interface OutgoingMessage {
  readonly buffers: readonly Uint8Array[]
  readonly name?: Uint8Array | undefined
  readonly control?: Uint8Array | undefined
}

// Separate numbers: V8 treats them as constants, unlike properties of properties.
const { msghdr, mmsghdr, iovec } = structs
const headerSize = mmsghdr.size
const iovecSize = iovec.size
const wordSize = msghdr.abi.wordSize
const [nameAt, namelenAt, iovAt, iovlenAt, controlAt, controllenAt, flagsAt] = (
  ['msg_name', 'msg_namelen', 'msg_iov', 'msg_iovlen', 'msg_control', 'msg_controllen', 'msg_flags'] as const
).map((field) => msghdr.fields[field].offset) as [number, number, number, number, number, number, number]
const lenAt = mmsghdr.fields.msg_len.offset
const baseAt = iovec.fields.iov_base.offset
const iovLengthAt = iovec.fields.iov_len.offset

// The same as indexes of 32-bit words, for the loop over all messages. The high halves of the lengths stay zero.
const wordBytes = Int32Array.BYTES_PER_ELEMENT
const headerWords = headerSize / wordBytes
const namelenWord = namelenAt / wordBytes
const controllenWord = controllenAt / wordBytes
const flagsWord = flagsAt / wordBytes

const words = (bytes: number): number => Math.ceil(bytes / wordSize) * wordSize
const empty = Buffer.alloc(0)
/** Buffer size for the data of a message in bytes, unless the caller chooses another: no UDP packet is longer. */
export const defaultDataSize = 64 << 10
/** Data up to this size is copied through a batch's arena; larger data is read and written in place, since an address costs 3 µs. */
export const copyLimit = defaultDataSize

/** A fixed number of messages of one size, to send or receive again and again. */
export class Batch implements calls.MessageVector {
  readonly shape: BatchShape
  syscall: calls.MessageVector['syscall'] = 'recvmsg'
  readonly #arena: Arena
  readonly #iovecs: number
  readonly #names: number
  readonly #controls: number
  readonly #data: number
  readonly #iovecStride: number
  readonly #nameStride: number
  readonly #controlStride: number
  readonly #dataStride: number
  /** Messages whose data is elsewhere: in the caller's buffers, or in a separate arena. */
  readonly #elsewhere = new Map<number, Arena | undefined>()
  /** The number of first messages that the kernel has written to, or that were laid out for sending, and must be reset to receive. */
  #used: number

  constructor(shape: BatchShape) {
    const { count, dataSize, controlSize, nameSize, iovecs } = shape
    this.shape = shape
    this.#used = count
    this.#iovecStride = iovecs * iovecSize
    this.#nameStride = words(nameSize)
    this.#controlStride = words(controlSize)
    this.#dataStride = words(dataSize)
    this.#iovecs = count * headerSize
    this.#names = this.#iovecs + count * this.#iovecStride
    this.#controls = this.#names + count * this.#nameStride
    this.#data = this.#controls + count * this.#controlStride
    const arena = this.#arena = new Arena(this.#data + count * this.#dataStride + wordSize)
    for (let i = 0; i < count; i++) {
      const header = i * headerSize
      // Without a buffer for the name, the kernel does not even look for one.
      arena.setWord(header + nameAt, nameSize === 0 ? 0 : arena.address + this.#names + i * this.#nameStride)
      arena.setWord(header + iovAt, arena.address + this.#iovecs + i * this.#iovecStride)
      arena.setWord(header + controlAt, arena.address + this.#controls + i * this.#controlStride)
      this.#pointToOwn(i)
    }
  }

  /** True if messages of another shape fit into this batch. */
  fits(count: number, dataSize: number, controlSize: number, nameSize: number, iovecs: number): boolean {
    const { shape } = this
    return count <= shape.count && dataSize <= shape.dataSize && controlSize <= shape.controlSize
      && nameSize <= shape.nameSize && iovecs <= shape.iovecs
  }

  /** The address of the `struct mmsghdr` of message `i`, which begins with its `struct msghdr`. */
  address(i = 0): number {
    return this.#arena.address + i * headerSize
  }

  /** The total size of the buffers of message `i`, in bytes. */
  dataSize(i: number): number {
    let total = 0
    const first = this.#iovecs + i * this.#iovecStride + iovLengthAt
    for (let k = this.#arena.word(i * headerSize + iovlenAt); --k >= 0;) total += this.#arena.word(first + k * iovecSize)
    return total
  }

  /** The memory of the batch, for reading in place. */
  get memory(): Arena {
    return this.#arena
  }
  dataStart(i: number): number {
    return this.#data + i * this.#dataStride
  }
  controlStart(i: number): number {
    return this.#controls + i * this.#controlStride
  }
  nameStart(i: number): number {
    return this.#names + i * this.#nameStride
  }

  /**
   * Lays out message `i` for sending. Data larger than `dataSize` is not copied: the iovecs point to the caller's buffers.
   * @throws TypeError if the memory of a buffer is gone
   */
  set(i: number, { buffers, name, control }: OutgoingMessage): void {
    if (i >= this.#used) this.#used = i + 1
    const { bytes } = this.#arena
    if (name !== undefined) bytes.set(name, this.nameStart(i))
    if (control !== undefined) bytes.set(control, this.controlStart(i))
    this.#lengths(i, name === undefined ? 0 : name.length, control === undefined ? 0 : control.length)
    const total = totalOf(buffers)
    if (total > this.shape.dataSize) {
      if (buffers.some((buffer) => buffer.length === 0 && isGone(buffer))) throw goneError()
      this.pointTo(i, buffers)
      const place = this.#elsewhere.get(i)
      if (place !== undefined) gather(buffers, place.bytes, 0)
    } else {
      gather(buffers, bytes, this.dataStart(i))
      this.#own(i, total)
    }
  }

  /** Lays out message `i` for sending, with only data, which must fit into `dataSize`. */
  setData(i: number, data: Uint8Array): void {
    if (i >= this.#used) this.#used = i + 1
    this.#arena.bytes.set(data, this.dataStart(i))
    this.#lengths(i, 0, 0)
    this.#own(i, data.length)
  }

  /**
   * Prepares message `i` for receiving. The lengths and flags are value-result arguments that the kernel overwrites, so they are set
   * before every call.
   */
  reset(i: number, dataSize: number, controlSize: number, nameSize: number): void {
    this.#lengths(i, nameSize, controlSize)
    this.#own(i, dataSize)
  }

  /** Prepares the first `count` messages for receiving, each with its full capacity. */
  resetAll(count: number): void {
    const { dataSize, controlSize, nameSize } = this.shape
    const { words } = this.#arena
    const elsewhere = this.#elsewhere.size > 0
    const iovecWords = this.#iovecStride / wordBytes
    let header = 0
    let iovLength = (this.#iovecs + iovLengthAt) / wordBytes
    for (let i = 0; i < count; i++, header += headerWords, iovLength += iovecWords) {
      words[header + namelenWord] = nameSize
      words[header + controllenWord] = controlSize
      words[header + flagsWord] = 0
      if (elsewhere) this.#own(i, dataSize)
      else words[iovLength] = dataSize
    }
  }

  /**
   * recvmsg(2), or recvmmsg(2) for more than one message: receives up to `count` messages, each with its full capacity. Returns the
   * number of messages, or minus errno.
   */
  receive(fd: number, count: number, flags: number): number {
    // The kernel has overwritten the lengths only of messages it wrote to.
    this.resetAll(this.#used)
    this.#used = 0
    if (count > 1) {
      const received = calls.recvmmsg(fd, this, count, flags)
      this.#used = Math.max(0, received)
      return received
    }
    // recvmsg has two parameters less, and each parameter costs time.
    const length = calls.recvmsg(fd, this.address(), flags)
    if (length < 0) return length
    this.setLength(0, length)
    return (this.#used = 1)
  }

  /** sendmsg(2): sends message 0. Returns the number of bytes sent, or minus errno. */
  sendOne(fd: number, flags: number): number {
    return calls.sendmsg(fd, this.address(), flags)
  }

  /** sendmmsg(2): sends the first `count` messages. Returns the number of messages sent, or minus errno. */
  send(fd: number, count: number, flags: number): number {
    return calls.sendmmsg(fd, this, count, flags)
  }

  /** Zeroes the control buffer of message `i`: the kernel does not write padding, which must not show earlier contents. */
  clearControl(i: number, size: number): void {
    const control = this.controlStart(i)
    if (size > 0) this.#arena.bytes.fill(0, control, control + size)
  }

  /**
   * Makes the kernel read from or write to the caller's buffers directly. They must live until the call has returned. In a Worker a
   * separate arena of that size is used, and {@link fill} copies received data into the buffers.
   */
  pointTo(i: number, buffers: readonly Uint8Array[]): void {
    const { addressOf } = engine()
    this.#elsewhere.get(i)?.release()
    // This comes first: if a buffer has no address, the iovecs already point to those before it.
    this.#elsewhere.set(i, undefined)
    if (addressOf !== undefined) {
      this.#pointAt(i, buffers.map((buffer) => ({ base: buffer.length === 0 ? 0 : addressOf(buffer), length: buffer.length })))
      return
    }
    const length = totalOf(buffers)
    const place = new Arena(length)
    this.#elsewhere.set(i, place)
    this.#pointAt(i, [{ base: place.address, length }])
  }

  /** Copies the first `length` received bytes of message `i` to the buffers passed to {@link pointTo}, unless they are there already. */
  fill(i: number, buffers: readonly Uint8Array[], length: number): void {
    const place = this.#elsewhere.get(i)
    if (place === undefined) return
    let at = 0
    for (const buffer of buffers) {
      buffer.set(place.bytes.subarray(at, Math.min(length, at + buffer.length)))
      at += buffer.length
      if (at >= length) return
    }
  }

  /** Frees its memory early. */
  release(): void {
    for (const place of this.#elsewhere.values()) place?.release()
    this.#arena.release()
  }

  #pointAt(i: number, places: readonly { readonly base: number; readonly length: number }[]): void {
    const arena = this.#arena
    places.forEach(({ base, length }, k) => {
      const at = this.#iovecs + i * this.#iovecStride + k * iovecSize
      arena.setWord(at + baseAt, base)
      arena.setWord(at + iovLengthAt, length)
    })
    arena.setWord(i * headerSize + iovlenAt, places.length)
  }

  #lengths(i: number, nameLength: number, controlLength: number): void {
    const header = i * headerSize
    const { view } = this.#arena
    view.setUint32(header + namelenAt, nameLength, true)
    // The high halves of the lengths are always zero: no buffer here comes near 4 GiB.
    view.setUint32(header + controllenAt, controlLength, true)
    view.setInt32(header + flagsAt, 0, true)
  }

  #own(i: number, length: number): void {
    if (this.#elsewhere.size > 0 && this.#elsewhere.has(i)) this.#restoreOwn(i)
    this.#arena.view.setUint32(this.#iovecs + i * this.#iovecStride + iovLengthAt, length, true)
  }

  #restoreOwn(i: number): void {
    this.#elsewhere.get(i)?.release()
    this.#elsewhere.delete(i)
    this.#pointToOwn(i)
  }

  #pointToOwn(i: number): void {
    const at = this.#iovecs + i * this.#iovecStride
    this.#arena.setWord(at + baseAt, this.#arena.address + this.dataStart(i))
    this.#arena.setWord(at + iovLengthAt, 0)
    this.#arena.setWord(i * headerSize + iovlenAt, 1)
  }

  /** `msg_len` of message `i`: the number of bytes that recvmmsg received or sendmmsg sent. */
  length(i: number): number {
    return this.#arena.view.getUint32(i * headerSize + lenAt, true)
  }

  /** Sets `msg_len` after recvmsg and sendmsg, which do not write it. */
  setLength(i: number, length: number): void {
    this.#arena.view.setUint32(i * headerSize + lenAt, length, true)
  }

  /** `msg_flags` of message `i`. */
  flags(i: number): number {
    return this.#arena.view.getInt32(i * headerSize + flagsAt, true)
  }

  /** `msg_namelen` of message `i`, limited to the buffer's size, which the kernel's value may exceed. */
  nameLength(i: number): number {
    const length = this.#arena.view.getUint32(i * headerSize + namelenAt, true)
    return length < this.shape.nameSize ? length : this.shape.nameSize
  }

  /** `msg_controllen`: the number of control bytes received with message `i`. */
  controlLength(i: number): number {
    const length = this.#arena.view.getUint32(i * headerSize + controllenAt, true)
    return length < this.shape.controlSize ? length : this.shape.controlSize
  }

  /** Copies the first `length` bytes of message `i`. */
  data(i: number, length: number): Buffer {
    return this.#copy(this.dataStart(i), Math.min(length, this.shape.dataSize))
  }

  /** Copies the sender's `struct sockaddr`, up to `maxSize` bytes. */
  name(i: number, maxSize: number = this.shape.nameSize): Buffer {
    return this.#copy(this.nameStart(i), Math.min(this.nameLength(i), maxSize))
  }

  /** Copies the control bytes received with message `i`. */
  control(i: number): Buffer {
    return this.#copy(this.controlStart(i), this.controlLength(i))
  }

  #copy(start: number, length: number): Buffer {
    if (length === 0) return empty
    const copy = Buffer.allocUnsafe(length)
    this.#arena.bytes.copy(copy, 0, start, start + length)
    return copy
  }
}

function gather(buffers: readonly Uint8Array[], into: Buffer, at: number): void {
  for (const buffer of buffers) {
    try {
      into.set(buffer, at)
    } catch (error) {
      throw isGone(buffer) ? goneError() : error
    }
    at += buffer.length
  }
}

/** The error for data that the caller has transferred or shrunk after it was checked: while it waited, or in a getter. */
export const goneError = (): TypeError => invalidType('Cannot send data: its ArrayBuffer was transferred or has shrunk')

/** The total size of several buffers, in bytes. */
export function totalOf(buffers: readonly Uint8Array[]): number {
  let total = 0
  for (const buffer of buffers) total += buffer.length
  return total
}
