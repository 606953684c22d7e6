/**
 * The full sweep, or a part of it: `npm run torture failing-kernel -- --scenario accepted --function epoll_ctl`.
 * @module
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { groups, headline, table } from './report.ts'
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
  const summary = await sweep({
    full: !values.short,
    jobs: Number(values.jobs),
    node: values.node,
    ...(values.scenario === undefined ? {} : { scenarios: values.scenario }),
    ...(values.function === undefined ? {} : { functions: values.function }),
    ...(values.strategy === undefined ? {} : { strategies: values.strategy as Strategy[] }),
    onProgress: (line) => { console.error(line) },
  })
  if (values.table !== undefined) writeFileSync(values.table, `${table(summary.violations)}\n`)
  console.log(summary.violations.length === 0 ? headline(summary) : `${groups(summary.violations)}\n${headline(summary)}`)
  return summary.violations.length === 0
}
