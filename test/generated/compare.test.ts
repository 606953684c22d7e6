import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compareTables, compareText, importTables } from '../../scripts/generate/compare.ts'
import type { Tables } from '../../scripts/generate/merge.ts'
import { targets } from '../../scripts/generate/targets.ts'
import { ROOT } from '../support/peers.ts'

const committed = await importTables(join(ROOT, 'generated'))
const names = targets.map(({ name }) => name)

/** The tables with something changed. */
function changed(change: (tables: Tables) => void): Tables {
  const copy = structuredClone(committed)
  change(copy)
  return copy
}

// The tables are readonly and their types exact; these tests spoil a copy, anywhere in it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Spoilt = Record<string, any>

describe('--check', () => {
  it('finds nothing in equal tables', () => {
    expect(compareTables(committed, structuredClone(committed), names)).toEqual([])
  })

  it('names the target, the symbol and both values of every number that differs', () => {
    const fresh = changed((tables: Spoilt) => {
      tables.layouts.msghdr.variants.find((one: Spoilt) => one.targets.includes('s390x-linux-musl')).declared.msg_iovlen = [24, 4]
      tables.layouts.ucred.types.pid = 'u32'
      tables.constantsByTarget.SO_TIMESTAMP['arm-linux-musleabihf'] = 29
      tables.bindings.recvmsg.retType = 'I64'
      tables.macros.find((one: Spoilt) => one.targets.includes('arm-linux-gnueabihf')).results.CMSG_LEN[0] = [0, 16]
      delete tables.errno.EPERM
    })
    const found = compareTables(committed, fresh, names).map(({ target, symbol, message }) => `${target}: ${symbol}: ${message}`)
    const said = 'the compiler says'
    expect(found).toEqual(expect.arrayContaining([
      `s390x-linux-musl: msghdr.msg_iovlen as declared: committed offset 28, 4 bytes, ${said} offset 24, 4 bytes`,
      `the list: type of ucred.pid: committed "i32", ${said} "u32"`,
      `arm-linux-musleabihf: SO_TIMESTAMP: committed 63, ${said} 29`,
      `the list: recvmsg(): committed ${JSON.stringify(committed.bindings.recvmsg)}, ${said} `
        + JSON.stringify({ ...committed.bindings.recvmsg, retType: 'I64' }),
      ...['arm-linux-gnueabihf', 'arm-linux-musleabihf'].map((name) => `${name}: CMSG_LEN(0): committed 12, ${said} 16`),
      ...names.map((name) => `${name}: EPERM: committed 1, ${said} nothing`),
    ]))
    expect(found).toHaveLength(6 + names.length)
  })

  it('ignores where a number is stated: a constant may differ on targets that were not asked', () => {
    const fresh = changed((tables: Spoilt) => {
      tables.constants.SO_TIMESTAMP = tables.constantsByTarget.SO_TIMESTAMP['x86_64-linux-gnu']
      delete tables.constantsByTarget.SO_TIMESTAMP
      delete tables.constants.SO_TIMESTAMP_OLD
    })
    expect(compareTables(committed, fresh, ['x86_64-linux-gnu'], true)).toEqual([])
    expect(compareTables(committed, fresh, ['x86_64-linux-gnu']).map(({ symbol }) => symbol)).toEqual(['SO_TIMESTAMP_OLD'])
  })

  it('lists every line that was added, removed or changed', () => {
    expect(compareText('a.ts', 'one\ntwo\nthree\nfour\n', 'one\n2\nthree\nthree and a half\nfour\n')).toEqual([
      'a.ts:2: - two', 'a.ts:2: + 2', 'a.ts:4: + three and a half',
    ])
    expect(compareText('a.ts', 'same\n', 'same\n')).toEqual([])
  })

  it('reports missing compilers and how to install them', () => {
    const { status, stderr } = generate({ PATH: '/nonexistent' }, '--check')
    expect(status).toBe(1)
    for (const { name, compiler } of targets) expect(stderr).toContain(`${name}: ${compiler}-gcc is not installed`)
    expect(stderr).toContain('scripts/toolchain.sh')
  })

  it('lists its options', () => {
    expect(generate({}, '--check', '--target', 'pdp11').stderr).toContain('--target pdp11: choose from x86_64-linux-gnu,')
    expect(generate({}, '--nonsense')).toMatchObject({ status: 1, stderr: expect.stringContaining('npm run generate -- --check') })
    expect(generate({}, '--clang')).toMatchObject({ status: 1, stderr: expect.stringContaining('go with --check') })
  })
})

function generate(env: NodeJS.ProcessEnv, ...args: string[]): { status: number | null; stderr: string } {
  const command = ['--import', 'tsx', 'scripts/generate/main.ts', ...args]
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, env: { ...process.env, ...env }, encoding: 'utf8' })
  return { status, stderr }
}
