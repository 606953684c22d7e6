/**
 * `npm run bench`: measures everything in cases.ts, through each engine, and says which goals are met.
 *
 *   npm run bench -- [--rounds N] [--only NAME[,NAME]] [--quick] [--node FILE] [--dist DIRECTORY] [--against DIRECTORY] [--out DIRECTORY]
 *
 * --rounds: 5 if absent. --only: scenarios whose name begins so. --quick: two short rounds, for trying it out. --node: a Node
 * that has node:ffi; if absent, the one that runs this if it has, else .cache/runtimes/node_modules/node26/bin/node.
 * --dist: measure another build of the package. --against: measure a second build beside it, each program over one and over
 * the other in turn. --out: where results.md and results.svg go; if absent, those of a whole run into bench, and those of any
 * other nowhere.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { scenarios } from './cases.ts'
import { chart } from './chart.ts'
import { measure, type Effort, type Measured } from './measure.ts'
import { goalTable, otherBuildTable, report, scenarioTables, score } from './report.ts'
import { columns, findRuntimes } from './runtimes.ts'
import { prepare } from './tools.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    node: { type: 'string' },
    dist: { type: 'string' },
    against: { type: 'string' },
    out: { type: 'string' },
  },
})
const effort: Effort = { rounds: Number(options.rounds ?? (options.quick ? 2 : 5)), share: options.quick ? 0.1 : 1 }
if (!Number.isInteger(effort.rounds) || effort.rounds < 1) throw new RangeError(`--rounds ${options.rounds}: expected an integer from 1`)
const chosen = scenarios.filter(({ name }) => options.only === undefined || options.only.split(',').some((start) => name.startsWith(start)))
if (chosen.length === 0) throw new RangeError(`--only ${options.only}: there is ${scenarios.map(({ name }) => name).join(', ')}`)

const started = performance.now()
const progress = (what: string): void => {
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}`)
}

const load = loadavg()[0]!
const busy = load / availableParallelism()
if (busy > 0.3) progress(`this machine is busy already (${(busy * 100).toFixed(0)} % of its processors): wall times will be off`)

const tools = prepare({ dist: options.dist, against: options.against, progress })
const runtimes = findRuntimes(tools, options.node)
for (const runtime of runtimes) {
  progress(`${columns[runtime.column]}: ${'missing' in runtime ? `not measured: ${runtime.missing}` : runtime.description}`)
}
const all: Measured[] = []
for (const scenario of chosen) all.push(await measure(scenario, tools, runtimes, effort, progress))

console.log(`\n${scenarioTables(all)}\n\n${goalTable(all)}\n\n${score(all)}\n\n${otherBuildTable(all)}`)
const whole = !options.quick && options.only === undefined && options.dist === undefined
const out = options.out ?? (whole ? import.meta.dirname : undefined)
if (out === undefined) {
  progress('not written to bench/results.md: this was not all of it')
} else {
  mkdirSync(out, { recursive: true })
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
  writeFileSync(join(out, 'results.md'), report(all, { rounds: effort.rounds, command, load, runtimes }))
  writeFileSync(join(out, 'results.svg'), chart(all))
  progress(`written: ${join(out, 'results.md')} and results.svg`)
}
