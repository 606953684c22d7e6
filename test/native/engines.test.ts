/**
 * The choice of an engine, over dist/, on the runtimes that test/runtimes/install.sh has put under .cache/runtimes.
 * @module
 */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, unlessMissing } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'

interface Runtime {
  readonly program: string
  readonly args: readonly string[]
  /** Arguments with which it may use its own FFI, and nothing more than cmsg needs beside that. */
  readonly ffiOnly: readonly string[]
  readonly engine: string
}

const node = (major: number, engine: string): Runtime => ({ program: `node${major}/bin/node`, args: [], ffiOnly: [], engine })
const runtimes: Readonly<Record<string, Runtime>> = {
  node20: node(20, 'ffi-rs'),
  node24: node(24, 'ffi-rs'),
  node26: { ...node(26, 'node'), ffiOnly: ['--permission', '--allow-ffi', '--allow-net', '--allow-fs-read=*'] },
  bun: { program: 'bun/bin/bun', args: [], ffiOnly: [], engine: 'bun' },
  deno: {
    program: 'deno/deno', args: ['run', '-A'], ffiOnly: ['run', '--no-prompt', '--allow-ffi', '--allow-read', '--allow-env'],
    engine: 'deno',
  },
}

/** A message with credentials there and back, awaited; then what is in use. */
const converse = `
const { MessageSocket, credentials, engine } = await import(process.argv[2])
const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
const pending = b.receive()
await a.send('hello')
const message = await pending
console.log(message.data.toString(), message.get(credentials).pid === process.pid, engine.name)
console.log(engine.reason)
for (const socket of [a, b]) await socket.close()`

/** The package as it is published, alone in a folder or with ffi-rs beside it. */
function installed(withFfiRs: boolean): string {
  const directory = tempDir()
  cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
  if (withFfiRs) {
    mkdirSync(join(directory, 'node_modules'))
    for (const name of ['ffi-rs', '@yuuang']) {
      cpSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name), { recursive: true })
    }
  }
  return join(directory, 'dist/index.js')
}

interface Settings {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly library?: string
  readonly script?: string
}
type Run = (settings?: Settings) => Running

const program = join(tempDir(), 'converse.mjs')
writeFileSync(program, converse)

function withRuntime(name: string, body: (run: Run, runtime: Runtime) => void): void {
  const runtime = runtimes[name]!
  const path = join(ROOT, '.cache/runtimes/node_modules', runtime.program)
  const run: Run = ({ args = runtime.args, env = {}, library = join(ROOT, 'dist/index.js'), script = program } = {}) =>
    start([path, ...args, script, library], { CMSG_FFI: '', CMSG_READINESS: '', ...env })
  const suite = (): void => { body(run, runtime) }
  unlessMissing(existsSync(path) ? undefined : `${name} is not installed: test/runtimes/install.sh`, name, suite)
}

for (const name of Object.keys(runtimes)) {
  withRuntime(name, (run, { engine, ffiOnly }) => {
    it('uses the FFI of the runtime if there is one, without a warning', async () => {
      const running = run()
      const [line, reason] = await running.output()
      expect(line).toBe(`hello true ${engine}`)
      expect(reason).toMatch(engine === 'ffi-rs' ? /^node:ffi is not used: Node v.* does not have it$/ : /passed its self-test$/)
      expect(running.stderr).toBe('')
    })

    it('works in code that is passed to a Worker as text', async () => {
      const worker = join(tempDir(), 'worker.mjs')
      writeFileSync(worker, `
        import { Worker } from 'node:worker_threads'
        const report = "({ engine }) => require('node:worker_threads').parentPort.postMessage(engine.name)"
        const code = "import(" + JSON.stringify(process.argv[2]) + ").then(" + report + ")"
        new Worker(code, { eval: true }).on('message', (name) => { console.log(name) })`)
      expect(await run({ script: worker }).output()).toEqual([engine])
    })

    it('prints the engine with NODE_DEBUG=cmsg', async () => {
      const running = run({ env: { NODE_DEBUG: 'cmsg', CMSG_READINESS: 'thread' } })
      await running.output()
      expect(running.stderr).toMatch(/calls libc through .*: /)
      expect(running.stderr).toContain('waits by thread: CMSG_READINESS=thread')
    })

    it('uses ffi-rs with CMSG_FFI=ffi-rs', async () => {
      expect(await run({ env: { CMSG_FFI: 'ffi-rs' } }).output()).toEqual(['hello true ffi-rs', 'CMSG_FFI=ffi-rs'])
    })

    it.each(['node', 'deno', 'bun'].filter((other) => other !== engine))('refuses CMSG_FFI=%s with the reason', async (other) => {
      const running = run({ env: { CMSG_FFI: other } })
      expect(await running.exit()).toBe(1)
      expect(running.stderr).toMatch(new RegExp(`Cannot call libc through .* \\(CMSG_FFI=${other}\\): .* does not have it`))
    })

    it('refuses an unknown name', async () => {
      const running = run({ env: { CMSG_FFI: 'libffi' } })
      expect(await running.exit()).toBe(1)
      expect(running.stderr).toContain('Cannot use CMSG_FFI=libffi: expected node, deno, bun, ffi-rs')
    })

    if (engine === 'ffi-rs') {
      it('reports that ffi-rs is missing if it is not installed', async () => {
        const running = run({ library: installed(false) })
        expect(await running.exit()).toBe(1)
        expect(running.stderr).toMatch(/Could not load ffi-rs on linux .*Reinstall with npm install cmsg.*; node:ffi is not used/)
      })
      it('finds ffi-rs beside it', async () => {
        expect((await run({ library: installed(true) }).output())[0]).toBe('hello true ffi-rs')
      })
    } else {
      it('needs no ffi-rs, and only the permissions of the runtime\'s FFI', async () => {
        const running = run({ library: installed(false), args: ffiOnly })
        expect((await running.output())[0]).toBe(`hello true ${engine}`)
      })
    }
  })
}

withRuntime('node20', (run) => {
  it('names no permission that this Node does not have', async () => {
    const running = run({ args: ['--experimental-permission', '--allow-fs-read=*'] })
    expect(await running.exit()).toBe(1)
    expect(running.stderr).toMatch(/--allow-addons/)
    expect(running.stderr).toMatch(/node:ffi is not used: Node v20\.\S+ does not have it/)
    expect(running.stderr).not.toMatch(/--allow-ffi|with --permission/)
  })
})

withRuntime('node26', (run) => {
  it('falls back to ffi-rs if node:ffi is not allowed', async () => {
    const [line, reason] = await run({ args: ['--permission', '--allow-addons', '--allow-net', '--allow-fs-read=*'] }).output()
    expect(line).toBe('hello true ffi-rs')
    expect(reason).toBe('node:ffi is not used: this process may not use it: with --permission it needs --allow-ffi')
  })

  it('names both permissions if neither is given', async () => {
    const running = run({ args: ['--permission', '--allow-fs-read=*'] })
    expect(await running.exit()).toBe(1)
    expect(running.stderr).toMatch(/--allow-addons.*--allow-ffi/s)
  })

  it('names the permissions for waiting if neither is given', async () => {
    const running = run({ args: ['--permission', '--allow-ffi', '--allow-fs-read=*'] })
    expect(await running.exit()).toBe(1)
    expect(running.stderr).toMatch(/Cannot wait for sockets in this process: handle .*--allow-net.*; thread .*--allow-worker/)
  })

  it('falls back to ffi-rs if node:ffi is switched off', async () => {
    expect((await run({ args: ['--no-experimental-ffi'] }).output())[0]).toBe('hello true ffi-rs')
  })

  it.each([
    ['signatures are ignored', "getFunction.call(this, name, { parameters: [], result: 'void' })"],
    ['a result is wrong', "name === 'close' ? () => 0 : getFunction.call(this, name, signature)"],
  ])('falls back to ffi-rs if %s', async (_, faulty) => {
    const preload = join(tempDir(), 'fault.mjs')
    writeFileSync(preload, `
      const { prototype } = process.getBuiltinModule('node:ffi').DynamicLibrary
      const { getFunction } = prototype
      prototype.getFunction = function (name, signature) { return ${faulty} }`)
    const [line, reason] = await run({ args: ['--no-warnings', '--import', preload] }).output()
    expect(line).toBe('hello true ffi-rs')
    expect(reason).toMatch(/^node:ffi is not used: /)
  })
})

/** Each with the options under which its own FFI is worth a test: optimized, and not. */
const errnoRuns: Readonly<Record<string, readonly { readonly args: readonly string[]; readonly engines: readonly string[] }[]>> = {
  node20: [{ args: ['--expose-gc'], engines: ['ffi-rs'] }],
  node26: [{ args: ['--expose-gc'], engines: ['node', 'ffi-rs'] }, { args: ['--expose-gc', '--no-opt'], engines: ['node'] }],
  bun: [{ args: [], engines: ['bun', 'ffi-rs'] }],
  deno: [
    { args: ['run', '-A', '--v8-flags=--expose-gc'], engines: ['deno', 'ffi-rs'] },
    { args: ['run', '-A', '--v8-flags=--expose-gc,--no-opt'], engines: ['deno'] },
  ],
}
/** CMSG_ERRNO_CALLS=5000000 for the proof. */
const errnoCalls = Number(process.env.CMSG_ERRNO_CALLS ?? 50_000)

for (const [name, runs] of Object.entries(errnoRuns)) {
  const path = join(ROOT, '.cache/runtimes/node_modules', runtimes[name]!.program)
  withRuntime(name, () => {
    for (const { args, engines } of runs) {
      const timeout = 60_000 + errnoCalls / 10
      it.each(engines)(`reads the correct errno during garbage collections: ${[...args, ''].join(' ')}%s`, { timeout }, async (engine) => {
        const running = start([path, ...args, 'test/native/errno.program.mjs', String(errnoCalls)], { CMSG_FFI: engine })
        expect(JSON.parse((await running.output(timeout)).join('\n'))).toEqual({
          engine, calls: errnoCalls, wrong: 0, inWorker: 0,
        })
      })
    }
  })
}
