/**
 * libc through bun:ffi.
 *
 * Measured facts: it converts wrong values (1.5, undefined, 2 ** 31) without an error, so the generated checks are the only
 * protection; it opens a C library only by its file name; asking for the address of an empty buffer throws.
 * @module
 */
import { bindings } from '../../generated/bindings.ts'
import { attempt, unsupported } from '../errors.ts'
import { makeEngine, type Signature } from './runtime-engine.ts'
import { runtimeName } from './runtime.ts'
import type { Engine, TypeName, WorkerCalls } from './types.ts'

interface BunFfi {
  dlopen(
    path: string, symbols: Record<string, { args: string[]; returns: string }>,
  ): { symbols: Record<string, (...args: number[]) => unknown> }
  ptr(memory: ArrayBufferLike): number
  toArrayBuffer(address: number, offset: number, size: number): ArrayBuffer
}

const types: Readonly<Record<TypeName, string>> = { I32: 'i32', U32: 'u32', I64: 'i64', Pointer: 'ptr' }

/** Returns a signature in the terms of bun:ffi. */
const translated = ({ paramsType, retType }: Signature): { args: string[]; returns: string } =>
  ({ args: paramsType.map((type) => types[type]), returns: types[retType] })

/** The file names of glibc and musl. */
const libraries: readonly string[] = ['libc.so.6', ...['x86_64', 'aarch64'].map((cpu) => `libc.musl-${cpu}.so.1`)]

/** Opens the engine. @throws Error `ERR_CMSG_UNSUPPORTED` if it does not work here */
export function openBun(): Engine {
  const ffi = attempt(() => process.getBuiltinModule('node:module').createRequire('/')('bun:ffi') as BunFfi)
  if (ffi === undefined) throw unsupported(`${runtimeName()} does not have it`)
  const { dlopen, ptr, toArrayBuffer } = ffi
  const location = { __errno_location: { args: [], returns: 'ptr' } }
  const library = libraries.find((path) => attempt(() => dlopen(path, location)) !== undefined)
  if (library === undefined) throw unsupported(`it could open none of ${libraries.join(', ')}`)
  return makeEngine<number>({
    name: 'bun',
    open: (signature) => {
      const { funcName } = signature
      return attempt(() => dlopen(library, { [funcName]: translated(signature) }).symbols[funcName])
    },
    toWide: (value) => value,
    addressOf: ptr,
    memoryAt: (address, size) => toArrayBuffer(address, 0, size),
    workerCalls: { ...workerCalls, data: { library, signature: translated(bindings.epoll_wait) } },
  })
}

const workerCalls: Omit<WorkerCalls, 'data'> = {
  source: `({ library, signature }) => {
    const { dlopen, toArrayBuffer } = require('bun:ffi')
    const { symbols: { __errno_location, epoll_wait } } = dlopen(library, {
      __errno_location: { args: [], returns: 'ptr' },
      epoll_wait: signature,
    })
    const errno = new Int32Array(toArrayBuffer(__errno_location(), 0, Int32Array.BYTES_PER_ELEMENT))
    return {
      epoll_wait: (...args) => {
        const ready = epoll_wait(...args)
        return ready < 0 ? -errno[0] : ready
      },
    }
  }`,
  execArgv: [],
}
