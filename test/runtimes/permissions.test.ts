/**
 * Socket files with the permissions of a runtime restricted, over dist/, on the runtimes that test/runtimes/install.sh has put under
 * .cache/runtimes.
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket } from 'cmsg'
import { ROOT, unlessMissing } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

interface Runtime {
  readonly program: string
  /** Arguments that allow everything but to write files. */
  readonly restricted: readonly string[]
  /** The argument that allows to write in a directory. */
  readonly write: (directory: string) => string
  readonly needs: string
}

const node = (program: string, ...restricted: string[]): Runtime => ({
  program, restricted: [...restricted, '--allow-fs-read=*'], write: (directory) => `--allow-fs-write=${directory}`,
  needs: '--allow-fs-read and --allow-fs-write',
})
const runtimes: Readonly<Record<string, Runtime>> = {
  node20: node('node20/bin/node', '--experimental-permission', '--allow-addons'),
  node26: node('node26/bin/node', '--permission', '--allow-ffi', '--allow-net'),
  deno: {
    program: 'deno/deno', restricted: ['run', '--no-prompt', '--allow-ffi', '--allow-read', '--allow-env', '--allow-sys=uid'],
    write: (directory) => `--allow-write=${directory}`, needs: '--allow-read and --allow-write',
  },
}

const program = `
const { MessageSocket } = await import(process.argv[2])
for (const options of [{ unlink: true }, { unlink: true, mode: 0o600 }, {}]) {
  try {
    await MessageSocket.bind(process.argv[3], { type: 'datagram', ...options }).close()
    console.log('bound')
  } catch (error) {
    console.log(error.code, error.message)
  }
}`

const modeProgram = `
const { MessageSocket } = await import(process.argv[2])
for (const options of [{ mode: 0o666 }, { mode: 0o666, unlink: true }, { mode: 0o600 }]) {
  try {
    await MessageSocket.bind(process.argv[3], { type: 'datagram', ...options }).close()
    console.log('bound')
  } catch (error) {
    console.log(error.code)
  }
}`

const deno = join(ROOT, '.cache/runtimes/node_modules/deno/deno')
unlessMissing(existsSync(deno) ? undefined : 'deno is not installed: test/runtimes/install.sh', 'Deno without --allow-ffi', () => {
  it('is told which permission is missing, and not to install ffi-rs again', async () => {
    const script = join(tempDir(), 'program.mjs')
    writeFileSync(script, 'try { (await import(process.argv[2])).engine.name } catch ({ code, message }) { console.log(code, message) }')
    const [line] = await start([deno, 'run', '--no-prompt', '--allow-read', '--allow-env', script, join(ROOT, 'dist/index.js')],
      { CMSG_FFI: '' }).output()
    expect(line).toMatch(/^ERR_CMSG_UNSUPPORTED .*it needs deno run --allow-ffi/)
    expect(line).not.toMatch(/install/)
  })
})

describe.each(Object.entries(runtimes))('on %s', (name, { program: binary, restricted, write, needs }) => {
  const path = join(ROOT, '.cache/runtimes/node_modules', binary)
  unlessMissing(existsSync(path) ? undefined : `${name} is not installed: test/runtimes/install.sh`, 'a mode', () => {
    it('that the umask narrows is refused before there is a file, which could not be removed; another is not', async () => {
      const directory = join(tempDir(), 'sockets')
      mkdirSync(directory)
      const [script, file] = [join(directory, '../program.mjs'), join(directory, 's')]
      writeFileSync(script, modeProgram)
      const umask = process.umask(0o022)
      const program = start([path, ...restricted, script, join(ROOT, 'dist/index.js'), file], { CMSG_FFI: '' })
      process.umask(umask)
      expect(await program.output()).toEqual(['ERR_CMSG_UNSUPPORTED', 'ERR_CMSG_UNSUPPORTED', 'bound'])
    })
  })

  unlessMissing(existsSync(path) ? undefined : `${name} is not installed: test/runtimes/install.sh`, 'a stale socket file', () => {
    const bindTwice = async (args: (directory: string) => readonly string[]): Promise<{ file: string; lines: readonly string[] }> => {
      const directory = join(tempDir(), 'sockets')
      mkdirSync(directory)
      const [script, file] = [join(directory, '../program.mjs'), join(directory, 's')]
      writeFileSync(script, program)
      await MessageSocket.bind(file, { type: 'datagram' }).close()
      return { file, lines: await start([path, ...args(directory), script, join(ROOT, 'dist/index.js'), file], { CMSG_FFI: '' }).output() }
    }

    it('is replaced with the permissions of docs/production.md', async () => {
      const { lines } = await bindTwice((directory) => [...restricted, write(directory)])
      expect(lines).toEqual(['bound', 'bound', 'bound'])
    })

    it('is not replaced without them: the error names them, and without unlink it is EADDRINUSE as always', async () => {
      const { file, lines } = await bindTwice(() => restricted)
      const denied = `ERR_CMSG_UNSUPPORTED Cannot access ${join(file, '..')}/.cmsg-${process.geteuid!()}.lock: `
        + `this process needs ${needs} of its directory`
      expect(lines).toEqual([denied, denied, expect.stringMatching(/^EADDRINUSE bind EADDRINUSE .*{ unlink: true }$/)])
    })
  })
})
