/**
 * Recognizes, views and copies bytes without trusting an object's own properties.
 * @module
 */
import { attempt, invalidType, show } from '../misuse.ts'

// The engine's own getters. An object's properties cannot be trusted: a subclass, an own property or a proxy may have any
// value, and native code would believe it.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const getter = (prototype: object, name: PropertyKey): ((value: unknown) => unknown) => {
  const get = Object.getOwnPropertyDescriptor(prototype, name)!.get!
  return (value) => get.call(value) as unknown
}
const own = (name: PropertyKey): ((bytes: unknown) => unknown) => getter(typedArray, name)
const tagOf = /* @__PURE__ */ own(Symbol.toStringTag)
const lengthOf = /* @__PURE__ */ own('length')
const bufferOf = /* @__PURE__ */ own('buffer')
const offsetOf = /* @__PURE__ */ own('byteOffset')

/** Returns true for a real Uint8Array, also of another realm, but not for a proxy or an object that only inherits from it. */
export const isBytes = (value: unknown): value is Uint8Array => tagOf(value) === 'Uint8Array'

/** Returns true for a real DataView, of this realm or another. */
export const isDataView = (value: unknown): value is DataView => ArrayBuffer.isView(value) && tagOf(value) === undefined

/** Returns the ArrayBuffer of a view and the view's offset, read with the engine's own getters; `undefined` if it is not a view. */
export function placeOf(bytes: Uint8Array): { readonly buffer: ArrayBufferLike; readonly offset: number } | undefined {
  const buffer = bufferOf(bytes) as ArrayBufferLike
  return lengthOf(bytes) === 0 || buffer.byteLength === 0 ? undefined : { buffer, offset: offsetOf(bytes) as number }
}

/** Returns a plain view on the same bytes, whose length is reliable. */
export function plainView(bytes: Uint8Array): Uint8Array {
  const length = lengthOf(bytes) as number
  // A transferred buffer cannot be viewed, not even with a length of 0.
  return length === 0 ? new Uint8Array(0) : new Uint8Array(bufferOf(bytes) as ArrayBuffer, offsetOf(bytes) as number, length)
}

/** Returns true if the memory of a view is gone: its buffer was transferred to another thread, or has shrunk. Its length is then 0. */
export function isGone(bytes: Uint8Array): boolean {
  try {
    Uint8Array.prototype.includes.call(bytes, 0) // any method throws; only getters such as `length` do not
    return false
  } catch {
    return true
  }
}

// Absent in browsers. Cached, because the global is a getter.
const bufferPrototype: unknown = /* @__PURE__ */ (() =>
  (globalThis as { readonly Buffer?: { readonly prototype: unknown } }).Buffer?.prototype)()

/** Returns true if the `length` of bytes is the engine's own. */
function isOrdinary(bytes: Uint8Array): boolean {
  const prototype: unknown = Object.getPrototypeOf(bytes)
  return (prototype === bufferPrototype || prototype === Uint8Array.prototype) && !Object.hasOwn(bytes, 'length')
}

/** The properties of buffers that are newer than the declarations of this project's library. */
interface Buffers { readonly byteLength: number; readonly resizable?: boolean; readonly growable?: boolean }

/** Returns true if the memory is there, and stays as large as it is. */
const hasFixedLength = ({ byteLength, resizable, growable }: Buffers): boolean => byteLength > 0 && resizable !== true && growable !== true

/**
 * Returns a view on the same bytes whose length is reliable, or `undefined` if their memory is gone. Ordinary bytes are returned
 * as they are.
 */
function reliableView(bytes: Uint8Array): Uint8Array | undefined {
  const view = isOrdinary(bytes) ? bytes : plainView(bytes)
  // Not by the length alone: optimized code of V8 11.3 may still return the former length of a transferred buffer.
  return (view.length === 0 || view.buffer.byteLength === 0) && isGone(bytes) ? undefined : view
}

/** Checks bytes, and returns a view whose length is reliable. `before` and `after` surround the value in the error message. */
export function checkedBytes(value: unknown, before: string, after = ''): Uint8Array {
  const view = isBytes(value) ? reliableView(value) : undefined
  if (view !== undefined) return view
  throw invalidType(
    `${before} ${show(value)}${after}: ${isBytes(value) ? 'its ArrayBuffer was transferred or has shrunk' : 'expected a Uint8Array'}`,
  )
}

type Place = readonly [buffer: ArrayBuffer, offset: number, length: number]
const placeFrom = (prototype: object): ((view: unknown) => Place) => {
  const parts = (['buffer', 'byteOffset', 'byteLength'] as const).map((name) => getter(prototype, name))
  return (view) => parts.map((part) => part(view)) as unknown as Place
}
const placeOfArray = /* @__PURE__ */ placeFrom(typedArray)
/** Throws if the memory is gone. */
const placeOfDataView = /* @__PURE__ */ (() => placeFrom(DataView.prototype))()

const lengthsOfBuffers = /* @__PURE__ */ (() => [ArrayBuffer, ...(typeof SharedArrayBuffer === 'undefined' ? [] : [SharedArrayBuffer])]
  .map(({ prototype }) => getter(prototype, 'byteLength')))()
/** Returns the length of an ArrayBuffer or SharedArrayBuffer; `undefined` if it is neither. */
function lengthOfBuffer(value: unknown): number | undefined {
  for (const lengthOf of lengthsOfBuffers) {
    const length = attempt(() => lengthOf(value) as number)
    if (length !== undefined) return length
  }
  return undefined
}

/**
 * Returns the bytes of any typed array, DataView or ArrayBuffer, of this realm or another, as a plain Uint8Array on the same
 * memory; `undefined` for anything else.
 * @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` where the memory was transferred, or has shrunk
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  // Most data is of this kind, and a new view of it takes more than 0.1 µs (bench/README.md).
  if (isBytes(value) && isOrdinary(value) && value.length > 0 && hasFixedLength(bufferOf(value) as Buffers)) return value
  const isArray = tagOf(value) !== undefined
  if (!isArray && !ArrayBuffer.isView(value)) {
    const length = lengthOfBuffer(value)
    if (length === undefined) return undefined
    // A view of fixed length, as of arrays: a resizable buffer may grow while its bytes are in use.
    return attempt(() => new Uint8Array(value as ArrayBuffer, 0, length)) ?? refuse(value)
  }
  const place = attempt(() => (isArray ? placeOfArray(value) : placeOfDataView(value)))
  if (place === undefined) return refuse(value)
  const [buffer, , length] = place
  // The length is not enough: optimized code of V8 11.3 has returned the former length of a transferred buffer.
  if (isArray && (length === 0 || buffer.byteLength === 0) && isGone(value as Uint8Array)) return refuse(value)
  return attempt(() => new Uint8Array(...place)) ?? refuse(value)
}

function refuse(value: unknown): never {
  throw invalidType(`Cannot use ${show(value)} as bytes: its ArrayBuffer was transferred, or has shrunk`)
}

/** Copies bytes to a plain Uint8Array. Not `bytes.slice()`: for a Buffer, that is a view on the same memory. */
export function copyOf(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array<ArrayBuffer> {
  const length = end - start
  if (length > fewBytes) return new Uint8Array(bytes.subarray(start, end))
  const copy = new Uint8Array(length)
  for (let i = 0; i < length; i++) copy[i] = bytes[start + i]!
  return copy
}
/** Up to this length, copying byte by byte is faster than creating a view to copy from (bench/README.md). Most payloads are short. */
const fewBytes = 16

/** Bytes as hexadecimal digits, two for each byte. */
export const hex = (bytes: Uint8Array, between = ''): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(between)

/** Returns a DataView on the same memory. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
