/**
 * Reads one section of an ELF object, 32- or 64-bit, little- or big-endian, to get numbers from a compiler whose output cannot run
 * here. Field offsets are those of elf(5).
 * @module
 */

export interface Section {
  readonly view: DataView
  readonly littleEndian: boolean
  /** Bytes of an address on the machine the object is for. */
  readonly wordSize: 4 | 8
}

/** Returns the section of that name, or `undefined` if the object does not have one. */
export function readSection(object: Uint8Array, name: string): Section | undefined {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength)
  if (view.getUint32(0) !== 0x7f454c46) throw new Error('the output of the compiler is not an ELF object')
  const wide = view.getUint8(4) === 2
  const littleEndian = view.getUint8(5) === 1
  const u16 = (at: number): number => view.getUint16(at, littleEndian)
  const u32 = (at: number): number => view.getUint32(at, littleEndian)
  const word = (at: number): number => (wide ? Number(view.getBigUint64(at, littleEndian)) : u32(at))

  const table = word(wide ? 0x28 : 0x20)
  const entrySize = u16(wide ? 0x3a : 0x2e)
  const count = u16(wide ? 0x3c : 0x30)
  const nameTable = u16(wide ? 0x3e : 0x32)
  const offsetOf = (index: number): number => word(table + index * entrySize + (wide ? 0x18 : 0x10))
  const sizeOf = (index: number): number => word(table + index * entrySize + (wide ? 0x20 : 0x14))

  const wanted = new TextEncoder().encode(`${name}\0`)
  for (let index = 0; index < count; index++) {
    const nameAt = offsetOf(nameTable) + u32(table + index * entrySize)
    if (!wanted.every((byte, i) => object[nameAt + i] === byte)) continue
    return {
      view: new DataView(object.buffer, object.byteOffset + offsetOf(index), sizeOf(index)),
      littleEndian,
      wordSize: wide ? 8 : 4,
    }
  }
  return undefined
}
