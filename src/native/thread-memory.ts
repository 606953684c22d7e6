/**
 * Memory for a Worker, which may be terminated at any moment.
 *
 * Only ffi-rs can find the address of a JavaScript buffer. It must be passed the buffer for that, and it aborts the process if the
 * thread is terminated at that moment. So this works the other way round: libc allocates the memory, whose address is known, and
 * JavaScript gets a view of it. Unused memory is reused, and libc frees all of it when the thread ends, however it ends.
 * @module
 */
import { ReusableMemory, type MemoryBlock } from './reusable-memory.ts'
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
  const blocks = new ReusableMemory(calloc, minSize)
  const unused = new FinalizationRegistry<MemoryBlock>((block) => { blocks.giveBack(block) })

  return (wanted) => {
    const block = blocks.take(wanted)
    const { address, reused } = block
    if (!reused) freeAtExit(address)
    const bytes = viewAt(address, wanted)
    if (reused) bytes.fill(0)
    const { buffer: memory } = bytes
    unused.register(memory, block, memory)
    return { address, memory, release: () => { if (unused.unregister(memory)) blocks.giveBack(block) } }
  }
}
