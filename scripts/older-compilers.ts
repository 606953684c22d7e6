/**
 * Rewrites the built declarations so that TypeScript 5.4 reads them like the newest version. `npm run build` ends with it. The compiler
 * writes inferred types with all their parameters, some of which were added in 5.6 and 5.7.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const dist = join(import.meta.dirname, '../dist')

for (const name of readdirSync(dist).filter((name) => name.endsWith('.d.ts'))) {
  const text = readFileSync(join(dist, name), 'utf8')
    .replace(/\b(\w+Array|DataView|Buffer)<ArrayBufferLike>/g, '$1')
    .replace(/\bAsyncIterableIterator<([^;]+), void, undefined>/g, '(AsyncIterator<$1, void, undefined> & AsyncIterable<$1>)')
  const left = /\b(\w*(?:Int|Float|Clamped|Uint)\d*Array|DataView|Buffer)<.*/.exec(text)
  if (left !== null) throw new Error(`${name}: TypeScript 5.4 does not have the parameter of ${left[1]}: ${left[0].slice(0, 80)}`)
  writeFileSync(join(dist, name), text)
}
