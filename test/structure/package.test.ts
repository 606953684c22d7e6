/**
 * The package as it is published: what is in it, and that it works where it is installed. `npm test` has built it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, posix } from 'node:path'
import { runInNewContext } from 'node:vm'
import type { build as Build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { sources } from './sources.ts'

type Conditions = string | { readonly [condition: string]: Conditions }
interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Record<string, Conditions>
  readonly types: string
  readonly bin?: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly scripts: Record<string, string>
  readonly [field: string]: unknown
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

function npm(...args: string[]): string {
  // Without scripts: `prepack` builds, and would pull dist/ away from under the other tests.
  const { error, status, stdout, stderr } = spawnSync('npm', [...args, '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}

/** A project that has the packed package installed, beside what this repository has. */
let project: string
let packed: string[]

beforeAll(() => {
  project = tempDir()
  const [{ files }] = JSON.parse(npm('pack', '--json', '--dry-run')) as [{ files: { path: string }[] }]
  packed = files.map(({ path }) => path)
  // npm's own install would ask the registry for ffi-rs. What it packs it packs as it is.
  for (const path of packed) cpSync(join(ROOT, path), join(project, 'node_modules/cmsg', path))
  for (const name of ['ffi-rs', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
})

const leaves = (conditions: Conditions): string[] =>
  (typeof conditions === 'string' ? [conditions] : Object.values(conditions).flatMap(leaves))

describe('the tarball', () => {
  it('has every file that package.json names', () => {
    const named = [...Object.values(manifest.exports).flatMap(leaves), manifest.types, ...Object.values(manifest.bin ?? {})]
    expect(named.map((path) => posix.normalize(path)).filter((path) => !packed.includes(path))).toEqual([])
  })

  it('has only the library, its notices and the files that npm adds', () => {
    expect([...new Set(packed.map((path) => path.split('/')[0]))].sort())
      .toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.md', 'dist', 'man', 'package.json'])
    expect(packed.filter((path) => path.startsWith('dist/') && !/^dist\/([\w-]+\/)?[\w-]+(\.js|\.d\.ts)$/.test(path))).toEqual([])
  })

  it('has neither sources nor source maps beside the built files', () => {
    expect(packed.filter((path) => /\.map$|(?<!\.d)\.ts$/.test(path))).toEqual([])
    for (const path of packed.filter((path) => path.endsWith('.js'))) {
      expect(readFileSync(join(ROOT, path), 'utf8')).not.toContain('//# sourceMappingURL')
    }
  })

  it('has the licenses of the packages that the command bundles', () => {
    const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES.md'), 'utf8')
    expect(notices).toContain(readFileSync(join(ROOT, 'node_modules/commander/LICENSE'), 'utf8').trim())
    const bundled =
      sources.flatMap(({ imports }) => imports).filter((name) => /^[\w@]/.test(name) && !/^(src|generated)\/|^node:|^ffi-rs$/.test(name))
    expect([...new Set(bundled)]).toEqual(['commander'])
    for (const name of bundled) expect(notices).toContain(`## ${name}\n`)
  })

  it('depends only on ffi-rs, in the one version whose compiled code was reviewed', () => {
    expect(manifest.dependencies).toEqual({ 'ffi-rs': '1.3.7' })
    expect(manifest['peerDependencies']).toEqual({ '@types/node': '>=20' })
    expect(manifest['peerDependenciesMeta']).toEqual({ '@types/node': { optional: true } })
    for (const kind of ['optionalDependencies', 'bundleDependencies', 'bundledDependencies']) expect(manifest).not.toHaveProperty(kind)
    // npm runs `prepare` at `npm ci` too, and when the package is installed from git.
    expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([])
    expect(JSON.parse(readFileSync(join(ROOT, 'node_modules/ffi-rs/package.json'), 'utf8'))).toMatchObject({ version: '1.3.7' })
  })

  it('has only addresses that derive from the repository\'s', () => {
    const { url } = manifest['repository'] as { url: string }
    const page = url.replace(/^git\+(https:\/\/github\.com\/[^/]+\/[^/]+)\.git$/, '$1')
    expect(page).not.toBe(url)
    expect(manifest).toMatchObject({ homepage: `${page}#readme`, bugs: { url: `${page}/issues` }, publishConfig: { provenance: true } })
  })
})

describe('installed', () => {
  const program = (imports: string): string => `${imports}
    const { AF_UNIX, SOCK_DGRAM } = libc.constants
    const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
    libc.sendmsg(a, { buffers: [Buffer.from('hello')] })
    console.log(String(libc.recvmsg(b).data), codec.CMSG_SPACE(12, codec.abis['x86_64-linux-gnu']), typeof cmsg.MessageSocket)
    console.log(cmsg.SystemError === libc.SystemError, cmsg.credentials === codec.credentials, libc.credentials === codec.credentials)
    console.log([cmsg.MessageSocket, cmsg.Message, cmsg.OwnedFd, cmsg.Pidfd, cmsg.SystemError].map(({ name }) => name).join())`
  const output = ['hello 32 function', 'true true true', 'MessageSocket,Message,OwnedFd,Pidfd,SystemError']

  const run = async (file: string, text: string): Promise<string[]> => {
    writeFileSync(join(project, file), text)
    return start([process.execPath, join(project, file)]).output()
  }

  it('is imported by the names of its entry points', async () => {
    const imports = ['cmsg', 'codec', 'libc'].map((name) => `import * as ${name} from '${name === 'cmsg' ? name : `cmsg/${name}`}'`)
    expect(await run('program.mjs', program(imports.join('\n')))).toEqual(output)
  })

  it('is required by the same names', async () => {
    expect(await run('program.cjs', program("const cmsg = require('cmsg'), codec = require('cmsg/codec'), libc = require('cmsg/libc')")))
      .toEqual(output)
  })

  it('exports nothing else except its package.json', async () => {
    expect(await run('names.cjs', `
      console.log(require('cmsg/package.json').version)
      for (const name of ['cmsg/dist/index.js', 'cmsg/src/index.ts', 'cmsg/native']) {
        try { require(name) } catch ({ code }) { console.log(code) }
      }`))
      .toEqual([manifest.version, ...Array<string>(3).fill('ERR_PACKAGE_PATH_NOT_EXPORTED')])
  })

  /** Errors of the TypeScript compiler, of the declarations too. */
  async function errors(name: string, text: string, options: object): Promise<string[]> {
    const settings = {
      strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022'],
      ...options,
    }
    const configuration = join(project, `${name}.json`)
    writeFileSync(join(project, `${name}.ts`), text)
    writeFileSync(configuration, JSON.stringify({ compilerOptions: settings, files: [`${name}.ts`] }))
    const compiler = start([process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', configuration])
    await compiler.exit()
    return compiler.lines
  }
  const everything = `
    import { MessageSocket, credentials, rights } from 'cmsg'
    import { recvmsg } from 'cmsg/libc'
    import { defineStruct } from 'cmsg/codec'
    type Kinds = typeof credentials | typeof rights
    export const socket: MessageSocket<Kinds> = MessageSocket.open({ family: 'unix', type: 'datagram', receive: [credentials, rights] })
    export const data: Buffer = recvmsg(0).data
    export const size: number = defineStruct({ a: 'i32' }).size
    // @ts-expect-error: it is no string
    export const wrong: string = recvmsg(0).data`

  const forBrowsers = `
    import { credentials, encodeControl, structs } from 'cmsg/codec'
    export const control: Uint8Array = encodeControl([credentials({ pid: 1, uid: 2, gid: 3 })])
    export const size: number = structs.ucred.size
    // @ts-expect-error: not known there
    Buffer.alloc(1)`

  it('has types: for Node, for bundlers, and the codec for browsers', { timeout: 120_000 }, async () => {
    expect(await Promise.all([
      errors('node', everything, { module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] }),
      errors('bundler', everything, { types: ['node'] }),
      errors('browser', forBrowsers, { types: [], lib: ['es2022', 'dom'] }),
    ])).toEqual([[], [], []])
  })
})

describe('bundled for a browser', () => {
  const requireOfTsup = createRequire(createRequire(join(ROOT, 'package.json')).resolve('tsup'))
  const esbuild = requireOfTsup('esbuild') as { build: typeof Build; stop: () => Promise<void> }
  afterAll(() => esbuild.stop())
  const bundle = async (contents: string): Promise<string> => {
    const { outputFiles, warnings } = await esbuild.build({
      stdin: { contents, resolveDir: project }, bundle: true, write: false, minify: true, format: 'iife', globalName: 'bundle',
      platform: 'browser', logLevel: 'silent',
    })
    // tsup leaves imports for their effects alone, and says so of each: there are none.
    expect(warnings.filter(({ id }) => id !== 'ignored-bare-import')).toEqual([])
    return outputFiles[0]!.text
  }

  it('the codec needs nothing of Node', async () => {
    const text = await bundle("export * from 'cmsg/codec'")
    const context: { TextEncoder: unknown; TextDecoder: unknown; found?: unknown } = { TextEncoder, TextDecoder }
    runInNewContext(`${text}
      const { abis, hostAbi, encodeControl, decodeControl, rights, credentials, encodeAddress, decodeAddress } = bundle
      const control = encodeControl([rights([3, 4]), credentials({ pid: 1, uid: 2, gid: 3 })])
      const values = decodeControl(control).map(({ value }) => value)
      const { abstract } = decodeAddress(encodeAddress('\\0name'))
      globalThis.found = JSON.stringify([hostAbi().target, control.length, values, abstract.length])`, context)
    expect(JSON.parse(context.found as string)).toEqual(['x86_64-linux-gnu', 56, [[3, 4], { pid: 1, uid: 2, gid: 3 }], 4])
  })

  it('one macro brings in neither the control messages nor the other structs', async () => {
    const text = await bundle("import { CMSG_LEN, abis } from 'cmsg/codec'\nexport const length = CMSG_LEN(12, abis['x86_64-linux-gnu'])")
    expect(runInNewContext(`${text}; bundle.length`, { TextEncoder, TextDecoder })).toBe(28)
    expect(['cmsg_len', 'credentials', 'SCM_RIGHTS', 'sockaddr_un', 'msg_iovlen'].filter((name) => text.includes(name))).toEqual([
      'cmsg_len',
    ])
    expect(text.length).toBeLessThan(6000)
  })

  it('one control message brings in no other, and no table of constants or structs', async () => {
    const text = await bundle("import { credentials, encodeControl } from 'cmsg/codec'\n"
      + 'export const control = encodeControl([credentials({ pid: 1, uid: 2, gid: 3 })])')
    expect((runInNewContext(`${text}; bundle.control`, { TextEncoder, TextDecoder }) as Uint8Array).length).toBe(32)
    expect(['SCM_CREDENTIALS', 'SCM_RIGHTS', 'sockaddr_un', 'msg_iovlen', 'SOCK_DGRAM', 'EAGAIN'].filter((name) => text.includes(name)))
      .toEqual(['SCM_CREDENTIALS'])
    expect(text.length).toBeLessThanOrEqual(20_000)
  })
})
