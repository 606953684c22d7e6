/**
 * Slices the data by offset and length.
 * @module
 */
import { bytesOf } from '../abi/bytes.ts'
import { bytes } from '../arguments.ts'
import { count, invalidType, outOfRange, show } from '../errors.ts'
import type { Data } from '../socket/types.ts'

/** Returns `length` bytes starting at `offset`. @throws TypeError, RangeError */
export function slice(data: Data, offset: number, length: unknown): Data {
  if (typeof length !== 'number') throw invalidType(`Cannot send a part of length ${show(length)}: expected a number`)
  const view = typeof data === 'string' ? Buffer.from(data) : bytesOf(data)
  if (view === undefined) {
    throw invalidType(`Cannot send a part of ${show(data)}: expected a string, a TypedArray, DataView or ArrayBuffer`)
  }
  const all = bytes('send', 'data', view)
  if (!(Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0 && offset + length <= all.length)) {
    throw outOfRange(`Cannot send ${count(length, 'byte')} starting at ${offset}: the data has ${count(all.length, 'byte')}`)
  }
  return offset === 0 && length === all.length ? all : all.subarray(offset, offset + length)
}
