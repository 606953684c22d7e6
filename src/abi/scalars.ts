/**
 * C scalars: their sizes, and how they are read and written.
 * @module
 */
import { invalidType, outOfRange, show } from '../misuse.ts'
import type { Abi } from './abi.ts'
import type { ScalarType } from './types.ts'

// Widths that do not differ between targets.
const sizes: Readonly<Record<string, number>> = {
  char: 1, i8: 1, u8: 1, i16: 2, u16: 2, u16be: 2, i32: 4, u32: 4, u32be: 4, i64: 8, u64: 8, u64be: 8,
}
const words = new Set<unknown>(['long', 'ulong', 'usize', 'pointer'])

/** `sizeof(int)`, on every target. */
export const intSize = 4

/** Returns the size of a scalar in bytes, which is also its alignment on every known target; `undefined` if it is not a type. */
export const scalarSize = (type: unknown, { wordSize }: Abi): number | undefined =>
  (words.has(type) ? wordSize : typeof type === 'string' && Object.hasOwn(sizes, type) ? sizes[type] : undefined)

/** Reads a scalar of `size` bytes. */
export function readScalar(view: DataView, at: number, size: number, type: ScalarType, le: boolean): number | bigint {
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

/**
 * Returns the value if a scalar of this type and size can hold it.
 * @throws TypeError or RangeError
 */
export function checkScalar(value: unknown, size: number, type: ScalarType, name: string): number | bigint {
  const wide = type === 'long' || type === 'ulong' || type === 'pointer' || type === 'i64' || type === 'u64' || type === 'u64be'
  if (typeof value !== (wide ? 'bigint' : 'number')) {
    throw invalidType(`Cannot write ${name}: expected a ${wide ? 'bigint' : 'number'}, got ${show(value)}`)
  }
  const signed = type === 'long' || type[0] === 'i'
  const bits = BigInt(size * 8 - (signed ? 1 : 0))
  const [low, high] = [signed ? -(1n << bits) : 0n, (1n << bits) - 1n]
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!whole || BigInt(value as number | bigint) < low || BigInt(value as number | bigint) > high) {
    throw outOfRange(`Cannot write ${name}: expected a whole number from ${low} to ${high}, got ${show(value)}`)
  }
  return value as number | bigint
}

/** Writes a scalar of `size` bytes. */
export function writeScalar(view: DataView, at: number, size: number, type: ScalarType, value: number | bigint, le: boolean): void {
  const little = type.endsWith('be') ? false : le
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), little)
  else if (size === 4) view.setUint32(at, Number(value), little)
  else if (size === 2) view.setUint16(at, Number(value), little)
  else view.setUint8(at, Number(value))
}
