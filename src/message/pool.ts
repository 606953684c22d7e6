/**
 * Where received bytes are kept: small messages share a block of memory, as Node's own small Buffers do.
 * @module
 */
import { markAsUntransferable } from 'node:worker_threads'

/** What a Buffer is made by, of memory that there is. `Buffer.subarray` uses it too, but looks at more: 25 ns. */
const BufferOn = (Buffer as unknown as Record<symbol, new (memory: ArrayBufferLike, from: number, length: number) => Buffer>)[Symbol.species]!

/** A block, filled from the front. */
export class Block {
  readonly #memory: ArrayBufferLike
  readonly bytes: Buffer
  readonly view: DataView
  /** The same memory as 32-bit words: short copies are faster by a loop over these than by a call. */
  readonly words: Int32Array
  used = 0

  constructor(size: number) {
    // All of it is written before it is shown, so it need not be zeroed.
    this.bytes = Buffer.allocUnsafeSlow(size)
    const memory = this.#memory = this.bytes.buffer
    // A message's data is a view on it, and whoever transferred that would take everybody's.
    if (size === blockSize) markAsUntransferable(memory)
    this.view = new DataView(memory)
    this.words = new Int32Array(memory, 0, size >> 2)
  }

  /** A view on a part of it. */
  part(from: number, length: number): Buffer {
    return new BufferOn(this.#memory, from, length)
  }
}

const blockSize = 32 << 10
/** What is larger has a block of its own: a small message that is kept must not keep much else. */
const shareLimit = 2048

const wordSize = Int32Array.BYTES_PER_ELEMENT
const rounded = (size: number): number => (size + wordSize - 1) & ~(wordSize - 1)

let current = new Block(blockSize)

/** A block with so many bytes left; what is taken of it is from `used` on. */
export function blockFor(size: number): Block {
  if (size > shareLimit) return new Block(rounded(size))
  if (current.used + size > blockSize) current = new Block(blockSize)
  return current
}

/** Copies of up to so many bytes are loops. */
const loopLimit = 128

/**
 * Copy `length` bytes from an arena to the block: where they begin. `from`, a multiple of 4, is where they are, and the
 * arena's memory goes on for a word at least.
 */
export function keep(block: Block, source: { readonly bytes: Buffer; readonly words: Int32Array }, from: number, length: number): number {
  const at = block.used
  block.used += rounded(length)
  if (length > loopLimit) {
    block.bytes.set(source.bytes.subarray(from, from + length), at)
  } else {
    const { words } = block
    const theirs = source.words
    for (let to = at >> 2, w = from >> 2, end = (at + length + 3) >> 2; to < end; to++, w++) words[to] = theirs[w]!
  }
  return at
}
