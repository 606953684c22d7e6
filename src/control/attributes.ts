/**
 * Netlink attributes in a payload: each a u16 length, which counts these four bytes, a u16 type and a value, at multiples
 * of four bytes.
 * @see https://man7.org/linux/man-pages/man3/netlink.3.html
 * @module
 */
import type { Abi } from '../abi/abi.ts'
import { copyOf, isBytes, viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { constantName } from './names.ts'

/** One attribute: its value is a number if it is as wide as one, otherwise bytes. */
export interface Attribute { readonly type: number; readonly offset: number; readonly value: number | bigint | Uint8Array }

/** Returns the complete attributes. */
function attributesOf(data: Uint8Array, { littleEndian }: Abi): Attribute[] {
  const { size: headerSize, fields } = structs.nlattr
  const view = viewOf(data)
  const found: Attribute[] = []
  for (let at = 0; at + headerSize <= data.length;) {
    const length = view.getUint16(at, littleEndian)
    if (length < headerSize || at + length > data.length) break
    const start = at + headerSize
    const width = length - headerSize
    const value = width === 8 ? view.getBigUint64(start, littleEndian) : width === 4 ? view.getUint32(start, littleEndian)
      : width === 2 ? view.getUint16(start, littleEndian) : width === 1 ? view.getUint8(start) : copyOf(data, start, start + width)
    found.push({ type: view.getUint16(at + fields.nla_type.offset, littleEndian), offset: at, value })
    at += Math.ceil(length / 4) * 4
  }
  return found
}

/** Returns attributes by JavaScript name: the constant's name without its prefix, in camel case. Padding is left out. */
export function decodeAttributes(data: Uint8Array, prefix: string, abi: Abi): Readonly<Record<string, number | bigint>> {
  const entries = attributesOf(data, abi).flatMap(({ type, value }) => {
    if (type === 0 || isBytes(value)) return []
    const name = constantName(prefix, type)
    return [[name === undefined ? `type${type}` : camelCase(name.slice(prefix.length)), value] as const]
  })
  return Object.fromEntries(entries)
}

const camelCase = (name: string): string => name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
