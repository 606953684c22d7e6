/**
 * The result of one test of `cmsg doctor`.
 * @module
 */

/** Outcomes of a test: works; accepted without a visible effect; not supported by this system; not permitted; failed. */
export type Outcome = 'works' | 'accepted' | 'missing' | 'refused' | 'failed'

export interface Finding {
  readonly name: string
  readonly outcome: Outcome
  readonly detail: string
  /** The consequence, and what to do about it. */
  readonly advice?: string | undefined
}

/** Maximum time in ms to wait for a message: enough on a busy machine. */
export const timeout = 2000
