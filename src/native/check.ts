/**
 * Checks for every engine: the arguments of each call, and a self-test at first use.
 * @module
 */
import { errno as errnos } from '../../generated/errno.ts'
import { count, outOfRange, show } from '../errors.ts'
import type { Engine, TypeName } from './types.ts'

const ranges: Readonly<Record<TypeName, readonly [low: number, high: number]>> = {
  I32: [-(2 ** 31), 2 ** 31 - 1],
  U32: [0, 2 ** 32 - 1],
  I64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  Pointer: [0, Number.MAX_SAFE_INTEGER],
}

/** The last check before native code. Functions in higher layers have already refused wrong arguments with a better message. */
export function checkArguments(name: string, types: readonly TypeName[], args: readonly unknown[]): void {
  if (args.length !== types.length) throw outOfRange(`Cannot call ${name} with ${count(args.length, 'argument')}: expected ${types.length}`)
  for (let i = 0; i < types.length; i++) {
    const value = args[i]
    // Such a number is valid for every type, and most arguments are one.
    if (typeof value === 'number' && (value | 0) === value && value >= 0) continue
    const [low, high] = ranges[types[i]!]
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
      throw outOfRange(`Cannot call ${name}: argument ${i + 1} must be an integer from ${low} to ${high}, got ${show(value)}`)
    }
  }
}

/** Tests memory written through an address, a result, and two different errnos, so that a stale errno is noticed. */
export function passesSelfTest({ call, errno, allocate }: Pick<Engine, 'call' | 'errno' | 'allocate'>): boolean {
  const { address, memory } = allocate(32)
  const bytes = new Uint8Array(memory).fill(7, 16, 24)
  return call.memcpy(address, address + 16, 8) === address && bytes.subarray(0, 8).every((byte) => byte === 7)
    && call.close(-1) === -1 && errno() === errnos.EBADF
    && call.socket(-1, 0, 0) === -1 && errno() === errnos.EAFNOSUPPORT
}
