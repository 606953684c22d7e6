/**
 * The built declarations, rewritten so that TypeScript 5.4 reads them as the newest does: `npm run build` ends with it. The
 * compiler writes types that it has inferred with all their parameters, and some have had them only since 5.6 and 5.7.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const dist = join(import.meta.dirname, '../dist')

for (const name of readdirSync(dist).filter((name) => name.endsWith('.d.ts'))) {
  const text = readFileSync(join(dist, name), 'utf8')
    .replace(/\b(\w+Array|DataView|Buffer)<ArrayBufferLike>/g, '$1')
    .replace(/\bAsyncIterableIterator<([^;]+), void, undefined>/g, '(AsyncIterator<$1, void, undefined> & AsyncIterable<$1>)')
  const left = /\b(\w*(?:Int|Float|Clamped|Uint)\d*Array|DataView|Buffer)<.*/.exec(text)
  if (left !== null) throw new Error(`${name}: TypeScript 5.4 has no parameter of ${left[1]}: ${left[0].slice(0, 80)}`)
  writeFileSync(join(dist, name), text)
}
