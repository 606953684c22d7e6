/**
 * Memory that the kernel reads and writes.
 * @module
 */
import { engine, type Allocation } from './engine.ts'

/**
 * A block of memory with a known address. Only a transfer can move a buffer, so the ArrayBuffer is private: no view of it ever
 * leaves this library, and its address is valid as long as the arena lives.
 */
export class Arena {
  readonly size: number
  /** The address of the first byte. */
  readonly address: number
  readonly bytes: Buffer
  readonly view: DataView
  /** The same memory as 32-bit words. */
  readonly words: Int32Array

  readonly #allocation: Allocation

  constructor(size: number) {
    const allocation = this.#allocation = engine().allocate(Math.ceil(size / 8) * 8)
    const { memory } = allocation
    this.size = size
    this.address = allocation.address
    this.bytes = Buffer.from(memory)
    this.view = new DataView(memory)
    this.words = new Int32Array(memory)
  }

  /** Frees the memory early. The arena and its views must not be used any more. Otherwise the garbage collector frees it. */
  release(): void {
    this.#allocation.release?.()
  }

  /** Writes a pointer or a `size_t` of 8 bytes: every CPU with a binary of ffi-rs is LP64 and little-endian. */
  setWord(at: number, value: number): void {
    const low = value >>> 0
    this.view.setUint32(at, low, true)
    this.view.setUint32(at + 4, (value - low) / 2 ** 32, true)
  }

  /** Reads a `size_t`. */
  word(at: number): number {
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32
  }
}

let scratchArena: Arena | undefined
/** A small arena of this thread for the arguments of one call. The next call overwrites it. */
export function scratch(size: number): Arena {
  if (scratchArena === undefined || scratchArena.size < size) {
    scratchArena?.release()
    scratchArena = new Arena(Math.max(size, 4096))
  }
  return scratchArena
}
