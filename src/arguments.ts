/**
 * Arguments of the calls, checked before anything reaches native code: what was attempted, with what, and the limit.
 * @module
 */
import { constants } from '../generated/constants.ts'
import { errno as errnos } from '../generated/errno.ts'
import { isBytes, isGone, plainView } from './abi/bytes.ts'
import { formatAddress, decodeAddress, storageSize } from './address/address.ts'
import { invalidType, outOfRange, show, SystemError } from './errors.ts'

const { INT_MAX } = constants
const { ENOENT } = errnos
const intMin = -INT_MAX - 1

export function integer(syscall: string, name: string, value: unknown, low: number = intMin, high: number = INT_MAX): number {
  if (typeof value !== 'number') throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected a number`)
  if (!Number.isInteger(value) || value < low || value > high) {
    throw outOfRange(`Cannot call ${syscall} with ${name} ${value}: expected an integer from ${low} to ${high}`)
  }
  return value
}

/** A file descriptor. Whether it is open, only the kernel knows: EBADF. */
export const descriptor = (syscall: string, value: unknown, name = 'fd'): number => integer(syscall, name, value, 0)

/** Flags: any 32 bits, as a signed or an unsigned number. */
export const flagBits = (syscall: string, value: unknown): number => integer(syscall, 'flags', value, intMin, 2 ** 32 - 1) | 0

// The global is a getter.
const bufferPrototype: unknown = Buffer.prototype

/** Bytes, as a view whose length can be relied on: the kernel reads, and writes, as much as it is told. */
export function bytes(syscall: string, name: string, value: unknown, limit: number = INT_MAX): Uint8Array {
  if (!isBytes(value)) throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected a Uint8Array`)
  const prototype: unknown = Object.getPrototypeOf(value)
  const ordinary = (prototype === bufferPrototype || prototype === Uint8Array.prototype) && !Object.hasOwn(value, 'length')
  const view = ordinary ? value : plainView(value)
  // Not by the length alone: of a transferred buffer, optimized code of V8 11.3 was seen to say what it had been.
  if ((view.length === 0 || view.buffer.byteLength === 0) && isGone(value)) throw invalidType(`Cannot call ${syscall} with ${name}: its ArrayBuffer was transferred or has shrunk`)
  if (view.length > limit) throw outOfRange(`Cannot call ${syscall} with ${name} of ${view.length} bytes: the limit is ${limit}`)
  return view
}

/** A C string, as its bytes in UTF-8, without the NUL. */
export function text(syscall: string, name: string, value: unknown, low: number, high: number): Buffer {
  if (typeof value !== 'string') throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected a string`)
  const bytes = Buffer.from(value)
  if (bytes.length < low || bytes.length > high || bytes.includes(0)) {
    throw outOfRange(`Cannot call ${syscall} with ${name} ${show(value)}: expected from ${low} to ${high} bytes, and no NUL`)
  }
  return bytes
}

/** A `struct sockaddr`, as `encodeAddress` makes it. */
export const sockaddr = (syscall: string, value: unknown): Uint8Array => bytes(syscall, 'name', value, storageSize)

/** An object with properties. Bytes and lists, passed where they do not belong, would pass for one without any. */
export function object<T extends object>(syscall: string, name: string, value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected an object`)
  }
  return value
}

/** A list, as a copy: getters and proxies may give another answer each time, and room is made for what was seen once. */
export function list<T>(syscall: string, name: string, value: readonly T[], low: number, high: number): T[] {
  if (!Array.isArray(value)) throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected an array`)
  const { length } = value as readonly T[]
  if (!(length >= low && length <= high)) throw outOfRange(`Cannot call ${syscall} with ${length} ${name}: expected ${low} to ${high}`)
  const copy: T[] = []
  for (let i = 0; i < length; i++) copy.push((value as readonly T[])[i]!)
  return copy
}

/** The result of a call, or its SystemError with the address it was about. */
export function succeeded(result: number, syscall: string, name?: Uint8Array): number {
  if (result < 0) throw systemError(-result, syscall, name)
  return result
}

/** A SystemError about the address in `name`. */
export function systemError(errno: number, syscall: string, name?: Uint8Array, hint?: string): SystemError {
  if (name === undefined || name.length === 0) return new SystemError({ syscall, errno, hint })
  const address = decodeAddress(name)
  if (errno === ENOENT && 'path' in address && typeof address.path === 'string' && address.path.startsWith('@')) {
    hint ??= `this is a path in the file system; the abstract name is { abstract: ${show(address.path.slice(1))} }`
  }
  // As Node does it: the address alone, with its port beside it.
  const parts = 'address' in address ? { address: address.address, port: address.port } : { address: formatAddress(address) }
  return new SystemError({ syscall, errno, ...parts, hint })
}
