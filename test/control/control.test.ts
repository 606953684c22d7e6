import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CMSG_LEN, CMSG_SPACE, abis, constants, credentials, decodeControl, defineControlMessage, defineStruct, encodeControl, hopLimit,
  rawControl, rights, type ControlItem,
} from '../../src/codec.ts'

const everyAbi = Object.values(abis)
const { SOL_SOCKET, SCM_CREDENTIALS, SCM_RIGHTS, SOL_IP, IP_TTL } = constants
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('encodeControl', () => {
  it('writes the same bytes as C', () => {
    // struct cmsghdr { 28, SOL_SOCKET, SCM_CREDENTIALS } and { 20, SOL_SOCKET, SCM_RIGHTS }, by hand from <sys/socket.h>
    const control = encodeControl([credentials({ pid: 0x01020304, uid: 5, gid: 6 }), rights([7])], { abi: abis['x86_64-linux-gnu'] })
    expect(hex(control)).toBe(
      '1c00000000000000' + '01000000' + '02000000' + '04030201' + '05000000' + '06000000' + '00000000' +
      '1400000000000000' + '01000000' + '01000000' + '07000000' + '00000000')
    const big = encodeControl([rights([7])], { abi: abis['s390x-linux-gnu'] })
    expect(hex(big)).toBe('0000000000000014' + '00000001' + '00000001' + '00000007' + '00000000')
    const arm = encodeControl([rights([7])], { abi: abis['arm-linux-gnueabihf'] })
    expect(hex(arm)).toBe('10000000' + '01000000' + '01000000' + '07000000')
  })

  it('returns exactly the sum of CMSG_SPACE bytes, padded with zeroes', () => {
    for (const abi of everyAbi) {
      for (let n = 0; n <= 20; n++) {
        const control = encodeControl([rawControl(1, 99, new Uint8Array(n).fill(0xff)), rawControl(1, 98, new Uint8Array(0))], { abi })
        expect(control.length).toBe(CMSG_SPACE(n, abi) + CMSG_SPACE(0, abi))
        expect([...control.subarray(CMSG_LEN(n, abi), CMSG_SPACE(n, abi))].every((byte) => byte === 0)).toBe(true)
      }
    }
    expect(encodeControl([])).toHaveLength(0)
  })

  const payload = (): Uint8Array => new Uint8Array(4)
  it.each([
    ['a level over 32 bits', { level: 2 ** 31, type: 1, payload }, 'ERR_CMSG_OUT_OF_RANGE', /level 2147483648: expected a 32-bit/],
    ['a type that is a fraction', { level: 1, type: 1.5, payload }, 'ERR_CMSG_OUT_OF_RANGE', /type 1.5: expected a 32-bit integer/],
    ['no level', { type: 1, payload }, 'ERR_CMSG_INVALID_ARG_TYPE', /level undefined: expected a number/],
    ['a payload that is not bytes', { level: 1, type: 9, payload: () => [1, 2] }, 'ERR_CMSG_INVALID_ARG_TYPE', /payload an array of 2/],
    ['a payload of integers', { level: 1, type: 9, payload: () => Int32Array.of(1) }, 'ERR_CMSG_INVALID_ARG_TYPE', /Int32Array/],
  ])('refuses an item with %s', (_, item, code, message) => {
    expect(() => encodeControl([item as never])).toThrow(message)
    expect(() => encodeControl([item as never])).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['no array', 7, TypeError], ['a definition that was not called', [credentials], TypeError], ['a number', [7], TypeError],
    ['nothing', [undefined], TypeError],
  ])('refuses %s', (_, items, error) => {
    expect(() => encodeControl(items as never)).toThrow(error)
  })
})

describe('decodeControl', () => {
  it('returns the encoded values, on every ABI', () => {
    for (const abi of everyAbi) {
      fc.assert(fc.property(
        fc.record({ pid: fc.integer({ min: 0 }), uid: fc.nat(), gid: fc.nat() }), fc.array(fc.integer({ min: 0 }), { maxLength: 253 }),
        fc.uint8Array(),
        (who, fds, bytes) => {
          const control = encodeControl([credentials(who), rights(fds), rawControl(SOL_IP, IP_TTL, bytes)], { abi })
          expect(decodeControl(control, { abi, family: 'unix' })).toMatchObject([
            { kind: 'credentials', level: SOL_SOCKET, type: SCM_CREDENTIALS, value: who },
            { kind: 'rights', level: SOL_SOCKET, type: SCM_RIGHTS, value: fds },
            { kind: 'unknown', level: SOL_IP, type: IP_TTL, data: bytes },
          ])
        }), { numRuns: 30 })
    }
  })

  it('reports credentials that are too short as bytes, at every length', () => {
    for (let n = 0; n < 12; n++) {
      const [message] = decodeControl(encodeControl([rawControl(SOL_SOCKET, SCM_CREDENTIALS, new Uint8Array(n).fill(n))]))
      expect(message).toEqual({ kind: 'unknown', level: SOL_SOCKET, type: SCM_CREDENTIALS, data: new Uint8Array(n).fill(n) })
    }
  })

  it('reports the rest as bytes if cmsg_len is impossible', () => {
    const control = encodeControl([rights([3]), rights([4])], { abi: abis['x86_64-linux-gnu'] })
    for (const length of [0, 15, 25, 1000]) {
      control[24] = length & 0xff
      control[25] = length >> 8
      expect(decodeControl(control, { abi: abis['x86_64-linux-gnu'] }), String(length)).toMatchObject([
        { kind: 'rights', value: [3] }, { kind: 'unknown', level: SOL_SOCKET, type: SCM_RIGHTS, data: control.slice(40, 48) },
      ])
    }
  })

  it('accepts a last message without padding, and a last one with an empty payload', () => {
    const abi = abis['x86_64-linux-gnu']
    const control = encodeControl([credentials({ pid: 1, uid: 2, gid: 3 }), rights([4])], { abi })
    expect(decodeControl(control.subarray(0, 52), { abi }).map(({ kind }) => kind)).toEqual(['credentials', 'rights'])
    const empty = encodeControl([rights([4]), rawControl(272, 3, new Uint8Array(0))], { abi })
    expect(decodeControl(empty, { abi })[1]).toMatchObject({ kind: 'rxrpcAck', level: 272, type: 3, value: true, data: new Uint8Array(0) })
  })

  it('ignores part of a descriptor at the end', () => {
    const [message] = decodeControl(encodeControl([rawControl(SOL_SOCKET, SCM_RIGHTS, Uint8Array.of(1, 0, 0, 0, 2, 0))]))
    expect(message).toMatchObject({ kind: 'rights', value: [1] })
  })

  it('copies data, which does not change with the buffer', () => {
    // A Buffer, as recvmsg gives: its slice() would be a view.
    const control = Buffer.from(encodeControl([rights([3]), rawControl(1, 99, Uint8Array.of(1))]))
    const [message, unknown] = decodeControl(control)
    control.fill(0)
    expect(unknown).toMatchObject({ data: Uint8Array.of(1) })
    expect(message).toMatchObject({ value: [3], data: Uint8Array.of(3, 0, 0, 0) })
  })

  it('uses only the definitions of the family', () => {
    const ttl = defineControlMessage({ kind: 'ttl', level: SOL_IP, type: IP_TTL, family: 'inet', layout: defineStruct({ ttl: 'i32' }) })
    const control = encodeControl([ttl({ ttl: 64 })])
    expect(decodeControl(control, { definitions: [ttl], family: 'inet' })).toMatchObject([{ kind: 'ttl', value: { ttl: 64 } }])
    expect(decodeControl(control, { definitions: [ttl], family: 'bluetooth' })).toMatchObject([{ kind: 'unknown' }])
  })

  it('never throws because of the bytes', () => {
    for (const abi of everyAbi) {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => { decodeControl(bytes, { abi }) }))
    }
    expect(() => decodeControl('abc' as never)).toThrow(TypeError)
  })
})

describe('a kind that arrives in several forms', () => {
  it('is decoded in linear time, and once if its own form has arrived', () => {
    const { SOL_IPV6, IPV6_HOPLIMIT } = constants
    const int = (n: number): Uint8Array => new Uint8Array(Int32Array.of(n).buffer)
    const [other, own] = [rawControl(SOL_IP, IP_TTL, int(1)), rawControl(SOL_IPV6, IPV6_HOPLIMIT, int(2))]
    const kinds = (items: ControlItem[]): string[] =>
      decodeControl(encodeControl(items), { definitions: [hopLimit], family: 'inet6' }).map(({ kind }) => kind)
    expect(kinds([other, own, other])).toEqual(['unknown', 'hopLimit', 'unknown'])
    expect(kinds([other, other])).toEqual(['hopLimit', 'hopLimit'])
    const many = encodeControl(Array<ControlItem>(20_000).fill(other))
    const start = performance.now()
    for (const options of [{}, { definitions: [hopLimit] }]) {
      expect(decodeControl(many, { ...options, family: 'inet6' })).toHaveLength(20_000)
    }
    // Cubic time takes hours, quadratic time seconds.
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('rights', () => {
  it.each([
    ['254 descriptors', Array.from({ length: 254 }, () => 0), RangeError, /254 file descriptors.*limit is 253/],
    ['a negative descriptor', [-1], RangeError, /-1 as a file descriptor/],
    ['a fraction', [0.5], RangeError, /0.5/],
    ['a descriptor over an int', [2 ** 31], RangeError, /2147483648/],
    ['a string', ['0'], TypeError, /"0"/],
    ['a hole, which would be standard input', [1, , 2], TypeError, /undefined as a/], // eslint-disable-line no-sparse-arrays
    ['a list of holes', Array<number>(2), TypeError, /undefined as a file descriptor/],
    ['no array', 0, TypeError, /expected an array/],
  ])('refuses %s at the call', (_, fds, error, message) => {
    expect(() => rights(fds as never)).toThrow(error)
    expect(() => rights(fds as never)).toThrow(message)
  })
})

describe('defineControlMessage', () => {
  const layout = defineStruct({ n: 'i32' })
  it.each([
    ['no kind', { kind: '', level: 1, type: 2, layout }, /its kind must be a name/],
    ['the reserved kind unknown', { kind: 'unknown', level: 1, type: 2, layout }, /not "unknown"/],
    ['a level that is not an integer', { kind: 'x', level: '1', type: 2, layout }, /level must be a 32-bit integer/],
    ['a type that is not an integer', { kind: 'x', level: 1, type: 1.5, layout }, /type must be a 32-bit integer/],
    ['neither layout nor decode', { kind: 'x', level: 1, type: 2, minSize: 4 }, /needs a layout or a decode/],
    ['a size that is too small', { kind: 'x', level: 1, type: 2, layout, receive: { size: 3 } }, /receive.size is 3, less than the 4/],
  ])('refuses %s', (_, definition, message) => {
    expect(() => defineControlMessage(definition as never)).toThrow(message)
    expect(() => defineControlMessage(definition as never)).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
  })

  it('returns an object that cannot be called if the kind can only be received', () => {
    const only = defineControlMessage({ kind: 'only', level: 1, type: 99, layout, direction: 'receive' })
    expect(() => only({ n: 1 } as never)).toThrow(/Cannot send only/)
    expect(decodeControl(encodeControl([rawControl(1, 99, Uint8Array.of(5, 0, 0, 0))]), { definitions: [only] })).toMatchObject([
      { value: { n: 5 } },
    ])
  })
})

describe('a list with holes', () => {
  const holes = Array<never>(1)
  const code = 'ERR_CMSG_INVALID_DEFINITION'
  it.each([
    ['families', { family: holes }],
    ['sockets', { takenBy: holes }],
    ['types of sockets', { takenBy: [{ type: holes }] }],
    ['protocols', { takenBy: [{ protocol: holes }] }],
    ['options', { takenBy: [{ options: holes }] }],
    ['other forms', { also: holes }],
  ])('of %s is refused in a definition', (_, more) => {
    expect(() => defineControlMessage({ kind: 'x', level: 1, type: 99, layout: 'i32', ...more })).toThrow(expect.objectContaining({ code }))
  })

  it.each([1, 20])('of definitions is refused, %i of them', (length) => {
    expect(() => decodeControl(new Uint8Array(0), { definitions: Array<typeof rights>(length) }))
      .toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
  })
})

describe('rawControl', () => {
  it.each([
    ['1', 1, new Uint8Array(0), TypeError], [1, 2 ** 31, new Uint8Array(0), RangeError], [1, 1, [1], TypeError],
  ])('refuses level %s, type %s, %s', (level, type, data, error) => {
    expect(() => rawControl(level as never, type, data as never)).toThrow(error)
  })
  it('keeps its own copy', () => {
    const data = Uint8Array.of(1)
    const item = rawControl(1, 2, data)
    data[0] = 9
    expect(encodeControl([item], { abi: abis['x86_64-linux-gnu'] })[16]).toBe(1)
  })
})
