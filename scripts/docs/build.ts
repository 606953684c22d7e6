/**
 * `npm run docs`: the page and the API reference, as files in docs/site that any web server can serve, and a browser open.
 *
 * The page is one HTML file, one style sheet and one script that is no module: a browser refuses modules from file://.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { readFacts } from './facts.ts'

const root = join(import.meta.dirname, '../..')
const page = join(root, 'docs/page')

const { values: { out = join(root, 'docs/site'), 'page-only': pageOnly = false } } = parseArgs({ options: { out: { type: 'string' }, 'page-only': { type: 'boolean' } } })

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
// As a script in a page, without anything of Node: esbuild fails where a file wants more.
await build({
  entryPoints: { page: join(page, 'standalone.ts'), style: join(page, 'standalone.css') },
  outdir: out,
  bundle: true, minify: true, format: 'iife', platform: 'browser', target: ['es2022', 'chrome100', 'firefox100', 'safari15.4'],
  define: { FACTS: JSON.stringify(readFacts()) },
  legalComments: 'none', logLevel: 'warning',
})
copyFileSync(join(page, 'index.html'), join(out, 'index.html'))

if (!pageOnly && existsSync(join(root, 'typedoc.json'))) {
  const { status, error } = spawnSync('npx', ['typedoc', '--out', join(out, 'reference')], { cwd: root, stdio: 'inherit' })
  if (error !== undefined) throw error
  process.exitCode = status ?? 1
}
