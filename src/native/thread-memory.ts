/**
 * Memory for a Worker, which may be terminated at any instant.
 *
 * Where a buffer of the engine's lies only ffi-rs can tell, which has to be handed the buffer for that, and aborts the
 * process when the thread is terminated at that moment. So it is done the other way round: the memory is libc's, whose
 * address is known, and the engine is shown it. What is no longer used is used again; at the end of the thread, however
 * that comes, libc frees it all.
 * @module
 */
import type { Block } from './types.ts'

/** The calls it needs. */
export interface ThreadMemoryCalls {
  calloc(count: number, size: number): number
  /** Have libc free the memory at this address when the thread ends. */
  freeAtExit(address: number): void
  /** The memory at an address, as bytes. */
  viewAt(address: number, size: number): Uint8Array
}

const smallest = 4096

export function threadMemory({ calloc, freeAtExit, viewAt }: ThreadMemoryCalls): (size: number) => Block {
  /** Memory that may be used again, by size: powers of two, or free memory would never fit. */
  const free = new Map<number, number[]>()
  const give = ({ address, size }: { readonly address: number; readonly size: number }): void => {
    const same = free.get(size)
    if (same === undefined) free.set(size, [address])
    else same.push(address)
  }
  const unused = new FinalizationRegistry(give)

  return (wanted) => {
    const size = Math.max(smallest, 2 ** Math.ceil(Math.log2(wanted)))
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
