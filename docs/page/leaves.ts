/**
 * The scalars of a payload, and their texts in a form.
 * @module
 */
import { constants } from '../../src/abi/constants.ts'
import type { Abi } from '../../src/abi/abi.ts'
import { viewOf } from '../../src/abi/bytes.ts'
import { defineStruct } from '../../src/abi/struct.ts'
import { decodeText } from '../../src/abi/text.ts'
import { sizeAndAlign } from '../../src/abi/c-layout.ts'
import type { AnyStruct, FieldType, ScalarType } from '../../src/abi/types.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../src/address/inet.ts'
import type { Meaning } from '../../src/control/define.ts'
import { meaningOf, type Meanings } from '../../src/control/dissect-fields.ts'
import { constantName } from '../../src/control/names.ts'
import { readNotation } from '../../src/reference/notation.ts'
import { count } from '../../src/reference/text.ts'
import { hex } from '../../src/abi/bytes.ts'

/** A part of a payload that has one text. */
export interface Leaf {
  /** The C expression after the name of the variable: `ts[0].tv_sec`. */
  readonly path: string
  readonly field: string
  readonly offset: number
  /** Undefined for a flexible array. */
  readonly size: number | undefined
  /** A scalar, bytes, text, or any number of scalars. */
  readonly type: ScalarType | 'bytes' | 'text' | readonly [ScalarType]
  readonly meaning: Meaning | undefined
}

export function leavesOf({ fields }: AnyStruct, meanings: Meanings, abi: Abi, base = 0, prefix = ''): Leaf[] {
  return Object.entries(fields).flatMap(([field, { offset, size, type }]) => leafOf(type, field, prefix + field, base + offset, size,
    meanings, abi))
}

const isStruct = (type: FieldType): type is AnyStruct => typeof type === 'object' && 'read' in type

function leafOf(type: FieldType, field: string, path: string, offset: number, size: number, meanings: Meanings, abi: Abi): Leaf[] {
  const leaf = (type: Leaf['type'], size: number | undefined): Leaf[] => [{ path, field, offset, size, type,
    meaning: meaningOf(meanings, field) }]
  if (typeof type === 'string') return leaf(type, size)
  if (isStruct(type)) return leavesOf(type, meanings, abi, offset, `${path}.`)
  const [element, length] = type as readonly [FieldType, number?]
  if (element === 'u8') return leaf('bytes', length)
  if ((element as string) === 'char') return leaf('text', length)
  if (length === undefined) return leaf([element as ScalarType], undefined)
  const each = isStruct(element) ? element.size : sizeAndAlign(element as ScalarType, abi)!.size
  return Array.from({ length }, (_, i) => leafOf(element, field, `${path}[${i}]`, offset + i * each, each, meanings, abi)).flat()
}

/** Returns the text of an empty field: what it takes. */
export function hintOf({ type, size, meaning }: Leaf): string {
  if (meaning === 'ipv4' || meaning === 'ipv6') return meaning === 'ipv4' ? 'an IPv4 address' : 'an IPv6 address'
  if (type === 'bytes') return size === undefined ? 'bytes in hex' : `${count(size, 'byte')} in hex`
  if (type === 'text') return 'text'
  if (typeof type === 'object') return 'numbers, with commas'
  return meaning?.includes('_') ? `${type}: a number, or ${meaning.replace('|', '')}…` : `${type}: a number`
}

/** Returns the bytes of a text. @throws Error that says what is wrong */
export function bytesOfText(text: string, { type, size, meaning }: Leaf, abi: Abi): Uint8Array {
  if (type === 'text') return new TextEncoder().encode(text)
  if (type === 'bytes') return fixed(rawBytes(text.trim(), meaning), size)
  if (typeof type === 'string') return scalarBytes(numberOf(text), type, abi)
  const each = text.split(/[\s,]+/).filter((one) => one !== '').map((one) => scalarBytes(numberOf(one), type[0], abi))
  return Uint8Array.from(each.flatMap((bytes) => [...bytes]))
}

function rawBytes(text: string, meaning: Meaning | undefined): Uint8Array {
  const address = meaning === 'ipv4' ? parseIPv4(text) : meaning === 'ipv6' ? parseIPv6(text) : undefined
  if (address !== undefined) return address
  return text === '' ? new Uint8Array(0) : readNotation(text, 'hex')
}

function fixed(bytes: Uint8Array, size: number | undefined): Uint8Array {
  if (size === undefined || bytes.length === size) return bytes
  if (bytes.length > size) throw new Error(`It holds ${count(size, 'byte')}; these are ${bytes.length}.`)
  const filled = new Uint8Array(size)
  filled.set(bytes)
  return filled
}

/** Reads a number in decimal or hex, the name of a constant, or several of these with | between them. */
export function numberOf(text: string): bigint {
  const words = text.split('|').map((word) => word.trim())
  return words.reduce((sum, word) => {
    if (/^-?(0x[0-9a-f]+|\d+)n?$/i.test(word)) {
      const digits = word.replace(/n$/, '')
      return sum | (digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits))
    }
    if (Object.hasOwn(constants, word)) return sum | BigInt(constants[word as keyof typeof constants])
    throw new Error(word === '' ? 'A number is missing.' : `${word} is not a number, and not a constant that is known here.`)
  }, 0n)
}

const wide = (type: ScalarType): boolean => ['i64', 'u64', 'u64be', 'long', 'ulong', 'pointer'].includes(type)

function scalarBytes(value: bigint, type: ScalarType, abi: Abi): Uint8Array {
  const struct = defineStruct({ value: type }, { abi })
  const bytes = new Uint8Array(struct.size)
  try {
    struct.write(viewOf(bytes), 0, { value: wide(type) ? value : Number(value) } as never)
  } catch (error) {
    throw new Error((error as Error).message.replace(/^Cannot write struct\.value: e/, 'E').replace(/, got .*$/, '.'))
  }
  return bytes
}

/** Returns the scalar in the bytes. */
export function scalarOf(bytes: Uint8Array, type: ScalarType, abi: Abi): bigint {
  return BigInt((defineStruct({ value: type }, { abi }).read(viewOf(bytes)) as { value: number | bigint }).value)
}

/** Returns the text of the bytes. */
export function textOfBytes(bytes: Uint8Array, { type, meaning }: Leaf, abi: Abi): string {
  if (type === 'text') return decodeText(bytes)
  if (type === 'bytes') {
    return meaning === 'ipv4' && bytes.length === 4 ? formatIPv4(bytes)
      : meaning === 'ipv6' && bytes.length === 16 ? formatIPv6(bytes) : hex(bytes, meaning === 'mac' ? ':' : ' ')
  }
  if (typeof type === 'string') {
    const number = scalarOf(bytes, type, abi)
    return meaning === 'hex' || meaning?.endsWith('|') ? `0x${number.toString(16)}` : nameOf(number, meaning) ?? String(number)
  }
  const { size } = sizeAndAlign(type[0], abi)!
  return Array.from({ length: Math.floor(bytes.length / size) },
    (_, i) => scalarOf(bytes.slice(i * size, i * size + size), type[0], abi)).join(', ')
}

/** Returns the name of a number with this meaning. */
export const nameOf = (number: bigint, meaning: Meaning | undefined): string | undefined =>
  (meaning?.endsWith('_') ? constantName(meaning, Number(number)) : undefined)
