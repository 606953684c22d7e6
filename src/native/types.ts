/**
 * The interface between this package and the engines that call libc. Each engine has its own file, and nothing outside of
 * `native/` depends on which one is in use.
 * @module
 */
import type { bindings } from '../../generated/bindings.ts'

export type Bindings = typeof bindings

/** The names of the engines. */
export type EngineName = 'node' | 'deno' | 'bun' | 'ffi-rs'

/** The names of parameter and result types in generated/bindings.ts. */
export type TypeName = 'I32' | 'U32' | 'I64' | 'Pointer'

/** A libc function: numbers in, a number out. Pointers are numbers too: user addresses are below 2⁴⁸. */
type CFunction<B> = B extends { readonly paramsType: infer P extends readonly unknown[] }
  ? (...args: { -readonly [K in keyof P]: number }) => number : never

/** The functions of generated/bindings.ts. Each checks its arguments and returns what C returns. */
export type Calls = { readonly [N in keyof Bindings]: CFunction<Bindings[N]> }

/** Zeroed memory with a known address. */
export interface Allocation {
  readonly address: number
  readonly memory: ArrayBufferLike
  /** Frees it early, because the garbage collector's callbacks never run on a thread that does not return to its event loop. */
  release?(): void
}

/** Memory that outlives every thread. JavaScript only has its address. */
export interface Lasting {
  readonly address: number
  /** Allows reuse: no system call of any thread will write to it any more. */
  release(): void
}

/**
 * Describes how a Worker that runs no file of this package calls libc. Its source is text, because a separate file would have to be found
 * again after bundling.
 */
export interface WorkerCalls {
  /**
   * A JavaScript expression: a function of `data` that returns an object with `epoll_wait`, which takes numbers as C does
   * and returns the result, or minus errno. `require` is in scope.
   */
  readonly source: string
  /** The argument of that function. The structured clone algorithm must be able to copy it. */
  readonly data: unknown
  /** The runtime options that the Worker needs. It inherits none from this process. */
  readonly execArgv: readonly string[]
}

/** libc on this thread. */
export interface Engine {
  readonly name: EngineName
  readonly call: Calls
  /** Returns this thread's errno, as set by the last failed call. */
  errno(): number
  /** Returns zeroed memory for system calls of this thread. */
  allocate(size: number): Allocation
  /**
   * Returns memory that a system call on another thread may write to. It is never freed, so it does not matter which of the two
   * threads ends first, or whether the runtime waits for either at exit. No other memory is safe for this: Deno does not wait for
   * its Workers, and frees the memory of the main thread while their system calls are still running.
   */
  lasting(size: number): Lasting
  /**
   * Returns the address of the first byte. It is valid as long as the buffer lives and is not transferred. `undefined` if addresses
   * of buffers are not available on this thread, so their content has to be copied.
   */
  readonly addressOf: ((bytes: Uint8Array) => number) | undefined
  /** True if the C library is musl. */
  readonly musl: boolean
  readonly workerCalls: WorkerCalls
}
