/**
 * Shows what a sweep has found.
 * @module
 */
import type { Summary, Violation } from './sweep.ts'

const operations: Readonly<Record<number, string>> = { 1: 'ADD', 2: 'DEL', 3: 'MOD' }

/** The call that failed: `epoll_ctl(ADD) 2, on the worker: ENOSPC always`. */
export function callOf({ failure, errno, mode, outcome: { args } }: Violation): string {
  if (failure === undefined) return 'no failure'
  const { name, n, thread } = failure
  const operation = name === 'epoll_ctl' && args !== undefined ? `(${operations[args[1]!] ?? ''})` : ''
  return `${name}${operation} #${n}${thread === 'main' ? '' : ' of the worker'} ${errno} ${mode}`
}

const problemsOf = ({ outcome: { problems } }: Violation): string =>
  problems.map(({ kind, detail }) => `${kind}: ${detail.replaceAll(/\s+/g, ' ').slice(0, 200)}`).join(' + ')
const placeOf = ({ outcome: { lines = [] } }: Violation): string => lines.slice(0, 4).join(' < ')

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The head of a table of violations. */
export const head: string =
  [row(['strategy', 'scenario', 'failed call', 'what happened', 'called from']), row(Array<string>(5).fill('---'))].join('\n')

/** A violation as a line of that table. */
export const line = (violation: Violation): string =>
  row([violation.strategy, violation.scenario, callOf(violation), problemsOf(violation), placeOf(violation)])

/** Those that look like one fault: the same problem, where the same call from the same place failed. */
export function groups(violations: readonly Violation[]): string {
  const found = new Map<string, Violation[]>()
  for (const violation of violations) {
    const { failure, outcome } = violation
    const key = [
      [...new Set(outcome.problems.map(({ kind }) => kind))].join(' + '),
      `${failure?.name ?? 'no failure'}${failure?.thread === 'worker' ? ' of the worker' : ''}`,
      outcome.lines?.slice(0, 3).join(' < ') ?? '',
    ].join(' | ')
    found.set(key, [...(found.get(key) ?? []), violation])
  }
  return [...found].sort(([, a], [, b]) => b.length - a.length).map(([key, its]) => {
    const list = (values: readonly string[]): string => [...new Set(values)].join(', ')
    return [
      `${its.length} × ${key}`,
      `    ${list(its.map(({ errno, mode }) => `${errno} ${mode}`))}; ${list(its.map(({ strategy }) => strategy))}; `
        + list(its.map(({ scenario }) => scenario)),
      `    for example, ${its[0]!.strategy}, ${its[0]!.scenario}, ${callOf(its[0]!)}: ${problemsOf(its[0]!)}`,
    ].join('\n')
  }).join('\n')
}

export function headline({ runs, absorbed, reported, notReached, violations, seconds }: Summary): string {
  const ends = `${reported} failures reported, ${absorbed} absorbed, ${notReached} not reached, ${violations.length} violations`
  return `${runs} runs in ${seconds.toFixed(0)} s: ${ends}`
}
