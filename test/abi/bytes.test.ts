/**
 * Bytes, whatever they are given as and whichever realm they come from.
 */
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bytesOf } from '../../src/abi/bytes.ts'

const other = createContext({})
const code = {
  'a Uint8Array': 'Uint8Array.of(1, 2, 3, 4)',
  'a part of one': 'Uint8Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5)',
  'a Uint8ClampedArray': 'Uint8ClampedArray.of(1, 2, 3, 4)',
  'an Int16Array': 'Int16Array.of(0x0201, 0x0403)',
  'a Float32Array': 'new Float32Array(Uint8Array.of(1, 2, 3, 4).buffer)',
  'a BigInt64Array': 'new BigInt64Array(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0).buffer)',
  'a DataView': 'new DataView(Uint8Array.of(9, 1, 2, 3, 4).buffer, 1)',
  'an ArrayBuffer': 'Uint8Array.of(1, 2, 3, 4).buffer',
  'a SharedArrayBuffer': '(() => { const b = new SharedArrayBuffer(4); new Uint8Array(b).set([1, 2, 3, 4]); return b })()',
}

const realms: Record<string, (script: string) => unknown> = {
  'this realm': (script) => (0, eval)(script) as unknown,
  'another realm': (script) => runInContext(script, other) as unknown,
}

describe.each(Object.entries(realms))('bytesOf, with values of %s,', (_, make) => {
  it.each(Object.entries(code))('returns the bytes of %s', (name, script) => {
    const bytes = bytesOf(make(script))!
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    expect([...bytes]).toEqual(name === 'a BigInt64Array' ? [1, 2, 3, 4, 0, 0, 0, 0] : [1, 2, 3, 4])
  })

  it.each(['new Uint8Array(0)', 'new DataView(new ArrayBuffer(0))', 'new ArrayBuffer(0)'])('returns no bytes for %s', (script) => {
    expect(bytesOf(make(script))).toEqual(new Uint8Array(0))
  })

  const transferred = (view: string): string => `(() => { const b = new ArrayBuffer(8); return [b, ${view}] })()`
  it.each(['new Uint8Array(b)', 'new Uint32Array(b)', 'new DataView(b)', 'b'])('refuses transferred memory: %s', (view) => {
    const [buffer, value] = make(transferred(view)) as [ArrayBuffer, unknown]
    structuredClone(buffer, { transfer: [buffer] })
    expect(() => bytesOf(value)).toThrow(expect.objectContaining({
      code: 'ERR_CMSG_INVALID_ARG_TYPE', message: expect.stringMatching(/transferred, or has shrunk$/) as string,
    }))
  })

  it.each(['new Uint8Array(b, 4, 4)', 'new DataView(b, 4, 4)'])('refuses memory that has shrunk: %s', (view) => {
    const [buffer, value] = make(`(() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }); return [b, ${view}] })()`) as [
      ArrayBuffer & { resize(size: number): void }, unknown,
    ]
    buffer.resize(2)
    expect(() => bytesOf(value)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
  })

  it.each([
    '[1, 2]', '"text"', '1', 'undefined', 'null', '({ length: 4, byteLength: 4, buffer: new ArrayBuffer(4), byteOffset: 0 })',
    'new Proxy(new Uint8Array(4), {})', 'Object.create(Uint8Array.prototype)', 'new Map()',
  ])('returns undefined for %s', (script) => {
    expect(bytesOf(make(script))).toBeUndefined()
  })
})

it('bytesOf shares memory with its argument', () => {
  const words = new Uint16Array(2)
  bytesOf(words)![0] = 7
  expect(words[0]).toBe(7)
})
