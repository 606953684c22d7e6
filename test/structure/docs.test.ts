/**
 * Facts about the code in the docs: the tables of layers and folders, and numbers of the code.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { maxBatch } from '../../src/socket/receiving/reader.ts'
import { maxMessages } from '../../src/socket/sending/transmit.ts'
import { ROOT } from '../support/peers.ts'
import { layerOf } from './layers.ts'
import { sources } from './sources.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The paths in the first column of the table that follows a heading: `src/a.ts`, `b.ts` are both in src. */
function pathsIn(file: string, heading: string): string[] {
  const section = read(file).split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!
  return section.split('\n').filter((line) => line.startsWith('| `')).flatMap((line) => {
    const names = [...line.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
    const folder = names[0]!.replace(/[^/]*\/?$/, '')
    return names.map((name, i) => (i === 0 || name.startsWith('src/') ? name : folder + name))
  })
}

/** What is directly in src/, and generated/. */
const places = new Set(sources.map(({ path }) => (path.startsWith('generated/') ? 'generated/' : /^src\/[^/]+\/?/.exec(path)![0])))
const inSources = (path: string): boolean => path === 'generated/' || path.startsWith('src/')
const layerOfPlace = (path: string): number => layerOf(sources.find((source) => source.path.startsWith(path))?.path ?? '')

describe.each([
  ['docs/how-it-works.md', 'Layers', -1], ['CONTRIBUTING.md', 'Where things are', 1],
] as const)('the table in %s', (file, heading, direction) => {
  const paths = pathsIn(file, heading).filter(inSources)

  it('has every folder and file of src', () => {
    expect([...places].filter((path) => !paths.includes(path))).toEqual([])
  })

  it('names nothing that is not there', () => {
    expect(paths.filter((path) => !sources.some((source) => source.path.startsWith(path)))).toEqual([])
  })

  it('has the order of the layers', () => {
    const order = paths.map((path) => layerOfPlace(path))
    expect(order.every((layer, i) => i === 0 || direction * (layer - order[i - 1]!) >= 0), paths.join(' ')).toBe(true)
  })
})

describe('numbers', () => {
  const texts =
    ['README.md', 'docs/how-it-works.md', 'src/socket/message-socket.ts'].map((file) => read(file).replace(/\s*\n\s*\*?\s*/g, ' '))

  it('of messages in a system call are those of the code', () => {
    const said = texts.flatMap((text) => [
      ...text.matchAll(/up to (\d+) (?:messages (?:with|or)|per system call)|batches of up to (\d+)/g),
    ].map(([, one, other]) => Number(one ?? other)))
    expect(said.length).toBeGreaterThan(2)
    expect(new Set(said)).toEqual(new Set([maxBatch, maxMessages]))
  })
})

describe('src/control/kinds', () => {
  it('has a file for each level, of its name', () => {
    const all = builtins as readonly AnyControlMessage[]
    const wrong = all.filter((one) => {
      const file = `src/control/kinds/${levelNameOf(one).replace('SOL_', '').toLowerCase().replace('_', '-')}.ts`
      return !sources.find(({ path }) => path === file)?.text.includes(`export const ${one.kind}:`)
    })
    expect(wrong.map(({ kind }) => kind)).toEqual([])
  })
})
