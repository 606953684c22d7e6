/**
 * libc through ffi-rs, which only this file uses. engine-ffi-rs-load.ts loads it.
 *
 * Measured facts about ffi-rs 1.3.7, and their consequences here:
 * - A wrong type descriptor aborts the process (a Rust panic), and a wrong value is silently converted: except for the few in this
 *   file, descriptors come from generated/bindings.ts, and every argument is checked last.
 * - The whole process shares one symbol table without a lock: every symbol is resolved at first use, under a lock file, because
 *   several Workers may do so at the same time; afterwards the table is only read.
 * - If a Worker alone has loaded it, the end of that Worker unloads it while pointers to it remain: so it is pinned.
 * - A Worker that is terminated within a call gets `undefined` from it, and keeps running for a moment: a value that is not a
 *   pointer is never passed on as one. If the Worker is just then passing a buffer, or a type that is an object, the process
 *   aborts: so a Worker never passes a buffer.
 * - errno must be read before anything else runs on the thread: a view of the thread's own errno does that without a call.
 * - Its return slot is formally undefined behavior: the version is pinned, and a self-test runs at first use.
 * @module
 */
import { isMainThread, markAsUntransferable } from 'node:worker_threads'
import { bindings } from '../../generated/bindings.ts'
import { constants } from '../../generated/constants.ts'
import { isBytes, placeOf } from '../abi/bytes.ts'
import { attempt, invalidType, show, unsupported } from '../errors.ts'
import { checkArguments, passesSelfTest } from './check.ts'
import { findFfiRs, isMusl, keptMapped, mappedAt, withoutReport, type Found } from './engine-ffi-rs-load.ts'
import { makeLasting } from './lasting.ts'
import { exclusively } from './lock.ts'
import { essential, missing } from './missing.ts'
import { denoForbidsNativeCode, runtimeName } from './runtime.ts'
import { threadMemory } from './thread-memory.ts'
import type { Allocation, Calls, Engine, TypeName, WorkerCalls } from './types.ts'
import type * as FfiRs from 'ffi-rs'

/**
 * Opens libc through ffi-rs.
 * @throws Error `ERR_CMSG_UNSUPPORTED`: ffi-rs has no binary, or addons are not allowed
 */
export const openFfiRs = (): Engine => exclusively('cmsg', () => {
  let ffi: typeof FfiRs
  let found: Found | undefined
  try {
    const { require, path } = (found = findFfiRs())
    const load = (): typeof FfiRs => require(path) as typeof FfiRs
    ffi = withoutReport(() => isMainThread ? load() : keptMapped(load))
  } catch (cause) {
    const { platform, arch } = process
    const reason = `${explainLoadFailure(cause, found)} (${messageOf(cause)})`
    throw unsupported(`Could not load ffi-rs on ${platform} ${arch}, ${runtimeName()}: ${reason}`, cause)
  }
  return open(ffi, found.path)
})

/** Explains why ffi-rs cannot be loaded, and what to do. `found` is where it is, without its binary. */
function explainLoadFailure(cause: unknown, found: Found | undefined): string {
  if (denoForbidsNativeCode()) return 'this process may not load addons: it needs deno run --allow-ffi'
  if (found === undefined) {
    return 'it is not installed. Reinstall with npm install cmsg. '
      + 'A bundle needs node_modules/ffi-rs and node_modules/@yuuang beside it, or Node 26.9 or later, which needs neither'
  }
  if ((cause as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED') {
    return 'this process may not load addons: if its permissions are restricted it needs --allow-addons, '
      + 'and it must not be started with --no-addons'
  }
  if (process.arch === 'arm64' && isMusl()) {
    return 'its binary for musl on arm64 needs glibc; use a runtime with its own FFI (Node 26.9, Bun), or a system with glibc'
  }
  return `${found.path} is installed without its binary, by --omit=optional or for another platform. Reinstall with npm install cmsg`
}

/** The first line of an error message, without the stack of `require` calls. */
const messageOf = (error: unknown): string => String((error as Partial<Error> | null)?.message ?? error).split('\n', 1)[0]!

/** The library's name in ffi-rs, the same on all threads and in every copy of this package, so symbols are resolved only once. */
const library = 'cmsg libc'

function open(ffi: typeof FfiRs, module: string): Engine {
  const { DataType, load } = ffi
  ffi.open({ library, path: '' })
  const absent = new Set(Object.values(bindings).map(({ funcName }): string => funcName).filter((funcName) => !resolve(ffi, funcName)))
  const needed = essential.find((name) => absent.has(name))
  if (needed !== undefined) throw unsupported(`Could not find ${needed} in the C library`)
  // Only glibc has this function; the other C library is musl, which needs another way to send (native/message-calls.ts).
  const musl = !resolve(ffi, 'gnu_get_libc_version')

  const dataType = (type: TypeName): FfiRs.DataType => DataType[type === 'Pointer' ? 'I64' : type]
  const viewAt = makeViewAt(ffi)
  const addressOf = makeAddressOf(ffi)
  const allocateBuffer = (size: number): Allocation => {
    const memory = new ArrayBuffer(size)
    // Memory from viewAt cannot be marked: Node detaches it by the same means at the end of a thread, and would abort.
    markAsUntransferable(memory)
    return { memory, address: addressOf(new Uint8Array(memory)) }
  }

  /** `views`: views of foreign memory work. Then errno is such a view, and so is all memory of a Worker. */
  const make = (views: boolean): Engine => {
    let last = 0
    let view: Int32Array | undefined
    const setErrno = (value: number): void => {
      if (view === undefined) last = value
      else view[0] = value
    }
    const call = Object.fromEntries(Object.entries(bindings).map(([name, binding]) => {
      if (absent.has(binding.funcName)) return [name, missing(name, setErrno)]
      const types = binding.paramsType as readonly TypeName[]
      const params = {
        library, funcName: binding.funcName, retType: dataType(binding.retType), paramsType: types.map(dataType),
        paramsValue: [] as number[], errno: !views, runInNewThread: false, freeResultMemory: false,
      }
      return [name, (...args: number[]): number => {
        checkArguments(name, types, args)
        params.paramsValue = args
        if (views) return load(params) as unknown as number
        const { value, errnoCode } = load(params) as unknown as { value: number; errnoCode: number }
        last = errnoCode
        return value
      }]
    })) as unknown as Calls
    const common = { name: 'ffi-rs', call, lasting: makeLasting(call.calloc), musl, workerCalls: workerCalls(module, dataType) } as const
    if (!views) return { ...common, errno: () => last, allocate: allocateBuffer, addressOf }
    const location = viewAt(call.__errno_location(), Int32Array.BYTES_PER_ELEMENT)
    const own = view = new Int32Array(location.buffer, location.byteOffset, 1)
    const errno = (): number => own[0]!
    return isMainThread
      ? { ...common, errno, allocate: allocateBuffer, addressOf }
      : { ...common, errno, allocate: threadMemory({ calloc: call.calloc, freeAtExit: freeing(ffi, call), viewAt }), addressOf: undefined }
  }

  const fast = attempt(() => make(true))
  const tested = fast !== undefined && passesSelfTest(fast) ? fast : make(false)
  if (tested !== fast && !passesSelfTest(tested)) {
    throw unsupported('Calls through ffi-rs do not return what libc returns: is exactly version 1.3.7 installed?')
  }
  if (!isMainThread) pin(tested)
  return tested
}

/**
 * Names of the function that C++ uses for `thread_local`, which registers a function to call at the end of this thread. glibc has
 * it since 2.18. Elsewhere (musl), libstdc++ has its own, and every runtime there is linked to it. It uses a single pthread key for
 * the whole process, which matters because musl has only 128 of them.
 */
const atThreadExit = ['__cxa_thread_atexit_impl', '__cxa_thread_atexit'] as const

/**
 * Returns a function that makes libc free the memory at an address when this thread ends. Without either function of
 * {@link atThreadExit} the memory is leaked, which is better than passing buffers, which may abort the process.
 */
function freeing(ffi: typeof FfiRs, { calloc, dlsym }: Calls): (address: number) => void {
  const funcName = atThreadExit.find((name) => resolve(ffi, name))
  const name = Buffer.from('free\0')
  const address = calloc(1, name.length)
  makeViewAt(ffi)(address, name.length).set(name)
  const free = dlsym(0, address)
  if (funcName === undefined || free === 0) return () => {}
  const { I32, I64 } = ffi.DataType
  const freeAtExit = (address: number): void => {
    // The last argument is any address within the library that `free` belongs to.
    ffi.load({ library, funcName, retType: I32, paramsType: [I64, I64, I64], paramsValue: [free, address, free], freeResultMemory: false })
  }
  freeAtExit(address)
  return freeAtExit
}

/** Returns a function that creates a view of foreign memory. */
function makeViewAt({ DataType, load, createExternalBuffer }: typeof FfiRs): (address: number, size: number) => Uint8Array {
  const { I64, External } = DataType
  return (address, size) => {
    // memcpy of 0 bytes returns its first argument.
    const pointer: unknown = load({
      library, funcName: 'memcpy', retType: External, paramsType: [I64, I64, I64], paramsValue: [address, address, 0],
      freeResultMemory: false,
    })
    if (typeof pointer !== 'object' || pointer === null) {
      throw unsupported(`Could not create a pointer from ${address}: got ${show(pointer)}`)
    }
    return createExternalBuffer(pointer as FfiRs.JsExternal, size)
  }
}

/** Returns a function that finds the address of a buffer. It looks up each ArrayBuffer once, since nothing moves it. */
function makeAddressOf({ DataType, load }: typeof FfiRs): (bytes: Uint8Array) => number {
  const { I64, U8Array } = DataType
  const starts = new WeakMap<ArrayBufferLike, number>()
  return (bytes) => {
    if (!isBytes(bytes)) throw invalidType(`Cannot take the address of ${show(bytes)}: expected a Uint8Array`)
    // A buffer whose memory was transferred has no backing any more.
    const place = placeOf(bytes)
    const start = place === undefined ? undefined : starts.get(place.buffer)
    if (start !== undefined) return start + place!.offset
    // Passing a typed array to ffi-rs takes 1 µs more than an address, and ffi-rs rewrites paramsType at each call: so it is done
    // only here, with a separate object.
    const address = load({
      library, funcName: 'memcpy', retType: I64, paramsType: [U8Array, U8Array, I64], paramsValue: [bytes, bytes, 0],
      freeResultMemory: false,
    }) as unknown as number
    if (!Number.isSafeInteger(address) || address <= 0) {
      throw unsupported(`Could not take the address of a buffer of ${bytes.length} bytes: got ${address}`)
    }
    if (place !== undefined) starts.set(place.buffer, address - place.offset)
    return address
  }
}

/** Makes ffi-rs look up a symbol without calling it: ffi-rs checks the number of parameters, which is wrong here, only afterwards. */
function resolve(ffi: typeof FfiRs, funcName: string): boolean {
  try {
    ffi.load({ library, funcName, retType: ffi.DataType.I32, paramsType: [], paramsValue: [0], freeResultMemory: false })
  } catch (error) {
    return /length is not equal/.test(String((error as Error).message))
  }
  return false
}

/** Keeps ffi-rs mapped if other code has loaded it before, or without `process.dlopen`. */
function pin({ call, allocate }: Engine): void {
  const path = mappedAt()
  if (path === undefined) return
  const { address, memory } = allocate(path.length + 1)
  Buffer.from(memory).write(path, 'latin1')
  call.dlopen(address, constants.RTLD_NOW | constants.RTLD_NODELETE)
}

/**
 * The Worker only calls functions that are resolved here, with numbers. ffi-rs can do that on any thread, and terminating a Worker
 * within such a call, together with its parent thread, does no harm. A failed call is repeated with errno, because requesting errno
 * in every call costs too much; a call that was only interrupted does not fail again.
 */
function workerCalls(module: string, dataType: (type: TypeName) => FfiRs.DataType): WorkerCalls {
  const { funcName, paramsType, retType } = bindings.epoll_wait
  return {
    source: `({ module, ...signature }) => {
      const { load } = require(module)
      const options = { ...signature, runInNewThread: false, freeResultMemory: false }
      const call = (errno, paramsValue) => load({ ...options, paramsValue, errno })
      return {
        epoll_wait: (...args) => {
          const result = call(false, args)
          if (!(result < 0)) return result
          const again = call(true, args)
          return again?.value < 0 ? -again.errnoCode : again?.value
        },
      }
    }`,
    data: { module, library, funcName, paramsType: paramsType.map(dataType), retType: dataType(retType) },
    execArgv: [],
  }
}
