/**
 * Which lines of the library call libc. Only for the reports: where the engine is not ffi-rs, or the call is another
 * thread's, they are not known, and nothing else changes.
 * @module
 */
import { createRequire } from 'node:module'

type Load = (params: { readonly funcName: string }) => unknown

export class Trace {
  readonly #calls = new Map<string, string[][]>()
  #wanted: { readonly name?: string; readonly n?: number } | undefined

  /** To be made before the library loads its engine. */
  constructor() {
    Error.stackTraceLimit = 40
    try {
      const ffi = createRequire(import.meta.url)('ffi-rs') as { load: Load }
      const { load } = ffi
      ffi.load = (params) => {
        if (this.#wanted !== undefined) this.#note(params.funcName)
        return load(params)
      }
    } catch {
      // Another engine is in use.
    }
  }

  /** Note every call, or the nth of one function only: a stack costs more than the call. */
  start(wanted: { readonly name?: string; readonly n?: number }): void {
    this.#calls.clear()
    this.#wanted = wanted
  }
  stop(): void {
    this.#wanted = undefined
  }

  /** The lines that led to each call of a function. */
  of(name: string): readonly (readonly string[])[] {
    return this.#calls.get(name) ?? []
  }

  #note(name: string): void {
    const { name: only, n } = this.#wanted!
    if (only !== undefined && only !== name) return
    let calls = this.#calls.get(name)
    if (calls === undefined) this.#calls.set(name, calls = [])
    calls.push(n === undefined || calls.length === n - 1 ? linesOf(new Error().stack ?? '') : [])
  }
}

/** The engine's own lines say nothing: every call comes through them. */
const everywhere = /src\/native\//

/** The lines of the library in a stack, innermost first. */
export function linesOf(stack: string): string[] {
  return stack.split('\n').flatMap((line) => {
    const place = /(src\/[\w/-]+\.ts|test\/harness\/failing-kernel\/scenarios\/\w+\.ts):(\d+)/.exec(line)
    return place === null || everywhere.test(place[0]) ? [] : [`${place[1]!.replace('test/harness/failing-kernel/', '')}:${place[2]}`]
  })
}
