import { describe, expect, it } from 'vitest'
import {
  CMSG_SPACE, abis, decodeControl, defineControlMessage, defineStruct, encodeControl, rawControl, structs, ttl, type Abi,
} from '../../src/codec.ts'

const everyAbi = Object.values(abis)
const layout = defineStruct({ n: 'i32' })
const one = (): number => 1
const gone = (): Uint8Array => {
  const bytes = new Uint8Array(4)
  structuredClone(bytes, { transfer: [bytes.buffer] })
  return bytes
}
const roundTrip = (item: ReturnType<typeof rawControl>, definitions: readonly never[], abi: Abi): unknown =>
  decodeControl(encodeControl([item], { abi }), { definitions, abi })[0]

describe('a user\'s definition', () => {
  it('can use every feature of structs, on every ABI', () => {
    const range = defineStruct({ from: 'i32', to: 'i64' })
    const struct = defineStruct({ port: 'u16be', range, label: ['char', 5], words: ['u16', 2], samples: ['u32'] }, { name: 'own' })
    const own = defineControlMessage({ kind: 'own', level: 500, type: 1, layout: struct })
    for (const abi of everyAbi) {
      for (let n = 0; n < 5; n++) {
        const value = {
          port: 53, range: { from: -1, to: -2n }, label: 'lan', words: [1, 2], samples: Array.from({ length: n }, (_, i) => i),
        }
        const control = encodeControl([own(value)], { abi })
        expect(decodeControl(control, { definitions: [own], abi })).toMatchObject([{ kind: 'own', value }])
        expect(decodeControl(control, { definitions: [own], abi })[0]!.data).toHaveLength(struct.for(abi).fields.samples.offset + 4 * n)
      }
    }
  })

  it('can end with a flexible array of structs, bytes or text', () => {
    const pair = defineStruct({ a: 'u8', b: 'u16' })
    const pairs = defineControlMessage({ kind: 'pairs', level: 500, type: 2, layout: defineStruct({ n: 'u8', pairs: [pair] }) })
    const tail = defineControlMessage({ kind: 'tail', level: 500, type: 3, layout: defineStruct({ n: 'u32', b: 'u8', bytes: ['u8'] }) })
    const text = defineControlMessage({ kind: 'text', level: 500, type: 4, layout: defineStruct({ text: ['char'] }) })
    for (const abi of everyAbi) {
      expect(roundTrip(pairs({ n: 1, pairs: [{ a: 1, b: 2 }, { a: 3, b: 4 }] }), [pairs as never], abi)).toMatchObject({
        value: { pairs: [{ a: 1, b: 2 }, { a: 3, b: 4 }] },
      })
      // The tail begins in what would be padding.
      expect(roundTrip(tail({ n: 1, b: 2, bytes: Uint8Array.of(7, 8, 9, 10) }), [tail as never], abi)).toMatchObject({
        data: expect.objectContaining({ length: 9 }), value: { bytes: Uint8Array.of(7, 8, 9, 10) },
      })
      expect(roundTrip(text({ text: 'zwölf' }), [text as never], abi)).toMatchObject({ value: { text: 'zwölf' } })
    }
  })

  it.each([
    ['a flexible array that is not last', { a: ['u8'], b: 'u8' }, /a flexible array comes last/],
    ['a struct that contains one', { a: defineStruct({ b: ['u8'] }, { name: 'inner' }) }, /inner ends in a flexible array/],
    ['an array of length 0', { a: ['u8', 0] }, /at least 1/],
    ['an unknown type', { a: 'u7' }, /is not a type/],
  ])('is refused with %s', (_, types, message) => {
    expect(() => defineStruct(types as never)).toThrow(message)
  })

  it('requires the exact size if it is a scalar or says so', () => {
    const bytes = (n: number) => encodeControl([rawControl(500, 1, new Uint8Array(n))])
    const loose = defineControlMessage({ kind: 'loose', level: 500, type: 1, layout })
    const exact = defineControlMessage({ kind: 'exact', level: 500, type: 1, layout, exact: true })
    const scalar = defineControlMessage({ kind: 'scalar', level: 500, type: 1, layout: 'i32' })
    const ranged = defineControlMessage({ kind: 'ranged', level: 500, type: 1, minSize: 2, maxSize: 4, decode: (data) => data.length })
    const kinds = (n: number) =>
      [loose, exact, scalar, ranged].map((one) => decodeControl(bytes(n), { definitions: [one as never] })[0]!.kind)
    expect(kinds(1)).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
    expect(kinds(3)).toEqual(['unknown', 'unknown', 'unknown', 'ranged'])
    expect(kinds(4)).toEqual(['loose', 'exact', 'scalar', 'ranged'])
    expect(kinds(5)).toEqual(['loose', 'unknown', 'unknown', 'unknown'])
  })

  it('has the size of the given ABI, not of this machine', () => {
    const word = defineControlMessage({ kind: 'word', level: 500, type: 1, layout: 'ulong' })
    const control = encodeControl([word(7n)], { abi: abis['arm-linux-gnueabihf'] })
    expect(decodeControl(control, { definitions: [word], abi: abis['arm-linux-gnueabihf'] })).toMatchObject([
      { value: 7n, data: { length: 4 } },
    ])
  })

  it('reserves the size of its layout', () => {
    expect(defineControlMessage({ kind: 'x', level: 1, type: 2, layout, receive: { option: 3 } }).receive).toEqual({ option: 3, size: 4 })
    expect(defineControlMessage({ kind: 'x', level: 1, type: 2, layout: 'u64', receive: {} }).receive).toEqual({ size: 8 })
  })

  it('reserves its maximum size if it is defined by functions', () => {
    const size = (part: object): number | undefined =>
      defineControlMessage({ kind: 'x', level: 1, type: 2, decode: one, receive: { option: 3 }, ...part } as never).receive?.size
    expect(size({ minSize: 1, maxSize: 64 })).toBe(64)
    expect(size({ maxSize: ({ wordSize }: Abi) => 4 * wordSize })).toBe(4 * structs.cmsghdr.fields.cmsg_len.size)
    expect(size({ maxSize: 64, receive: { option: 3, size: 32 } })).toBe(32)
    expect(size({ layout })).toBe(4)
    expect(size({ layout, minSize: 2, maxSize: 8 })).toBe(8)
    expect(size({ layout: 'u64', minSize: 2 })).toBe(8)
  })

  it.each<[string, () => unknown, RegExp]>([
    ['an array', () => [1, 2], /Cannot send own: its encode returned an array of 2, and not a Uint8Array/],
    ['nothing', () => undefined, /its encode returned undefined/],
    ['text', () => 'text', /its encode returned "text"/],
    ['a promise', async () => new Uint8Array(4), /its encode returned an object \(Promise\)/],
    ['integers of 32 bits', () => Int32Array.of(1), /its encode returned Int32Array\(4\)/],
    ['bytes whose memory is gone', gone, /their ArrayBuffer was transferred/],
  ])('refuses an encode that returns %s, at the call', (_, encode, message) => {
    const own = defineControlMessage({ kind: 'own', level: 500, type: 1, encode: encode as (n: number) => Uint8Array, decode: one })
    expect(() => own(1)).toThrow(message)
    expect(() => own(1)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
  })

  it('refuses a payload of a size that it would not decode, at the call', () => {
    const own = defineControlMessage({
      kind: 'own', level: 500, type: 1, minSize: 1, maxSize: 4, encode: (n: number) => new Uint8Array(n), decode: one,
    })
    for (const n of [0, 5]) {
      expect(() => own(n)).toThrow(new RegExp(`Cannot send own: its encode returned ${n} bytes, a size that its definition refuses`))
      expect(() => own(n)).toThrow(expect.objectContaining({ name: 'RangeError', code: 'ERR_CMSG_OUT_OF_RANGE' }))
    }
    expect(encodeControl([own(4)])).toHaveLength(CMSG_SPACE(4))
    // The payload that is sent differs from the received one.
    const other = defineControlMessage({
      kind: 'other', level: 500, type: 1, minSize: 8, alternative: 'u32', encode: (n: number) => new Uint8Array(n), decode: one,
    })
    expect(encodeControl([other(4), other(8)])).toHaveLength(CMSG_SPACE(4) + CMSG_SPACE(8))
    expect(() => other(5)).toThrow(/5 bytes, a size that/)
  })

  it('keeps its own copy of what encode returns, which may use its buffer again', () => {
    const scratch = new Uint8Array(1)
    const own = defineControlMessage({
      kind: 'own', level: 500, type: 1, encode: (n: number) => { scratch[0] = n; return scratch }, decode: ([n]) => n,
    })
    const items = [own(1), own(2)]
    expect(decodeControl(encodeControl(items), { definitions: [own] })).toMatchObject([{ value: 1 }, { value: 2 }])
    const other = abis['s390x-linux-gnu']
    const control = encodeControl(items, { abi: other })
    expect(decodeControl(control, { definitions: [own], abi: other })).toMatchObject([{ value: 1 }, { value: 2 }])
  })

  it.each([() => 'u32', () => undefined, () => ({ for: 1 })])('is refused where its layout is used, if %s returns no struct', (layout) => {
    const own = defineControlMessage({ kind: 'own', level: 500, type: 1, layout: layout as never })
    expect(() => own(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
    expect(() => own(1 as never)).toThrow(/layout.*expected a struct/)
    const [message] = decodeControl(encodeControl([rawControl(500, 1, new Uint8Array(4))]), { definitions: [own] })
    expect(message).toMatchObject({ kind: 'unknown', error: { code: 'ERR_CMSG_INVALID_DEFINITION' } })
  })

  it('names itself in errors', () => {
    const own = defineControlMessage({ kind: 'own', level: 500, type: 1, layout: 'u8' })
    expect(() => own(256)).toThrow(/own.*from 0 to 255.*256/)
    expect(() => own('1' as never)).toThrow(/own.*expected a number/)
    const struct = defineControlMessage({
      kind: 'struct', level: 500, type: 1, layout, convert: { decode: ({ n }) => n, encode: (n: number) => ({ n }) },
    })
    expect(() => struct(2 ** 31)).toThrow(RangeError)
  })

  it('reports a decode that throws, without affecting the others', () => {
    const bad = defineControlMessage({ kind: 'bad', level: 500, type: 1, decode: (data) => { throw new RangeError(`${data.length}`) } })
    const control = encodeControl([rawControl(500, 1, new Uint8Array(3)), rawControl(500, 2, new Uint8Array(1))])
    expect(decodeControl(control, { definitions: [bad] })).toMatchObject([
      { kind: 'unknown', error: new RangeError('3'), data: new Uint8Array(3) }, { kind: 'unknown', type: 2 },
    ])
  })

  it('cannot have the numbers of another definition', () => {
    const mine = (family?: 'inet' | 'bluetooth') =>
      defineControlMessage({ kind: 'mine', level: ttl.level, type: ttl.type, layout: 'i32', ...(family && { family }) })
    const empty = new Uint8Array(0)
    expect(() => decodeControl(empty, { definitions: [ttl, mine('inet')] })).toThrow(/Cannot decode both ttl and mine/)
    expect(() => decodeControl(empty, { definitions: [ttl, mine()] })).toThrow(/Cannot decode both/)
    expect(() => decodeControl(empty, { definitions: [ttl, ttl] })).toThrow(/ttl twice/)
    expect(() => decodeControl(empty, { definitions: [ttl, mine('bluetooth')] })).not.toThrow()
    expect(() => decodeControl(empty, { definitions: [7 as never] })).toThrow(/Cannot decode with 7/)
  })

  it('is found after it is added to a list', () => {
    const list = [ttl] as unknown as ReturnType<typeof defineControlMessage<'x', 'i32'>>[]
    const control = encodeControl([ttl(5), rawControl(500, 1, new Uint8Array(4))])
    expect(decodeControl(control, { definitions: list }).map(({ kind }) => kind)).toEqual(['ttl', 'unknown'])
    list[0] = defineControlMessage({ kind: 'x', level: 500, type: 1, layout: 'i32' }) as never
    expect(decodeControl(control, { definitions: list }).map(({ kind }) => kind)).toEqual(['unknown', 'x'])
  })

  it.each([
    ['an unknown family', { family: 'inet4' }, /"inet4" is not a family; expected one of unix, inet/],
    ['an unknown direction', { direction: 'in' }, /direction is 'receive', 'send' or 'both'/],
    ['a receive setup of a kind that can only be sent', { direction: 'send', receive: {} }, /only be sent/],
    ['no way to send it', { layout: undefined, direction: 'send', decode: one }, /needs a layout or an encode/],
    ['a level over 32 bits', { level: 2 ** 31 }, /level must be a 32-bit integer/],
    ['an invalid size', { layout: undefined, decode: one, minSize: -1 }, /minSize must be a number of bytes/],
    ['an empty range', { layout: undefined, decode: one, minSize: 5, maxSize: 4 }, /maxSize is 4, less than .* 5/],
    ['an invalid option', { receive: { option: 1.5 } }, /receive.option must be a 32-bit integer/],
    ['an option of two names', { receive: { option: { A: 1, B: 2 } } }, /receive.option must be \{ NAME: integer \}/],
    ['an option in an array', { receive: { option: [35] } }, /receive.option must be \{ NAME: integer \}/],
    ['an option in bytes', { receive: { option: Uint8Array.of(35) } }, /receive.option must be \{ NAME: integer \}/],
    ['a receive setup in an array', { receive: [35] }, /receive must be an object/],
    ['no size to reserve', { layout: undefined, decode: one, receive: { option: 3 } }, /receive needs a size.*maxSize/],
    ['a minimum size only', { layout: undefined, decode: one, minSize: 4, receive: { option: 3 } }, /receive needs a size.*maxSize/],
    ['a size less than the payload', { receive: { size: 2 } }, /receive.size is 2, less than the 4/],
  ])('is refused with %s', (_, part, message) => {
    const make = () => defineControlMessage({ kind: 'x', level: 1, type: 2, layout, ...part } as never)
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
  })

  it('is refused if it is not a definition', () => {
    expect(() => defineControlMessage(null as never)).toThrow(/Cannot define a control message from null/)
  })
})
