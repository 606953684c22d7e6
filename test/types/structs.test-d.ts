import { describe, expectTypeOf, it } from 'vitest'
import { abis, defineStruct, structs, type Abi, type Struct, type StructValue } from 'cmsg/codec'

const view = new DataView(new ArrayBuffer(256))

describe('defineStruct', () => {
  it('takes the value of each scalar from its name', () => {
    const struct = defineStruct({
      i8: 'i8', u8: 'u8', i16: 'i16', u16: 'u16', i32: 'i32', u32: 'u32', i64: 'i64', u64: 'u64',
      u16be: 'u16be', u32be: 'u32be', u64be: 'u64be', long: 'long', ulong: 'ulong', usize: 'usize', pointer: 'pointer',
    })
    expectTypeOf(struct.read(view)).toEqualTypeOf<{
      i8: number; u8: number; i16: number; u16: number; i32: number; u32: number; i64: bigint; u64: bigint
      u16be: number; u32be: number; u64be: bigint; long: bigint; ulong: bigint; usize: number; pointer: bigint
    }>()
  })

  it('takes text, bytes and lists from arrays', () => {
    const struct = defineStruct({ text: ['char', 32], bytes: ['u8', 8], numbers: ['i32', 3], wide: ['u64', 2] })
    expectTypeOf(struct.read(view)).toEqualTypeOf<{ text: string; bytes: Uint8Array; numbers: number[]; wide: bigint[] }>()
  })

  it('takes a flexible array at the end', () => {
    expectTypeOf(defineStruct({ count: 'u32', rest: ['u16'] }).read(view)).toEqualTypeOf<{ count: number; rest: number[] }>()
    expectTypeOf(defineStruct({ rest: ['char'] }).read(view)).toEqualTypeOf<{ rest: string }>()
    expectTypeOf(defineStruct({ rest: ['u8'] }).read(view)).toEqualTypeOf<{ rest: Uint8Array }>()
  })

  it('takes nested structs, and arrays of them', () => {
    const point = defineStruct({ x: 'i32', y: 'i32' })
    const shape = defineStruct({ origin: point, corners: [point, 4], pid: structs.ucred })
    type Point = { x: number; y: number }
    expectTypeOf(shape.read(view)).toEqualTypeOf<{ origin: Point; corners: Point[]; pid: { pid: number; uid: number; gid: number } }>()
    expectTypeOf<StructValue<{ a: 'i32'; b: typeof point }>>().toEqualTypeOf<{ a: number; b: Point }>()
  })

  it('keeps the names of the fields', () => {
    const { fields } = defineStruct({ index: 'i32', msg: ['char', 32] })
    expectTypeOf(fields.index.offset).toEqualTypeOf<number>()
    expectTypeOf<keyof typeof fields>().toEqualTypeOf<'index' | 'msg'>()
    // @ts-expect-error: it has no such field
    void fields.other
  })

  it('writes the type that it reads, and nothing else', () => {
    const packet = defineStruct({ index: 'i32', msg: ['char', 32] })
    packet.write(view, 0, packet.read(view))
    // @ts-expect-error: msg is missing
    packet.write(view, 0, { index: 1 })
    // @ts-expect-error: a bigint for a number
    packet.write(view, 0, { index: 1n, msg: '' })
    // @ts-expect-error: bytes for text
    packet.write(view, 0, { index: 1, msg: new Uint8Array(32) })
    // @ts-expect-error: it has no such field
    packet.write(view, 0, { index: 1, msg: '', other: 2 })
    // @ts-expect-error: no Uint8Array, a DataView
    packet.read(new Uint8Array(36))
  })

  it('refuses unknown types', () => {
    // @ts-expect-error: C has it under another name
    defineStruct({ a: 'int' })
    // @ts-expect-error: an array of nothing
    defineStruct({ a: [] })
    // @ts-expect-error: the length is a number
    defineStruct({ a: ['i32', '3'] })
    // @ts-expect-error: a char alone is a number: i8 or u8
    defineStruct({ a: 'char' })
  })

  it('is the same type under another ABI', () => {
    const packet = defineStruct({ index: 'i32' }, { name: 'packet', abi: abis['s390x-linux-gnu'] })
    expectTypeOf(packet.for(abis['arm-linux-gnueabihf'])).toEqualTypeOf(packet)
    expectTypeOf(packet.abi).toEqualTypeOf<Abi>()
    // @ts-expect-error: no such target
    void abis['pdp11-unix']
  })
})

describe('structs', () => {
  it('have the names and the values of C', () => {
    expectTypeOf(structs.ucred.read(view)).toEqualTypeOf<{ pid: number; uid: number; gid: number }>()
    expectTypeOf(structs.iovec.read(view)).toEqualTypeOf<{ iov_base: bigint; iov_len: number }>()
    expectTypeOf(structs.cmsghdr.read(view)).toEqualTypeOf<{ cmsg_len: number; cmsg_level: number; cmsg_type: number }>()
    expectTypeOf(structs.sockaddr_un.read(view)).toEqualTypeOf<{ sun_family: number; sun_path: Uint8Array }>()
    expectTypeOf(structs.msghdr.read(view).msg_control).toEqualTypeOf<bigint>()
    expectTypeOf(structs.mmsghdr.read(view).msg_hdr.msg_iovlen).toEqualTypeOf<number>()
    // @ts-expect-error: no such struct
    void structs.ucredit
    // @ts-expect-error: they are not to be replaced
    structs.ucred = structs.iovec
  })

  it('are structs like any other', () => {
    expectTypeOf(structs.ucred).toExtend<Struct<{ pid: 'i32'; uid: 'u32'; gid: 'u32' }>>()
    expectTypeOf(structs.ucred.fields.uid.offset).toEqualTypeOf<number>()
  })
})
