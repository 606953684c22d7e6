/**
 * Memory that is never freed, for what another thread's system call may write to.
 */
import { describe, expect, it } from 'vitest'
import { engine } from '../../src/native/engine.ts'
import { makeLasting } from '../../src/native/lasting.ts'
import { Arena } from '../../src/native/memory.ts'

describe('lasting memory', () => {
  it('is zeroed, and its blocks do not overlap', () => {
    const { call, lasting } = engine()
    const blocks = [8, 64, 65, 1000].map((size) => ({ size, block: lasting(size) }))
    const arena = new Arena(1000)
    blocks.forEach(({ size, block: { address } }, i) => {
      arena.bytes.fill(0xff)
      call.memcpy(arena.address, address, size)
      expect(arena.bytes.subarray(0, size)).toEqual(Buffer.alloc(size))
      arena.bytes.fill(i + 1)
      call.memcpy(address, arena.address, size)
    })
    blocks.forEach(({ size, block }, i) => {
      call.memcpy(arena.address, block.address, size)
      expect(arena.bytes.subarray(0, size)).toEqual(Buffer.alloc(size, i + 1))
      block.release()
    })
  })

  it('is reused once after its release', () => {
    let next = 0
    const lasting = makeLasting((count, size) => (next += count * size))
    const [a, b] = [lasting(24), lasting(24)]
    expect(b.address).not.toBe(a.address)
    a.release()
    a.release()
    const again = lasting(60)
    expect(again.address).toBe(a.address)
    expect([a.address, b.address]).not.toContain(lasting(24).address)
    // The first holder has no say any more.
    a.release()
    expect(lasting(24).address).not.toBe(again.address)
  })

  it('throws if there is none left', () => {
    expect(() => makeLasting(() => 0)(24)).toThrow(expect.objectContaining({
      name: 'RangeError', code: 'ERR_CMSG_OUT_OF_RANGE', message: 'Cannot allocate 24 bytes: no memory is left',
    }))
  })
})
