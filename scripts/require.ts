/**
 * Adds an export named `module.exports` to each built entry point: an object with the other exports. `npm run build` ends with it.
 *
 * Node's `require()` of an ES module returns that export, and otherwise the module's namespace, which is read-only. The packages that
 * `cmsg` replaces are CommonJS, and tests of programs replace their functions: hot-shots' assign to `createSocket`. A string as the
 * name of an export cannot be written in src: TypeScript 5.4 could not read the declarations.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { entryPoints } from '../tsup.config.ts'

for (const entryPoint of entryPoints) {
  const file = join(import.meta.dirname, '../dist', `${basename(entryPoint, '.ts')}.js`)
  const text = readFileSync(file, 'utf8')
  const exported = /^export \{\n([^}]+)\n\};$/m.exec(text)?.[1]
  if (exported === undefined) throw new Error(`${file}: expected one list of exports`)
  const properties = exported.replace(/\b(\w+) as (\w+)\b/g, '$2: $1')
  writeFileSync(file, `${text}const replaceable = {\n${properties}\n};\nexport { replaceable as "module.exports" };\n`)
}
