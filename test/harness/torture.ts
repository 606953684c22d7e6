/**
 * npm run torture NAME -- OPTIONS
 *
 * The parts of the harness that take long: each is a folder with a torture.ts, whose default export gets the options and
 * tells whether all went well. Without a name, all of them run, one after the other.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

type Torture = (args: readonly string[]) => Promise<boolean>

const names = ['failing-kernel', 'model', 'peers', 'races'].filter((name) => existsSync(join(import.meta.dirname, name, 'torture.ts')))

const [name, ...args] = process.argv.slice(2)
if (name !== undefined && !names.includes(name)) {
  console.error(`There is no torture named ${name}: expected ${names.join(', ')}`)
  process.exit(2)
}
for (const each of name === undefined ? names : [name]) {
  const { default: torture } = await import(`./${each}/torture.ts`) as { default: Torture }
  if (!await torture(args)) process.exitCode = 1
}
