/**
 * `defineStruct`: a C struct as a typed pair of `read` and `write` over a DataView, laid out as a C compiler would for
 * any ABI.
 * @module
 */
import { count, invalidDefinition, invalidType, object, outOfRange, show } from '../misuse.ts'
import { checkAbi, hostAbi, type Abi } from './abi.ts'
import { isBytes, isDataView } from './bytes.ts'
import { isArray, isFlexible, isStruct, layOut, sizeAndAlign, type Place } from './c-layout.ts'
import { checkScalar, readScalar, writeScalar } from './scalars.ts'
import { decodeText } from './text.ts'
import type { AnyStruct, FieldLayout, FieldType, FieldTypes, ScalarType, Struct, StructOptions, StructValue } from './types.ts'

/**
 * Defines a C struct by its fields, in the order of the C declaration; offsets, size and alignment follow from the rules
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
  const { name = 'struct', abi = hostAbi() } = object('defineStruct', 'options', options)
  checkAbi(abi)
  if (typeof types !== 'object' || types === null) {
    throw invalidDefinition(`Cannot define struct ${name} from ${show(types)}: expected an object of field types`)
  }
  return makeStruct(name, types, abi, layOut)
}

/** Makes a struct whose fields have the offsets that `place` returns. */
export function makeStruct<F extends FieldTypes>(name: string, types: F, abi: Abi, place: Place): Struct<F> {
  const others = new Map<string, Struct<F>>()
  const { size, align, placed } = place(types, abi)
  const fields = Object.fromEntries(placed.map(({ field, offset, size, type }) => [field, { offset, size, type }]))
  const last = placed.at(-1)
  const tail = last !== undefined && isFlexible(last.type)
    ? { ...last, unit: sizeAndAlign((last.type as readonly [ScalarType])[0], abi)!.size }
    : undefined
  const within = (view: DataView, offset: number, verb: string, bytes: number): void => {
    if (!(isDataView(view))) throw invalidType(`Cannot ${verb} ${name}: expected a DataView, got ${show(view)}`)
    if (!Number.isSafeInteger(offset) || offset < 0 || offset + bytes > view.byteLength) {
      throw outOfRange(`Cannot ${verb} ${name} at offset ${show(offset)}: it takes ${count(bytes, 'byte')} of ${view.byteLength}`)
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
    if (!isBytes(elements) && !Array.isArray(elements)) {
      throw invalidType(`Cannot write ${name}.${tail.field}: expected an array or bytes, got ${show(elements)}`)
    }
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
        // For a flexible array, counts the complete elements.
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
      let it = others.get(checkAbi(other).target)
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

/** Returns the length of an array: as declared if it is fixed, or by the number of bytes if it is flexible. */
function elements(
  element: ScalarType | 'char' | AnyStruct, declared: number | undefined, size: number, abi: Abi,
): { each: number; length: number } {
  if (declared !== undefined) return { each: size / declared, length: declared }
  const each = sizeAndAlign(element, abi)!.size
  return { each, length: size / each }
}

const encoder = /* @__PURE__ */ new TextEncoder()

function text(view: DataView, at: number, length: number): string {
  // A copy: TextDecoder refuses a view on shared memory.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length).slice()
  const nul = bytes.indexOf(0)
  return decodeText(nul < 0 ? bytes : bytes.subarray(0, nul))
}

function writeField(view: DataView, at: number, { type, size }: FieldLayout, value: unknown, abi: Abi, name: string): void {
  if (isArray(type)) {
    const [element] = type
    if (element === 'char' || element === 'u8') return writeBytes(view, at, size, value, element, name)
    if (!Array.isArray(value)) throw invalidType(`Cannot write ${name}: expected an array, got ${show(value)}`)
    const { each, length } = elements(element, type[1], size, abi)
    if (value.length !== length) throw outOfRange(`Cannot write ${name}: it has ${count(length, 'element')}, got ${value.length}`)
    const layout = { type: element, size: each, offset: 0 }
    // Not forEach, which skips holes.
    for (let i = 0; i < length; i++) writeField(view, at + i * each, layout, value[i], abi, `${name}[${i}]`)
  } else if (isStruct(type)) {
    type.write(view, at, value as never)
  } else {
    writeScalar(view, at, size, type, checkScalar(value, size, type, name), abi.littleEndian)
  }
}

/** Returns the bytes of an array: pads with zeroes if there are fewer, and throws if there are more. */
function writeBytes(view: DataView, at: number, length: number, value: unknown, element: 'char' | 'u8', name: string): void {
  if (element === 'char' ? typeof value !== 'string' : !isBytes(value)) {
    throw invalidType(`Cannot write ${name}: expected a ${element === 'char' ? 'string' : 'Uint8Array'}, got ${show(value)}`)
  }
  const bytes = typeof value === 'string' ? encoder.encode(value) : value as Uint8Array
  if (bytes.length > length) throw outOfRange(`Cannot write ${name}: it holds ${count(length, 'byte')}, got ${bytes.length}`)
  new Uint8Array(view.buffer, view.byteOffset + at, length).set(bytes)
}
