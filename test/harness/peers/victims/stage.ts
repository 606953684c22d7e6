/**
 * What every victim gets and gives.
 * @module
 */
import { readdirSync } from 'node:fs'

export interface Stage {
  /** For its socket files. */
  readonly directory: string
  readonly args: readonly string[]
  /** Aborted when the peers are done. */
  readonly over: AbortSignal
  /** The same as a promise. */
  readonly ended: Promise<void>
  /** Tells the peers to begin, and where. */
  ready(where: Readonly<Record<string, string | number>>): void
}

/** What a victim saw: printed as JSON, so what is `undefined` is not there. */
export type Saw = Readonly<Record<string, unknown>>
export type Victim = (stage: Stage) => Promise<Saw>

/** A counter by name. */
export class Counts {
  readonly counts: Record<string, number> = {}

  add(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }

  toJSON(): Record<string, number> {
    return this.counts
  }
}

/** How an error is told from others. */
export const codeOf = (error: unknown): string => {
  const { code, name, message } = error as NodeJS.ErrnoException
  // A DOMException has a number.
  return typeof code === 'string' ? code : `${name}: ${message}`
}

/** `undefined` when it worked, or the error's code. */
export async function outcome(body: () => unknown): Promise<string | undefined> {
  try {
    await body()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

/** Open descriptors of this process. */
export const descriptorCount = (): number => readdirSync('/proc/self/fd').length

export const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })
