/**
 * How the time grows: with the number of sockets, the size of a message, the bytes of control messages.
 *
 *   npx tsx bench/growth.ts [--rounds N] [--dist DIRECTORY]
 *
 * Writes bench/growth.md (with --dist it does not), and says where the time grows faster than it should.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { spread } from './statistics.ts'
import { prepare } from './tools.ts'

interface Point {
  readonly series: string
  readonly x: number
  readonly ns: number
}

interface Subject {
  readonly title: string
  readonly program: string
  readonly unit: string
  /** What the time may not exceed at `x`, by the times measured before it. */
  readonly limit: (x: number, before: readonly Point[]) => number
  readonly rule: string
}

/** Room for what is not growth: caches that are too small, a neighbour. */
const tolerance = 1.5

/** The time at a point may grow with the bytes since the point before it. */
const linear = (x: number, before: readonly Point[]): number => {
  const last = before.at(-1)
  return last === undefined ? Infinity : last.ns * (x / last.x) * tolerance
}

const inProportion = `from one point to the next, the time grows at most in proportion to the bytes, times ${tolerance}`

const subjects: readonly Subject[] = [
  {
    title: 'Sockets awaited', program: 'programs/growth-sockets', unit: 'sockets',
    rule: `with any number of sockets, the time is at most ${tolerance} times the time with one`,
    limit: (_, before) => (before[0] === undefined ? Infinity : before[0].ns * tolerance),
  },
  { title: 'Size of a message, sent and received', program: 'programs/growth-size', unit: 'bytes', rule: inProportion, limit: linear },
  { title: 'Control messages decoded', program: 'programs/growth-control', unit: 'bytes', rule: inProportion, limit: linear },
]

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, dist: { type: 'string' } } })
const progress = (what: string): void => { console.error(what) }
const tools = prepare({ dist: options.dist, progress, withAddons: false })

function once(program: string): Point[] {
  const [command, ...args] = tools.command(program) as [string, ...string[]]
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as Point)
}

function measure({ title, program, unit, limit, rule }: Subject, rounds: number): string {
  const points = Array.from({ length: rounds }, (_, round) => {
    progress(`${title}: round ${round + 1} of ${rounds}`)
    return once(program)
  })
  const before = new Map<string, Point[]>()
  const rows = points[0]!.toSorted((a, b) => a.series.localeCompare(b.series)).map(({ series, x }) => {
    const { median, least, most } = spread(points.map((round) => round.find((point) => point.series === series && point.x === x)!.ns))
    const earlier = before.get(series) ?? []
    const verdict = median <= limit(x, earlier) ? 'yes' : '**no**'
    before.set(series, [...earlier, { series, x, ns: median }])
    return `| ${series} | ${x} | ${median.toFixed(0)} (${least.toFixed(0)}–${most.toFixed(0)}) | ${verdict} |`
  })
  return `## ${title}\n\nThe rule: ${rule}.\n\n| | ${unit} | ns | within the rule |\n|---|---:|---:|---:|\n${rows.join('\n')}`
}

const rounds = Number(options.rounds)
const sections = subjects.map((subject) => measure(subject, rounds))
const text = `# How the time grows

Written by \`npx tsx bench/growth.ts\`. CPU time of the one process that does all the work: medians of ${rounds} rounds, with the
smallest and the largest in brackets.

| machine | |
|---|---:|
${describeMachine().map(([what, value]) => `| ${what} | ${value} |`).join('\n')}

${sections.join('\n\n')}
`
console.log(`\n${text}`)
if (options.dist === undefined) writeFileSync(join(import.meta.dirname, 'growth.md'), text)
