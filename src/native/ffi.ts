/**
 * libc through ffi-rs: the only file that imports it, and everything it must be protected from.
 *
 * What is measured of ffi-rs 1.3.7, and what follows here:
 * - A wrong type descriptor aborts the process (a Rust panic), a wrong value is taken for another: descriptors come
 *   from generated/bindings.ts alone, and every argument is checked here, last.
 * - Its table of symbols is one for the whole process and has no lock: every symbol is resolved at first use, under a
 *   lock file, because Workers may be at it at the same instant; afterwards it is only read.
 * - A thread other than the main one that loaded it alone unloads it at exit, with pointers to it left: it is pinned.
 * - A Worker that is terminated within a call gets `undefined` from it, and runs on for a moment: what is no pointer is
 *   never passed on as one. If it is just then handing over a buffer, or a type that is an object, the process aborts:
 *   in a Worker no buffer is handed over.
 * - errno must be read before anything else runs on the thread: a view on the thread's own errno does that for free.
 * - Its return slot is formally undefined behaviour: the version is pinned, and a self-test runs at first use.
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants as os } from 'node:os'
import { isMainThread, markAsUntransferable } from 'node:worker_threads'
import { bindings } from '../../generated/bindings.ts'
import { constants } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { isBytes, placeOf } from '../abi/bytes.ts'
import { invalidType, outOfRange, show, unsupported } from '../errors.ts'
import { exclusively } from './lock.ts'
import { threadMemory, type Block } from './thread-memory.ts'
import type * as FfiRs from 'ffi-rs'

type Bindings = typeof bindings
type TypeName = 'I32' | 'U32' | 'I64' | 'U64'
/** A libc function: numbers in, a number out. Pointers are numbers too: user addresses are below 2⁴⁸. */
type CFunction<B> = B extends { readonly paramsType: infer P extends readonly unknown[] } ? (...args: { -readonly [K in keyof P]: number }) => number : never

/** libc on this thread. */
export interface Libc {
  /** Each function of generated/bindings.ts. It returns what C returns. */
  readonly call: { readonly [N in keyof Bindings]: CFunction<Bindings[N]> }
  /** errno of this thread, as the last call that failed left it. */
  errno(): number
  /** Zeroed memory that the kernel can be pointed at. */
  allocate(size: number): Block
  /**
   * The address of the first byte. Valid as long as the buffer lives and is not transferred. `undefined` in a Worker:
   * there a buffer cannot be asked (native/thread-memory.ts), and what is in it has to be copied.
   */
  readonly addressOf: ((bytes: Uint8Array) => number) | undefined
  /** Whether the C library is musl. */
  readonly musl: boolean
  /** What another thread needs to call a function that is resolved here: the path of ffi-rs, and the name of its library. */
  readonly forThreads: { readonly module: string; readonly library: string }
}

let libc: Libc | undefined

/**
 * libc, loaded at first use.
 * @throws Error `ERR_CMSG_UNSUPPORTED` where it cannot be: not Linux, another CPU, ffi-rs without its binary
 */
export const loadLibc = (): Libc => (libc ??= load())

function load(): Libc {
  const { platform, arch, version } = process
  if (platform !== 'linux') throw unsupported(`cmsg needs Linux, and this is ${platform}: only cmsg/codec works here`)
  if (arch !== 'x64' && arch !== 'arm64') {
    throw unsupported(`cmsg needs a 64-bit x86 or ARM CPU, and this is ${arch}: ffi-rs has no binary that the layouts here fit; cmsg/codec works`)
  }
  return exclusively('cmsg', () => {
    const require = createRequire(import.meta.url)
    let ffi: typeof FfiRs
    try {
      const load = (): typeof FfiRs => require('ffi-rs') as typeof FfiRs
      ffi = withoutReport(() => isMainThread ? load() : keptMapped(load))
    } catch (cause) {
      const why = (cause as NodeJS.ErrnoException).code === 'ERR_DLOPEN_DISABLED'
        ? 'this process may not load addons: with --permission it needs --allow-addons too, and no --no-addons'
        : 'was it installed with --omit=optional, or for another platform? Reinstall with npm install cmsg'
      throw unsupported(`cmsg could not load ffi-rs on ${platform} ${arch}, Node ${version}: ${why}`, cause)
    }
    return open(ffi, require.resolve('ffi-rs'))
  })
}

/** Shared by all threads and by every copy of this package in the process, so that symbols are resolved but once. */
const library = 'cmsg libc'

function open(ffi: typeof FfiRs, module: string): Libc {
  const { DataType, load } = ffi
  ffi.open({ library, path: '' })
  for (const { funcName } of Object.values(bindings)) {
    if (!resolve(ffi, funcName)) throw unsupported(`cmsg could not find ${funcName} in the C library`)
  }
  // glibc's own, so what has it not is musl: the two need different ways to send (native/syscalls.ts).
  const musl = !resolve(ffi, 'gnu_get_libc_version')

  const viewAt = viewer(ffi)
  const addressOf = asker(ffi)
  const ofTheEngine = (size: number): Block => {
    const memory = new ArrayBuffer(size)
    // Not so what is not the engine's: Node lets go of that at the end of a thread by the same means, and aborts.
    markAsUntransferable(memory)
    return { memory, address: addressOf(new Uint8Array(memory)) }
  }

  /** `views`: the engine can be shown memory that is not its own. Then errno is one, and in a Worker all memory is. */
  const make = (views: boolean): Libc => {
    let last = 0
    const call = Object.fromEntries(Object.entries(bindings).map(([name, binding]) => {
      const types = binding.paramsType as readonly TypeName[]
      const params = {
        library, funcName: binding.funcName, retType: DataType[binding.retType], paramsType: types.map((type) => DataType[type]),
        paramsValue: [] as number[], errno: !views, runInNewThread: false, freeResultMemory: false,
      }
      return [name, (...args: number[]): number => {
        check(name, types, args)
        params.paramsValue = args
        if (views) return load(params) as unknown as number
        const { value, errnoCode } = load(params) as unknown as { value: number; errnoCode: number }
        last = errnoCode
        return value
      }]
    })) as unknown as Libc['call']
    const common = { call, musl, forThreads: { module, library } }
    if (!views) return { ...common, errno: () => last, allocate: ofTheEngine, addressOf }
    const location = viewAt(call.__errno_location(), Int32Array.BYTES_PER_ELEMENT)
    const view = new Int32Array(location.buffer, location.byteOffset, 1)
    const errno = (): number => view[0]!
    const freeAtExit = isMainThread ? undefined : freeing(ffi, call)
    return freeAtExit === undefined
      ? { ...common, errno, allocate: ofTheEngine, addressOf }
      : { ...common, errno, allocate: threadMemory({ calloc: call.calloc, freeAtExit, viewAt }), addressOf: undefined }
  }

  const fast = make(true)
  const tested = selfTest(fast) ? fast : make(false)
  if (tested !== fast && !selfTest(tested)) throw unsupported('cmsg found that calls through ffi-rs do not return what libc returns: is it exactly version 1.3.7?')
  if (!isMainThread) pin(tested)
  return tested
}

/**
 * Have what is at an address freed when this thread ends. glibc can do that, by what C++ has for its `thread_local`; musl
 * cannot. The last parameter is any address within the library that the function is of.
 */
function freeing(ffi: typeof FfiRs, { calloc, dlsym }: Libc['call']): ((address: number) => void) | undefined {
  const funcName = '__cxa_thread_atexit_impl'
  if (!resolve(ffi, funcName)) return undefined
  const { I32, I64 } = ffi.DataType
  const atExit = (free: number, address: number): void => {
    ffi.load({ library, funcName, retType: I32, paramsType: [I64, I64, I64], paramsValue: [free, address, free], freeResultMemory: false })
  }
  const name = Buffer.from('free\0')
  const address = calloc(1, name.length)
  viewer(ffi)(address, name.length).set(name)
  const free = dlsym(0, address)
  if (free === 0) return undefined
  atExit(free, address)
  return (address) => { atExit(free, address) }
}

/** What shows memory that is not the engine's, as bytes. */
function viewer({ DataType, load, createExternalBuffer }: typeof FfiRs): (address: number, size: number) => Uint8Array {
  const { I64, External } = DataType
  return (address, size) => {
    // memcpy of nothing returns its first argument.
    const pointer: unknown = load({
      library, funcName: 'memcpy', retType: External, paramsType: [I64, I64, I64], paramsValue: [address, address, 0], freeResultMemory: false,
    })
    if (typeof pointer !== 'object' || pointer === null) throw unsupported(`cmsg could not make a pointer of ${address}: got ${show(pointer)}`)
    return createExternalBuffer(pointer as FfiRs.JsExternal, size)
  }
}

/** What tells the address of a buffer. Each ArrayBuffer is asked for its own once: nothing moves it. */
function asker({ DataType, load }: typeof FfiRs): (bytes: Uint8Array) => number {
  const { I64, U8Array } = DataType
  const starts = new WeakMap<ArrayBufferLike, number>()
  return (bytes) => {
    if (!isBytes(bytes)) throw invalidType(`Cannot take the address of ${show(bytes)}: expected a Uint8Array`)
    // One whose memory was transferred has no place any more.
    const place = placeOf(bytes)
    const start = place === undefined ? undefined : starts.get(place.buffer)
    if (start !== undefined) return start + place!.offset
    // A typed array costs ffi-rs 1 µs more than an address, and it rewrites paramsType at each call: hence here only, and
    // with an object of its own.
    const address = load({
      library, funcName: 'memcpy', retType: I64, paramsType: [U8Array, U8Array, I64], paramsValue: [bytes, bytes, 0], freeResultMemory: false,
    }) as unknown as number
    if (!Number.isSafeInteger(address) || address <= 0) throw unsupported(`cmsg could not take the address of a buffer of ${bytes.length} bytes: got ${address}`)
    if (place !== undefined) starts.set(place.buffer, address - place.offset)
    return address
  }
}

/** Have ffi-rs look a symbol up without calling it: the number of parameters is compared only afterwards, and is wrong. */
function resolve(ffi: typeof FfiRs, funcName: string): boolean {
  try {
    ffi.load({ library, funcName, retType: ffi.DataType.I32, paramsType: [], paramsValue: [0], freeResultMemory: false })
  } catch (error) {
    return /length is not equal/.test(String((error as Error).message))
  }
  return false
}

const ranges: Readonly<Record<TypeName, readonly [low: number, high: number]>> = {
  I32: [-(2 ** 31), 2 ** 31 - 1],
  U32: [0, 2 ** 32 - 1],
  I64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  U64: [0, Number.MAX_SAFE_INTEGER],
}

/** The last gate before native code. The functions above this one have said it more helpfully. */
function check(name: string, types: readonly TypeName[], args: readonly unknown[]): void {
  if (args.length !== types.length) throw outOfRange(`Cannot call ${name} with ${args.length} arguments: it has ${types.length}`)
  for (let i = 0; i < types.length; i++) {
    const value = args[i]
    // What every type holds, as most arguments are.
    if (typeof value === 'number' && (value | 0) === value && value >= 0) continue
    const [low, high] = ranges[types[i]!]
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) {
      throw outOfRange(`Cannot call ${name}: argument ${i + 1} must be an integer from ${low} to ${high}, got ${show(value)}`)
    }
  }
}

/** Memory written through an address, a result, and two different errnos, so that a stale one would show. */
function selfTest({ call, errno, allocate }: Libc): boolean {
  const { address, memory } = allocate(32)
  const bytes = new Uint8Array(memory).fill(7, 16, 24)
  return call.memcpy(address, address + 16, 8) === address && bytes.subarray(0, 8).every((byte) => byte === 7)
    && call.close(-1) === -1 && errno() === errnos.EBADF
    && call.socket(-1, 0, 0) === -1 && errno() === errnos.EAFNOSUPPORT
}

/**
 * Load ffi-rs without its having a diagnostic report made, which takes it longer than all the rest and looks up the
 * addresses of open sockets: of that it wants one line only, which says that the C library is not musl. That line it gets.
 */
function withoutReport<T>(load: () => T): T {
  const { report } = process
  const header = reportHeader()
  const getReport = report?.getReport
  if (header === undefined || typeof getReport !== 'function' || !Reflect.set(report, 'getReport', () => ({ header }))) return load()
  try {
    return load()
  } finally {
    report.getReport = getReport
  }
}

/** What the report would say of the C library that this process runs with; `undefined` where that cannot be told. */
function reportHeader(): { glibcVersionRuntime?: string } | undefined {
  const maps = mappedFiles()
  if (/\/(ld-musl-|libc\.musl-)/.test(maps)) return {}
  return /\/libc(\.so\.6|-2\.\d+\.so)$/m.test(maps) ? { glibcVersionRuntime: '2' } : undefined
}

function mappedFiles(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1')
  } catch {
    return '' // No /proc, or it may not be read.
  }
}

/**
 * Load ffi-rs so that it stays mapped for good: else the end of a Worker that alone loaded it unmaps code that is still
 * pointed to. From the first instant, because a Worker may be terminated at any.
 */
function keptMapped<T>(load: () => T): T {
  const { dlopen } = process
  process.dlopen = (module: object, path: string, flags: number = os.dlopen.RTLD_LAZY) => dlopen.call(process, module, path, flags | constants.RTLD_NODELETE)
  try {
    return load()
  } finally {
    process.dlopen = dlopen
  }
}

/** The same afterwards, where something else has loaded it before us, or without `process.dlopen`. */
function pin({ call, allocate }: Libc): void {
  const path = /\s(\/.*ffi-rs\.[^/\s]*\.node)$/m.exec(mappedFiles())?.[1]
  if (path === undefined) return
  const { address, memory } = allocate(path.length + 1)
  Buffer.from(memory).write(path, 'latin1')
  call.dlopen(address, constants.RTLD_NOW | constants.RTLD_NODELETE)
}
