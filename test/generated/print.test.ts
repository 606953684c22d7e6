import { describe, expect, it } from 'vitest'
import type { Tables } from '../../scripts/generate/merge.ts'
import { printDocs } from '../../scripts/generate/print-docs.ts'
import { literal, printTables } from '../../scripts/generate/print.ts'
import type { Group } from '../../scripts/generate/rows.ts'

const groups: readonly Group[] = [
  {
    header: 'pair.h',
    structs: { pair: { left: 'usize', right: ['u8', 4] } },
    constants: 'FIRST DIFFERS',
    since: { '2.6': 'SECOND' },
    source: 'include/pair.h',
    stated: { NEWER: { value: 9, since: '7.0' } },
    functions: [
      'int one(void)',
      'long two(int a, ... /* long b, long c */)',
      { glibc: 'int three(int flags)', musl: 'int three(unsigned flags)' },
    ],
  },
  { header: 'flags.h', hex: true, constants: 'FLAG' },
  { header: 'errno.h', errnos: 'EPERM EWOULDBLOCK' },
]

const tables: Tables = {
  targets: {
    'big-linux-gnu': { libc: 'glibc', wordSize: 8, littleEndian: false },
    'big-linux-musl': { libc: 'musl', wordSize: 8, littleEndian: false },
  },
  layouts: {
    pair: {
      types: { left: 'usize', right: ['u8', 4] },
      variants: [
        { targets: ['big-linux-gnu'], size: 16, align: 8, fields: { left: [0, 8], right: [8, 4] } },
        {
          targets: ['big-linux-musl'], size: 16, align: 4, fields: { left: [0, 8], right: [8, 4] }, declared: { left: [4, 4] },
        },
      ],
    },
  },
  constants: { FIRST: 1, SECOND: 2, NEWER: 9, FLAG: 0x80000000 },
  constantsByTarget: { DIFFERS: { 'big-linux-gnu': 1, 'big-linux-musl': 2 } },
  errno: { EPERM: 1, EWOULDBLOCK: 11 },
  bindings: {
    one: { funcName: 'one', paramNames: [], paramsType: [], retType: 'I32' },
    two: { funcName: 'two', paramNames: ['a', 'b', 'c'], paramsType: ['I32', 'I64', 'I64'], retType: 'I64' },
    three: { funcName: 'three', paramNames: ['flags'], paramsType: ['I32'], retType: 'I32' },
  },
  macros: [{ targets: ['big-linux-gnu', 'big-linux-musl'], results: { CMSG_LEN: [[0, 16], [1, 17]] } }],
}

// Refreshed by `npx vitest run test/generated/print.test.ts -u`: read the difference.
describe('the printer', () => {
  const files = printTables(groups, tables)

  it.each(Object.keys(files))('writes %s', async (path) => {
    await expect(files[path]).toMatchFileSnapshot(`golden/${path.replace('generated/', '').replace('.ts', '.txt')}`)
  })

  it('writes docs/layouts.md', async () => {
    const core = ['sockaddr_un', 'iovec', 'msghdr', 'mmsghdr', 'cmsghdr', 'ucred']
    const layouts = Object.fromEntries([...core, 'pair'].map((name) => [name, tables.layouts.pair!]))
    await expect(printDocs({ ...tables, layouts })).toMatchFileSnapshot('golden/layouts.md')
  })

  it('breaks long lines, and fills lines with words', () => {
    const words = Array.from({ length: 30 }, (_, index) => `word-${index}`)
    const text = literal({ words, 'not-a-name': [[1, 2], { deep: words.slice(0, 2) }] })
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    expect(text.split('\n')).toHaveLength(8)
    expect(text).toContain("'not-a-name': [[1, 2], { deep: ['word-0', 'word-1'] }],")
  })
})
