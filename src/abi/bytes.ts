/**
 * Bytes.
 * @module
 */

// The engine's own getters. What an object says of itself is another matter: a subclass, an own property or a proxy may
// say anything, and native code would believe it.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const own = (name: PropertyKey): ((bytes: unknown) => unknown) => {
  const get = Object.getOwnPropertyDescriptor(typedArray, name)!.get!
  return (bytes) => get.call(bytes) as unknown
}
const [tagOf, lengthOf, bufferOf, offsetOf] = [own(Symbol.toStringTag), own('length'), own('buffer'), own('byteOffset')]

/** Whether it really is a Uint8Array: not a proxy of one, nor what only inherits from it, but one of another realm too. */
export const isBytes = (value: unknown): value is Uint8Array => tagOf(value) === 'Uint8Array'

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
