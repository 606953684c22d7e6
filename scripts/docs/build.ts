/**
 * Builds the site in docs/site: `npm run docs`. Any static file server can serve it, at any path.
 *
 *   npm run docs -- [--out DIRECTORY]
 *
 * It fails on a link to nothing, and on a public name without a docstring.
 * @module
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vitepress'
import { writeApi } from './api.ts'
import { problemsOf } from './check.ts'

const docs = join(import.meta.dirname, '../../docs')
const { values } = parseArgs({ options: { out: { type: 'string' } } })
const out = resolve(values.out ?? join(docs, 'site'))

await writeApi()
await build(docs, { outDir: out })
const problems = problemsOf(out)
if (problems.length > 0) throw new Error(`The site has broken links:\n${problems.join('\n')}`)
