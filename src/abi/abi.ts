/**
 * The targets whose layouts are known, and the one that this program runs on.
 * @module
 */
import { targets } from '../../generated/layouts.ts'
import { invalidType, show } from '../misuse.ts'

/**
 * A target as compilers name it: CPU, kernel, C library.
 * @useDeclaredType
 */
export type Target = keyof typeof targets

/** The properties of a target that determine the layout of structs. */
export interface Abi {
  readonly target: Target
  readonly libc: 'glibc' | 'musl'
  /** Bytes of `size_t`, `long` and a pointer: 8 on LP64, 4 on ILP32. */
  readonly wordSize: 4 | 8
  readonly littleEndian: boolean
}

/**
 * Every target whose layouts are known, by name.
 *
 * @example
 * import { CMSG_SPACE, abis } from 'cmsg/codec'
 *
 * CMSG_SPACE(12, abis['x86_64-linux-gnu']) // 32
 * CMSG_SPACE(12, abis['arm-linux-gnueabihf']) // 24
 */
export const abis: Readonly<Record<Target, Abi>> = Object.fromEntries(
  Object.entries(targets).map(([target, facts]) => [target, { target, ...facts }]),
) as Record<Target, Abi>

// The targets by the values of `process.arch`. Only those of glibc are listed: the kernel reads the same bytes from a program linked
// with musl (docs/layouts.md), and native code would be needed to distinguish them.
const hosts: Readonly<Record<string, Target>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  arm: 'arm-linux-gnueabihf',
}

// A browser has no `process`, and gets the most common target.
const processGlobal = (globalThis as { process?: { platform?: string; arch?: string } }).process
const host = (processGlobal?.platform === 'linux' && hosts[processGlobal.arch ?? '']) || 'x86_64-linux-gnu'

/** Returns the ABI of this program; `x86_64-linux-gnu` on systems other than Linux, and in a browser. */
export const hostAbi = (): Abi => abis[host]

/** Returns this copy's ABI with the same name: another copy of the package has different objects. */
export function checkAbi(abi: Abi): Abi {
  // Nearly always, and decoding takes less than half a microsecond.
  if (abi === hostAbi()) return abi
  const target: unknown = typeof abi === 'object' && abi !== null ? abi.target : undefined
  if (typeof target === 'string' && Object.hasOwn(abis, target)) return abis[target as Target]
  throw invalidType(`Cannot use ${show(abi)} as an ABI: expected one of abis`)
}
