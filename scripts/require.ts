/**
 * Writes the files that `require()` loads, one for each entry point of the package. `npm run build` ends with it.
 *
 * `require()` of an ES module returns its namespace, which is read-only, unless the module has an export named `module.exports`. The
 * packages that `cmsg` replaces are CommonJS, and tests of programs replace their functions: hot-shots' assign to `createSocket`. The
 * name is in files of its own, because `export * from 'cmsg'` would pass it on, and `require()` of that module would return all of `cmsg`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { entryPoints } from '../tsup.config.ts'

const dist = join(import.meta.dirname, '../dist')

mkdirSync(join(dist, 'require'))
for (const entryPoint of entryPoints) {
  const file = `${basename(entryPoint, '.ts')}.js`
  const hasDefault = / as default\b/.test(readFileSync(join(dist, file), 'utf8'))
  writeFileSync(join(dist, 'require', file), `import * as all from '../${file}'
export * from '../${file}'
${hasDefault ? `export { default } from '../${file}'\n` : ''}const replaceable = { ...all }
export { replaceable as 'module.exports' }
`)
}
