/**
 * Memory that is never freed.
 * @module
 */
import type { Lasting } from './types.ts'

const minSize = 64

/** Creates an engine's `lasting` from its calloc. */
export function makeLasting(calloc: (count: number, size: number) => number): (size: number) => Lasting {
  /** Memory to reuse, by size. Sizes are powers of two, or free memory would rarely fit. */
  const free = new Map<number, number[]>()
  return (wanted) => {
    const size = Math.max(minSize, 2 ** Math.ceil(Math.log2(wanted)))
    const same = free.get(size) ?? []
    free.set(size, same)
    const address = same.pop() ?? calloc(1, size)
    if (address === 0) throw new RangeError(`Cannot allocate ${size} bytes: out of memory`)
    let released = false
    return {
      address,
      release: () => {
        if (!released) same.push(address)
        released = true
      },
    }
  }
}
