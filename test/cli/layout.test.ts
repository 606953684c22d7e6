/**
 * `cmsg layout`: its numbers are the compiler's, its picture is of them, and it loads nothing it does not need.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, openSync, closeSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { layouts } from '../../generated/layouts.ts'
import { macros } from '../../generated/macros.ts'
import { abis } from '../../src/abi/abi.ts'
import { ROOT } from '../support/peers.ts'
import { tempDir } from '../support/processes.ts'
import { cmsg, failure, output } from './command.ts'

interface Span { offset: number; size: number }
interface Layout { targets: string[]; size: number; fields: (Span & { name: string })[]; holes: Span[] }
interface Json { struct: string; layouts: Layout[] }

describe('cmsg layout', () => {
  it('draws rows of eight bytes, with holes', () => {
    expect(output(['layout', 'msghdr', '--target', 'x86_64-linux-gnu'])).toBe(`\
struct msghdr: 56 bytes, aligned to 8
x86_64-linux-gnu 64-bit, little-endian
      0   1   2   3   4   5   6   7
    ┌───────────────────────────────┐
  0 │ msg_name                      │
    ├───────────────┬───────────────┤
  8 │ msg_namelen   │ ··· hole, 4   │
    ├───────────────┴───────────────┤
 16 │ msg_iov                       │
    ├───────────────────────────────┤
 24 │ msg_iovlen                    │
    ├───────────────────────────────┤
 32 │ msg_control                   │
    ├───────────────────────────────┤
 40 │ msg_controllen                │
    ├───────────────┬───────────────┤
 48 │ msg_flags     │ ··· hole, 4   │
    └───────────────┴───────────────┘

offset  size  field           type
     0     8  msg_name        void *
     8     4  msg_namelen     uint32_t
    12     4  (hole)
    16     8  msg_iov         void *
    24     8  msg_iovlen      size_t
    32     8  msg_control     void *
    40     8  msg_controllen  size_t
    48     4  msg_flags       int32_t
    52     4  (hole)
`)
  })

  it('puts targets side by side and marks the differences', () => {
    const text = output(['layout', 'cmsghdr', '-t', 'x86_64-linux-gnu', '-t', 'arm'])
    expect(text).toContain(`\
    ┌───────────────────────────────┐           ┌───────────────┬───────────────┐
  0 │ cmsg_len ≠                    │         0 │ cmsg_len ≠    │ cmsg_level ≠  │
    ├───────────────┬───────────────┤           ├───────────────┼───────────────┘
  8 │ cmsg_level ≠  │ cmsg_type ≠   │         8 │ cmsg_type ≠   │
    └───────────────┴───────────────┘           └───────────────┘`)
    expect(text).toMatch(/^≠ +cmsg_level +8 +4 +4 +4$/m)
    expect(text).toMatch(/^≠ +sizeof\(struct cmsghdr\) +16 +12$/m)
    // What is the same is not marked.
    expect(output(['layout', 'ucred', '-t', 'x86_64-linux-gnu', '-t', 'arm'])).not.toMatch(/^≠|[a-z] ≠/m)
  })

  it('agrees with the compilers about every struct on every target', () => {
    const names = (JSON.parse(output(['layout', '--json'])) as { struct: string }[]).map(({ struct }) => struct)
    expect(names).toEqual(Object.keys(layouts))
    for (const name of ['msghdr', 'cmsghdr', 'sock_extended_err', 'scm_timestamping']) {
      const { layouts: found } = JSON.parse(output(['layout', `struct ${name}`, '--all', '--json'])) as Json
      const { variants } = layouts[name as keyof typeof layouts] as unknown as {
        variants: readonly { targets?: readonly string[]; size: number; fields: Record<string, [number, number]> }[]
      }
      for (const { targets, size, fields, holes } of found) {
        const variant = variants.find((one) => one.targets?.includes(targets[0]!) ?? true)!
        expect(size).toBe(variant.size)
        expect(Object.fromEntries(fields.map(({ name, offset, size }) => [name, [offset, size]]))).toEqual(variant.fields)
        expect([...fields, ...holes].reduce((sum, part) => sum + part.size, 0)).toBe(size)
      }
      expect(found.flatMap(({ targets }) => targets).sort()).toEqual(Object.keys(abis).sort())
    }
  })

  it('lists all structs, with a column for the targets that agree throughout', () => {
    const text = output(['layout', '--all'])
    expect(text).toMatch(/^ +struct +x86_64-linux-gnu \+1 +aarch64-linux-gnu \+4 +arm-linux-gnueabihf +arm-linux-musleabihf$/m)
    expect(text).toMatch(/^≠ +struct msghdr +56 +56 +28 +28$/m)
    expect(text).toMatch(/^ +struct ucred +12 +12 +12 +12$/m)
    const alike = ['aarch64-linux-gnu', 'riscv64-linux-gnu', 's390x-linux-gnu', 'aarch64-linux-musl', 's390x-linux-musl']
    expect(text.split('\n')).toContain(`aarch64-linux-gnu +4: ${alike.join(', ')}`)
    expect(output(['layout', '-t', 'x86_64-linux-gnu'])).toMatch(/^struct ucred +12 {2}pid, uid, gid$/m)
  })

  it('computes the macros as C does', () => {
    const found = JSON.parse(output([
      'layout', '--macros', '--all', '--json',
    ])) as { target: string; results: { bytes: number; CMSG_ALIGN: number; CMSG_LEN: number; CMSG_SPACE: number }[] }[]
    let compared = 0
    for (const { target, results } of found) {
      const vectors = macros.find(({ targets }) => (targets as readonly string[]).includes(target))!.results
      for (const macro of ['CMSG_ALIGN', 'CMSG_LEN', 'CMSG_SPACE'] as const) {
        const inC = new Map<number, number>(vectors[macro].map(([n, result]) => [n, result]))
        for (const result of results) {
          if (inC.has(result.bytes)) compared += Number((expect(result[macro]).toBe(inC.get(result.bytes)), true))
        }
      }
    }
    expect(compared).toBeGreaterThan(9 * 3 * 4)
    expect(output(['layout', '--macros'])).toContain('CMSG_SPACE(12) = 16 + 16 = 32')
  })

  it.each([
    [['layout', 'msghd'], /Did you mean msghdr, .*cmsghdr.*\?/],
    [['layout', 'ucrd'], /no struct ucrd here\. Did you mean ucred\?/],
    [['layout', 'nothing'], /no struct nothing here\. `cmsg layout` lists them/],
    [['layout', 'msghdr', '-t', 'vax'], /no target vax\. Expected one of .*x86_64-linux-gnu/],
    [['layout', 'msghdr', '--macros'], /takes no struct/],
    [['layout', 'msghdr', 'cmsghdr'], /too many arguments/],
    [['layout', '--colour'], /unknown option '--colour'/],
  ])('%j is refused in one line', (args, message) => {
    expect(cmsg(args)).toMatchObject(failure(2, message))
  })

  // As it is published: built, and with its output in a file, since for a pipe or a terminal Node itself loads net.
  it('loads no native code and none of the slow modules of Node', () => {
    const directory = tempDir()
    const preload = join(directory, 'loaded.cjs')
    writeFileSync(preload, `process.on('exit', () => require('fs').writeFileSync(process.env.LOADED, JSON.stringify({
      builtins: process.moduleLoadList.map((line) => line.split(' ').at(-1)),
      mapped: require('fs').readFileSync('/proc/self/maps', 'utf8'),
    })))`)
    const loaded = join(directory, 'loaded.json')
    const run = (...program: string[]): { text: string; builtins: string[]; mapped: string } => {
      const [stdout, stderr] = ['stdout', 'stderr'].map((name) => openSync(join(directory, name), 'w')) as [number, number]
      const { status } = spawnSync(process.execPath, ['--require', preload, ...program], {
        stdio: ['ignore', stdout, stderr], env: { ...process.env, LOADED: loaded },
      })
      for (const fd of [stdout, stderr]) closeSync(fd)
      expect([status, readFileSync(join(directory, 'stderr'), 'utf8')]).toEqual([0, ''])
      const found = JSON.parse(readFileSync(loaded, 'utf8')) as { builtins: string[]; mapped: string }
      return { text: readFileSync(join(directory, 'stdout'), 'utf8'), ...found }
    }
    const { text, builtins, mapped } = run(join(ROOT, 'dist/cli/main.js'), 'layout', 'msghdr')
    expect(text).toContain('msg_controllen')
    expect(mapped.split('\n').filter((line) => /\.node$|ffi-rs/.test(line))).toEqual([])
    // Importing node:util makes Node 26 look at its own output, for which it loads some of them.
    const own = new Set(run('--input-type=module', '-e', "import 'node:util'").builtins)
    const slow = ['net', 'dgram', 'child_process', 'worker_threads', 'http', 'crypto']
    expect(builtins.filter((name) => slow.includes(name) && !own.has(name))).toEqual([])
    expect(builtins).toContain('fs') // the list says something
  })
})
