/**
 * What a scenario runs on: it keeps what the scenario makes, watches the operations it starts, and ends both.
 * @module
 */
import { closeSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// Not that of node:timers, by which time runs faster in the program under test.
import { setTimeout as later } from 'node:timers/promises'
import { isDeepStrictEqual, inspect } from 'node:util'
import { linesOf } from './trace.ts'

/** A result that is not what it must be. */
export class Wrong extends Error {}

/** Something that went wrong, beside what a scenario throws. */
export interface Problem {
  readonly kind: string
  readonly detail: string
}

type Kept = { close(): unknown } | Disposable

let names = 0

export class Stage {
  readonly #kept: Kept[] = []
  readonly #running = new Map<Promise<unknown>, string>()
  #directory: string | undefined
  #fail!: (error: unknown) => void
  #over = false
  /** Rejects with the error of the first operation that fails and was not expected to. */
  readonly failed: Promise<never> = new Promise((_, reject) => { this.#fail = reject })

  constructor() {
    this.failed.catch(() => {})
  }

  /** An abstract name that nobody has. */
  name(): { abstract: string } {
    return { abstract: `failing-kernel-${process.pid}-${++names}` }
  }

  /** A path in a directory that must be empty at the end. */
  path(): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'failing-kernel-'))
    return join(this.#directory, 'socket')
  }

  /** See to it that something is closed, or disposed of, at the end. */
  keep<T extends Kept>(kept: T): T {
    this.#kept.push(kept)
    if (this.#over) void end(kept)
    return kept
  }

  /** See to it that descriptors are closed at the end. */
  keepFds<T extends readonly number[]>(fds: T): T {
    for (const fd of fds) this.keep({ close: () => { closeSync(fd) } })
    return fds
  }

  /** Watch an operation: it must settle, its error ends the scenario, and what it gives is kept. */
  run<T>(label: string, operation: Promise<T>): Promise<T> {
    this.#watch(label, operation, (error) => { this.#fail(error) })
    return operation
  }

  /** Watch an operation that is to be rejected with a code once the scenario has got that far. Another error ends the scenario. */
  async rejects(label: string, operation: Promise<unknown>, code: string): Promise<void> {
    this.#watch(label, operation, (error) => { if ((error as { code?: unknown }).code !== code) this.#fail(error) })
    let value: unknown
    try {
      value = await operation
    } catch (error) {
      if ((error as { code?: unknown }).code === code) return
      throw error
    }
    throw new Wrong(`${label} was to be rejected with ${code}, and gave ${inspect(value)}`)
  }

  /**
   * Do something, and if it fails, once more: a failure that is reported loses nothing, so that the second attempt gives
   * what the first would have. The first error is kept as the scenario's, for it must be reported properly.
   */
  again<T>(label: string, operation: () => Promise<T>): Promise<T> {
    const first = operation()
    this.#watch(label, first, () => {})
    const result = first.catch((error: unknown) => {
      this.reported ??= error
      return this.run(`${label}, again`, operation())
    })
    result.catch(() => {})
    return result
  }
  /** The error that {@link again} got. */
  reported: unknown

  #watch(label: string, operation: Promise<unknown>, fail: (error: unknown) => void): void {
    this.#running.set(operation, label)
    operation.then((value) => {
      this.#running.delete(operation)
      for (const one of [value].flat()) {
        if (typeof one === 'object' && one !== null && ('close' in one || Symbol.dispose in one)) this.keep(one as Kept)
      }
    }, (error: unknown) => {
      this.#running.delete(operation)
      if (!this.#over) fail(error)
    })
  }

  /** What must be so. */
  equal(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) throw new Wrong(`${what}: ${inspect(actual)} instead of ${inspect(expected)}`)
  }

  /** A few turns of the event loop. */
  async turns(count = 3): Promise<void> {
    for (let i = 0; i < count; i++) await new Promise((resolve) => { setImmediate(resolve) })
  }

  /** The operations that are not settled. */
  get pending(): string[] {
    return [...this.#running.values()]
  }

  /** Close everything and see every operation settled within so many milliseconds. */
  async end(patience: number): Promise<Problem[]> {
    this.#over = true
    const problems: Problem[] = []
    // Last first: what depends on another was made after it.
    for (const kept of this.#kept.reverse()) {
      try {
        await Promise.race([end(kept), later(patience).then(() => { throw new Error('it does not settle') })])
      } catch (error) {
        problems.push({ kind: 'close fails', detail: describe(error) })
      }
    }
    const deadline = Date.now() + patience
    await this.turns()
    while (this.#running.size > 0 && Date.now() < deadline) await later(5)
    for (const label of this.pending) problems.push({ kind: 'never settles', detail: `${label}, although its socket was closed` })
    if (this.#directory !== undefined) {
      const left = readdirSync(this.#directory)
      if (left.length > 0) problems.push({ kind: 'file left behind', detail: left.join(', ') })
      rmSync(this.#directory, { recursive: true, force: true })
    }
    return problems
  }
}

function end(kept: Kept): unknown {
  if ('close' in kept) return kept.close()
  kept[Symbol.dispose]()
}

/** An error in one line, with the lines of the library that it comes from. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error)
  const { code } = error as { code?: unknown }
  const lines = linesOf(error.stack ?? '').slice(0, 4).join(' < ')
  const name = typeof code === 'string' && !error.message.includes(code) ? `${error.name} ${code}` : error.name
  return `${name}: ${error.message}${lines === '' ? '' : ` [${lines}]`}`
}
