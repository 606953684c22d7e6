/**
 * Memory of the C library that is kept for reuse instead of being freed.
 * @module
 */
import { count, outOfRange } from '../errors.ts'

/** A block of memory. Its size is at least the size that was asked for. */
export interface MemoryBlock {
  readonly address: number
  readonly size: number
}

/** Allocates zeroed blocks with calloc, and keeps those that were given back. */
export class ReusableMemory {
  readonly #calloc: (count: number, size: number) => number
  readonly #minSize: number
  /** Addresses of blocks to reuse, by size. Sizes are powers of two, or a kept block would rarely fit. */
  readonly #kept = new Map<number, number[]>()

  constructor(calloc: (count: number, size: number) => number, minSize: number) {
    this.#calloc = calloc
    this.#minSize = minSize
  }

  /** Returns a block. A reused block has its former content. @throws RangeError `ERR_CMSG_OUT_OF_RANGE`: no memory is left */
  take(wanted: number): MemoryBlock & { readonly reused: boolean } {
    const size = Math.max(this.#minSize, 2 ** Math.ceil(Math.log2(wanted)))
    const kept = this.#kept.get(size)?.pop()
    const address = kept ?? this.#calloc(1, size)
    if (address === 0) throw outOfRange(`Cannot allocate ${count(wanted, 'byte')}: no memory is left`)
    return { address, size, reused: kept !== undefined }
  }

  /** Keeps a block for reuse. Nothing may use it any more. */
  giveBack({ address, size }: MemoryBlock): void {
    const same = this.#kept.get(size)
    if (same === undefined) this.#kept.set(size, [address])
    else same.push(address)
  }
}
