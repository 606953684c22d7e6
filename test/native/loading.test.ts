/**
 * The built library with the engine ffi-rs loads nothing before the first use. Where it cannot work, the error gives the reason. Each
 * test has its own process, because a process loads the library only once.
 * @module
 */
import { cpSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

type Door = 'index' | 'codec' | 'libc'
const doors: Door[] = ['index', 'codec', 'libc']

interface Settings { readonly dist?: string; readonly flags?: readonly string[]; readonly env?: NodeJS.ProcessEnv }

/** What a script gives to `report`, after it was run by Node as an ES module. `door('libc')` imports one. */
async function run(script: string, { dist = join(ROOT, 'dist'), flags = [], env = {} }: Settings = {}): Promise<unknown> {
  const source = `
    const door = (name) => import(${JSON.stringify(`${pathToFileURL(dist).href}/`)} + name + '.js')
    const report = (value) => console.log(JSON.stringify(value))
    const codeOf = (run) => { try { run(); return 'no error' } catch (error) { return error.code } }
    const errorOf = (run) => {
      try { run(); return 'no error' } catch ({ constructor, code, message, cause }) {
        return { class: constructor.name, code, message, cause: cause?.code }
      }
    }
    ${script}`
  const lines = await start([process.execPath, ...flags, '--input-type=module', '-e', source], { CMSG_FFI: 'ffi-rs', ...env }).output()
  return JSON.parse(lines.join('\n'))
}

/** The usual: a message with credentials there and back, and three errors. In `libc`. */
const works = `(() => {
  const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT } = libc.constants
  const [a, b] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
  libc.setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)
  const sent = libc.sendmsg(a, { buffers: [Buffer.from('hello')] })
  const { data, control } = libc.recvmsg(b, { size: 10, controlSize: 32 })
  const [message] = libc.decodeControl(control)
  const codes = [() => libc.recvmsg(b, {}, MSG_DONTWAIT), () => libc.close(1e6), () => libc.socket(255, 1)].map(codeOf)
  libc.close(a)
  libc.close(b)
  return [sent, String(data), message.value.pid === process.pid, ...codes]
})()`
const worked = [5, 'hello', true, 'EAGAIN', 'EBADF', 'EAFNOSUPPORT']

describe('importing does nothing before the first use', () => {
  it.each(doors)('%s', async (name) => {
    const empty = join(tempDir(), 'empty.mjs')
    // Importing node:util makes Node 26 open its standard output.
    writeFileSync(empty, "import 'node:util'")
    const found = await run(`
      import { readdirSync, readFileSync } from 'node:fs'
      const state = () => ({
        descriptors: readdirSync('/proc/self/fd').length,
        threads: readdirSync('/proc/self/task').length,
        waitedFor: process.getActiveResourcesInfo(),
        listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
        ffi: readFileSync('/proc/self/maps', 'latin1').includes('ffi-rs'),
      })
      // Node reads files on threads of its own, and closes them some time afterwards.
      const read = async (module) => {
        await module
        for (let i = 0; i < 10_000 && process.getActiveResourcesInfo().length > 0; i++) await new Promise(setImmediate)
      }
      await read(import('${pathToFileURL(empty).href}'))
      const before = state()
      await read(door('${name}'))
      report({ before, after: state() })`) as Record<'before' | 'after', { ffi: boolean; waitedFor: string[] }>
    expect(found.after).toEqual(found.before)
    expect(found.after.ffi).toBe(false)
    expect(found.after.waitedFor.filter((name) => name !== 'PipeWrap')).toEqual([])
  })

  it('but the first use loads it', async () => {
    expect(await run(`
      import { readFileSync } from 'node:fs'
      const libc = await door('libc')
      const result = ${works}
      report([...result, readFileSync('/proc/self/maps', 'latin1').includes('ffi-rs')])`)).toEqual([...worked, true])
  })
})

/** What each door is asked, and what it says where it can do nothing. */
const everywhere = `
  const { CMSG_SPACE, encodeControl, decodeControl, rights, abis, hostAbi } = await door('codec')
  const libc = await door('libc')
  const { MessageSocket } = await door('index')
  const [message] = decodeControl(encodeControl([rights([3])], { abi: abis['s390x-linux-gnu'] }), { abi: abis['s390x-linux-gnu'] })
  report({
    codec: [CMSG_SPACE(12, abis['x86_64-linux-gnu']), message.value, hostAbi().target],
    errors: [() => libc.socket(1, 2), () => libc.socketpair(1, 2), () => libc.close(1e6), () => libc.poll([], 0),
      () => libc.sendmsg(0, { buffers: [Buffer.from('x')] }), () => libc.recvmmsg(0, { count: 1, size: 1 }),
      () => MessageSocket.pair({ type: 'datagram' }), () => MessageSocket.open({ family: 'unix', type: 'datagram' })].map(errorOf),
  })`
interface Everywhere {
  readonly codec: readonly unknown[]
  readonly errors: readonly { class: string; code: string; message: string; cause?: string }[]
}

function expectUnsupported({ codec, errors }: Everywhere, target: string, message: RegExp, cause?: string): void {
  expect(codec).toEqual([32, [3], target])
  expect(errors).toHaveLength(8)
  for (const error of errors) {
    expect(error).toEqual({ class: 'Error', code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringMatching(message) as unknown, cause })
  }
}

describe('the error where the library cannot work', () => {
  const pretend = (property: string, value: string): string => `Object.defineProperty(process, '${property}', { value: '${value}' })\n`

  it.each(['darwin', 'win32', 'freebsd', 'android'])('on %s says that it needs Linux, and the codec works', async (platform) => {
    const found = await run(pretend('platform', platform) + everywhere) as Everywhere
    expectUnsupported(found, 'x86_64-linux-gnu', new RegExp(`needs Linux.*${platform}.*cmsg/codec`))
  })

  it.each([
    ['ia32', 'x86_64-linux-gnu'], ['arm', 'arm-linux-gnueabihf'], ['s390x', 's390x-linux-gnu'], ['riscv64', 'riscv64-linux-gnu'],
    ['loong64', 'x86_64-linux-gnu'],
  ])('on a CPU called %s says that its layouts are missing', async (arch, target) => {
    const found = await run(pretend('arch', arch) + everywhere) as Everywhere
    expectUnsupported(found, target, new RegExp(`64-bit x86 or ARM.*${arch}.*cmsg/codec`))
  })

  const host = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
  /** A copy of the library with its modules, but without these packages. */
  function without(...missing: string[]): string {
    const directory = tempDir()
    cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true })
    for (const name of ['ffi-rs', '@yuuang'].filter((name) => !missing.includes(name))) {
      cpSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name), { recursive: true })
    }
    cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
    return join(directory, 'dist')
  }
  it.each([
    ['ffi-rs', ['ffi-rs', '@yuuang'],
      'it is not installed\\. Reinstall .*A bundle needs node_modules/ffi-rs and node_modules/@yuuang beside it'],
    ['the binary of ffi-rs', ['@yuuang'], '/node_modules/ffi-rs/index\\.js is installed without its binary, .*Reinstall'],
  ])('without %s names the missing part', async (_, missing, reason) => {
    const found = await run(everywhere, { dist: without(...missing) }) as Everywhere
    const failed = `Could not load ffi-rs on linux ${process.arch}, Node ${process.version}`
    expectUnsupported(found, host, new RegExp(`${failed}: .*${reason}.* \\(Cannot find module [^\\n]*\\)$`), 'MODULE_NOT_FOUND')
  })
  it.each([['bun', 'Bun 1.4.5'], ['deno', 'Deno 2.9.6']])('on %s has the name of the runtime', async (name, called) => {
    const [, version] = called.split(' ')
    const pretending = `Object.defineProperty(process.versions, '${name}', { value: '${version}' })\n`
    const { errors: [error] } = await run(pretending + everywhere, { dist: without('ffi-rs') }) as Everywhere
    expect(error!.message).toContain(`${process.arch}, ${called}: `)
  })
  it('on musl and arm64 does not suggest reinstalling', async () => {
    // A file of that name is mapped, which is how the C library is told.
    const library = join(tempDir(), 'ld-musl-aarch64.so.1')
    cpSync(createRequire(import.meta.url).resolve(`@yuuang/ffi-rs-linux-${process.arch}-gnu`), library)
    const pretend =
      `process.dlopen({ exports: {} }, ${JSON.stringify(library)})\nObject.defineProperty(process, 'arch', { value: 'arm64' })\n`
    const { errors: [error] } = await run(pretend + everywhere, { dist: without('@yuuang') }) as Everywhere
    expect(error!.message)
      .toMatch(/Could not load ffi-rs on linux arm64, Node .*: its binary for musl on arm64 needs glibc; .*Bun.* \(Cannot find module/)
    expect(error!.message).not.toContain('einstall')
  })
  it('does not occur with both parts, so nothing else was missing', async () => {
    expect(await run(`const libc = await door('libc')\nreport(${works})`, { dist: without() })).toEqual(worked)
  })

  it('without permission to load addons names the permission', async () => {
    const found = await run(everywhere, { flags: ['--no-addons'] }) as Everywhere
    expectUnsupported(found, host, /Could not load ffi-rs on linux .*--allow-addons/, 'ERR_DLOPEN_DISABLED')
  })

  /** A C library that does not have these functions, as ffi-rs shows it. */
  const lacking = (...names: string[]): string => `
    import { createRequire } from 'node:module'
    const ffi = createRequire(${JSON.stringify(join(ROOT, 'dist/libc.js'))})('ffi-rs')
    const { load } = ffi
    ffi.load = (params) => {
      const { funcName } = params
      if (${JSON.stringify(names)}.includes(funcName)) throw new Error('Cannot find "' + funcName + '" function in shared library')
      return load(params)
    }`

  it('for a function that the C library lacks occurs when it is called', async () => {
    const without = lacking(
      'accept4', 'poll', 'recvmmsg', 'sendmmsg', 'if_nametoindex', 'if_indextoname', 'fchmod', 'flock', 'eventfd', 'dlopen', 'dlsym',
      'dup3', 'pthread_create', 'pthread_tryjoin_np', 'syscall',
    )
    const failed = ['accept4', 'poll', 'if_nametoindex', 'if_indextoname']
    expect(await run(`${without}
      const libc = await door('libc')
      const result = ${works}
      const [a, b] = libc.socketpair(1, 2)
      const sent = libc.sendmmsg(a, ['one', 'two'].map((text) => ({ buffers: [Buffer.from(text)] })))
      const received = libc.recvmmsg(b, { count: 2, size: 3 }).map(({ data }) => String(data))
      const calls = [() => libc.accept4(a), () => libc.poll([], 0), () => libc.if_nametoindex('lo'), () => libc.if_indextoname(1)]
      report([...result, [sent, received], ...calls.map((call) => errorOf(call).message)])`))
      .toEqual([
        ...worked, [2, ['one', 'two']], ...failed.map((name) => expect.stringMatching(`^${name} ENOSYS.*: .*C library`) as unknown),
      ])
  })

  it.each(['calloc', 'memcpy', '__errno_location'])('without %s names the function', async (name) => {
    expect(await run(`${lacking(name)}
      const libc = await door('libc')
      report(errorOf(() => libc.socket(1, 2)))`)).toMatchObject({
      code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringContaining(`Could not find ${name} in the C library`) as unknown,
    })
  })

  it('if calls return wrong results names the required version', async () => {
    expect(await run(`
      import { createRequire } from 'node:module'
      const ffi = createRequire(${JSON.stringify(join(ROOT, 'dist/libc.js'))})('ffi-rs')
      const { load } = ffi
      ffi.load = (params) => params.funcName === 'close' && params.paramsType.length === 1 ? 0 : load(params)
      const libc = await door('libc')
      report(errorOf(() => libc.socket(1, 2)))`)).toMatchObject({
        code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringMatching(/exactly version 1\.3\.7/) as unknown,
      })
  })
})

describe('errno', () => {
  it.each([
    ['is a copy', '(...args) => Buffer.from(createExternalBuffer(...args))'],
    // As in Electron: napi_no_external_buffers_allowed.
    ['is refused', "() => { throw new Error('Failed to create external buffer') }"],
  ])('is read with each result where a view on it %s', async (_, refusing) => {
    expect(await run(`
      import { createRequire } from 'node:module'
      const ffi = createRequire(${JSON.stringify(join(ROOT, 'dist/libc.js'))})('ffi-rs')
      const { createExternalBuffer, load } = ffi
      ffi.createExternalBuffer = ${refusing}
      const asked = new Set()
      ffi.load = (params) => { asked.add(params.funcName + ' ' + params.errno); return load(params) }
      const libc = await door('libc')
      const result = ${works}
      report([...result, asked.has('recvmsg true'), asked.has('recvmsg false')])`)).toEqual([...worked, true, false])
  })

  it('is correct during garbage collections', async () => {
    const wrong = await run(`
      const libc = await door('libc')
      const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, MSG_DONTWAIT, SOL_SOCKET } = libc.constants
      const [a] = libc.socketpair(AF_UNIX, SOCK_DGRAM)
      const stream = libc.socket(AF_UNIX, SOCK_STREAM)
      const nobody = libc.encodeAddress('/nobody/is/here')
      const cases = [
        ['EAGAIN', () => libc.recvmsg(a, {}, MSG_DONTWAIT)], ['EBADF', () => libc.close(1e6)], ['EAFNOSUPPORT', () => libc.socket(255, 1)],
        ['ENOENT', () => libc.connect(stream, nobody)], ['ENOPROTOOPT', () => libc.setsockopt(a, SOL_SOCKET, 9999, 1)],
        ['ENOTCONN', () => libc.getpeername(stream)], ['EOPNOTSUPP', () => libc.listen(a)],
      ]
      const wrong = []
      const garbage = []
      for (let i = 0; i < 30_000; i++) {
        const [code, call] = cases[i % cases.length]
        garbage[i % 100] = { text: 'x'.repeat(i % 1000), bytes: Buffer.alloc(i % 5000), memory: new ArrayBuffer(1000) }
        if (i % 300 === 0) gc()
        const got = codeOf(call)
        if (got !== code && !(code === 'EOPNOTSUPP' && got === 'ENOTSUP')) wrong.push([i, code, got])
      }
      report(wrong)`, { flags: ['--expose-gc', '--stress-scavenge=50', '--gc-interval=500'] })
    expect(wrong).toEqual([])
  })
})

describe('the lock for loading on several threads', () => {
  /** Where the lock may be, and the entry of a thread. */
  const places = `
    import { lchownSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
    const start = readFileSync('/proc/self/stat', 'latin1').split(') ').pop().split(' ')[19]
    const places = ['/dev/shm', '/tmp', process.env.TMPDIR].map((directory) => directory + '/.cmsg-' + process.pid + '-' + start)
    const left = () => places.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    process.on('exit', () => places.forEach((path) => rmSync(path, { force: true, recursive: true })))`

  const load = `const libc = await door('libc')\nreport(${works})`

  it('does not need a writable TMPDIR', async () => {
    expect(await run(load, { env: { TMPDIR: '/proc/no/such/directory' } })).toEqual(worked)
  })

  it.each([
    ['mkdirSync', 'EROFS'], ['writeFileSync', 'ENOSPC'], ['readlinkSync', 'EACCES'], ['readFileSync', 'ENOENT'],
  ])('is not needed where %s fails with %s, also in a Worker', async (name, code) => {
    const patch = `
      const { default: fs } = await import('node:fs')
      const { syncBuiltinESMExports } = await import('node:module')
      const original = fs.${name}
      fs.${name} = (path, ...rest) => {
        if (/^\\/proc\\/|\\/\\.cmsg-/.test(path)) throw Object.assign(new Error('not here'), { code: '${code}' })
        return original(path, ...rest)
      }
      syncBuiltinESMExports()`
    const worker = `${patch}
      const { parentPort, workerData } = await import('node:worker_threads')
      const libc = await import(workerData)
      const codeOf = (run) => { try { run() } catch (error) { return error.code } }
      parentPort.postMessage(${works})`
    expect(await run(`${places}
      import { Worker } from 'node:worker_threads'
      ${patch}
      const libc = await door('libc')
      const here = ${works}
      const url = 'data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})
      const workerData = ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/libc.js')).href)}
      new Worker(new URL(url), { workerData }).on('message', (there) => report([here, there, left()]))
    `, { env: { TMPDIR: tempDir() } })).toEqual([worked, worked, []])
  })

  it('is not held by threads that have ended', async () => {
    expect(await run(`${places}
      // One that ended, and one whose number another thread has by now.
      for (const path of places) for (const gone of ['/1000000000-1', '/' + process.pid + '-1']) {
        mkdirSync(path, { recursive: true })
        writeFileSync(path + gone, '')
      }
      const libc = await door('libc')
      // The first of the places is the one that is used.
      report([${works}, left().length])`, { env: { TMPDIR: tempDir() } })).toEqual([worked, 2])
  })

  it('leaves nothing behind', async () => {
    const temporary = tempDir()
    expect(await run(`${places}
      const libc = await door('libc')
      report([${works}, left()])`, { env: { TMPDIR: temporary } })).toEqual([worked, []])
    expect(readdirSync(temporary)).toEqual([])
  })

  withPeer('root', 'if another user owns it', () => {
    it('is not waited for', async () => {
      expect(await run(`${places}
        for (const path of places) {
          mkdirSync(path)
          writeFileSync(path + '/' + process.pid + '-' + start, '') // which is there for as long as we are
          lchownSync(path, 1000, 1000)
        }
        const libc = await door('libc')
        report(${works})`, { env: { TMPDIR: tempDir() } })).toEqual(worked)
    })
  })
})
