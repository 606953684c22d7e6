import { describe, expectTypeOf, it } from 'vitest'
import {
  credentials, decodeControl, defineControlMessage, defineStruct, encodeControl, rawControl, rights, type AnyControlMessage,
  type ControlItem, type UnknownControl, type ValueOf,
} from 'cmsg/codec'

const control = new Uint8Array(0)
const facts = { level: 1, type: 2 } as const

describe('defineControlMessage', () => {
  const byLayout = defineControlMessage({ ...facts, kind: 'layout', layout: defineStruct({ ttl: 'i32' }) })
  const byScalar = defineControlMessage({ ...facts, kind: 'scalar', layout: 'u32' })
  const byFunctions = defineControlMessage({
    ...facts, kind: 'functions', minSize: 1,
    encode: (text: string) => new TextEncoder().encode(text),
    decode: (data) => data.length,
  })
  const received = defineControlMessage({ ...facts, kind: 'received', minSize: 1, decode: (data) => String(data) })
  const receivedByLayout = defineControlMessage({ ...facts, kind: 'received', layout: defineStruct({ ttl: 'i32' }), direction: 'receive' })

  it('infers the kind, the argument and the value', () => {
    expectTypeOf(byLayout.kind).toEqualTypeOf<'layout'>()
    expectTypeOf(byLayout).parameter(0).toEqualTypeOf<{ ttl: number }>()
    expectTypeOf<ValueOf<typeof byLayout>>().toEqualTypeOf<{ ttl: number }>()
    expectTypeOf(byScalar).parameter(0).toEqualTypeOf<number>()
    expectTypeOf<ValueOf<typeof byScalar>>().toEqualTypeOf<number>()
    expectTypeOf(byFunctions.kind).toEqualTypeOf<'functions'>()
    expectTypeOf(byFunctions).parameter(0).toEqualTypeOf<string>()
    expectTypeOf<ValueOf<typeof byFunctions>>().toEqualTypeOf<number>()
    expectTypeOf(byFunctions('x')).toEqualTypeOf<ControlItem>()
  })

  it('makes kinds that can only be received impossible to send', () => {
    expectTypeOf<ValueOf<typeof received>>().toEqualTypeOf<string>()
    expectTypeOf<ValueOf<typeof receivedByLayout>>().toEqualTypeOf<{ ttl: number }>()
    expectTypeOf(received).parameter(0).toEqualTypeOf<never>()
    // @ts-expect-error: the kernel only sends it to us
    void (() => received('x'))
    // @ts-expect-error: the kernel only sends it to us
    void (() => receivedByLayout({ ttl: 1 }))
  })

  it('creates definitions that fit wherever any definition is accepted', () => {
    expectTypeOf(byLayout).toExtend<AnyControlMessage>()
    expectTypeOf(byFunctions).toExtend<AnyControlMessage>()
    expectTypeOf(received).toExtend<AnyControlMessage>()
    expectTypeOf(credentials).toExtend<AnyControlMessage>()
    expectTypeOf(rights).toExtend<AnyControlMessage>()
  })

  it('refuses invalid definitions', () => {
    // @ts-expect-error: neither a layout nor functions
    void (() => defineControlMessage({ ...facts, kind: 'x' }))
    // @ts-expect-error: no family of this name
    void (() => defineControlMessage({ ...facts, kind: 'x', layout: 'i32', family: 'ipx' }))
    // @ts-expect-error: the option is a number
    void (() => defineControlMessage({ ...facts, kind: 'x', layout: 'i32', receive: { option: 'SO_PASSCRED' } }))
  })
})

describe('decodeControl', () => {
  const length = defineControlMessage({ ...facts, kind: 'length', minSize: 0, decode: (data) => data.length })

  it('narrows by kind', () => {
    for (const message of decodeControl(control, { definitions: [credentials, rights, length] })) {
      switch (message.kind) {
        case 'credentials':
          expectTypeOf(message.value.pid).toEqualTypeOf<number>()
          break
        case 'rights':
          expectTypeOf(message.value).toEqualTypeOf<number[]>()
          break
        case 'length':
          expectTypeOf(message.value).toEqualTypeOf<number>()
          break
        case 'unknown':
          expectTypeOf(message).toExtend<UnknownControl>()
          expectTypeOf(message.data).toEqualTypeOf<Uint8Array>()
          // @ts-expect-error: nobody knows it
          void message.value
          break
        default:
          expectTypeOf(message).toEqualTypeOf<never>()
      }
      // @ts-expect-error: not known before the kind is
      void message.value
    }
  })

  it('knows only the given kinds', () => {
    const [message] = decodeControl(control, { definitions: [credentials] })
    expectTypeOf(message!.kind).toEqualTypeOf<'credentials' | 'unknown'>()
    // @ts-expect-error: it cannot be
    if (message?.kind === 'rights') void message
  })

  it('knows every built-in kind by default', () => {
    const [message] = decodeControl(control)
    if (message?.kind === 'credentials') expectTypeOf(message.value).toExtend<{ pid: number; uid: number; gid: number }>()
    if (message?.kind === 'rights') expectTypeOf(message.value).toEqualTypeOf<number[]>()
  })
})

describe('encodeControl', () => {
  it('accepts items', () => {
    expectTypeOf(encodeControl([credentials({ pid: 1, uid: 2, gid: 3 }), rights([0]), rawControl(1, 2, control)]))
      .toEqualTypeOf<Uint8Array>()
  })

  it('refuses a definition that was not called', () => {
    // @ts-expect-error: credentials({ … })
    void (() => encodeControl([credentials]))
    // @ts-expect-error: rights([ … ])
    void (() => encodeControl([rights]))
    // @ts-expect-error: a list of them
    void (() => encodeControl(rights([1])))
  })

  it('refuses wrong values', () => {
    // @ts-expect-error: gid is missing
    void (() => credentials({ pid: 1, uid: 2 }))
    // @ts-expect-error: a string
    void (() => credentials({ pid: '1', uid: 2, gid: 3 }))
    // @ts-expect-error: it has no name
    void (() => credentials({ pid: 1, uid: 2, gid: 3, name: 'x' }))
    // @ts-expect-error: a list of them
    void (() => rights(1))
    // @ts-expect-error: numbers
    void (() => rights(['1']))
    // @ts-expect-error: nothing
    void (() => rights())
    // @ts-expect-error: bytes
    void (() => rawControl(1, 2, 'x'))
  })
})
