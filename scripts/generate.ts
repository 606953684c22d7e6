/**
 * `npm run generate`: asks nine compilers about the rows of symbols.ts and writes generated/ and docs/layouts.md.
 */
import { writeFile } from 'node:fs/promises'
import { measure } from './measure.ts'
import { merge } from './merge.ts'
import { printTables } from './print.ts'
import { describeProblems } from './rows.ts'
import { groups } from './symbols.ts'
import { findCompiler, root, targets } from './targets.ts'

const compilers = await Promise.all(targets.map(target => findCompiler(target)))
const facts = []
for (const compiler of compilers) {
  if (typeof compiler === 'string') throw new Error(compiler)
  facts.push(await measure(compiler, groups))
}
const { tables, problems } = merge(groups, facts)
const all = [...facts.flatMap(one => one.problems), ...problems]
for (const line of describeProblems(all, targets.length)) console.error(line)
if (all.length > 0) process.exit(1)
const files = printTables(groups, tables)
for (const [name, text] of Object.entries(files)) await writeFile(root + name, text)
