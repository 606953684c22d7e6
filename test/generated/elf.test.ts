import { describe, expect, it } from 'vitest'
import { readSection } from '../../scripts/generate/elf.ts'

/** The smallest object with two sections: the names, and `.numbers`, which holds 1, 2, 3, 4. */
function object(wide: boolean, littleEndian: boolean): Uint8Array {
  const [header, entry] = wide ? [0x40, 0x40] : [0x34, 0x28]
  const names = '\0.names\0.numbers\0'
  const namesAt = header
  const numbersAt = namesAt + names.length
  const tableAt = numbersAt + 4
  const bytes = new Uint8Array(tableAt + 3 * entry)
  const view = new DataView(bytes.buffer)
  const word = (at: number, value: number): void => {
    if (wide) view.setBigUint64(at, BigInt(value), littleEndian)
    else view.setUint32(at, value, littleEndian)
  }
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2])
  word(wide ? 0x28 : 0x20, tableAt)
  view.setUint16(wide ? 0x3a : 0x2e, entry, littleEndian)
  view.setUint16(wide ? 0x3c : 0x30, 3, littleEndian)
  view.setUint16(wide ? 0x3e : 0x32, 1, littleEndian)
  bytes.set(new TextEncoder().encode(names), namesAt)
  bytes.set([1, 2, 3, 4], numbersAt)
  const section = (index: number, name: number, offset: number, size: number): void => {
    const at = tableAt + index * entry
    view.setUint32(at, name, littleEndian)
    word(at + (wide ? 0x18 : 0x10), offset)
    word(at + (wide ? 0x20 : 0x14), size)
  }
  section(1, 1, namesAt, names.length)
  section(2, 8, numbersAt, 4)
  return bytes
}

describe('readSection', () => {
  for (const wide of [true, false]) {
    for (const littleEndian of [true, false]) {
      it(`reads ${wide ? 64 : 32}-bit, ${littleEndian ? 'little' : 'big'}-endian objects`, () => {
        const section = readSection(object(wide, littleEndian), '.numbers')!
        expect(section).toMatchObject({ wordSize: wide ? 8 : 4, littleEndian })
        expect(section.view.byteLength).toBe(4)
        expect(section.view.getUint32(0)).toBe(0x01020304)
      })
    }
  }

  it('returns undefined for a section that does not exist', () => {
    expect(readSection(object(true, true), '.number')).toBeUndefined()
  })

  it('refuses bytes that are not an ELF object', () => {
    expect(() => readSection(new Uint8Array(64), '.numbers')).toThrow('not an ELF object')
  })
})
