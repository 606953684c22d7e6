/**
 * `defineStruct`: a C struct as a typed pair of `read` and `write` over a DataView, laid out as a C compiler would for
 * any ABI.
 * @module
 */
import type { layouts as generated } from '../../generated/layouts.ts'
import { invalidDefinition, invalidType, outOfRange, show } from '../errors.ts'
import { hostAbi, type Abi } from './abi.ts'
import { isBytes, isDataView } from './bytes.ts'

/**
 * What JavaScript sees of each C scalar. Integers of up to 32 bits and `usize` (`size_t`, a length) are numbers, what
 * may exceed 2⁵³ is a bigint. The `be` types are in network order whatever the ABI. `long` and `ulong` are as wide as
 * the ABI has them.
 */
export interface ScalarValues {
  i8: number; u8: number; i16: number; u16: number; i32: number; u32: number; i64: bigint; u64: bigint
  u16be: number; u32be: number; u64be: bigint
  long: bigint; ulong: bigint; usize: number; pointer: bigint
}
/**
 * A C scalar by name; {@link ScalarValues} says what each is in JavaScript.
 * @useDeclaredType
 */
export type ScalarType = keyof ScalarValues

/**
 * The type of a field: a scalar by name; a nested struct; or a fixed array, `[type, length]`. An array of `u8` is a
 * Uint8Array; an array of `char` is text, UTF-8 up to the first NUL; any other is an array of values.
 *
 * The last field may be a flexible array, `[type]`, C's `type field[]`: it has no size of its own, and takes whatever
 * whole elements follow up to the end of the view.
 */
export type FieldType =
  | ScalarType
  | AnyStruct
  | readonly ['char', number]
  | readonly [ScalarType, number]
  | readonly [AnyStruct, number]
  | readonly [ScalarType | 'char' | AnyStruct]

/** Field types by field name, in the order of the C declaration. */
export type FieldTypes = Readonly<Record<string, FieldType>>

/** The JavaScript value of a field. */
export type FieldValue<T> = T extends ScalarType ? ScalarValues[T]
  : T extends readonly ['char', number?] ? string
  : T extends readonly ['u8', number?] ? Uint8Array
  : T extends readonly [infer E, number?] ? FieldValue<E>[]
  : T extends Struct<infer F> ? StructValue<F>
  : never

/** The JavaScript value of a struct: an object with the names of C. */
export type StructValue<F> = { -readonly [K in keyof F]: FieldValue<F[K]> }

/** Where a field lies: bytes from the start of the struct. */
export interface FieldLayout {
  readonly offset: number
  readonly size: number
  readonly type: FieldType
}

/** A C struct under one ABI. */
export interface Struct<F> {
  readonly name: string
  readonly abi: Abi
  /** `sizeof`, bytes: without a flexible array at the end. */
  readonly size: number
  /** `_Alignof`, bytes. */
  readonly align: number
  /** Whether it ends in a flexible array. */
  readonly flexible: boolean
  readonly fields: { readonly [K in keyof F]: FieldLayout }
  /**
   * The bytes a value takes: `size`; up to its flexible array and with that, if it has one, which begins within `size`
   * where the struct would be padded at its end.
   */
  sizeOf(value: StructValue<F>): number
  /**
   * Read all fields at `offset`; a flexible array takes all that follows in the view.
   * @throws RangeError when the struct does not fit there
   */
  read(view: DataView, offset?: number): StructValue<F>
  /** Write all fields at `offset`; holes between them become zero. @throws RangeError for a value its field cannot hold */
  write(view: DataView, offset: number, value: StructValue<F>): void
  /** The same struct under another ABI. */
  for(abi: Abi): Struct<F>
}
/** Any struct at all: what a field may be made of. */
export interface AnyStruct {
  readonly name: string
  readonly size: number
  readonly align: number
  readonly flexible: boolean
  readonly fields: Readonly<Record<string, FieldLayout>>
  /** See {@link Struct.sizeOf}. */
  sizeOf(value: never): number
  /** See {@link Struct.read}. */
  read(view: DataView, offset?: number): unknown
  /** See {@link Struct.write}. */
  write(view: DataView, offset: number, value: never): void
  /** See {@link Struct.for}. */
  for(abi: Abi): AnyStruct
}

/** What {@link defineStruct} can be told beside the fields. */
export interface StructOptions {
  /** The C name, for error messages. */
  readonly name?: string
  /** The ABI it is laid out for; the host's if absent. */
  readonly abi?: Abi
}

/**
 * Define a C struct by its fields, in the order of the C declaration; offsets, size and alignment follow from the rules
 * of C.
 *
 * @throws TypeError `ERR_CMSG_INVALID_DEFINITION` for an unknown type or an impossible length
 * @example
 * import { defineStruct } from 'cmsg/codec'
 *
 * // struct packet { int index; char msg[32]; };
 * const packet = defineStruct({ index: 'i32', msg: ['char', 32] }, { name: 'packet' })
 * const bytes = new Uint8Array(packet.size) // 36
 * packet.write(new DataView(bytes.buffer), 0, { index: 1, msg: 'hello' })
 * packet.read(new DataView(bytes.buffer)) // { index: 1, msg: 'hello' }
 */
export function defineStruct<const F extends FieldTypes>(types: F, options: StructOptions = {}): Struct<F> {
  const { name = 'struct', abi = hostAbi() } = options
  if (typeof types !== 'object' || types === null) {
    throw invalidDefinition(`Cannot define struct ${name} from ${show(types)}: expected an object of field types`)
  }
  return makeStruct(name, types, abi, layOut)
}

/** A struct of the tables: its layout is what the compiler said, not what the rules of C would give. */
export function generatedStruct<const N extends keyof typeof generated>(
  name: N, table: (typeof generated)[N], abi: Abi, nested: (name: string, abi: Abi) => AnyStruct,
): Struct<GeneratedFields<(typeof generated)[N]['types']>> {
  const types: Record<string, FieldType> = {}
  const resolved = (type: FieldType | StructName): FieldType =>
    (Array.isArray(type) ? [resolved(type[0] as FieldType), type[1]] as FieldType : isStructName(type) ? nested(type.struct, abi) : type)
  for (const [field, type] of Object.entries(table.types) as [string, FieldType | StructName][]) types[field] = resolved(type)
  const place: Place = (fields, abi) => {
    const variant = variantOf(table as GeneratedTable, abi)
    const placed = Object.entries(fields).map(([field, type]): Placed => {
      const [offset, size] = variant.fields[field]!
      return { field, offset, size, type: inAbi(type, abi) }
    })
    return { size: variant.size, align: variant.align, placed }
  }
  return makeStruct(name, types, abi, place) as unknown as Struct<GeneratedFields<(typeof generated)[N]['types']>>
}

interface StructName { readonly struct: string }
const isStructName = (type: FieldType | StructName): type is StructName => typeof type === 'object' && 'struct' in type

/** Nested structs are by name in the tables, by object here. */
type GeneratedFields<T> = { -readonly [K in keyof T]: GeneratedField<T[K]> }
type GeneratedField<T> = T extends { readonly struct: infer N extends keyof typeof generated } ? Struct<GeneratedFields<(typeof generated)[N]['types']>>
  : T extends readonly [{ readonly struct: infer N extends keyof typeof generated }, infer L] ? readonly [Struct<GeneratedFields<(typeof generated)[N]['types']>>, L]
  : T

interface GeneratedTable {
  readonly variants: readonly {
    readonly targets: readonly string[]
    readonly size: number
    readonly align: number
    readonly fields: Readonly<Record<string, readonly [offset: number, size: number]>>
  }[]
}

/** The variant of a generated layout that holds for an ABI. */
export function variantOf<T extends GeneratedTable>(table: T, abi: Abi): T['variants'][number] {
  const variant = table.variants.find(({ targets }) => targets.includes(abi.target))
  if (variant === undefined) throw new Error(`No layout for ${abi.target} in generated/layouts.ts`)
  return variant
}

/** The fewest bytes a value takes: with a flexible array that is empty, those before it. */
export const leastSize = ({ flexible, size, fields }: AnyStruct): number => (flexible ? Object.values(fields).at(-1)!.offset : size)

interface Placed extends FieldLayout { readonly field: string }
type Place = (types: FieldTypes, abi: Abi) => { size: number; align: number; placed: readonly Placed[] }

/** The rules of C: each field at the next multiple of its alignment, the whole rounded up to the largest of them. */
const layOut: Place = (types, abi) => {
  let end = 0
  let align = 1
  const entries = Object.entries(types)
  const placed = entries.map(([field, type], i): Placed => {
    const own = inAbi(type, abi)
    const flexible = isFlexible(own)
    const element = isArray(own) ? own[0] : own
    const length: number = isArray(own) ? flexible ? 0 : own[1]! : 1
    if (!Number.isInteger(length) || (length < 1 && !flexible)) {
      throw invalidDefinition(`Cannot define the field ${field}: an array has a length of at least 1, not ${show(length)}`)
    }
    if (flexible && i < entries.length - 1) throw invalidDefinition(`Cannot define the field ${field}: a flexible array comes last`)
    if (isStruct(element) && element.flexible) {
      throw invalidDefinition(`Cannot define the field ${field}: ${element.name} ends in a flexible array, so nothing can hold it`)
    }
    const unit = sizeAndAlign(element, abi)
    if (unit === undefined) throw invalidDefinition(`Cannot define the field ${field}: ${show(element)} is no type`)
    const offset = Math.ceil(end / unit.align) * unit.align
    end = offset + unit.size * length
    align = Math.max(align, unit.align)
    return { field, offset, size: unit.size * length, type: own }
  })
  return { size: Math.ceil(end / align) * align, align, placed }
}

// Widths that no target differs in. On every target here a scalar is aligned to its size.
const sizes: Readonly<Record<string, number>> = {
  char: 1, i8: 1, u8: 1, i16: 2, u16: 2, u16be: 2, i32: 4, u32: 4, u32be: 4, i64: 8, u64: 8, u64be: 8,
}
const words = new Set<unknown>(['long', 'ulong', 'usize', 'pointer'])

/** Bytes of one value of a type, and what it is aligned to; undefined for what is no type. */
export function sizeAndAlign(type: ScalarType | 'char' | AnyStruct, abi: Abi): { size: number; align: number } | undefined {
  if (isStruct(type)) return type
  const size = words.has(type) ? abi.wordSize : Object.hasOwn(sizes, type) ? sizes[type] : undefined
  return size === undefined ? undefined : { size, align: size }
}

const isArray = (type: FieldType): type is Extract<FieldType, readonly unknown[]> => Array.isArray(type)
const isFlexible = (type: FieldType): boolean => isArray(type) && type.length === 1
const isStruct = (type: unknown): type is AnyStruct => typeof type === 'object' && type !== null && 'read' in type && 'for' in type

function inAbi(type: FieldType, abi: Abi): FieldType {
  if (isArray(type)) return !isStruct(type[0]) ? type : type.length === 1 ? [type[0].for(abi)] : [type[0].for(abi), type[1]!]
  return isStruct(type) ? type.for(abi) : type
}

function makeStruct<F extends FieldTypes>(name: string, types: F, abi: Abi, place: Place): Struct<F> {
  const others = new Map<string, Struct<F>>()
  const { size, align, placed } = place(types, abi)
  const fields = Object.fromEntries(placed.map(({ field, offset, size, type }) => [field, { offset, size, type }]))
  const last = placed.at(-1)
  const tail = last !== undefined && isFlexible(last.type) ? { ...last, unit: sizeAndAlign((last.type as readonly [ScalarType])[0], abi)!.size } : undefined
  const within = (view: DataView, offset: number, verb: string, bytes: number): void => {
    if (!(isDataView(view))) throw invalidType(`Cannot ${verb} ${name}: expected a DataView, got ${show(view)}`)
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + bytes > view.byteLength) {
      throw outOfRange(`Cannot ${verb} ${name} at offset ${show(offset)}: it takes ${bytes} bytes of ${view.byteLength}`)
    }
  }
  const checkedValue = (value: unknown): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null) throw invalidType(`Cannot write ${name} from ${show(value)}: expected an object`)
    return value as Record<string, unknown>
  }
  /** Bytes of the flexible array of a value. */
  const tailSize = (value: Record<string, unknown>): number => {
    if (tail === undefined) return 0
    const elements = value[tail.field]
    if (typeof elements === 'string') return encoder.encode(elements).length
    const length = (elements as { length?: unknown } | undefined)?.length
    if (!isBytes(elements) && !Array.isArray(elements)) throw invalidType(`Cannot write ${name}.${tail.field}: expected an array or bytes, got ${show(elements)}`)
    return (length as number) * tail.unit
  }
  const sizeOf = (value: Record<string, unknown>): number => (tail === undefined ? size : tail.offset + tailSize(value))
  const struct: Struct<F> = {
    name, abi, size, align, flexible: tail !== undefined,
    fields: fields as Struct<F>['fields'],
    sizeOf: (value) => sizeOf(checkedValue(value)),
    read(view, offset = 0) {
      within(view, offset, 'read', tail?.offset ?? size)
      const value: Record<string, unknown> = {}
      for (const f of placed) {
        // Of a flexible array, the whole elements that are there.
        const bytes = f.field === tail?.field ? Math.floor((view.byteLength - offset - f.offset) / tail.unit) * tail.unit : f.size
        value[f.field] = readField(view, offset + f.offset, bytes, f.type, abi)
      }
      return value as StructValue<F>
    },
    write(view, offset, value) {
      const record = checkedValue(value)
      for (const field of Object.keys(record)) {
        if (!Object.hasOwn(fields, field)) throw invalidType(`Cannot write ${name}: it has no field ${show(field)}`)
      }
      const bytes = sizeOf(record)
      within(view, offset, 'write', bytes)
      new Uint8Array(view.buffer, view.byteOffset + offset, bytes).fill(0)
      for (const f of placed) {
        const field = f.field === tail?.field ? { ...f, size: tailSize(record) } : f
        writeField(view, offset + f.offset, field, record[f.field], abi, `${name}.${f.field}`)
      }
    },
    for(other) {
      if (other === abi) return struct
      let it = others.get(other.target)
      if (it === undefined) others.set(other.target, (it = makeStruct(name, types, other, place)))
      return it
    },
  }
  return struct
}

function readField(view: DataView, at: number, size: number, type: FieldType, abi: Abi): unknown {
  if (isArray(type)) {
    const [element] = type
    if (element === 'char') return text(view, at, size)
    if (element === 'u8') return new Uint8Array(view.buffer, view.byteOffset + at, size).slice()
    const { each, length } = elements(element, type[1], size, abi)
    return Array.from({ length }, (_, i) => readField(view, at + i * each, each, element, abi))
  }
  return isStruct(type) ? type.read(view, at) : readScalar(view, at, size, type, abi.littleEndian)
}

/** Of an array: a fixed one is as long as it was declared, a flexible one as its bytes make it. */
function elements(element: ScalarType | 'char' | AnyStruct, declared: number | undefined, size: number, abi: Abi): { each: number; length: number } {
  if (declared !== undefined) return { each: size / declared, length: declared }
  const each = sizeAndAlign(element, abi)!.size
  return { each, length: size / each }
}

function readScalar(view: DataView, at: number, size: number, type: ScalarType, le: boolean): number | bigint {
  switch (type) {
    case 'i8': return view.getInt8(at)
    case 'u8': return view.getUint8(at)
    case 'i16': return view.getInt16(at, le)
    case 'u16': return view.getUint16(at, le)
    case 'u16be': return view.getUint16(at)
    case 'i32': return view.getInt32(at, le)
    case 'u32': return view.getUint32(at, le)
    case 'u32be': return view.getUint32(at)
    case 'i64': return view.getBigInt64(at, le)
    case 'u64': return view.getBigUint64(at, le)
    case 'u64be': return view.getBigUint64(at)
    case 'long': return size === 4 ? BigInt(view.getInt32(at, le)) : view.getBigInt64(at, le)
    case 'ulong':
    case 'pointer': return size === 4 ? BigInt(view.getUint32(at, le)) : view.getBigUint64(at, le)
    case 'usize': return size === 4 ? view.getUint32(at, le) : Number(view.getBigUint64(at, le))
  }
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

function text(view: DataView, at: number, length: number): string {
  // A copy: TextDecoder refuses a view on shared memory.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length).slice()
  const nul = bytes.indexOf(0)
  return decoder.decode(nul < 0 ? bytes : bytes.subarray(0, nul))
}

function writeField(view: DataView, at: number, { type, size }: FieldLayout, value: unknown, abi: Abi, name: string): void {
  if (isArray(type)) {
    const [element] = type
    if (element === 'char' || element === 'u8') return writeBytes(view, at, size, value, element, name)
    if (!Array.isArray(value)) throw invalidType(`Cannot write ${name}: expected an array, got ${show(value)}`)
    const { each, length } = elements(element, type[1], size, abi)
    if (value.length !== length) throw outOfRange(`Cannot write ${name}: it has ${length} elements, got ${value.length}`)
    const layout = { type: element, size: each, offset: 0 }
    value.forEach((v, i) => writeField(view, at + i * each, layout, v, abi, `${name}[${i}]`))
  } else if (isStruct(type)) {
    type.write(view, at, value as never)
  } else {
    writeScalar(view, at, size, type, checked(value, size, type, name), abi.littleEndian)
  }
}

/** Bytes of an array: fewer than it has are followed by zeroes, more are refused. */
function writeBytes(view: DataView, at: number, length: number, value: unknown, element: 'char' | 'u8', name: string): void {
  if (element === 'char' ? typeof value !== 'string' : !isBytes(value)) {
    throw invalidType(`Cannot write ${name}: expected a ${element === 'char' ? 'string' : 'Uint8Array'}, got ${show(value)}`)
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : value as Uint8Array
  if (bytes.length > length) throw outOfRange(`Cannot write ${name}: it holds ${length} bytes, got ${bytes.length}`)
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(bytes)
}

function checked(value: unknown, size: number, type: ScalarType, name: string): number | bigint {
  const wide = type === 'long' || type === 'ulong' || type === 'pointer' || type === 'i64' || type === 'u64' || type === 'u64be'
  if (typeof value !== (wide ? 'bigint' : 'number')) {
    throw invalidType(`Cannot write ${name}: expected a ${wide ? 'bigint' : 'number'}, got ${show(value)}`)
  }
  const signed = type === 'long' || type[0] === 'i'
  const bits = BigInt(size * 8 - (signed ? 1 : 0))
  const [low, high] = [signed ? -(1n << bits) : 0n, (1n << bits) - 1n]
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!whole || BigInt(value as number | bigint) < low || BigInt(value as number | bigint) > high) {
    throw outOfRange(`Cannot write ${name}: a whole number from ${low} to ${high} is expected, got ${show(value)}`)
  }
  return value as number | bigint
}

function writeScalar(view: DataView, at: number, size: number, type: ScalarType, value: number | bigint, le: boolean): void {
  const little = type.endsWith('be') ? false : le
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), little)
  else if (size === 4) view.setUint32(at, Number(value), little)
  else if (size === 2) view.setUint16(at, Number(value), little)
  else view.setUint8(at, Number(value))
}
