/**
 * What was measured, as Markdown.
 * @module
 */
import { goals, type Goal, type Scenario } from './cases.ts'
import { describeMachine } from './machine.ts'
import type { Measured, Result } from './measure.ts'
import { ratio, values, type Reading, type Spread } from './statistics.ts'

type Done = Extract<Result, { outcomes: unknown }>

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n')
}

const times = ({ median, least, most }: Spread): string => `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`

export const done = (result: Result | undefined): result is Done => result !== undefined && 'outcomes' in result

/** The contender the others are measured by: the first. */
export const reference = ({ results }: Measured): Done | undefined => (done(results[0]) ? results[0] : undefined)

interface Column {
  readonly reading: Reading
  readonly head: string
  readonly unit: string
  readonly show: (value: number) => string
}

/** What the columns of a scenario are: of each reading the ratio to C, and the figure itself. */
function columns({ measure }: Scenario): Column[] {
  const cpu: Column = { reading: 'cpu', head: 'CPU a message', unit: 'µs', show: (ns) => (ns / 1000).toFixed(2) }
  const roundTrip = (reading: 'round trip' | 'round trip, p99'): Column => ({ reading, head: reading, unit: 'µs', show: (ns) => (ns / 1000).toFixed(1) })
  if (measure === 'round trip') return [roundTrip('round trip'), roundTrip('round trip, p99'), cpu]
  if (measure === 'time') return [{ reading: 'time', head: 'time', unit: 'ns', show: (ns) => ns.toFixed(0) }, cpu]
  return [{ reading: 'rate', head: 'messages a second', unit: '1000', show: (rate) => (rate / 1000).toFixed(0) }, cpu]
}

function scenarioTable(measured: Measured): string {
  const { scenario, results } = measured
  const first = reference(measured)
  const cells = columns(scenario)
  const alone = results.length === 1
  const head = ['', ...cells.flatMap(({ head, unit }) => (alone ? [`${head}, ${unit}`] : [`${head}, to C`, unit]))]
  const rows = results.map((result) => {
    if (!done(result)) return [result.contender.name, `not measured: ${result.reason}`, ...head.slice(2).map(() => '')]
    return [result.contender.name, ...cells.flatMap(({ reading, show }) => {
      const figure = show(values(result.outcomes, reading).median)
      if (alone) return [figure]
      return [first === undefined ? '' : result === first ? '1' : times(ratio(result.outcomes, first.outcomes, reading)), figure]
    })]
  })
  return [`### ${scenario.title}`, ...(scenario.remark === undefined ? [] : [scenario.remark]), table(head, rows)].join('\n\n')
}

const bound = ({ atLeast, atMost, moreThan, lessThan }: Goal): [text: string, met: (value: number) => boolean] =>
  atLeast !== undefined ? [`≥ ${atLeast}`, (value) => value >= atLeast]
    : atMost !== undefined ? [`≤ ${atMost}`, (value) => value <= atMost]
      : moreThan !== undefined ? [`> ${moreThan}`, (value) => value > moreThan]
        : [`< ${lessThan}`, (value) => value < lessThan!]

/** A goal and what came of it; nothing when its scenario was not run. */
function goalRow(goal: Goal, all: readonly Measured[]): string[] | undefined {
  const measured = all.find(({ scenario }) => scenario.name === goal.scenario)
  if (measured === undefined) return undefined
  const find = (name: string | undefined): Result | undefined => measured.results.find(({ contender }) => contender.name === name)
  const [text, met] = bound(goal)
  const ours = find(goal.ours)
  const theirs = find(goal.against)
  const measure = goal.measure === 'cpu' ? 'CPU' : goal.measure
  if (!done(ours) || (goal.against !== undefined && !done(theirs))) return [goal.case, measure, text, '', 'not measured']
  const result = done(theirs) ? ratio(ours.outcomes, theirs.outcomes, goal.measure) : values(ours.outcomes, goal.measure)
  const shown = done(theirs) ? times(result) : `${result.median.toFixed(0)} (${result.least.toFixed(0)}–${result.most.toFixed(0)})`
  return [goal.case, measure, text, shown, met(result.median) ? 'yes' : '**no**']
}

export function goalTable(all: readonly Measured[]): string {
  return table(['case', 'compared', 'goal', 'measured', 'met'], goals.flatMap((goal) => {
    const row = goalRow(goal, all)
    return row === undefined ? [] : [row]
  }))
}

/** How many of the goals are met, in words. */
function score(all: readonly Measured[]): string {
  const verdicts = goals.flatMap((goal) => goalRow(goal, all)?.at(-1) ?? [])
  const count = (verdict: string): number => verdicts.filter((found) => found === verdict).length
  const skipped = count('not measured')
  return `${count('yes')} of ${verdicts.length - skipped} are met${skipped === 0 ? '' : `; ${skipped} could not be measured`}.`
}

export const scenarioTables = (all: readonly Measured[]): string => all.map(scenarioTable).join('\n\n')

export function report(all: readonly Measured[], { rounds, command, load }: { rounds: number; command: string; load: number }): string {
  return `# How fast it is

Written by \`${command}\`. Every figure is the median of ${rounds} rounds, in each of which the programs took turns; in brackets the
least and the greatest. What is compared is compared within a round: **ratios to the C program** at its side. Messages have 36 bytes
and credentials unless it says otherwise, and every receiver checks the sequence and the sender's pid of every message. The program
at the other end is the same C program throughout. The clocks start after a warm-up.

![Speed to C](results.svg)

${table(['machine', ''], [...describeMachine(), ['load when it began', load.toFixed(1)]])}

Of a machine that does other things too, the spreads are wide, and CPU time says more than messages a second.

## Goals

${score(all)}

${goalTable(all)}

## All of it

${scenarioTables(all)}
`
}
