/**
 * libc through node:ffi. Node 26.9 and later have it, 26.1 to 26.8 with `--experimental-ffi`; it is experimental.
 *
 * Measured facts, and their consequences here:
 * - A misspelled key in a signature makes the function `void f(void)` without an error: the self-test passes arguments.
 * - With up to three parameters V8 calls the C function directly. With four or more, each call takes 200 to 300 ns longer.
 * - A 64-bit parameter must be a BigInt. A call whose BigInt differs each time is fast only with the type `pointer`: with `int64`
 *   or `uint64` it takes 500 ns longer.
 * - No protection is needed in a Worker: it may be terminated within any call.
 * - Node prints a warning when a thread first loads the module. This package chose the FFI, and its users could do nothing about
 *   the warning, so it is suppressed.
 * @module
 */
import { bindings } from '../../generated/bindings.ts'
import { unsupported } from '../errors.ts'
import { makeEngine, type Signature } from './runtime-engine.ts'
import { runtimeName } from './runtime.ts'
import type { Engine, TypeName, WorkerCalls } from './types.ts'

interface NodeFfi {
  DynamicLibrary: new (path: null) => {
    getFunction(name: string, signature: { arguments: string[]; return: string }): (...args: (number | bigint)[]) => unknown
  }
  getRawPointer(memory: ArrayBufferLike): bigint
  toArrayBuffer(address: bigint, size: number, copy: boolean): ArrayBuffer
}

const types: Readonly<Record<TypeName, string>> = { I32: 'int32', U32: 'uint32', I64: 'int64', Pointer: 'pointer' }

/** Returns a signature in the terms of node:ffi. */
const translated = ({ paramsType, retType }: Signature): { arguments: string[]; return: string } =>
  ({ arguments: paramsType.map((type) => types[type]), return: types[retType] })

/** Opens the engine. @throws Error `ERR_CMSG_UNSUPPORTED` if it does not work here */
export function openNode(): Engine {
  const ffi = loadQuietly()
  if (ffi === undefined) throw unsupported(`${runtimeName()} does not have it`)
  // Only now: a Node without node:ffi does not have the flag either.
  const { permission } = process as { permission?: { has(scope: string): boolean } }
  if (permission?.has('ffi') === false) throw unsupported('this process may not use it: with --permission it needs --allow-ffi')
  const library = new ffi.DynamicLibrary(null)
  return makeEngine<bigint>({
    name: 'node',
    open: (signature) => {
      try {
        return library.getFunction(signature.funcName, translated(signature))
      } catch {
        return undefined
      }
    },
    toWide: BigInt,
    addressOf: ffi.getRawPointer,
    memoryAt: (address, size) => ffi.toArrayBuffer(address, size, false),
    workerCalls,
  })
}

/** Loads node:ffi. Returns `undefined` if this Node does not have it. */
function loadQuietly(): NodeFfi | undefined {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:ffi') as unknown as NodeFfi | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

const workerCalls: WorkerCalls = {
  source: `(signature) => {
    const { emitWarning } = process
    process.emitWarning = () => {}
    const { DynamicLibrary, toArrayBuffer } = process.getBuiltinModule('node:ffi')
    process.emitWarning = emitWarning
    const library = new DynamicLibrary(null)
    const location = library.getFunction('__errno_location', { arguments: [], return: 'int64' })
    const errno = new Int32Array(toArrayBuffer(location(), Int32Array.BYTES_PER_ELEMENT, false))
    const epoll_wait = library.getFunction('epoll_wait', signature)
    return {
      epoll_wait: (epoll, events, max, timeout) => {
        const ready = epoll_wait(epoll, BigInt(events), max, timeout)
        return ready < 0 ? -errno[0] : ready
      },
    }
  }`,
  data: translated(bindings.epoll_wait),
  // A Worker with its own execArgv does not inherit this option.
  execArgv: ['--experimental-ffi'],
}
