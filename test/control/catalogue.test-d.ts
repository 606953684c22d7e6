import { describe, expectTypeOf, it } from 'vitest'
import {
  decodeControl, defineControlMessage, defineStruct, inq, packetInfo, pidfd, recvErr, rxrpcExclusiveCall, timestamp, timestamping, tos, ttl,
  txTime, type BuiltinControl, type ControlItem, type Credentials, type PacketInfo, type QueuedError, type Timestamps, type Timeval,
  type ValueOf, type credentials, type tlsRecordType,
} from '../../src/codec.ts'

describe('the value of a kind', () => {
  it('is typed', () => {
    expectTypeOf<ValueOf<typeof credentials>>().toEqualTypeOf<Credentials>()
    expectTypeOf<ValueOf<typeof timestamp>>().toEqualTypeOf<Timeval>()
    expectTypeOf<ValueOf<typeof timestamping>>().toEqualTypeOf<Timestamps>()
    expectTypeOf<ValueOf<typeof packetInfo>>().toEqualTypeOf<PacketInfo>()
    expectTypeOf<ValueOf<typeof recvErr>>().toEqualTypeOf<QueuedError>()
    expectTypeOf<ValueOf<typeof pidfd>>().toEqualTypeOf<number>()
    expectTypeOf<ValueOf<typeof txTime>>().toEqualTypeOf<bigint>()
    expectTypeOf<ValueOf<typeof tlsRecordType>>().toEqualTypeOf<'data' | 'alert' | 'handshake' | 'changeCipherSpec' | number>()
  })

  it('is the argument of a call of the kind', () => {
    expectTypeOf(ttl).toBeCallableWith(64)
    expectTypeOf(packetInfo).toBeCallableWith({ localAddress: '127.0.0.1' })
    expectTypeOf(timestamping).toBeCallableWith(16)
    expectTypeOf(rxrpcExclusiveCall()).toEqualTypeOf<ControlItem>()
    // @ts-expect-error: a number
    ttl('64')
    // @ts-expect-error: an address
    packetInfo({ localAddress: 1 })
    // @ts-expect-error: no such part
    packetInfo({ adress: '::1' })
    // @ts-expect-error: nanoseconds are a bigint
    txTime(1)
    // @ts-expect-error: a value
    tos()
  })

  it('cannot be sent if the kind can only be received', () => {
    // @ts-expect-error: received only
    inq(1)
    // @ts-expect-error: received only
    pidfd(3)
    // @ts-expect-error: received only
    timestamp({ ns: 1n, sec: 1n, usec: 1n })
    // @ts-expect-error: received only
    recvErr({})
  })
})

describe('decodeControl', () => {
  it('returns a union that a switch narrows', () => {
    const [message] = decodeControl(new Uint8Array(0))
    expectTypeOf(message!).toEqualTypeOf<BuiltinControl>()
    if (message?.kind === 'ttl') expectTypeOf(message.value).toEqualTypeOf<number>()
    if (message?.kind === 'recvErr') expectTypeOf(message.value.origin).toEqualTypeOf<QueuedError['origin']>()
    // @ts-expect-error: what is unknown has no value
    if (message?.kind === 'unknown') message.value
    // @ts-expect-error: there is no such kind
    if (message?.kind === 'tll') message.value
  })

  it('returns only the requested kinds', () => {
    const [message] = decodeControl(new Uint8Array(0), { definitions: [ttl, timestamp] })
    expectTypeOf(message!.kind).toEqualTypeOf<'ttl' | 'timestamp' | 'unknown'>()
  })
})

describe('defineControlMessage', () => {
  it('infers the type from a scalar, a struct, a conversion or functions', () => {
    const scalar = defineControlMessage({ kind: 'a', level: 1, type: 1, layout: 'u64' })
    expectTypeOf<ValueOf<typeof scalar>>().toEqualTypeOf<bigint>()
    expectTypeOf(scalar.kind).toEqualTypeOf<'a'>()

    const struct = defineControlMessage({ kind: 'a', level: 1, type: 1, layout: defineStruct({ n: 'i32', rest: ['u16'], }) })
    expectTypeOf<ValueOf<typeof struct>>().toEqualTypeOf<{ n: number; rest: number[] }>()

    const converted = defineControlMessage({
      kind: 'a', level: 1, type: 1, layout: 'i32', convert: { decode: (n) => n !== 0, encode: (on: boolean) => Number(on) },
    })
    expectTypeOf<ValueOf<typeof converted>>().toEqualTypeOf<boolean>()
    expectTypeOf(converted).parameters.toEqualTypeOf<[boolean]>()

    const functions = defineControlMessage({
      kind: 'a', level: 1, type: 1, encode: (text: string) => new TextEncoder().encode(text), decode: (data) => data.length,
    })
    expectTypeOf(functions).parameters.toEqualTypeOf<[string]>()
    expectTypeOf<ValueOf<typeof functions>>().toEqualTypeOf<number>()

    const received = defineControlMessage({ kind: 'a', level: 1, type: 1, layout: 'u32', direction: 'receive' })
    expectTypeOf(received).parameters.toEqualTypeOf<[never]>()
    expectTypeOf<ValueOf<typeof received>>().toEqualTypeOf<number>()
  })

  it('refuses invalid definitions', () => {
    // @ts-expect-error: no such type
    defineControlMessage({ kind: 'a', level: 1, type: 1, layout: 'u7' })
    // @ts-expect-error: no such family
    defineControlMessage({ kind: 'a', level: 1, type: 1, layout: 'u8', family: 'ipx' })
    // @ts-expect-error: no layout
    defineControlMessage({ kind: 'a', level: 1, type: 1 })
  })
})
