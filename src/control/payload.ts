/**
 * Payloads: turns the layout or the functions of a definition into one shape that decode, encode and explain
 * use alike.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { checkedBytes, copyOf, viewOf } from '../abi/bytes.ts'
import { defineStruct } from '../abi/struct.ts'
import { leastSize, sizeAndAlign } from '../abi/c-layout.ts'
import type { AnyStruct, ScalarType, ScalarValues, Struct, StructValue } from '../abi/types.ts'
import { invalidDefinition, invalidType, show } from '../misuse.ts'

/** The layout of a payload. */
export type AnyLayout = ScalarType | AnyStruct | (() => AnyStruct)

/** The value of a payload: a number, or an object with the names of C. */
export type LayoutValue<L> = L extends ScalarType ? ScalarValues[L]
  : L extends Struct<infer F> ? StructValue<F>
  : L extends () => Struct<infer F> ? StructValue<F>
  : never

/** Converts between the layout's struct and the value of a kind. Fields that `encode` leaves out are zero. */
export interface Convert<Raw, In, Out> {
  /** Converts the struct to the value. */
  readonly decode: (raw: Raw) => Out
  /** Converts the value to the struct. Absent: the kind is only received. */
  readonly encode?: (value: In) => Raw extends object ? Partial<Raw> : Raw
}

/** The direction of a kind: `'receive'`, only from the kernel to the program; `'send'`, only from the program to the kernel. */
export type Direction = 'both' | 'receive' | 'send'

/** Properties of a definition, of either form, that concern the payload. */
export interface PayloadDefinition {
  readonly kind: string
  readonly layout?: AnyLayout
  readonly alternative?: AnyLayout
  readonly convert?: Convert<never, never, unknown>
  readonly exact?: boolean
  readonly direction?: Direction
  readonly minSize?: number | ((abi: Abi) => number)
  readonly maxSize?: number | ((abi: Abi) => number)
  readonly encode?: (value: never, abi: Abi) => Uint8Array
  readonly decode?: (data: Uint8Array, abi: Abi) => unknown
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => unknown
}

/** One shape for both forms of definition. */
export interface Payload {
  minSize(abi: Abi): number
  accepts(length: number, abi: Abi): boolean
  /** The space that a socket reserves if the definition does not say. */
  sizeToReserve(abi: Abi): number
  decode(data: Uint8Array, abi: Abi): unknown
  /** `decode` for bytes within a larger view. */
  readonly read?: (view: DataView, start: number, end: number, abi: Abi) => unknown
  readonly encode?: (value: never, abi: Abi) => Uint8Array
}

const scalars = new Map<ScalarType, AnyStruct>()

/** Returns the struct of a layout under an ABI. For a scalar, it has a single field, `value`. */
export function structOf(layout: AnyLayout, abi: Abi = hostAbi()): AnyStruct {
  if (typeof layout === 'function') {
    const struct = layout() as Partial<AnyStruct> | undefined
    if (typeof struct?.for === 'function') return struct.for(abi)
    throw invalidDefinition(`Cannot use ${show(struct)}, which the function layout returned, as a layout: expected a struct`)
  }
  if (typeof layout !== 'string') return layout.for(abi)
  let struct = scalars.get(layout)
  if (struct === undefined) scalars.set(layout, (struct = defineStruct({ value: layout }, { name: layout })))
  return struct.for(abi)
}

/** Creates the payload of a definition, which may still turn out to be invalid. */
export function payloadOf(definition: PayloadDefinition): Payload {
  return typeof definition.decode === 'function' ? byFunctions(definition, definition.decode) : byLayout(definition)
}

function byFunctions({ layout, minSize, maxSize, encode, direction, read }: PayloadDefinition, decode: Payload['decode']): Payload {
  const least = (abi: Abi): number => sizeOf(minSize, abi) ?? (layout === undefined ? 0 : leastSize(structOf(layout, abi)))
  return {
    minSize: least,
    accepts: (length, abi) => length >= least(abi) && length <= (sizeOf(maxSize, abi) ?? Infinity),
    sizeToReserve: (abi) => Math.max(least(abi), sizeOf(maxSize, abi) ?? (layout === undefined ? 0 : leastSize(structOf(layout, abi)))),
    decode,
    ...(read === undefined ? {} : { read }),
    ...(encode === undefined || direction === 'receive' ? {} : { encode }),
  }
}

const sizeOf = (size: number | ((abi: Abi) => number) | undefined, abi: Abi): number | undefined =>
  (typeof size === 'function' ? size(abi) : size)

function byLayout({ kind, layout: given, exact = false, convert, direction, read: ownRead }: PayloadDefinition): Payload {
  const layout = given as AnyLayout
  const scalar = typeof layout === 'string'
  // Keeps the last result, since the ABI is nearly always that of the host.
  let last: { abi: Abi; struct: AnyStruct } | undefined
  const structFor = (abi: Abi): AnyStruct => {
    // The struct of a scalar is named after the kind, for error messages.
    if (last?.abi !== abi) last = { abi, struct: scalar ? defineStruct({ value: layout }, { name: kind, abi }) : structOf(layout, abi) }
    return last.struct
  }
  // For a scalar, without creating its struct: there are many kinds, and most are never read.
  const least = (abi: Abi): number => (scalar ? sizeAndAlign(layout, abi)!.size : leastSize(structFor(abi)))
  const from = convert?.decode as ((raw: unknown) => unknown) | undefined
  const to = convert?.encode as ((value: unknown) => unknown) | undefined

  const read = ownRead ?? ((view: DataView, start: number, end: number, abi: Abi): unknown => {
    const struct = structFor(abi)
    // A flexible array ends at the end of its view.
    const raw = struct.flexible ? struct.read(new DataView(view.buffer, view.byteOffset + start, end - start)) : struct.read(view, start)
    const value = scalar ? (raw as { value: unknown }).value : raw
    return from === undefined ? value : from(value)
  })
  const encode = (value: unknown, abi: Abi): Uint8Array => {
    const struct = structFor(abi)
    let raw = to === undefined ? value : to(value)
    if (scalar) raw = { value: raw }
    else if (typeof raw !== 'object' || raw === null) throw invalidType(`Cannot send ${kind} from ${show(raw)}: expected an object`)
    // Fields that a conversion leaves out are zero or empty.
    else if (to !== undefined) raw = { ...(struct.read(new DataView(new ArrayBuffer(struct.size))) as object), ...raw }
    const bytes = new Uint8Array(struct.sizeOf(raw as never))
    struct.write(viewOf(bytes), 0, raw as never)
    return bytes
  }
  return {
    minSize: least,
    accepts: (length, abi) => {
      const size = least(abi)
      return length === size || (length > size && (!(exact || scalar) || structFor(abi).flexible))
    },
    sizeToReserve: least,
    decode: (data, abi) => read(viewOf(data), 0, data.length, abi),
    read,
    ...(direction === 'receive' || (convert !== undefined && to === undefined) ? {} : { encode: encode as Payload['encode'] & object }),
  }
}

/** A payload that is one scalar; `what` is for the error message. */
export function encodeScalar(what: string, type: ScalarType, value: number | bigint, abi: Abi): Uint8Array {
  const struct = defineStruct({ value: type }, { name: what, abi })
  const bytes = new Uint8Array(struct.size)
  struct.write(viewOf(bytes), 0, { value } as never)
  return bytes
}

/** Encodes a payload that consists of plain bytes. */
export const payloadBytes = (value: unknown, what: string): Uint8Array => copyOf(checkedBytes(value, 'Cannot send', ` as ${what}`))
