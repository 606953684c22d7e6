/**
 * The servers that people copy, in the documentation and in examples/, against peers that would stop them: without an
 * address, gone, silent. The others are served meanwhile.
 * @module
 */
import { rmSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MessageSocket } from 'cmsg'
import { encodePacket } from '../../examples/packet.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { examples } from './examples.ts'

// Within the package, so that they import it by its name, as it was built.
const generated = join(import.meta.dirname, '.generated-hostile')
beforeAll(() => { mkdirSync(generated, { recursive: true }) })
afterAll(() => { rmSync(generated, { recursive: true, force: true }) })

const servers: [name: string, command: (directory: string) => { command: readonly string[]; path: string }, data: string | Uint8Array][] = [
  ...examples([], ['README.md', 'docs/start.md']).filter(({ mode }) => mode === 'server').map(({ name, text }) =>
    [name, (directory: string) => {
      const [, path] = /bind\('\/tmp\/(.*?)'/.exec(text)!
      const file = join(generated, `${name.replaceAll(/[/:.]/g, '-')}.mjs`)
      writeFileSync(file, text.replaceAll('/tmp/', `${directory}/`)) // else as it stands
      return { command: [process.execPath, file], path: join(directory, path!) }
    }, 'hello'] satisfies (typeof servers)[number]),
  ...['server', 'evented-server', 'batch-server'].map((name) =>
    [`examples/${name}.ts`, (directory: string) => {
      const path = join(directory, 'socket')
      return { command: [...typescript(`examples/${name}.ts`), path, '--count', '100000'], path }
    }, encodePacket(1)] satisfies (typeof servers)[number]),
]

withPeer('python3', 'a server that people copy', () => {
  it.each(servers)('%s survives hostile peers', async (_, make, data) => {
    const directory = tempDir()
    const { command, path } = make(directory)
    await using server = start(command)
    await using client = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    const ask = async (): Promise<void> => {
      await client.send(data, { to: path })
      expect(String((await client.receive({ signal: AbortSignal.timeout(20_000) }))?.data)).toBe('ACK')
    }
    for (let answered = false; !answered;) {
      expect(server.ended).toBeUndefined()
      answered = await ask().then(() => true, (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED') throw error
        return new Promise<false>((resolve) => { setTimeout(resolve, 20, false) })
      })
    }
    const script = readFileSync(join(import.meta.dirname, 'hostile.py'), 'utf8')
    // It says what a packet is.
    const packets =
      typeof data === 'string' ? script : script.replaceAll(/b'(\w+)'/g, `bytes.fromhex('${Buffer.from(data).toString('hex')}')`)
    await using hostile = start(['/bin/sh', '-c', 'tail -f /dev/null | python3 -c "$0" "$@"', packets, path, directory])
    await hostile.line('hostile')
    for (let i = 0; i < 5; i++) await ask()
    expect(server.ended).toBeUndefined()
    expect(server.stderr.includes('\x1b')).toBe(false)
    expect([...new Set(server.stderr.match(/no reply: (ECONNREFUSED|ENOENT)/g))].sort()).toEqual([
      'no reply: ECONNREFUSED', 'no reply: ENOENT',
    ])
  })
})

describe('servers that people copy', () => {
  it('are found', () => {
    expect(servers.map(([name]) => name.replace(/:\d+$/, ''))).toEqual([
      'README.md', 'docs/start.md', 'examples/server.ts', 'examples/evented-server.ts', 'examples/batch-server.ts',
    ])
  })
})
