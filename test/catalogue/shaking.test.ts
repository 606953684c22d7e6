/**
 * A program that uses one kind is bundled with that one alone, although there are over a hundred.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { builtins } from '../../src/control/catalogue.ts'
import { ROOT } from '../support/peers.ts'
import { tempDir } from '../support/processes.ts'

/** For each name of the codec, the kinds in the bundle of a program that uses it alone. */
function kindsInBundles(names: readonly string[]): Record<string, string[]> {
  const directory = tempDir()
  const programs = names.map((name) => {
    const file = join(directory, `${name}.ts`)
    writeFileSync(file, `import { ${name} } from '${join(ROOT, 'src/codec.ts')}'\nconsole.log(${name})\n`)
    return file
  })
  // The program, not the module: that would leave a process of its own running.
  const { status, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/esbuild'), [
    ...programs, `--outdir=${directory}`, '--bundle', '--format=esm', '--platform=neutral', '--minify-syntax', '--log-level=error',
  ], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return Object.fromEntries(names.map((name) => {
    const found = new Set([...readFileSync(join(directory, `${name}.js`), 'utf8').matchAll(/kind: "(\w+)"/g)].map(([, kind]) => kind!))
    return [name, builtins.map(({ kind }) => kind).filter((kind) => found.has(kind))]
  }))
}

it('importing a kind brings in no other', () => {
  const names = builtins.map(({ kind }) => kind)
  expect(kindsInBundles(names)).toEqual(Object.fromEntries(names.map((name) => [name, [name]])))
})

it('importing decodeControl brings in all kinds, its default list', () => {
  expect(kindsInBundles(['decodeControl']).decodeControl).toHaveLength(builtins.length)
})
