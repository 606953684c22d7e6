/**
 * Messages laid out for the kernel: an array of `struct mmsghdr`, each with its iovecs, name, control and data, in one
 * arena. The pointers between them are written once, when it is made; a call only sets lengths.
 * @module
 */
import { structs } from '../abi/structs.ts'
import { Arena } from '../native/memory.ts'
import { loadLibc } from '../native/ffi.ts'

/** How much room there is: `count` messages, and for each so many bytes and iovecs. */
export interface BatchShape {
  readonly count: number
  readonly dataSize: number
  readonly controlSize: number
  readonly nameSize: number
  readonly iovecs: number
}

const { msghdr, mmsghdr, iovec } = structs
const { msg_name, msg_namelen, msg_iov, msg_iovlen, msg_control, msg_controllen, msg_flags } = msghdr.fields
const { msg_len } = mmsghdr.fields
const { iov_base, iov_len } = iovec.fields
const wordSize = msghdr.abi.wordSize
const words = (bytes: number): number => Math.ceil(bytes / wordSize) * wordSize

/** What a message to be sent is made of, as bytes. */
export interface OutgoingMessage {
  readonly buffers: readonly Uint8Array[]
  readonly name?: Uint8Array | undefined
  readonly control?: Uint8Array | undefined
}

export class Batch {
  readonly shape: BatchShape
  readonly #arena: Arena
  readonly #iovecs: number
  readonly #names: number
  readonly #controls: number
  readonly #data: number
  readonly #nameStride: number
  readonly #controlStride: number

  constructor(shape: BatchShape) {
    const { count, dataSize, controlSize, nameSize, iovecs } = shape
    this.shape = shape
    this.#nameStride = words(nameSize)
    this.#controlStride = words(controlSize)
    this.#iovecs = count * mmsghdr.size
    this.#names = this.#iovecs + count * iovecs * iovec.size
    this.#controls = this.#names + count * this.#nameStride
    this.#data = this.#controls + count * this.#controlStride
    const arena = this.#arena = new Arena(this.#data + count * dataSize)
    for (let i = 0; i < count; i++) {
      const header = i * mmsghdr.size
      arena.setWord(header + msg_name.offset, arena.address + this.#names + i * this.#nameStride)
      arena.setWord(header + msg_iov.offset, arena.address + this.#iovecs + i * iovecs * iovec.size)
      arena.setWord(header + msg_control.offset, arena.address + this.#controls + i * this.#controlStride)
    }
  }

  /** Whether messages of another shape fit into this one. */
  fits({ count, dataSize, controlSize, nameSize, iovecs }: BatchShape): boolean {
    const { shape } = this
    return count <= shape.count && dataSize <= shape.dataSize && controlSize <= shape.controlSize
      && nameSize <= shape.nameSize && iovecs <= shape.iovecs
  }

  /** The address of the `struct mmsghdr` of message `i`, which begins with its `struct msghdr`. */
  address(i = 0): number {
    return this.#arena.address + i * mmsghdr.size
  }

  /** Lay out message `i` to be sent. What is over `dataSize` is not copied: the iovecs point at the caller's buffers. */
  set(i: number, { buffers, name, control }: OutgoingMessage): void {
    const { bytes } = this.#arena
    if (name !== undefined) bytes.set(name, this.#names + i * this.#nameStride)
    if (control !== undefined) bytes.set(control, this.#controls + i * this.#controlStride)
    this.#lengths(i, name?.length ?? 0, control?.length ?? 0)
    const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
    if (total > this.shape.dataSize) return this.pointTo(i, buffers)
    let at = this.#data + i * this.shape.dataSize
    for (const buffer of buffers) {
      bytes.set(buffer, at)
      at += buffer.length
    }
    this.#pointToOwn(i, total)
  }

  /**
   * Make message `i` ready to receive. All three lengths are value-result: the kernel has overwritten them, and they
   * are set before every call.
   */
  reset(i: number, dataSize: number, controlSize: number, nameSize: number): void {
    this.#lengths(i, nameSize, controlSize)
    this.#pointToOwn(i, dataSize)
  }

  /** Zero the control area of message `i`: the kernel leaves padding as it was, and whole buffers must not show it. */
  clearControl(i: number): void {
    const control = this.#controls + i * this.#controlStride
    this.#arena.bytes.fill(0, control, control + this.shape.controlSize)
  }

  /** Let the kernel read from, or write to, the caller's buffers themselves. They must live until the call is over. */
  pointTo(i: number, buffers: readonly Uint8Array[]): void {
    const arena = this.#arena
    const { addressOf } = loadLibc()
    buffers.forEach((buffer, k) => {
      const at = this.#iovecs + (i * this.shape.iovecs + k) * iovec.size
      arena.setWord(at + iov_base.offset, buffer.length === 0 ? 0 : addressOf(buffer))
      arena.setWord(at + iov_len.offset, buffer.length)
    })
    arena.setWord(i * mmsghdr.size + msg_iovlen.offset, buffers.length)
  }

  #lengths(i: number, nameLength: number, controlLength: number): void {
    const header = i * mmsghdr.size
    this.#arena.view.setUint32(header + msg_namelen.offset, nameLength, true)
    this.#arena.setWord(header + msg_controllen.offset, controlLength)
    this.#arena.view.setInt32(header + msg_flags.offset, 0, true)
  }

  #pointToOwn(i: number, length: number): void {
    const at = this.#iovecs + i * this.shape.iovecs * iovec.size
    this.#arena.setWord(at + iov_base.offset, this.#arena.address + this.#data + i * this.shape.dataSize)
    this.#arena.setWord(at + iov_len.offset, length)
    this.#arena.setWord(i * mmsghdr.size + msg_iovlen.offset, 1)
  }

  /** `msg_len`: what recvmmsg received, or sendmmsg sent, of message `i`. */
  length(i: number): number {
    return this.#arena.view.getUint32(i * mmsghdr.size + msg_len.offset, true)
  }

  /** `msg_flags` of message `i`. */
  flags(i: number): number {
    return this.#arena.view.getInt32(i * mmsghdr.size + msg_flags.offset, true)
  }

  /** The first `length` bytes of message `i`, a copy. */
  data(i: number, length: number): Buffer {
    const start = this.#data + i * this.shape.dataSize
    return Buffer.from(this.#arena.bytes.subarray(start, start + Math.min(length, this.shape.dataSize)))
  }

  /** The sender's `struct sockaddr`, a copy. The kernel may say it is longer than it had room for. */
  name(i: number): Buffer {
    const start = this.#names + i * this.#nameStride
    const length = this.#arena.view.getUint32(i * mmsghdr.size + msg_namelen.offset, true)
    return Buffer.from(this.#arena.bytes.subarray(start, start + Math.min(length, this.shape.nameSize)))
  }

  /** `msg_controllen`: how many control bytes came with message `i`. */
  controlLength(i: number): number {
    return Math.min(this.#arena.word(i * mmsghdr.size + msg_controllen.offset), this.shape.controlSize)
  }

  /** The control bytes received with message `i`, a copy. */
  control(i: number): Buffer {
    const start = this.#controls + i * this.#controlStride
    return Buffer.from(this.#arena.bytes.subarray(start, start + this.controlLength(i)))
  }
}
