/**
 * Arguments of the calls, checked before anything reaches native code: what was attempted, with what, and the limit.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { formatAddress, decodeAddress, storageSize } from '../address/address.ts'
import { invalidType, outOfRange, show, SystemError } from '../errors.ts'

const { INT_MAX } = constants
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

export function bytes(syscall: string, name: string, value: unknown, limit: number = INT_MAX): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected a Uint8Array`)
  if (value.length > limit) throw outOfRange(`Cannot call ${syscall} with ${name} of ${value.length} bytes: the limit is ${limit}`)
  return value
}

/** A `struct sockaddr`, as `encodeAddress` makes it. */
export const sockaddr = (syscall: string, value: unknown): Uint8Array => bytes(syscall, 'name', value, storageSize)

export function object<T extends object>(syscall: string, name: string, value: T): T {
  if (typeof value !== 'object' || value === null) throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected an object`)
  return value
}

export function list<T>(syscall: string, name: string, value: readonly T[], low: number, high: number): readonly T[] {
  if (!Array.isArray(value)) throw invalidType(`Cannot call ${syscall} with ${name} ${show(value)}: expected an array`)
  if (value.length < low || value.length > high) {
    throw outOfRange(`Cannot call ${syscall} with ${value.length} ${name}: expected from ${low} to ${high}`)
  }
  return value
}

/** The result of a call, or its SystemError with the address it was about. */
export function succeeded(result: number, syscall: string, name?: Uint8Array, hint?: (code: number) => string | undefined): number {
  if (result < 0) throw systemError(-result, syscall, name, hint?.(-result))
  return result
}

/** A SystemError about the address in `name`. */
export function systemError(errno: number, syscall: string, name?: Uint8Array, hint?: string): SystemError {
  if (name === undefined || name.length === 0) return new SystemError({ syscall, errno, hint })
  const address = decodeAddress(name)
  // As Node does it: the address alone, with its port beside it.
  const parts = 'address' in address ? { address: address.address, port: address.port } : { address: formatAddress(address) }
  return new SystemError({ syscall, errno, ...parts, hint })
}
