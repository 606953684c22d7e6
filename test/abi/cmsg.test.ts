import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CMSG_ALIGN, CMSG_DATA, CMSG_FIRSTHDR, CMSG_LEN, CMSG_NXTHDR, CMSG_SPACE, abis, type Abi } from '../../src/codec.ts'
import { cmsghdrOf, walkControl, writeCmsghdr } from '../../src/abi/cmsg.ts'
import { compile } from '../support/cc.ts'
import { ROOT, withPeer } from '../support/peers.ts'

const everyAbi = Object.values(abis)

/** What the macros are given is the oracle's: a buffer of 256 bytes, its first header with a cmsg_len. */
function ours(macro: string, words: readonly string[], abi: Abi): number {
  const a = Number(words[0])
  if (macro === 'CMSG_ALIGN') return CMSG_ALIGN(a, abi)
  if (macro === 'CMSG_LEN') return CMSG_LEN(a, abi)
  if (macro === 'CMSG_SPACE') return CMSG_SPACE(a, abi)
  const control = new Uint8Array(256)
  const view = new DataView(control.buffer)
  if (macro === 'CMSG_FIRSTHDR') return CMSG_FIRSTHDR(control.subarray(0, a), abi) ?? -1
  // A hostile cmsg_len fills 64 bits.
  view.setBigUint64(0, BigInt(words[1]!), true)
  return CMSG_NXTHDR(control.subarray(0, a), 0, abi) ?? -1
}

function compare(oracle: string, abi: Abi): void {
  const differences: string[] = []
  const lines = oracle.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of lines) {
    const [macro, ...numbers] = line.split(' ')
    // CMSG_NXTHDR is only defined where there is a first header to begin with.
    if (macro === 'CMSG_NXTHDR' && Number(numbers[0]) < cmsghdrOf(abi).size) continue
    const result = ours(macro!, numbers, abi)
    if (result !== Number(numbers.at(-1))) differences.push(`${line}: got ${result}`)
  }
  expect(differences).toEqual([])
  expect(lines.length).toBeGreaterThan(900)
}

describe('the macros equal those of C', () => {
  it('as recorded on x86_64 with glibc', () => {
    compare(readFileSync(join(ROOT, 'test/c/cmsg_oracle.txt'), 'utf8'), abis['x86_64-linux-gnu'])
  })
  withPeer('cc', 'on this host', () => {
    it('LEN and SPACE for 0 to 300, NXTHDR over truncations and lengths', () => {
      const abi = abis[process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu']
      const oracle = execFileSync(compile('cmsg_oracle.c'), { encoding: 'utf8' })
      // musl's CMSG_NXTHDR does not yield a last header without payload, which control messages of AF_RXRPC are: there we
      // do as glibc and the kernel do.
      const musl = !oracle.split('\n')[1]!.includes('glibc')
      compare(musl ? oracle.split('\n').filter((line) => !line.startsWith('CMSG_NXTHDR')).join('\n') : oracle, abi)
    })
  })
})

describe('CMSG_LEN and CMSG_SPACE', () => {
  it('refuse a length that size_t of the ABI cannot hold', () => {
    const arm = abis['arm-linux-gnueabihf']
    expect(CMSG_LEN(2 ** 32 - 1 - 12, arm)).toBe(2 ** 32 - 1)
    expect(() => CMSG_LEN(2 ** 32 - 12, arm)).toThrow(RangeError)
    expect(() => CMSG_SPACE(2 ** 32 - 14, arm)).toThrow(/CMSG_SPACE\(4294967282\).*size_t of arm-linux-gnueabihf/)
    expect(CMSG_LEN(2 ** 40, abis['s390x-linux-gnu'])).toBe(2 ** 40 + 16)
    for (const n of [-1, 1.5, NaN, Infinity, Number.MAX_SAFE_INTEGER]) expect(() => CMSG_SPACE(n), String(n)).toThrow(RangeError)
    for (const n of ['4', 4n, undefined, null]) expect(() => CMSG_SPACE(n as never), String(n)).toThrow(TypeError)
  })
})

describe('CMSG_DATA', () => {
  it('never reaches beyond the buffer, for any cmsg_len', () => {
    for (const abi of everyAbi) {
      const header = cmsghdrOf(abi)
      const control = new Uint8Array(header.size + 8)
      for (const length of [0, 1, header.size - 1, header.size, header.size + 3, header.size + 8, header.size + 9, 2 ** 31]) {
        writeCmsghdr(new DataView(control.buffer), 0, length, 1, 1, header)
        const expected = Math.min(Math.max(length - header.size, 0), 8)
        expect(CMSG_DATA(control, 0, abi).length, `${abi.target} cmsg_len ${length}`).toBe(expected)
      }
      expect(() => CMSG_DATA(control, 9, abi)).toThrow(RangeError)
      expect(() => CMSG_DATA(control, -1, abi)).toThrow(RangeError)
    }
  })
})

/** Bytes a hostile sender, or a bug, might leave in a control buffer: headers with lengths around every limit. */
const hostile = (abi: Abi): fc.Arbitrary<Uint8Array> => {
  const header = cmsghdrOf(abi)
  const length = fc.oneof(
    fc.integer({ min: 0, max: 80 }),
    fc.constantFrom(header.size - 1, header.size, header.size + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
  )
  const message = fc.tuple(length, fc.integer(), fc.integer(), fc.uint8Array({ maxLength: 40 })).map(([length, level, type, payload]) => {
    const bytes = new Uint8Array(header.size + payload.length)
    writeCmsghdr(new DataView(bytes.buffer), 0, length, level | 0, type | 0, header)
    bytes.set(payload, header.size)
    return bytes
  })
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.array(message, { maxLength: 6 }), fc.integer({ min: 0, max: 300 })).map(([messages, cut]) =>
      Uint8Array.from(messages.flatMap((m) => [...m])).subarray(0, cut)),
  )
}

describe.each(everyAbi.map((abi) => [abi.target, abi] as const))('the walk over hostile bytes, %s,', (_, abi) => {
  it('never throws, reads outside of the buffer, or loops', () => {
    const header = cmsghdrOf(abi)
    fc.assert(fc.property(hostile(abi), (bytes) => {
      // Guard bytes around: what is read outside shows as a header or a payload that is not there.
      const guarded = new Uint8Array(bytes.length + 64).fill(0xee)
      guarded.set(bytes, 32)
      const view = new DataView(guarded.buffer, 32, bytes.length)
      let last = -header.size
      let steps = 0
      walkControl(view, 0, bytes.length, header, (_level, _type, start, end, complete) => {
        steps++
        expect(start - header.size).toBeGreaterThanOrEqual(last + header.size)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(bytes.length)
        if (!complete) expect(end).toBe(bytes.length)
        last = start - header.size
      })
      expect(steps).toBeLessThanOrEqual(bytes.length / header.size)
      // The macros agree with the walk as far as it goes.
      let at = CMSG_FIRSTHDR(bytes, abi)
      for (let hops = 0; at !== undefined; hops++) {
        expect(hops).toBeLessThanOrEqual(bytes.length / header.size)
        expect(CMSG_DATA(bytes, at, abi).length).toBeLessThanOrEqual(bytes.length - at)
        at = CMSG_NXTHDR(bytes, at, abi)
      }
    }), { numRuns: 1000 })
  })
})
