/**
 * What `cmsg doctor` reports of each thing it tries.
 * @module
 */

/** How a trial went: it works; it was accepted but had nothing to show; this system does not have it; it is not permitted. */
export type Outcome = 'works' | 'accepted' | 'missing' | 'refused' | 'failed'

export interface Finding {
  readonly name: string
  readonly outcome: Outcome
  readonly detail: string
  /** The consequence, and what to do about it. */
  readonly advice?: string | undefined
}

/** How long a trial may wait for a message, ms: longer than any takes on a busy machine. */
export const timeout = 2000
