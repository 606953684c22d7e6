/**
 * Memory that is never freed.
 * @module
 */
import { ReusableMemory } from './reusable-memory.ts'
import type { Lasting } from './types.ts'

const minSize = 64

/** Creates an engine's `lasting` from its calloc. */
export function makeLasting(calloc: (count: number, size: number) => number): (size: number) => Lasting {
  const memory = new ReusableMemory(calloc, minSize)
  return (wanted) => {
    const block = memory.take(wanted)
    let released = false
    return {
      address: block.address,
      release: () => {
        if (!released) memory.giveBack(block)
        released = true
      },
    }
  }
}
