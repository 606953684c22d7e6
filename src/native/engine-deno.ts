/**
 * libc through Deno.dlopen, which needs `--allow-ffi`.
 *
 * Measured facts: a 64-bit parameter is fast as a BigInt and slow as a number; a symbol that may be missing is declared
 * `optional`; Deno does not wait for its Workers at exit, which is why `lasting` memory exists.
 * @module
 */
import { bindings } from '../../generated/bindings.ts'
import { unsupported } from '../errors.ts'
import { makeEngine, type Signature } from './runtime-engine.ts'
import { denoForbidsNativeCode, runtimeName } from './runtime.ts'
import type { Engine, TypeName, WorkerCalls } from './types.ts'

type Pointer = object | null

interface DenoFfi {
  dlopen(path: string, symbols: Record<string, { parameters: string[]; result: string; optional: true }>): {
    symbols: Record<string, ((...args: (number | bigint)[]) => unknown) | null>
  }
  UnsafePointer: { create(address: bigint): Pointer; of(memory: Uint8Array): Pointer; value(pointer: Pointer): bigint | number }
  UnsafePointerView: { getArrayBuffer(pointer: Pointer, size: number): ArrayBuffer }
}

const types: Readonly<Record<TypeName, string>> = { I32: 'i32', U32: 'u32', I64: 'i64', Pointer: 'u64' }

/** The process itself, with the C library it runs with. */
const library = ''

/** Returns a signature in the terms of Deno.dlopen. */
const translated = ({ paramsType, retType }: Signature): { parameters: string[]; result: string } =>
  ({ parameters: paramsType.map((type) => types[type]), result: types[retType] })

/** Opens the engine. @throws Error `ERR_CMSG_UNSUPPORTED` if it does not work here */
export function openDeno(): Engine {
  const { Deno } = globalThis as { Deno?: DenoFfi }
  if (typeof Deno?.dlopen !== 'function') throw unsupported(`${runtimeName()} does not have it`)
  if (denoForbidsNativeCode()) throw unsupported('this process may not use it: it needs deno run --allow-ffi')
  const { dlopen, UnsafePointer, UnsafePointerView } = Deno
  const open = (signature: Signature): ((...args: (number | bigint)[]) => unknown) | undefined => {
    const { funcName } = signature
    return dlopen(library, { [funcName]: { ...translated(signature), optional: true } }).symbols[funcName] ?? undefined
  }
  return makeEngine<bigint>({
    name: 'deno',
    open,
    toWide: BigInt,
    addressOf: (memory) => BigInt(UnsafePointer.value(UnsafePointer.of(new Uint8Array(memory)))),
    memoryAt: (address, size) => UnsafePointerView.getArrayBuffer(UnsafePointer.create(address), size),
    workerCalls,
  })
}

const workerCalls: WorkerCalls = {
  source: `({ library, signature }) => {
    const { symbols } = Deno.dlopen(library, {
      __errno_location: { parameters: [], result: 'pointer' },
      epoll_wait: signature,
    })
    const errno = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(symbols.__errno_location(), Int32Array.BYTES_PER_ELEMENT))
    return {
      epoll_wait: (epoll, events, max, timeout) => {
        const ready = symbols.epoll_wait(epoll, BigInt(events), max, timeout)
        return ready < 0 ? -errno[0] : ready
      },
    }
  }`,
  data: { library, signature: translated(bindings.epoll_wait) },
  execArgv: [],
}
