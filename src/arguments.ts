/**
 * Checks arguments before they reach native code. The errors say what was attempted, with what, and what the limit is.
 * @module
 */
import { constants } from '../generated/constants.ts'
import { errno as errnos } from '../generated/errno.ts'
import { checkedBytes } from './abi/bytes.ts'
import { formatAddress, decodeAddress, storageSize } from './address/address.ts'
import { cannot, invalidType, outOfRange, show, SystemError } from './errors.ts'

const { INT_MAX } = constants
const { ENOENT } = errnos
const intMin = -INT_MAX - 1

/** Checks an integer argument, and returns it. The operation is the name of a function, or words: `create a socket`. */
export function integer(operation: string, name: string, value: unknown, low: number = intMin, high: number = INT_MAX): number {
  if (typeof value !== 'number') throw invalidType(`${cannot(operation)} with ${name} ${show(value)}: expected a number`)
  if (!Number.isInteger(value) || value < low || value > high) {
    throw outOfRange(`${cannot(operation)} with ${name} ${value}: expected an integer from ${low} to ${high}`)
  }
  return value
}

/** Checks a file descriptor. Only the kernel knows if it is open (EBADF). */
export const descriptor = (operation: string, value: unknown, name = 'fd'): number => integer(operation, name, value, 0)

/** Checks flags: any 32 bits, as a signed or unsigned number. */
export const flagBits = (operation: string, value: unknown): number => integer(operation, 'flags', value, intMin, 2 ** 32 - 1) | 0

/** Checks `true` or `false`. */
export function boolean(operation: string, name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(`${cannot(operation)} with ${name} ${show(value)}: expected true or false`)
  return value
}

/** Checks bytes, and returns a view whose length is reliable: the kernel reads and writes as much as it is told. */
export function bytes(operation: string, name: string, value: unknown, limit: number = INT_MAX): Uint8Array {
  const view = checkedBytes(value, `Cannot call ${operation} with ${name}`)
  if (view.length > limit) throw outOfRange(`Cannot call ${operation} with ${name} of ${view.length} bytes: the limit is ${limit}`)
  return view
}

/** Checks a C string, and returns its UTF-8 bytes without a NUL. */
export function text(operation: string, name: string, value: unknown, low: number, high: number): Buffer {
  if (typeof value !== 'string') throw invalidType(`${cannot(operation)} with ${name} ${show(value)}: expected a string`)
  const bytes = Buffer.from(value)
  if (bytes.length < low || bytes.length > high || bytes.includes(0)) {
    throw outOfRange(`${cannot(operation)} with ${name} ${show(value)}: expected ${low} to ${high} bytes without a NUL`)
  }
  return bytes
}

/** Checks a `struct sockaddr`, as returned by `encodeAddress`. */
export const sockaddr = (operation: string, value: unknown): Uint8Array => bytes(operation, 'name', value, storageSize)

/** Checks a list and returns a copy: getters and proxies may return different values each time, but memory is sized once. */
export function list<T>(operation: string, name: string, value: readonly T[], low: number, high: number): T[] {
  if (!Array.isArray(value)) throw invalidType(`${cannot(operation)} with ${name} ${show(value)}: expected an array`)
  const { length } = value as readonly T[]
  if (!(length >= low && length <= high)) throw outOfRange(`${cannot(operation)} with ${length} ${name}: expected ${low} to ${high}`)
  const copy: T[] = []
  for (let i = 0; i < length; i++) copy.push((value as readonly T[])[i]!)
  return copy
}

/** Returns the result of a call, or throws its SystemError with the address it was for. */
export function succeeded(result: number, syscall: string, name?: Uint8Array): number {
  if (result < 0) throw systemError(-result, syscall, name)
  return result
}

/** Creates a SystemError with the address in `name`. */
export function systemError(errno: number, syscall: string, name?: Uint8Array, hint?: string): SystemError {
  if (name === undefined || name.length === 0) return new SystemError({ syscall, errno, hint })
  const address = decodeAddress(name)
  if (errno === ENOENT && 'path' in address && typeof address.path === 'string' && address.path.startsWith('@')) {
    hint ??= `this is a path in the file system; the abstract name is { abstract: ${show(address.path.slice(1))} }`
  }
  // As in Node, the error has the address and the port separately.
  const parts = 'address' in address ? { address: address.address, port: address.port } : { address: formatAddress(address) }
  return new SystemError({ syscall, errno, ...parts, hint })
}
