/**
 * Every example in the documentation is type-checked, and does what it says. How, examples.ts explains.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bind, close, constants, encodeAddress, poll, recvmsg, sendmsg, socket, SystemError } from 'cmsg/libc'
import { ROOT } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'
import { examples, isJavaScript, program, typeErrors, type Example } from './examples.ts'

const under = (directory: string, ending: string, recursive = false): string[] =>
  readdirSync(join(ROOT, directory), { recursive, encoding: 'utf8' }).filter((file) => file.endsWith(ending)).sort()
    .map((file) => `${directory}/${file}`)

// Not what is below docs: a build of the site may be writing there.
const all = examples(under('src', '.ts', true), ['README.md', ...under('docs', '.md')])
const source = ({ name }: Example): string => name.split(':')[0]!
const server = (example: Example): Example | undefined =>
  all.slice(0, all.indexOf(example)).filter((other) => other.mode === 'server' && source(other) === source(example)).at(-1)

// Within the package, so that they import it by its name, as it was built.
const generated = join(import.meta.dirname, '.generated')
const fileOf = ({ name }: Example, ending: string): string => join(generated, name.replaceAll(/[/:.]/g, '-') + ending)

beforeAll(() => {
  rmSync(generated, { recursive: true, force: true })
  mkdirSync(generated)
})
afterAll(() => rmSync(generated, { recursive: true, force: true }))

function run(example: Example, temporary: string): Running {
  const file = fileOf(example, '.mjs')
  writeFileSync(file, program(example, temporary).code)
  return start([process.execPath, file])
}

describe('examples', () => {
  it('are found, and state values that are compared', () => {
    expect(all.length).toBeGreaterThan(20)
    expect(all.reduce((sum, example) => sum + program(example, '/tmp').values, 0)).toBeGreaterThan(20)
    expect(all.filter(({ mode }) => !['', 'server', 'client'].includes(mode))).toEqual([])
  })

  it('are accepted by the TypeScript compiler', () => {
    const files = all.map((example) => {
      const file = fileOf(example, '.ts')
      writeFileSync(file, `${example.text}export {}\n`)
      return file
    })
    expect(typeErrors(files)).toBe('')
  })

  it('are plain JavaScript in the README, and so are all servers and clients', () => {
    const wrong = all.filter(({ name, mode }) => name.startsWith('README') || mode !== '').filter(({ text }) => !isJavaScript(text))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('declare nothing with `using`, which Node has from version 24 on', () => {
    expect(all.filter(({ text }) => /^\s*(await )?using \w+ = /m.test(text)).map(({ name }) => name)).toEqual([])
  })

  const alone = all.filter(({ mode }) => mode === '').map((example) => [example.name, example] as const)
  it.each(alone)('%s runs to its end', async (_, example) => {
    await run(example, tempDir()).output()
  })

  const withServer = all.filter(({ mode }) => mode === 'client').map((example) => [example.name, example, server(example)!] as const)
  it.each(withServer)('%s runs to its end with its server', async (_, client, server) => {
    const temporary = tempDir()
    await using serving = run(server, temporary)
    const path = /'\/tmp\/(.*?)'/.exec(server.text)![1]!
    const address = encodeAddress(join(temporary, path))

    // By hand first: who are we, and is there an answer?
    const fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM)
    bind(fd, encodeAddress({ unnamed: true }))
    await until(() => sendmsg(fd, { buffers: [Buffer.from('by hand')], name: address }))
    expect(await serving.line(/by hand/)).toBe(`pid ${process.pid}, uid ${process.getuid!()}, gid ${process.getgid!()}: by hand`)
    poll([{ fd }], 30_000)
    expect(String(recvmsg(fd, {}, constants.MSG_DONTWAIT).data)).toBe('ACK')
    close(fd)

    const guest = run(client, temporary)
    const { pid } = guest
    await guest.output()
    expect(await serving.line(new RegExp(`^pid ${pid}, `))).toMatch(/: .+/)
    expect(serving.ended).toBeUndefined()
  })

  it('of the README print the output that it shows', async () => {
    const ofReadme = (wanted: string): Example => all.find(({ name, mode }) => name.startsWith('README') && mode === wanted)!
    const [server, client] = [ofReadme('server'), ofReadme('client')]
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const [, output] = /```text\n\$ node server\.mjs &\n\$ node client\.mjs\n([^]*?)\n```/.exec(readme)!
    const temporary = tempDir()
    await using serving = run(server, temporary)
    const path = join(temporary, /'\/tmp\/(.*?)'/.exec(server.text)![1]!)
    while (!existsSync(path) && serving.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
    const lines = await run(client, temporary).output()
    await serving.line(/descriptor/)
    const withoutNumbers = (lines: readonly string[]): string[] => lines.map((line) => line.replaceAll(/\d+/g, 'N'))
    expect(withoutNumbers([...serving.lines, ...lines])).toEqual(withoutNumbers(output!.split('\n')))
  })

  it('include a client for each server', () => {
    expect(all.filter(({ mode }) => mode === 'server')).toEqual([...new Set(withServer.map(([, , server]) => server))])
  })
})

/** Until the server is there. */
async function until(attempt: () => void): Promise<void> {
  for (const deadline = Date.now() + 30_000; ;) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof SystemError && ['ENOENT', 'ECONNREFUSED'].includes(error.code)) || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

describe('a wrong example is detected', () => {
  const cases: [string, string, RegExp][] = [
    ['another value', "import { CMSG_LEN } from 'cmsg/codec'\nCMSG_LEN(12) // 29\n", /line 2/],
    ['another property', "const a = { b: [1, 2], c: 3 }\na // { …, b: [1, 3] }\n", /line 2\.b\.1/],
    ['another output', 'for (const i of [1, 2]) {\n  console.log(i) // 1, then 3\n}\n', /line 2 prints 2, and says 3/],
    ['a line that is never reached', 'if (process.pid < 0) {\n  console.log(1) // 1\n}\n', /never reached/],
    ['a time that never comes', 'console.log(1) // 1, then 2\n', /never reached/],
    ['an error', "throw new Error('so it goes')\n", /so it goes/],
  ]
  it.each(cases)('%s', async (name, text, message) => {
    await expect(run({ name: `wrong ${name}`, mode: '', text }, tempDir()).output()).rejects.toThrow(message)
  })
  const right: [string, string][] = [
    ['a literal', "const a = { b: [1, 2], c: 'x' }\na // { b: [1, 2], c: 'x' }\na // { …, c: 'x' }\na.b.length + 1 // 1 + 2\n"],
    ['a bigint', 'const big = 1n\nbig // 1n\n'],
    ['bytes', 'const bytes = Buffer.from([1, 2])\nbytes // [1, 2]\n'],
    ['output', "console.log({ a: 1 }, 'x') // { a: 1 } x\nconsole.log(Math.random()) // 0.…\n"],
    ['prose', 'process.pid // ours\n'],
  ]
  it.each(right)('but a correct one is accepted: %s', async (name, text) => {
    await run({ name: `right ${name}`, mode: '', text }, tempDir()).output()
  })

  it('a type in plain JavaScript, and syntax that not every Node supports', () => {
    expect(['const a: number = 1', 'a!.b', 'using a = b', 'await using a = b', '{ using a = b }'].filter(isJavaScript)).toEqual([])
    expect(isJavaScript('for await (const a of b) await a?.c')).toBe(true)
  })

  it('a type error', () => {
    const file = join(generated, 'wrong-type.ts')
    writeFileSync(file, "import { CMSG_LEN } from 'cmsg/codec'\nCMSG_LEN('12')\n")
    expect(typeErrors([file])).toMatch(/TS2345/)
  })
})
