/**
 * The command in a terminal and in a pipe: colors, help, and Ctrl-C as somebody types it.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket } from 'cmsg'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { cmsg, command, failure, oneLine, output, shell } from './command.ts'

const escape = '\x1b['
const layout = ['layout', 'ucred'] as const
const subcommands = ['listen', 'send', 'layout', 'explain', 'types', 'doctor', 'completion'] as const

describe('in a pipe', () => {
  it.each([
    ['the output has no colors', {}, false],
    ['FORCE_COLOR turns colors on', { FORCE_COLOR: '1' }, true],
    ['NO_COLOR does not override FORCE_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['FORCE_COLOR=0 turns colors off', { FORCE_COLOR: '0' }, false],
  ] as const)('%s', (_, env, colored) => {
    expect(output(layout, { env }).includes(escape)).toBe(colored)
  })

  it.each(['types', 'layout ucred', 'completion bash', 'explain 00'])('output that cannot be written is an error: %s', (args) => {
    expect(shell(`$CMSG ${args} > /dev/full`)).toMatchObject(failure(1, /standard output.*ENOSPC/))
  })

  it('an error that cannot be written is silent', () => {
    expect(shell('$CMSG types nosuch 2> /dev/full')).toMatchObject({ status: 2, stdout: '', stderr: '' })
  })

  it('errors have no colors and no stack', () => {
    expect(cmsg(['send', '/nonexistent/s', 'x']).stderr).toMatch(oneLine(/^cmsg send: sendmsg ENOENT/))
  })
})

describe('help', () => {
  it('lists each subcommand and the meaning of the exit status', () => {
    const text = output(['--help'])
    for (const name of subcommands) expect(text).toMatch(new RegExp(`^  ${name} .*\\w`, 'm'))
    expect(text).toContain('Exit status: 0 for success, 1 for failure, 2 for wrong arguments.')
    expect(cmsg([])).toEqual(cmsg(['--help']))
  })

  it.each(subcommands)('lists the options and examples of %s', (name) => {
    const text = output([name, '--help'])
    expect(text).toMatch(new RegExp(`^Usage: cmsg ${name} `))
    expect(text.match(new RegExp(`^    \\$ .*cmsg ${name}\\b`, 'gm'))?.length).toBeGreaterThanOrEqual(name === 'doctor' ? 2 : 4)
    expect(output(['help', name])).toBe(text)
  })

  it('a subcommand may follow --', () => {
    for (const before of [['--'], ['--', '--']]) expect(output([...before, 'types', '1:2'])).toBe(output(['types', '1:2']))
    expect(output(['help', '--', 'types'])).toBe(output(['help', 'types']))
  })

  it('prints the version of the package', () => {
    expect(output(['-v'])).toBe(output(['--version']))
    expect(output(['--version'])).toBe(`${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}\n`)
  })

  it('suggests the subcommand that was mistyped', () => {
    expect(cmsg(['lisen'])).toMatchObject(failure(2, /unknown command 'lisen' \(Did you mean listen\?\)/))
  })

  it('points to --help where no subcommand is similar', () => {
    for (const args of [['foo'], ['help', 'foo']]) expect(cmsg(args)).toMatchObject(failure(2, /unknown command 'foo': see cmsg --help/))
  })
})

withPeer('script', 'in a terminal', () => {
  const typed = (args: readonly string[]): string => `${[...command, ...args].join(' ')}`
  const inTerminal = (line: string, env: NodeJS.ProcessEnv = {}): ReturnType<typeof start> =>
    start(['script', '-qefc', line, '/dev/null'], { NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm', ...env })

  it.each([
    ['the output has colors', {}, true],
    ['NO_COLOR turns colors off', { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR leaves colors on', { NO_COLOR: '' }, true],
    ['a terminal without colors gets none', { TERM: 'dumb' }, false],
  ] as const)('%s', async (_, env, colored) => {
    const lines = await inTerminal(typed(layout), env).output()
    expect(lines.join('\n')).toContain('struct ucred')
    expect(lines.join('\n').includes(escape)).toBe(colored)
  })

  it('a table that is too wide is split into several, each with the names of the fields', async () => {
    const columns = 70
    const lines = await inTerminal(`stty cols ${columns}; ${typed(['layout', 'msghdr', '--all'])}`, { NO_COLOR: '1' }).output()
    expect(lines.map((line) => line.trimEnd()).filter(({ length }) => length > columns)).toEqual([])
    const [first, second, ...more] = lines.join('\n').match(/^≠ +msg_controllen( +\d+)+\s*$/gm)!.map((row) => row.trim().split(/ +/).length)
    // A mark, the name, and for each target an offset and a size.
    expect([first!, second!, ...more].reduce((sum, cells) => sum + (cells - 2) / 2, 0)).toBe(5)
    expect(output(['layout', 'msghdr', '--all']).match(/^≠ +msg_controllen/gm)).toHaveLength(1)
  })

  it.each([
    [60, ['types']], [80, ['types']], [80, ['types', 'SCM_CREDENTIALS']], [80, ['doctor']],
  ] as const)('in %i columns, the output of %j is no wider', async (columns, args) => {
    const lines = await inTerminal(`stty cols ${columns}; ${typed(args)}`, { NO_COLOR: '1' }).output()
    expect(lines.map((line) => line.trimEnd()).filter((line) => [...line].length > columns)).toEqual([])
  })

  it('the exit status is preserved', async () => {
    const program = inTerminal(typed(['layout', 'nothing']))
    expect(await program.exit()).toBe(2)
    expect(program.lines.join('\n')).toContain('no struct nothing')
  })

  it('Ctrl-C ends the command and removes the socket file', async () => {
    const directory = tempDir()
    const [path, now] = [join(directory, 's'), join(directory, 'now')]
    // What `script` reads is typed: a Ctrl-C, once we say so.
    const typing = `(until test -e ${now}; do sleep 0.02; done; printf '\\003'; sleep 1)`
    const program = start(['/bin/sh', '-c', `${typing} | script -qefc '${typed(['listen', path])}' /dev/null; echo status $?`])
    await program.line(/listening on/)
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await sender.send('hello', { to: path })
    await program.line(/hello/)
    await sender.close()
    writeFileSync(now, '')
    // As a shell tells of a process that SIGINT ended.
    expect(await program.line(/status/)).toMatch(/status 130$/)
    expect(existsSync(path)).toBe(false)
    expect(program.lines.join('\n')).not.toMatch(/Error|at file/)
  })
})
