/**
 * What was measured, as Markdown.
 * @module
 */
import { goals, otherBuild, type Bound, type Goal, type Scenario } from './cases.ts'
import { describeMachine } from './machine.ts'
import type { Measured, Result } from './measure.ts'
import { columnNames, columns, type Column, type Runtime } from './runtimes.ts'
import { ratio, speed, values, type Reading, type Spread } from './statistics.ts'
import type { Build } from './tools.ts'

type Done = Extract<Result, { outcomes: unknown }>

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n')
}

const times = ({ median, least, most }: Spread): string => `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`

/** ns, in a unit that suits. */
const duration = (ns: number): string =>
  (ns < 1000 ? `${ns.toFixed(0)} ns` : ns < 1e6 ? `${(ns / 1000).toFixed(ns < 1e4 ? 2 : 1)} µs` : `${(ns / 1e6).toFixed(1)} ms`)

const show = (reading: Reading, value: number): string => (reading === 'rate' ? `${(value / 1000).toFixed(0)}k/s` : duration(value))

export const done = (result: Result | undefined): result is Done => result !== undefined && 'outcomes' in result

/** What came of a contender in a column. What is not JavaScript of ours is the same in both. */
function find({ results }: Measured, name: string, column: Column, build: Build = 'this'): Result | undefined {
  return results.find(({ contender, variant }) => contender.name === name && variant.build === build
    && (variant.column ?? column) === column)
}

/** The contender by which the others of a column are measured: the first. */
export function reference(measured: Measured, column: Column): Done | undefined {
  const result = find(measured, measured.scenario.contenders[0]!.name, column)
  return done(result) ? result : undefined
}

const why = (result: Result | undefined): string =>
  `not measured: ${result === undefined || done(result) ? 'nothing to compare with' : result.reason}`

// ── Scenarios ─────────────────────────────────────────────────────────────────────────────────────────────────────

const names: Readonly<Record<Reading, string>> = {
  'rate': 'rate', 'time': 'time', 'cpu': 'CPU', 'round trip': 'round trip', 'round trip, p99': 'p99',
}

/** What is read of a scenario; the first is what it is about. */
function readingsOf({ measure }: Scenario): readonly [Reading, ...Reading[]] {
  return measure === 'round trip' ? ['round trip', 'round trip, p99', 'cpu'] : [measure, 'cpu']
}

function scenarioTable(measured: Measured): string {
  const { scenario } = measured
  const all = readingsOf(scenario)
  const first = scenario.contenders[0]!
  const to = scenario.contenders.length === 1 ? '' : first.program.startsWith('c/') ? ' to C' : ` to ${first.name}`
  const head = columnNames.flatMap((column) => all.map((reading, i) => `${i === 0 ? `${columns[column]}: ` : ''}${names[reading]}${to}`))
  const cells = (name: string, column: Column): string[] => {
    const result = find(measured, name, column)
    if (!done(result)) return all.map((_, i) => (i === 0 ? why(result) : ''))
    const base = reference(measured, column)
    return all.map((reading) => {
      const figure = show(reading, values(result.outcomes, reading).median)
      if (to === '' || base === undefined) return figure
      return `${result === base ? '1' : times(ratio(result.outcomes, base.outcomes, reading))}, ${figure}`
    })
  }
  const rows = scenario.contenders.map(({ name }) => [name, ...columnNames.flatMap((column) => cells(name, column))])
  return [`### ${scenario.title}`, ...(scenario.remark === undefined ? [] : [scenario.remark]), table(['', ...head], rows)].join('\n\n')
}

export const scenarioTables = (all: readonly Measured[]): string => all.map(scenarioTable).join('\n\n')

// ── Goals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function keepsTo(bound: Bound, value: number): boolean {
  const [sign, text] = bound.split(' ') as [string, string]
  const limit = Number(text)
  return sign === '≥' ? value >= limit : sign === '≤' ? value <= limit : sign === '>' ? value > limit : value < limit
}

/** What came of a goal in a column; `met` is absent if it could not be measured. */
function judge(
  { scenario, ours, against, measure, ...goal }: Goal, column: Column, all: readonly Measured[],
): { shown: string; met?: boolean } {
  const measured = all.find((one) => one.scenario.name === scenario)!
  const our = find(measured, ours, column)
  const their = against === otherBuild ? find(measured, ours, column, 'other') : find(measured, against, column)
  if (!done(our)) return { shown: why(our) }
  if (!done(their)) return { shown: against === otherBuild && their === undefined ? `not measured: needs ${otherBuild}` : why(their) }
  const result = ratio(our.outcomes, their.outcomes, measure)
  return { shown: times(result), met: keepsTo(goal[column], result.median) }
}

const ofThese = (all: readonly Measured[]): Goal[] =>
  goals.filter(({ scenario }) => all.some((measured) => measured.scenario.name === scenario))

export function goalTable(all: readonly Measured[]): string {
  const head = columnNames.flatMap((column) => [`${columns[column]}: goal`, 'measured', 'met'])
  const rows = ofThese(all).map((goal) => [goal.case, names[goal.measure], ...columnNames.flatMap((column) => {
    const { shown, met } = judge(goal, column, all)
    return [goal[column], shown, met === undefined ? '' : met ? 'yes' : '**no**']
  })])
  return table(['case', 'compared', ...head], rows)
}

/** How many of the goals are met, in words. */
export function score(all: readonly Measured[]): string {
  return columnNames.map((column) => {
    const verdicts = ofThese(all).map((goal) => judge(goal, column, all).met)
    const count = (verdict: boolean | undefined): number => verdicts.filter((met) => met === verdict).length
    const skipped = count(undefined)
    const rest = skipped === 0 ? '' : `; ${skipped} could not be measured`
    return `${columns[column]}: ${count(true)} of ${verdicts.length - skipped} are met${rest}.`
  }).join(' ')
}

// ── The other build ───────────────────────────────────────────────────────────────────────────────────────────────

/** Each of our programs beside itself over the other build. Empty without such a build. */
export function otherBuildTable(all: readonly Measured[]): string {
  const worse = { 'slower': [] as string[], 'more CPU': [] as string[] }
  const judgeRow = (row: string, our: Result | undefined, their: Result | undefined, main: Reading): string[] => {
    if (!done(our) || !done(their)) return [why(done(our) ? their : our), '', '']
    const fast = speed(our.outcomes, their.outcomes, main)
    const cpu = ratio(our.outcomes, their.outcomes, 'cpu')
    const verdicts = [...(fast.most < 1 ? ['slower'] as const : []), ...(cpu.least > 1 ? ['more CPU'] as const : [])]
    for (const verdict of verdicts) worse[verdict].push(row)
    return [times(fast), times(cpu), verdicts.join(', ')]
  }
  const rows = all.flatMap((measured) => measured.scenario.contenders
    .filter(({ name }) => columnNames.some((column) => find(measured, name, column, 'other')))
    .map(({ name }) => {
      const row = `${measured.scenario.name}: ${name}`
      const [main] = readingsOf(measured.scenario)
      return [row, ...columnNames.flatMap((column) =>
        judgeRow(`${row} (${columns[column]})`, find(measured, name, column), find(measured, name, column, 'other'), main))]
    }))
  if (rows.length === 0) return ''
  const head = columnNames.flatMap((column) => [`${columns[column]}: speed`, 'CPU', 'worse in every round'])
  const lists = Object.entries(worse).map(([verdict, found]) =>
    `- ${verdict} in every round: ${found.length === 0 ? 'no row' : found.join('; ')}`)
  return `## Beside the other build

Speed and CPU time, those of the other build being 1: a greater speed and less CPU time are better.

${lists.join('\n')}

${table(['', ...head], rows)}`
}

// ── All results ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function report(
  all: readonly Measured[],
  { rounds, command, load, runtimes }: { rounds: number; command: string; load: number; runtimes: readonly Runtime[] },
): string {
  const described = runtimes.map((runtime): [string, string] =>
    [columns[runtime.column], 'missing' in runtime ? `not measured: ${runtime.missing}` : runtime.description])
  return `# How fast it is

Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}. Every figure is the median of ${rounds} rounds, in each of which the
programs took turns; the smallest and the largest are in brackets. Ratios compare programs within a round: **ratios to the C
program** beside them, or to the first row if there is no C program. Messages have 36 bytes and credentials unless stated otherwise,
and every receiver checks the sequence and the sender's pid of every message. The program at the other end is the same C program
throughout. The clocks start after a warm-up.

The programs of this package ran in both columns, each with its runtime and engine. C, python3 and the addons were measured once per
round, and both columns show that result.

![Speed to C](results.svg)

${table(['machine', ''], [...describeMachine(described), ['load when it began', load.toFixed(1)]])}

On a machine that does other work too, the spreads are wide, and CPU time says more than messages per second.

## Goals

${score(all)} The goals of the own engine apply to every machine, those of ffi-rs to the AMD one.

${goalTable(all)}

${[otherBuildTable(all), '## All results', scenarioTables(all)].filter((part) => part !== '').join('\n\n')}
`
}
