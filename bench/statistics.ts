/**
 * Numbers of several rounds, made one number and a spread.
 * @module
 */
import type { Outcome } from './match.ts'

/** The middle of several values, and the least and the greatest of them. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}

/** What can be read from an outcome, each the larger the slower but the rate. */
export const readings = {
  /** Messages a second. */
  rate: ({ messages, wall }: Outcome): number => messages / wall * 1e9,
  /** ns of wall time a message. */
  time: ({ messages, wall }: Outcome): number => wall / messages,
  /** ns of CPU time a message. */
  cpu: ({ messages, cpu }: Outcome): number => cpu / messages,
  /** ns, the median. */
  'round trip': ({ p50 }: Outcome): number => p50 ?? NaN,
  /** ns, the 99th percentile. */
  'round trip, p99': ({ p99 }: Outcome): number => p99 ?? NaN,
} as const
export type Reading = keyof typeof readings

/** One reading of one contender over all rounds. */
export const values = (outcomes: readonly Outcome[], reading: Reading): Spread => spread(outcomes.map(readings[reading]))

/** One contender to another: they are compared within each round, whose conditions they share. */
export const ratio = (ours: readonly Outcome[], theirs: readonly Outcome[], reading: Reading): Spread =>
  spread(ours.map((outcome, round) => readings[reading](outcome) / readings[reading](theirs[round]!)))

/** How fast one is to another: their rates compared, or the inverse of their times. */
export function speed(ours: readonly Outcome[], theirs: readonly Outcome[], reading: Reading): Spread {
  return reading === 'rate' ? ratio(ours, theirs, reading) : ratio(theirs, ours, reading)
}
