/**
 * What the parts cost, in one process, where nothing waits for anybody: by these the designs were chosen.
 *
 *   npm run bench:costs -- [--rounds N] [--dist DIRECTORY]
 *
 * Writes bench/costs.md (with --dist it does not). Its figures are 5th percentiles: whatever else the machine does can only add.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { prepare } from './tools.ts'

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '1000' }, dist: { type: 'string' } } })
const rounds = Number(options.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${options.rounds}: expected an integer from 1`)
const progress = (what: string): void => { console.error(what) }
const tools = prepare({ dist: options.dist, progress, withAddons: false })

function figures(program: string): Record<string, number> {
  progress(`${program}: ${rounds} rounds`)
  const [command, ...args] = tools.command(program) as [string, ...string[]]
  const { status, stdout, stderr } = spawnSync(command, [...args, String(rounds)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
  return JSON.parse(stdout) as Record<string, number>
}

const all = { ...figures('c/costs'), ...figures('programs/costs') }
const text = `# What the parts cost

Written by \`npm run bench:costs\`: everything in one process, the 5th percentile of ${rounds} rounds. Messages have 36 bytes, and received
ones have credentials. A message in a batch has its share of the batch's system call.

| machine | |
|---|---:|
${describeMachine().map(([what, value]) => `| ${what} | ${value} |`).join('\n')}

| | ns |
|---|---:|
${Object.entries(all).map(([what, ns]) => `| ${what} | ${ns} |`).join('\n')}
`
console.log(`\n${text}`)
if (options.dist === undefined) writeFileSync(join(import.meta.dirname, 'costs.md'), text)
