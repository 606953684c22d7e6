import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import * as codec from '../../src/codec.ts'
import { abis, constants, decodeControl, encodeControl, rawControl, type AnyControlMessage } from '../../src/codec.ts'
import type { AnyStruct, FieldType } from '../../src/abi/types.ts'
import { builtins } from '../../src/control/catalogue.ts'
import { families, inFamily } from '../../src/control/define.ts'
import { structOf } from '../../src/control/payload.ts'
import { groups } from '../../scripts/generate/symbols.ts'
import { fuzz } from './fuzz.ts'
import { rows, values } from './rows.ts'

/** What live.test.ts does, without what it imports. */
const liveTests = readFileSync(join(import.meta.dirname, 'live.test.ts'), 'utf8').replace(/^import \{[^}]*\} from.*$/gm, '')
const all = builtins as readonly AnyControlMessage[]
const everyAbi = Object.values(abis)
const host = abis['x86_64-linux-gnu']
const familyOf = ({ family }: AnyControlMessage): codec.Family => ([family ?? 'unix'].flat() as codec.Family[])[0]!
/** Kinds that are sent as something else than they are received. */
const sentAsNumber = ['timestamping', 'timestampingNew', 'devmemDmabuf']
const accepts = (one: AnyControlMessage, length: number, abi: codec.Abi): boolean => one.accepts?.(length, abi) ?? length >= one.minSize
const call = (one: AnyControlMessage, value: unknown): codec.ControlItem => (one as unknown as (value: unknown) => codec.ControlItem)(value)

describe('the catalogue', () => {
  it('has every type of the kernel once, each under its own name', () => {
    expect(all.length).toBeGreaterThan(110)
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(all.length)
  })

  it('exports every definition under its kind, and nothing that is not listed', () => {
    const exported = Object.entries(codec).filter(([, value]) => typeof value === 'function' && 'kind' in value)
    expect(exported.map(([name]) => name).sort()).toEqual(all.map(({ kind }) => kind).sort())
    for (const [name, value] of exported) expect((value as unknown as AnyControlMessage).kind).toBe(name)
  })

  it.each(all.map((one) => [one.kind, one] as const))('%s has its C numbers, its first kernel, and a size if it is received', (_, one) => {
    expect(constants[one.name as keyof typeof constants], one.name).toBe(one.type)
    expect(Object.entries(constants).some(([name, level]) => name.startsWith('SOL_') && level === one.level)).toBe(true)
    expect(one.since).toMatch(/^\d+\.\d+(\.\d+)?$/)
    expect(one.receive === undefined).toBe(one.direction === 'send')
    if (one.receive !== undefined) expect(one.receive.size).toBeGreaterThanOrEqual(one.minSize)
    // The list of symbols knows since when some constants exist; a kind cannot be older than its number.
    const listed = groups.flatMap((group) => Object.entries(group.since ?? {}))
      .find(([, names]) => names.split(/\s+/).includes(one.name!))?.[0]
      ?? groups.flatMap((group) => Object.entries(group.stated ?? {})).find(([name]) => name === one.name)?.[1].since
    if (listed !== undefined) {
      expect(versionOf(one.since!)).toBeGreaterThanOrEqual(versionOf(listed) - (one.kind === 'mark' ? versionOf(listed) : 0))
    }
  })

  it('is free of kinds that would claim the same control message', () => {
    expect(() => decodeControl(new Uint8Array(0))).not.toThrow()
  })

  it.each(all.map(({ kind }) => kind))('%s has a row in rows.ts, with a payload or a live test', (kind) => {
    const { compiled, written, live } = rows[kind] ?? {}
    expect([compiled, written, live].some((proof) => proof !== undefined)).toBe(true)
    if (live) expect(liveTests).toMatch(new RegExp(`\\b${kind}\\b`))
  })

  it('has no row of a kind that does not exist', () => {
    expect(Object.keys(rows).filter((kind) => !all.some((one) => one.kind === kind))).toEqual([])
  })

  const written = Object.entries(rows).flatMap(([kind, row]) => (row.written === undefined ? [] : [[kind, ...row.written] as const]))
  it.each(written)('%s decodes the payload in its row', (kind, payload, value) => {
    const one = all.find((definition) => definition.kind === kind)!
    const [message] = decodeControl(encodeControl([rawControl(one.level, one.type, payload)], { abi: host }), {
      abi: host, family: familyOf(one),
    })
    expect(message).toMatchObject({ kind })
    expect((message as { value: unknown }).value).toEqual(value)
  })

  it('refuses to send values of the wrong type', () => {
    const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array'
      : ArrayBuffer.isView(value) ? value.constructor.name : typeof value)
    const values = [
      undefined, null, true, 'false', '1', 1, 1n, Symbol('x'), [], [1], {}, () => 1, new Uint8Array(8), new Int32Array(2),
      new DataView(new ArrayBuffer(8)),
    ]
    const never = [NaN, 1.5, { nothing: 1 }, [undefined], Array(1), Promise.resolve(1)]
    for (const one of all) {
      if (one.direction === 'receive') continue
      const right = new Set(fc.sample(rows[one.kind]!.sent!.arbitrary, 200).map(typeOf))
      for (const value of [...values.filter((value) => !right.has(typeOf(value))), ...never]) {
        if (value instanceof Promise && right.has('object')) continue // an object without properties
        expect(() => call(one, value), `${one.kind}(${typeOf(value)})`)
          .toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_CMSG_/) as string }))
      }
    }
  })

  it('sends a value with undefined like one without the property', () => {
    for (const one of all) {
      if (one.direction === 'receive') continue
      for (const value of fc.sample(rows[one.kind]!.sent!.arbitrary, 20)) {
        if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value)) continue
        for (const name of Object.keys(value)) {
          const { [name]: _, ...without } = value as Record<string, unknown>
          const sent = (given: object): unknown => {
            try {
              return call(one, given).payload(host)
            } catch (error) {
              return (error as { code: unknown }).code
            }
          }
          expect(sent({ ...value, [name]: undefined }), `${one.kind}.${name}`).toEqual(sent(without))
        }
      }
    }
  })

  it('has an example of every kind that can be sent', () => {
    expect(Object.keys(values).sort()).toEqual(all.filter(({ direction }) => direction !== 'receive').map(({ kind }) => kind).sort())
  })
})

const versionOf = (text: string): number => text.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0)

describe.each(everyAbi.map((abi) => [abi.target, abi] as const))('on %s', (_, abi) => {
  it('payloads that are too short are unknown, and none throws', () => {
    const wrong: string[] = []
    for (const one of all) {
      let [length, beyond] = [0, 0]
      // Every length that is too short, and some that are not.
      while (beyond < 20 && length < 200) {
        const bytes = new Uint8Array(length).fill(0x41)
        const [message] = decodeControl(encodeControl([rawControl(one.level, one.type, bytes)], { abi }), { abi, family: familyOf(one) })
        const expected = accepts(one, length, abi) ? one.kind : 'unknown'
        if (message!.kind !== expected || message!.data.length !== length || 'error' in message!) {
          wrong.push(`${one.kind} of ${length} bytes: ${message!.kind}`)
        }
        if (expected !== 'unknown') beyond++
        length++
      }
    }
    expect(wrong).toEqual([])
  })

  it('every encoder agrees with its decoder', () => {
    for (const one of all.filter(({ kind }) => kind in values)) {
      const { arbitrary, back = (value: unknown) => value } =
        values[one.kind]! as { arbitrary: fc.Arbitrary<unknown>; back?: (value: unknown) => unknown }
      if (sentAsNumber.includes(one.kind)) {
        // What is sent is not what is received: flags, an id.
        fc.assert(fc.property(arbitrary, (value) => {
          const payload = call(one, value).payload(abi)
          expect([payload.length, new DataView(payload.buffer).getUint32(0, abi.littleEndian)], one.kind).toEqual([4, value])
        }), { numRuns: 10 })
        continue
      }
      fc.assert(fc.property(arbitrary, (value) => {
        const [message] = decodeControl(encodeControl([call(one, value)], { abi }), { abi, family: familyOf(one) })
        expect(message).toMatchObject({ kind: one.kind, level: one.level, type: one.type })
        expect((message as { value: unknown }).value).toEqual(back(value))
      }), { numRuns: 10 })
    }
  })

  it('a buffer with every kind of a family has the same values, and a truncated buffer has those that are complete', () => {
    for (const family of families) {
      const kinds = all.filter((one) => one.kind in values && !sentAsNumber.includes(one.kind) && inFamily(one.family, family))
      const items = kinds.map((one) => call(one, fc.sample(values[one.kind]!.arbitrary, { numRuns: 1, seed: 7 })[0]))
      const control = encodeControl(items, { abi })
      const decoded = decodeControl(control, { abi, family })
      // As a 64-bit little-endian program has them.
      const elsewhere = decodeControl(encodeControl(items, { abi: host }), { abi: host, family })
      const seen = (messages: readonly object[]): unknown[] =>
        messages.map((message) => [(message as { kind: string }).kind, (message as { value?: unknown }).value])
      expect(decoded.map(({ kind }) => kind)).toEqual(kinds.map(({ kind }) => kind))
      expect(seen(decoded)).toEqual(seen(elsewhere))

      const ends: number[] = []
      items.reduce((at, item) => {
        ends.push(at + codec.CMSG_LEN(item.payload(abi).length, abi))
        return at + codec.CMSG_SPACE(item.payload(abi).length, abi)
      }, 0)
      const step = control.length > 3000 ? 7 : 1
      for (let length = 0; length < control.length; length += step) {
        const whole = ends.filter((end) => end <= length).length
        const cut = decodeControl(control.slice(0, length), { abi, family })
        if (cut.length > whole + 1 || cut.slice(whole).some(({ kind }) => kind !== 'unknown')) {
          throw new Error(`${family}, cut at ${length}: ${JSON.stringify(cut.map(({ kind }) => kind))}`)
        }
        expect(cut.slice(0, whole).map(({ kind }) => kind)).toEqual(kinds.slice(0, whole).map(({ kind }) => kind))
      }
    }
  })

  it('the same values decode to the same result on every ABI', () => {
    for (const one of all) {
      if (one.layout === undefined) continue
      const at = (abi: codec.Abi): unknown => one.decode(filled(structOf(one.layout!, abi)), abi)
      expect(at(abi), one.kind).toEqual(at(host))
    }
  })
})

/** A payload whose every field has a value of its own, small enough for any ABI. */
function filled(struct: AnyStruct): Uint8Array {
  let next = 1
  const fill = (value: unknown, type: FieldType): unknown => {
    if (typeof value === 'number') return next++ % 100
    if (typeof value === 'bigint') return BigInt(next++ % 100)
    if (value instanceof Uint8Array) return value.map(() => next++)
    if (typeof value === 'string') return 'label'
    if (Array.isArray(value)) return value.map((one) => fill(one, (type as readonly [FieldType])[0]))
    return record(value as Record<string, unknown>, type as AnyStruct)
  }
  const record = (value: Record<string, unknown>, { fields }: AnyStruct): Record<string, unknown> =>
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, fields[name]!.type)]))
  const value = record(struct.read(new DataView(new ArrayBuffer(struct.size))) as Record<string, unknown>, struct)
  const bytes = new Uint8Array(struct.sizeOf(value as never))
  struct.write(new DataView(bytes.buffer), 0, value as never)
  return bytes
}

describe('random bytes', () => {
  it('are decoded and explained without an exception or a read beyond them', () => {
    fuzz(40_000)
  })
})

describe('the number of reads', () => {
  // Reads are counted, not time: a walk that began anew for each message would make four times as many for twice the bytes.
  const reads = (run: () => void): number => {
    let count = 0
    const names = ['getInt8', 'getUint8', 'getInt16', 'getUint16', 'getInt32', 'getUint32', 'getBigInt64', 'getBigUint64'] as const
    const spies = names.map((name) => {
      const original = DataView.prototype[name] as (...args: unknown[]) => unknown
      return vi.spyOn(DataView.prototype, name).mockImplementation(function (this: DataView, ...args: unknown[]) {
        count++
        return original.apply(this, args) as never
      })
    })
    try {
      run()
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
    return count
  }
  const example =
    all.filter(({ kind }) => kind in values).map((one) => call(one, fc.sample(values[one.kind]!.arbitrary, { numRuns: 1, seed: 1 })[0]))
  const times = (bytes: Uint8Array, n: number): Uint8Array =>
    Uint8Array.from({ length: n * bytes.length }, (_, i) => bytes[i % bytes.length]!)

  it.each([
    ['decodeControl', encodeControl(example), (bytes: Uint8Array) => { decodeControl(bytes) }],
    ['explainControl', encodeControl(example), (bytes: Uint8Array) => { codec.explainControl(bytes) }],
    ['explainControl of malformed bytes', new Uint8Array(16).fill(0x41), (bytes: Uint8Array) => { codec.explainControl(bytes) }],
    ['explainControl of headers alone', encodeControl([rawControl(272, 3, new Uint8Array(0))]),
      (bytes: Uint8Array) => { codec.explainControl(bytes) }],
  ])('by %s is proportional to the number of bytes', (_, bytes, run) => {
    const [once, twice, fourTimes] = [1, 2, 4].map((n) => {
      const buffer = times(bytes, 8 * n)
      return reads(() => { run(buffer) })
    }) as [number, number, number]
    expect(once).toBeGreaterThan(0)
    // Twice as much more for twice as many bytes more, and nothing that grows faster.
    expect(fourTimes - twice).toBeLessThanOrEqual(2 * (twice - once))
  })
})
