/**
 * Memory for a Worker, which may be terminated at any moment.
 *
 * Only ffi-rs can find the address of a JavaScript buffer. It must be passed the buffer for that, and it aborts the process if the
 * thread is terminated at that moment. So this works the other way round: libc allocates the memory, whose address is known, and
 * JavaScript gets a view of it. Unused memory is reused, and libc frees all of it when the thread ends, however it ends.
 * @module
 */
import type { Allocation } from './types.ts'

/** The calls it needs. */
export interface ThreadMemoryCalls {
  calloc(count: number, size: number): number
  /** Makes libc free the memory at this address when the thread ends. */
  freeAtExit(address: number): void
  /** The memory at an address, as bytes. */
  viewAt(address: number, size: number): Uint8Array
}

const minSize = 4096

/** Returns a function that allocates memory of this thread. */
export function threadMemory({ calloc, freeAtExit, viewAt }: ThreadMemoryCalls): (size: number) => Allocation {
  /** Memory to reuse, by size. Sizes are powers of two, or free memory would never fit. */
  const free = new Map<number, number[]>()
  const give = ({ address, size }: { readonly address: number; readonly size: number }): void => {
    const same = free.get(size)
    if (same === undefined) free.set(size, [address])
    else same.push(address)
  }
  const unused = new FinalizationRegistry(give)

  return (wanted) => {
    const size = Math.max(minSize, 2 ** Math.ceil(Math.log2(wanted)))
    const used = free.get(size)?.pop()
    const address = used ?? calloc(1, size)
    if (address === 0) throw new RangeError(`Cannot allocate ${size} bytes: out of memory`)
    if (used === undefined) freeAtExit(address)
    const bytes = viewAt(address, wanted)
    if (used !== undefined) bytes.fill(0)
    const { buffer: memory } = bytes
    unused.register(memory, { address, size }, memory)
    return { address, memory, release: () => { if (unused.unregister(memory)) give({ address, size }) } }
  }
}
