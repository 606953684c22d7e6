/**
 * Bytes.
 * @module
 */
import { attempt, invalidType, show } from '../misuse.ts'

// The engine's own getters. What an object says of itself is another matter: a subclass, an own property or a proxy may
// say anything, and native code would believe it.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const getter = (prototype: object, name: PropertyKey): ((value: unknown) => unknown) => {
  const get = Object.getOwnPropertyDescriptor(prototype, name)!.get!
  return (value) => get.call(value) as unknown
}
const own = (name: PropertyKey): ((bytes: unknown) => unknown) => getter(typedArray, name)
const [tagOf, lengthOf, bufferOf, offsetOf] = [own(Symbol.toStringTag), own('length'), own('buffer'), own('byteOffset')]

/** Whether it really is a Uint8Array: not a proxy of one, nor what only inherits from it, but one of another realm too. */
export const isBytes = (value: unknown): value is Uint8Array => tagOf(value) === 'Uint8Array'

/** Whether it really is a DataView, of this realm or another. */
export const isDataView = (value: unknown): value is DataView => ArrayBuffer.isView(value) && tagOf(value) === undefined

/** The memory behind it, and where in that it begins, whatever it says of itself. `undefined` where there is none. */
export function placeOf(bytes: Uint8Array): { readonly buffer: ArrayBufferLike; readonly offset: number } | undefined {
  const buffer = bufferOf(bytes) as ArrayBufferLike
  return lengthOf(bytes) === 0 || buffer.byteLength === 0 ? undefined : { buffer, offset: offsetOf(bytes) as number }
}

/** A plain view on the same bytes, which is as long as it says. */
export function plainView(bytes: Uint8Array): Uint8Array {
  const length = lengthOf(bytes) as number
  // Of a buffer that was transferred nothing can be viewed, not even no bytes.
  return length === 0 ? new Uint8Array(0) : new Uint8Array(bufferOf(bytes) as ArrayBuffer, offsetOf(bytes) as number, length)
}

/** Whether the memory behind it is gone: transferred to another thread, or cut off a resizable buffer. It has no bytes then. */
export function isGone(bytes: Uint8Array): boolean {
  try {
    Uint8Array.prototype.includes.call(bytes, 0) // any method does: only `length` and its like do not throw
    return false
  } catch {
    return true
  }
}

type Place = readonly [buffer: ArrayBuffer, offset: number, length: number]
const placeFrom = (prototype: object): ((view: unknown) => Place) => {
  const parts = (['buffer', 'byteOffset', 'byteLength'] as const).map((name) => getter(prototype, name))
  return (view) => parts.map((part) => part(view)) as unknown as Place
}
const placeOfArray = /* @__PURE__ */ placeFrom(typedArray)
/** Throws where the memory is gone. */
const placeOfDataView = /* @__PURE__ */ placeFrom(DataView.prototype)

const lengthsOfBuffers = /* @__PURE__ */ (() => [ArrayBuffer, ...(typeof SharedArrayBuffer === 'undefined' ? [] : [SharedArrayBuffer])]
  .map(({ prototype }) => getter(prototype, 'byteLength')))()
const isBuffer = (value: unknown): value is ArrayBuffer => lengthsOfBuffers.some((length) => attempt(() => length(value)) !== undefined)

/**
 * The bytes of any typed array, DataView or ArrayBuffer, of this realm or another, as a plain Uint8Array on the same
 * memory; `undefined` for anything else.
 * @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` where the memory was transferred, or has shrunk
 */
export function bytesOf(value: unknown): Uint8Array | undefined {
  const isArray = tagOf(value) !== undefined
  if (!isArray && !ArrayBuffer.isView(value)) {
    if (!isBuffer(value)) return undefined
    return attempt(() => new Uint8Array(value)) ?? refuse(value)
  }
  const place = attempt(() => (isArray ? placeOfArray(value) : placeOfDataView(value)))
  if (place === undefined) return refuse(value)
  const [buffer, , length] = place
  // Not by the length alone: of a transferred buffer, optimized code of V8 11.3 was seen to say what it had been.
  if (isArray && (length === 0 || buffer.byteLength === 0) && isGone(value as Uint8Array)) return refuse(value)
  return attempt(() => new Uint8Array(...place)) ?? refuse(value)
}

function refuse(value: unknown): never {
  throw invalidType(`Cannot use ${show(value)} as bytes: its ArrayBuffer was transferred, or has shrunk`)
}

/** A copy, as a plain Uint8Array. Not `bytes.slice()`: where `bytes` is a Buffer, that is a view on the same memory. */
export function copyOf(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array<ArrayBuffer> {
  const length = end - start
  if (length > fewBytes) return new Uint8Array(bytes.subarray(start, end))
  const copy = new Uint8Array(length)
  for (let i = 0; i < length; i++) copy[i] = bytes[start + i]!
  return copy
}
/** Up to here copying one by one is faster than a view to copy from: most payloads are no longer. */
const fewBytes = 24

/** A DataView on the same memory. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
