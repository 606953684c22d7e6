/**
 * The full sweep, or a part of it: `npm run torture failing-kernel -- --scenario accepted --function epoll_ctl`.
 * @module
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { groups, head, headline, line } from './report.ts'
import { strategies, sweep, type Strategy } from './sweep.ts'

/** True where nothing is wrong. */
export default async function torture(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', multiple: true },
      function: { type: 'string', multiple: true },
      strategy: { type: 'string', multiple: true },
      short: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '4' },
      node: { type: 'string', default: process.execPath },
      table: { type: 'string' },
    },
  })
  const unknown = values.strategy?.find((name) => !strategies.includes(name as Strategy))
  if (unknown !== undefined) throw new Error(`There is no strategy ${unknown}: expected ${strategies.join(', ')}`)
  const { table } = values
  if (table !== undefined) writeFileSync(table, `${head}\n`)
  const summary = await sweep({
    full: !values.short,
    jobs: Number(values.jobs),
    node: values.node,
    ...(values.scenario === undefined ? {} : { scenarios: values.scenario }),
    ...(values.function === undefined ? {} : { functions: values.function }),
    ...(values.strategy === undefined ? {} : { strategies: values.strategy as Strategy[] }),
    onProgress: (progress) => { console.error(progress) },
    // As they are found: a sweep that is broken off has told what it knew.
    onViolation: (violation) => {
      if (table === undefined) console.error(line(violation)); else appendFileSync(table, `${line(violation)}\n`)
    },
  })
  console.log(summary.violations.length === 0 ? headline(summary) : `${groups(summary.violations)}\n${headline(summary)}`)
  return summary.violations.length === 0
}
