/**
 * Messages laid out for the kernel: an array of `struct mmsghdr`, each with its iovecs, name, control and data, in one
 * arena. The pointers between them are written once, when it is made; a call only sets lengths.
 * @module
 */
import { structs } from '../abi/structs.ts'
import { Arena } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { engine } from '../native/engine.ts'

/** How much room there is: `count` messages, and for each so many bytes and iovecs. */
export interface BatchShape {
  readonly count: number
  readonly dataSize: number
  readonly controlSize: number
  readonly nameSize: number
  readonly iovecs: number
}

/** What a message to be sent is made of, as bytes. */
export interface OutgoingMessage {
  readonly buffers: readonly Uint8Array[]
  readonly name?: Uint8Array | undefined
  readonly control?: Uint8Array | undefined
}

// As numbers of their own: the engine takes them for constants, which it does not do for properties of properties.
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

// The same for the loop over all messages: the arena's words are 32 bits, and of the lengths the high halves stay zero.
const wordBytes = Int32Array.BYTES_PER_ELEMENT
const headerWords = headerSize / wordBytes
const [namelenWord, controllenWord, flagsWord] = [namelenAt / wordBytes, controllenAt / wordBytes, flagsAt / wordBytes] as [number, number, number]

const words = (bytes: number): number => Math.ceil(bytes / wordSize) * wordSize
/**
 * Between the data of one message and the next, beyond its room: a distance of exactly a power of two would have all of
 * them compete for the same few lines of the processor's cache.
 */
const stagger = 192
const empty = Buffer.alloc(0)
/** Data up to this is copied through a batch's arena, more is read and written where it lies: an address costs 3 µs. */
export const copyLimit = 65536

export class Batch implements sys.MessageVector {
  readonly shape: BatchShape
  syscall: sys.MessageVector['syscall'] = 'recvmsg'
  readonly #arena: Arena
  readonly #iovecs: number
  readonly #names: number
  readonly #controls: number
  readonly #data: number
  readonly #iovecStride: number
  readonly #nameStride: number
  readonly #controlStride: number
  readonly #dataStride: number
  /** Messages whose data is elsewhere: in the caller's buffers, or in a place of its own. */
  readonly #elsewhere = new Map<number, Arena | undefined>()
  /** The first messages that the kernel has written to, or that were laid out to be sent, since they were made ready to receive. */
  #used: number

  constructor(shape: BatchShape) {
    const { count, dataSize, controlSize, nameSize, iovecs } = shape
    this.shape = shape
    this.#used = count
    this.#iovecStride = iovecs * iovecSize
    this.#nameStride = words(nameSize)
    this.#controlStride = words(controlSize)
    this.#dataStride = words(dataSize) + (count > 1 ? stagger : 0)
    this.#iovecs = count * headerSize
    this.#names = this.#iovecs + count * this.#iovecStride
    this.#controls = this.#names + count * this.#nameStride
    this.#data = this.#controls + count * this.#controlStride
    const arena = this.#arena = new Arena(this.#data + count * this.#dataStride + wordSize)
    for (let i = 0; i < count; i++) {
      const header = i * headerSize
      // Without room, no name: the kernel then does not even look for one.
      arena.setWord(header + nameAt, nameSize === 0 ? 0 : arena.address + this.#names + i * this.#nameStride)
      arena.setWord(header + iovAt, arena.address + this.#iovecs + i * this.#iovecStride)
      arena.setWord(header + controlAt, arena.address + this.#controls + i * this.#controlStride)
      this.#pointToOwn(i)
    }
  }

  /** Whether messages of another shape fit into this one. */
  fits(count: number, dataSize: number, controlSize: number, nameSize: number, iovecs: number): boolean {
    const { shape } = this
    return count <= shape.count && dataSize <= shape.dataSize && controlSize <= shape.controlSize
      && nameSize <= shape.nameSize && iovecs <= shape.iovecs
  }

  /** The address of the `struct mmsghdr` of message `i`, which begins with its `struct msghdr`. */
  address(i = 0): number {
    return this.#arena.address + i * headerSize
  }

  /** The bytes of the buffers of message `i`. */
  dataSize(i: number): number {
    let total = 0
    for (let k = this.#arena.word(i * headerSize + iovlenAt); --k >= 0;) total += this.#arena.word(this.#iovecs + i * this.#iovecStride + k * iovecSize + iovLengthAt)
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

  /** Lay out message `i` to be sent. What is over `dataSize` is not copied: the iovecs point at the caller's buffers. */
  set(i: number, { buffers, name, control }: OutgoingMessage): void {
    if (i >= this.#used) this.#used = i + 1
    const { bytes } = this.#arena
    if (name !== undefined) bytes.set(name, this.nameStart(i))
    if (control !== undefined) bytes.set(control, this.controlStart(i))
    this.#lengths(i, name === undefined ? 0 : name.length, control === undefined ? 0 : control.length)
    const total = totalOf(buffers)
    if (total > this.shape.dataSize) {
      this.pointTo(i, buffers)
      const place = this.#elsewhere.get(i)
      if (place !== undefined) gather(buffers, place.bytes, 0)
    } else {
      gather(buffers, bytes, this.dataStart(i))
      this.#own(i, total)
    }
  }

  /** Lay out message `i` to be sent, of so much data that it is copied, without a name or control messages. */
  setData(i: number, data: Uint8Array): void {
    if (i >= this.#used) this.#used = i + 1
    this.#arena.bytes.set(data, this.dataStart(i))
    this.#lengths(i, 0, 0)
    this.#own(i, data.length)
  }

  /**
   * Make message `i` ready to receive. All three lengths are value-result: the kernel has overwritten them, and they
   * are set before every call.
   */
  reset(i: number, dataSize: number, controlSize: number, nameSize: number): void {
    this.#lengths(i, nameSize, controlSize)
    this.#own(i, dataSize)
  }

  /** Make the first `count` messages ready to receive, each with all the room that there is. */
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
   * recvmsg(2), or recvmmsg(2) for more than one: receive up to `count` messages, from the first on, each with all the
   * room that there is. Returns how many came, or minus errno.
   */
  receive(fd: number, count: number, flags: number): number {
    // The kernel has overwritten the lengths of those it wrote to, and of no others.
    this.resetAll(this.#used)
    this.#used = 0
    if (count > 1) {
      const received = sys.recvmmsg(fd, this, count, flags)
      this.#used = Math.max(0, received)
      return received
    }
    // It has two parameters less, and each costs.
    const length = sys.recvmsg(fd, this.address(), flags)
    if (length < 0) return length
    this.setLength(0, length)
    return (this.#used = 1)
  }

  /** sendmsg(2): send message 0. Returns the bytes sent, or minus errno. */
  sendOne(fd: number, flags: number): number {
    return sys.sendmsg(fd, this.address(), flags)
  }

  /** sendmmsg(2): send the first `count` messages. Returns how many went, or minus errno. */
  send(fd: number, count: number, flags: number): number {
    return sys.sendmmsg(fd, this, count, flags)
  }

  /** Zero the control area of message `i`: the kernel leaves padding as it was, and whole buffers must not show it. */
  clearControl(i: number, size: number): void {
    const control = this.controlStart(i)
    if (size > 0) this.#arena.bytes.fill(0, control, control + size)
  }

  /**
   * Let the kernel read from, or write to, the caller's buffers themselves. They must live until the call is over. In a
   * Worker it is another place of that size, and what was received gets into the buffers by {@link fill}.
   */
  pointTo(i: number, buffers: readonly Uint8Array[]): void {
    const { addressOf } = engine()
    this.#elsewhere.get(i)?.release()
    // First of all: if one has no address, those before it are pointed at already.
    this.#elsewhere.set(i, undefined)
    if (addressOf !== undefined) return this.#pointAt(i, buffers.map((buffer) => ({ base: buffer.length === 0 ? 0 : addressOf(buffer), length: buffer.length })))
    const length = totalOf(buffers)
    const place = new Arena(length)
    this.#elsewhere.set(i, place)
    this.#pointAt(i, [{ base: place.address, length }])
  }

  /** The first `length` bytes of message `i` have come: see to it that they are in the buffers it was pointed to. */
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

  /** Its memory is not used any more. */
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
    // The high halves of the lengths are zero from the start: no room here comes near 4 GiB.
    view.setUint32(header + controllenAt, controlLength, true)
    view.setInt32(header + flagsAt, 0, true)
  }

  #own(i: number, length: number): void {
    if (this.#elsewhere.size > 0 && this.#elsewhere.has(i)) this.#comeBack(i)
    this.#arena.view.setUint32(this.#iovecs + i * this.#iovecStride + iovLengthAt, length, true)
  }

  #comeBack(i: number): void {
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

  /** `msg_len`: what recvmmsg received, or sendmmsg sent, of message `i`. */
  length(i: number): number {
    return this.#arena.view.getUint32(i * headerSize + lenAt, true)
  }

  /** Set it, where a call says it that does not write it. */
  setLength(i: number, length: number): void {
    this.#arena.view.setUint32(i * headerSize + lenAt, length, true)
  }

  /** `msg_flags` of message `i`. */
  flags(i: number): number {
    return this.#arena.view.getInt32(i * headerSize + flagsAt, true)
  }

  /** `msg_namelen` of message `i`, of which the kernel may say more than it had room for. */
  nameLength(i: number): number {
    const length = this.#arena.view.getUint32(i * headerSize + namelenAt, true)
    return length < this.shape.nameSize ? length : this.shape.nameSize
  }

  /** `msg_controllen`: how many control bytes came with message `i`. */
  controlLength(i: number): number {
    const length = this.#arena.view.getUint32(i * headerSize + controllenAt, true)
    return length < this.shape.controlSize ? length : this.shape.controlSize
  }

  /** The first `length` bytes of message `i`, a copy. */
  data(i: number, length: number): Buffer {
    return this.#copy(this.dataStart(i), Math.min(length, this.shape.dataSize))
  }

  /** The sender's `struct sockaddr`, a copy: as much of it as there was room for. */
  name(i: number, room: number = this.shape.nameSize): Buffer {
    return this.#copy(this.nameStart(i), Math.min(this.nameLength(i), room))
  }

  /** The control bytes received with message `i`, a copy. */
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
    into.set(buffer, at)
    at += buffer.length
  }
}

/** The bytes of several buffers. */
export function totalOf(buffers: readonly Uint8Array[]): number {
  let total = 0
  for (const buffer of buffers) total += buffer.length
  return total
}
