/**
 * What a run of a scenario is, and what came of it: the messages between sweep.ts and program.ts.
 * @module
 */
import type { Failure, Thread } from './control.ts'
import type { Problem } from './stage.ts'

export interface Run {
  readonly scenario: string
  /** Without one, nothing fails and the calls are counted. */
  readonly failure?: Failure
}

/** Calls of one function, made from one place. */
export interface Place {
  readonly name: string
  readonly thread: Thread
  /** The lines of the library that led to the call, innermost first; empty where they are not known. */
  readonly lines: readonly string[]
  /** Which calls of the function these are, from 1. */
  readonly calls: readonly number[]
}

export interface Outcome {
  /** `not reached`: no call failed. `absorbed`: the result is right all the same. `reported`: an operation failed with the error. */
  readonly result: 'not reached' | 'absorbed' | 'reported' | 'wrong'
  readonly problems: readonly Problem[]
  /** The error that was reported. */
  readonly error?: string
  /** The call that failed: its arguments, and the lines of the library that led to it. */
  readonly args?: readonly number[]
  readonly lines?: readonly string[]
  /** Where nothing was to fail: the calls that were made. */
  readonly places?: readonly Place[]
  readonly ms: number
}
