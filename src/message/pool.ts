/**
 * Memory for received bytes: small messages share a block, like Node's small Buffers.
 * @module
 */
import { markAsUntransferable } from 'node:worker_threads'

type BufferConstructor = new (memory: ArrayBufferLike, from: number, length: number) => Buffer

/** The constructor of a Buffer on existing memory. `Buffer.subarray` uses it too, but takes 25 ns longer for additional checks. */
const BufferOn = (Buffer as unknown as Record<symbol, BufferConstructor>)[Symbol.species]!

/** A block of memory that is filled from the front. */
export class Block {
  readonly #memory: ArrayBufferLike
  readonly bytes: Buffer
  readonly view: DataView
  /** The same memory as 32-bit words: short copies are faster with a loop over these than with a call. */
  readonly words: Int32Array
  used = 0

  constructor(size: number) {
    // All of it is written before it is visible to the user, so it need not be zeroed.
    this.bytes = Buffer.allocUnsafeSlow(size)
    const memory = this.#memory = this.bytes.buffer
    // A message's data is a view of it, and transferring that would take the data of all messages in the block.
    if (size === blockSize) markAsUntransferable(memory)
    this.view = new DataView(memory)
    this.words = new Int32Array(memory, 0, size >> 2)
  }

  /** Creates a view of a part of it. */
  slice(from: number, length: number): Buffer {
    return new BufferOn(this.#memory, from, length)
  }
}

export const blockSize = 32 << 10
/** Larger messages get a separate block, so that keeping a small message does not keep much other memory alive. */
const shareLimit = 2048

const wordSize = Int32Array.BYTES_PER_ELEMENT
const rounded = (size: number): number => (size + wordSize - 1) & ~(wordSize - 1)

let current = new Block(blockSize)

/** Returns a block with at least `size` bytes left, starting at its `used`. */
export function blockFor(size: number): Block {
  if (size > shareLimit) return new Block(rounded(size))
  if (current.used + size > blockSize) current = new Block(blockSize)
  return current
}

/** Up to this length, a loop over words is faster than creating a view to copy from (bench/README.md). */
const loopLimit = 64

/**
 * Copies `length` bytes from an arena to the block, and returns their position there. `from` is their position in the arena, a
 * multiple of 4, and the arena's memory extends at least one word beyond them.
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
