/**
 * Converts the kernel's structs to convenient values: times, names for numbers, fields with JavaScript names.
 * @module
 */
import { AF_INET, AF_INET6 } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { structs } from '../abi/structs.ts'
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6, type InetAddress } from '../address/inet.ts'
import { invalidAddress, invalidType, outOfRange, show } from '../misuse.ts'
import type { Convert } from './payload.ts'

/** A time with the precision of `struct timeval`, microseconds; `ns` is the whole time in nanoseconds. */
export interface Timeval { readonly ns: bigint; readonly sec: bigint; readonly usec: bigint }
/** A time with the precision of `struct timespec`, nanoseconds; `ns` is the whole time in nanoseconds. */
export interface Timespec { readonly ns: bigint; readonly sec: bigint; readonly nsec: bigint }

const second = 1_000_000_000n

export const timeval: Convert<{ tv_sec: bigint; tv_usec: bigint }, never, Timeval> = {
  decode: ({ tv_sec: sec, tv_usec: usec }) => ({ ns: sec * second + usec * 1000n, sec, usec }),
}
export const timespec: Convert<{ tv_sec: bigint; tv_nsec: bigint }, never, Timespec> = {
  decode: ({ tv_sec: sec, tv_nsec: nsec }) => ({ ns: sec * second + nsec, sec, nsec }),
}

/** Reads a `struct __kernel_old_timeval`, or with a word size of 8, any timeval. */
export function readTimeval(view: DataView, at: number, wordSize: number, littleEndian: boolean): Timeval {
  const sec = wordAt(view, at, wordSize, littleEndian)
  const usec = wordAt(view, at + wordSize, wordSize, littleEndian)
  return { ns: sec * second + usec * 1000n, sec, usec }
}
/** Reads a timespec in the same way. */
export function readTimespec(view: DataView, at: number, wordSize: number, littleEndian: boolean): Timespec {
  const sec = wordAt(view, at, wordSize, littleEndian)
  const nsec = wordAt(view, at + wordSize, wordSize, littleEndian)
  return { ns: sec * second + nsec, sec, nsec }
}
const wordAt = (view: DataView, at: number, wordSize: number, littleEndian: boolean): bigint =>
  (wordSize === 8 ? view.getBigInt64(at, littleEndian) : BigInt(view.getInt32(at, littleEndian)))

/** Returns a function that creates a value at its first call. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

/** A C constant under its name here; a number that has no name is unchanged. */
export type Named<N extends string> = N | number

/** Converts between numbers and names: a number without a name in the table is unchanged. */
export function named<const N extends string>(table: Readonly<Record<N, number>>): Convert<number, Named<N>, Named<N>> {
  const names = once(() => new Map(Object.entries(table).map(([name, number]) => [number as number, name as N])))
  return {
    decode: (number) => names().get(number) ?? number,
    encode: (name) => numberOf(name, table),
  }
}

function numberOf<N extends string>(name: Named<N>, table: Readonly<Record<N, number>>): number {
  if (typeof name === 'number') return name
  if (typeof name === 'string' && Object.hasOwn(table, name)) return table[name]
  const names = Object.keys(table).map((one) => `'${one}'`).join(', ')
  throw (typeof name === 'string' ? outOfRange : invalidType)(`Cannot use ${show(name)}: expected ${names} or a number`)
}

/** Checks an object with some of the names. Another name is probably mistyped, and would be ignored. */
export function objectWith<T extends object>(names: readonly string[], value: T): T {
  const expected = (): string => `expected an object with ${names.join(', ')}`
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalidType(`Cannot use ${show(value)}: ${expected()}`)
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw invalidType(`Cannot use a value with ${show(name)}: ${expected()}`)
  }
  return value
}

/** A value to send, any property of which may be absent or `undefined`: it is then zero. */
export type PartialValue<V> = { readonly [Name in keyof V]?: V[Name] | undefined }

/** Converts between a struct and an object with JavaScript names; `names` has the C name of each. In a send, absent properties are zero. */
export function renamed<V extends object>(names: Readonly<Record<keyof V, string>>): Convert<object, PartialValue<V>, V> {
  const pairs = Object.entries(names) as [keyof V, string][]
  return {
    decode: (raw) => Object.fromEntries(pairs.map(([name, field]) => [name, (raw as Record<string, unknown>)[field]])) as V,
    encode(value) {
      objectWith(Object.keys(names), value)
      return Object.fromEntries(pairs.flatMap(([name, field]) => (value[name] === undefined ? [] : [[field, value[name]]])))
    },
  }
}

/** The value of a message without a payload, whose presence is the information. */
export const decodePresent = (): true => true
/** Encodes the value of a message without a payload. */
export function encodePresent(value: true | void): Uint8Array {
  if (value !== true && value !== undefined) {
    throw invalidType(`Cannot use ${show(value)}: this control message has no payload; expected true, or no value`)
  }
  return new Uint8Array(0)
}

/** Returns the four bytes of an IPv4 address. */
export function ipv4Bytes(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? parseIPv4(text) : undefined
  if (bytes === undefined) {
    const invalid = typeof text === 'string' ? invalidAddress : invalidType
    throw invalid(`Cannot use ${show(text)} as an IPv4 address: expected four numbers separated by dots`)
  }
  return bytes
}
/** Returns the sixteen bytes of an IPv6 address. */
export function ipv6Bytes(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? parseIPv6(text) : undefined
  if (bytes === undefined) {
    const invalid = typeof text === 'string' ? invalidAddress : invalidType
    throw invalid(`Cannot use ${show(text)} as an IPv6 address: expected groups separated by colons`)
  }
  return bytes
}

/** Converts a `struct sockaddr_in`. */
export const inetAddress = ({ sin_addr, sin_port }: { sin_addr: Uint8Array; sin_port: number }): InetAddress =>
  ({ address: formatIPv4(sin_addr), port: sin_port })

/** Converts a `struct sockaddr_in6`. */
export const inet6Address = (
  { sin6_addr, sin6_port, sin6_scope_id: scopeId, sin6_flowinfo: flowinfo }:
  { sin6_addr: Uint8Array; sin6_port: number; sin6_scope_id: number; sin6_flowinfo: number },
): InetAddress =>
  ({ address: formatIPv6(sin6_addr), port: sin6_port, ...(scopeId === 0 ? {} : { scopeId }), ...(flowinfo === 0 ? {} : { flowinfo }) })

/** Reads the IPv4 or IPv6 address in a view. Returns `undefined` for another family, such as AF_UNSPEC, or too few bytes. */
export function addressAt(view: DataView, at: number, abi: Abi): InetAddress | undefined {
  const left = view.byteLength - at
  if (left < structs.sockaddr.fields.sa_family.size) return undefined
  const family = view.getUint16(at, abi.littleEndian)
  if (family === AF_INET && left >= structs.sockaddr_in.size) return inetAddress(structs.sockaddr_in.for(abi).read(view, at))
  if (family === AF_INET6 && left >= structs.sockaddr_in6.size) return inet6Address(structs.sockaddr_in6.for(abi).read(view, at))
  return undefined
}
