/**
 * The seam between this package and the way libc is called. Each engine is a file of its own, and nothing outside of
 * `native/` knows which one is in use.
 * @module
 */
import type { bindings } from '../../generated/bindings.ts'

export type Bindings = typeof bindings

/** The engines, one file each. */
export type EngineName = 'node' | 'deno' | 'bun' | 'ffi-rs'

/** The names that generated/bindings.ts has for the types of parameters and results. */
export type TypeName = 'I32' | 'U32' | 'I64' | 'Pointer'

/** A libc function: numbers in, a number out. Pointers are numbers too: user addresses are below 2⁴⁸. */
type CFunction<B> = B extends { readonly paramsType: infer P extends readonly unknown[] } ? (...args: { -readonly [K in keyof P]: number }) => number : never

/** Each function of generated/bindings.ts. It checks its arguments and returns what C returns. */
export type Calls = { readonly [N in keyof Bindings]: CFunction<Bindings[N]> }

/** Zeroed memory with a known address. */
export interface Block {
  readonly address: number
  readonly memory: ArrayBufferLike
  /** Give it up before the collector finds out: a thread that never returns to its event loop never hears of that. */
  release?(): void
}

/** Memory that outlives every thread. JavaScript sees its address only. */
export interface Lasting {
  readonly address: number
  /** No system call of any thread will write to it any more: it may be used again. */
  release(): void
}

/**
 * How a Worker that runs no file of this package calls libc. Its source is text, because a file of its own would have to
 * be found again after bundling.
 */
export interface WorkerCalls {
  /**
   * A JavaScript expression: a function of `data` that returns an object with `epoll_wait`, which takes numbers as C does
   * and returns the result, or minus errno. `require` is in scope.
   */
  readonly source: string
  /** The argument of that function. The structured clone algorithm must be able to copy it. */
  readonly data: unknown
  /** The options of the runtime that the Worker needs. It has none of the options of this process. */
  readonly execArgv: readonly string[]
}

/** libc on this thread. */
export interface Engine {
  readonly name: EngineName
  readonly call: Calls
  /** errno of this thread, as the last call that failed left it. */
  errno(): number
  /** Zeroed memory that a system call of this thread can be pointed at. */
  allocate(size: number): Block
  /**
   * Memory that a system call of another thread may write to. It is never freed, and so it does not matter which of the
   * two threads ends first, or whether the runtime waits for either at exit. Only this function's memory may be used so:
   * Deno does not wait for Workers, and frees the memory of the main thread while theirs still run.
   */
  lasting(size: number): Lasting
  /**
   * The address of the first byte. Valid as long as the buffer lives and is not transferred. `undefined` where a buffer
   * cannot be asked on this thread, and its content has to be copied.
   */
  readonly addressOf: ((bytes: Uint8Array) => number) | undefined
  /** Whether the C library is musl. */
  readonly musl: boolean
  readonly workerCalls: WorkerCalls
}
