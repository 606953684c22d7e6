import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abis, defineStruct, structs, type FieldTypes } from '../../src/codec.ts'

const view = (size: number): DataView => new DataView(new ArrayBuffer(size))
const x86 = abis['x86_64-linux-gnu']
const arm = abis['arm-linux-gnueabihf']
const s390x = abis['s390x-linux-gnu']

describe('defineStruct', () => {
  it('lays out fields as C does', () => {
    const mixed = { a: 'u8', b: 'u32', c: 'u8', d: 'u64', e: ['u16', 3], f: 'long', g: 'u8' } as const satisfies FieldTypes
    const offsets = (abi = x86): number[] => Object.values(defineStruct(mixed, { abi }).fields).map(({ offset }) => offset)
    expect(offsets()).toEqual([0, 4, 8, 16, 24, 32, 40])
    expect(defineStruct(mixed, { abi: x86 }).size).toBe(48)
    expect(offsets(arm)).toEqual([0, 4, 8, 16, 24, 32, 36])
    expect(defineStruct(mixed, { abi: arm }).size).toBe(40)
  })

  it('reads and writes text, bytes, arrays and nested structs, and zeroes holes', () => {
    const inner = defineStruct({ x: 'i16', y: 'u16be' })
    const outer = defineStruct({ tag: 'u8', name: ['char', 8], raw: ['u8', 3], points: [inner, 2], total: 'i64' }, { name: 'outer' })
    const memory = view(outer.size + 4)
    new Uint8Array(memory.buffer).fill(0xff)
    const value = { tag: 7, name: 'héllo', raw: Uint8Array.of(1, 2, 3), points: [{ x: -1, y: 258 }, { x: 2, y: 3 }], total: -5n }
    outer.write(memory, 2, value)
    expect(outer.read(memory, 2)).toEqual(value)
    const y = 2 + outer.fields.points.offset + 2
    expect([memory.getUint8(y), memory.getUint8(y + 1)]).toEqual([1, 2]) // network order
    const hole = 2 + outer.fields.raw.offset + 3
    for (let at = hole; at < 2 + outer.fields.points.offset; at++) expect(memory.getUint8(at)).toBe(0)
    expect(memory.getUint8(1)).toBe(0xff)
    expect(memory.getUint8(2 + outer.size)).toBe(0xff)
  })

  it('keeps a byte order mark at the beginning of a text', () => {
    const s = defineStruct({ msg: ['char', 8], rest: ['char'] })
    const value = { msg: '\ufeffab', rest: '\ufeff' }
    const memory = view(s.sizeOf(value))
    s.write(memory, 0, value)
    expect(s.read(memory)).toEqual(value)
  })

  it('refuses an array with a hole, which would be written as zero', () => {
    const point = defineStruct({ x: 'i16' })
    const s = defineStruct({ fixed: ['u16', 3], points: [point, 2], rest: ['i32'] }, { name: 'holes' })
    const value = { fixed: [1, 2, 3], points: [{ x: 1 }, { x: 2 }], rest: [1, 2] }
    const memory = view(s.sizeOf(value))
    s.write(memory, 0, value)
    for (const [field, name] of [['fixed', 'holes.fixed[1]'], ['rest', 'holes.rest[1]'], ['points', 'from undefined']] as const) {
      const holes: unknown[] = [...value[field]]
      delete holes[1]
      expect(() => { s.write(memory, 0, { ...value, [field]: holes } as never) }, field).toThrow(name)
      expect(() => { s.write(memory, 0, { ...value, [field]: holes } as never) }, field)
        .toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
    }
  })

  it('takes a shorter text or byte array and pads it with zeroes', () => {
    const s = defineStruct({ msg: ['char', 4], raw: ['u8', 4] })
    const memory = view(s.size)
    s.write(memory, 0, { msg: 'ab', raw: Uint8Array.of(9) })
    expect(s.read(memory)).toEqual({ msg: 'ab', raw: Uint8Array.of(9, 0, 0, 0) })
    s.write(memory, 0, { msg: 'abcd', raw: new Uint8Array(0) })
    expect(s.read(memory).msg).toBe('abcd')
  })

  it.each([
    ['a bigint for a number', { n: 'i32' }, { n: 1n }, TypeError, /struct\.n.*expected a number, got 1n/],
    ['a number for a bigint', { n: 'u64' }, { n: 1 }, TypeError, /expected a bigint/],
    ['a fraction', { n: 'i32' }, { n: 1.5 }, RangeError, /got 1\.5/],
    ['NaN', { n: 'i32' }, { n: NaN }, RangeError, /got NaN/],
    ['too large', { n: 'u8' }, { n: 256 }, RangeError, /from 0 to 255/],
    ['too small', { n: 'i8' }, { n: -129 }, RangeError, /from -128 to 127/],
    ['negative for unsigned', { n: 'u64' }, { n: -1n }, RangeError, /from 0/],
    ['a missing field', { n: 'i32' }, {}, TypeError, /got undefined/],
    ['a field too many', { n: 'i32' }, { n: 1, m: 2 }, TypeError, /no field "m"/],
    ['text that does not fit', { s: ['char', 2] }, { s: 'abc' }, RangeError, /holds 2 bytes, got 3/],
    ['a string for bytes', { s: ['u8', 2] }, { s: 'ab' }, TypeError, /expected a Uint8Array/],
    ['too few elements', { a: ['i32', 2] }, { a: [1] }, RangeError, /2 elements, got 1/],
    ['no object', { n: 'i32' }, null, TypeError, /from null/],
  ] as const)('refuses %s', (_, types, value, error, message) => {
    const s = defineStruct(types as unknown as FieldTypes)
    expect(() => s.write(view(64), 0, value as never)).toThrow(error)
    expect(() => s.write(view(64), 0, value as never)).toThrow(message)
  })

  it('refuses to read or write outside the view', () => {
    const s = defineStruct({ n: 'u32' })
    for (const offset of [-1, 1, 0.5, NaN, 2 ** 53]) {
      expect(() => s.read(view(4), offset)).toThrow(RangeError)
      expect(() => s.write(view(4), offset, { n: 1 })).toThrow(RangeError)
    }
    expect(() => s.read(new Uint8Array(4) as never)).toThrow(/expected a DataView/)
  })

  it.each([
    ['an unknown type', { a: 'int' }],
    ['an inherited name for a type', { a: 'toString' }],
    ['an array of no length', { a: ['u8', 0] }],
    ['a length that is not an integer', { a: ['u8', 1.5] }],
    ['nothing', null],
  ])('refuses %s', (_, types) => {
    expect(() => defineStruct(types as never)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
  })

  const scalars = {
    i8: fc.integer({ min: -128, max: 127 }), u8: fc.integer({ min: 0, max: 255 }), i16: fc.integer({ min: -32768, max: 32767 }),
    u16: fc.integer({ min: 0, max: 65535 }), u16be: fc.integer({ min: 0, max: 65535 }), i32: fc.integer(),
    u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    u32be: fc.integer({ min: 0, max: 2 ** 32 - 1 }), i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), u64be: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    long: fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n }), ulong: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
    usize: fc.integer({ min: 0, max: 2 ** 32 - 1 }), pointer: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
  }
  it('reads back every scalar that it wrote, on every ABI', () => {
    for (const abi of [x86, arm, s390x]) {
      const types = Object.fromEntries(Object.keys(scalars).map((type) => [type, type])) as FieldTypes
      const s = defineStruct(types, { abi })
      fc.assert(fc.property(fc.record(scalars), (value) => {
        const memory = view(s.size)
        s.write(memory, 0, value as never)
        expect(s.read(memory)).toEqual(value)
      }))
    }
  })
})

describe('structs', () => {
  it('in the tables follow each target, and share a layout between glibc and musl', () => {
    expect(structs.msghdr.for(x86).size).toBe(56)
    expect(structs.msghdr.for(arm).size).toBe(28)
    const lp64 = [
      'x86_64-linux-gnu', 'x86_64-linux-musl', 'aarch64-linux-gnu', 'aarch64-linux-musl', 'riscv64-linux-gnu', 's390x-linux-gnu',
      's390x-linux-musl',
    ] as const
    for (const target of lp64) {
      const { fields } = structs.msghdr.for(abis[target])
      expect([fields.msg_iovlen, fields.msg_controllen], target).toMatchObject([{ offset: 24, size: 8 }, { offset: 40, size: 8 }])
      expect(structs.cmsghdr.for(abis[target]).fields.cmsg_len, target).toMatchObject({ offset: 0, size: 8 })
    }
  })

  it('nest as in C', () => {
    const { mmsghdr } = structs
    const memory = view(mmsghdr.size)
    const msg_hdr = { msg_name: 0n, msg_namelen: 0, msg_iov: 2n ** 47n, msg_iovlen: 1, msg_control: 0n, msg_controllen: 32, msg_flags: -1 }
    mmsghdr.write(memory, 0, { msg_hdr, msg_len: 36 })
    expect(mmsghdr.read(memory)).toEqual({ msg_hdr, msg_len: 36 })
  })

  it('are written big-endian on a big-endian target', () => {
    const memory = view(12)
    structs.ucred.for(s390x).write(memory, 0, { pid: 1, uid: 2, gid: 3 })
    expect([memory.getUint8(3), memory.getUint8(7), memory.getUint8(11)]).toEqual([1, 2, 3])
  })
})
