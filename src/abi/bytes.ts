/**
 * Bytes.
 * @module
 */

/** A copy, as a plain Uint8Array. Not `bytes.slice()`: where `bytes` is a Buffer, that is a view on the same memory. */
export const copyOf = (bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array<ArrayBuffer> =>
  new Uint8Array(bytes.subarray(start, end))

/** A DataView on the same memory. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
