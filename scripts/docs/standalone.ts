/**
 * Builds the interactive tool as a page of its own, for its tests: without the guides and the API reference that are around it on the
 * site.
 *
 *   standalone.ts DIRECTORY
 * @module
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { readFacts } from './facts.ts'

const page = join(import.meta.dirname, '../../docs/page')
const out = process.argv[2]
if (out === undefined) throw new Error('standalone.ts: expected a directory')

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
