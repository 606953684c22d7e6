/**
 * Facts about the code in the docs: the tables of layers and folders, and numbers of the code.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { maxThreads } from '../../src/descriptors/closer.ts'
import { maxBytesWaiting, maxHelpers } from '../../src/limits.ts'
import { blockSize } from '../../src/message/pool.ts'
import { bytesPerTurn, messagesPerTurn } from '../../src/readiness/turn.ts'
import { defaultReadAhead, maxReports } from '../../src/socket/core.ts'
import { defaultDataSize } from '../../src/message/batch.ts'
import { maxBatch, maxMemory } from '../../src/socket/receiving/reader.ts'
import { perDestination, perSocket } from '../../src/socket/sending/backlog.ts'
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
  ['docs/how-it-works.md', 'Layers'], ['CONTRIBUTING.md', 'Where things are'],
] as const)('the table in %s', (file, heading) => {
  const paths = pathsIn(file, heading).filter(inSources)

  it('lists every folder and file of src', () => {
    expect([...places].filter((path) => !paths.includes(path))).toEqual([])
  })

  it('lists nothing that does not exist', () => {
    expect(paths.filter((path) => !sources.some((source) => source.path.startsWith(path)))).toEqual([])
  })

  it('has the order of the layers', () => {
    const order = paths.map((path) => layerOfPlace(path))
    expect(order.every((layer, i) => i === 0 || layer >= order[i - 1]!), paths.join(' ')).toBe(true)
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

// A build of the site checks the links of the guides.
const others = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bench/README.md']
it.each(others)('%s has no link to a file that does not exist', (file) => {
  const links = [...read(file).matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, link]) => link!)
  expect(links.filter((link) => !existsSync(join(ROOT, dirname(file), link)))).toEqual([])
})

describe('docs/production.md', () => {
  const text = read('docs/production.md')
  const count = (value: number): string => value.toLocaleString('en')
  const mib = (bytes: number): string => `${bytes / 2 ** 20} MiB`

  const limits: [limit: string, value: string][] = [
    ['data of a received message', `${count(defaultDataSize)} bytes (\`messageSize\`)`],
    ['messages read ahead of a Unix datagram or UDP socket', `${count(defaultReadAhead)} (\`readAhead\`)`],
    [
      'messages that wait for one destination of an unconnected socket',
      `${count(perDestination.count)} messages, ${mib(perDestination.bytes)}`,
    ],
    ['messages that wait to be sent on one socket', `${count(perSocket.count)} messages, ${mib(perSocket.bytes)}`],
    ['data that waits to be sent on all sockets of a thread', mib(maxBytesWaiting)],
    ['destinations of a thread that are watched for room', count(maxHelpers)],
    ['reports of the error queue that are kept', count(maxReports)],
    [
      'messages and bytes in one turn of the event loop',
      `${count(messagesPerTurn)} messages and received descriptors, ${mib(bytesPerTurn)}`,
    ],
    ['native threads that close descriptors', count(maxThreads)],
  ]
  it.each(limits)('has the limit of the code: %s', (limit, value) => {
    expect(text.split('\n').find((line) => line.startsWith(`| ${limit} | `))?.split(' | ')[1]).toBe(value)
  })

  it('states the memory sizes of the code', () => {
    const [, memory] = /\n## Memory\n([^]*?)\n## /.exec(text)!
    expect(memory!.match(/\d+ (?:MiB|KiB|messages)/g)).toEqual([`${maxBatch} messages`, mib(maxMemory), `${blockSize / 1024} KiB`])
  })

  it('has the limit of descriptors that are read ahead', () => {
    expect(read('src/limits.ts')).toContain('Math.min(1024, Math.floor(maxOpen() / 8))')
    expect(text).toContain('| an eighth of `RLIMIT_NOFILE`, at most 1,024, for all sockets of a thread |')
  })
})

describe('src/control/kinds', () => {
  it('has a file for each level, under its name', () => {
    const all = builtins as readonly AnyControlMessage[]
    const wrong = all.filter((one) => {
      const file = `src/control/kinds/${levelNameOf(one).replace('SOL_', '').toLowerCase().replace('_', '-')}.ts`
      return !sources.find(({ path }) => path === file)?.text.includes(`export const ${one.kind}:`)
    })
    expect(wrong.map(({ kind }) => kind)).toEqual([])
  })
})
