/**
 * The daemon and the client of docs/terminals.md: a shell outlives those who attach to it.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { blocksOf, place, there } from './guides.ts'

const guide = blocksOf('terminals.md')

/** A client with pipes for its own terminal. */
class Attached {
  readonly child: ChildProcessByStdio<Writable, Readable, null>
  #shown = ''

  constructor(file: string, socket: string) {
    this.child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, SESSION_SOCKET: socket } })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => { this.#shown += text })
  }

  /** Types a line, and waits until the terminal shows what matches. */
  async type(line: string, shows: RegExp): Promise<RegExpExecArray> {
    this.child.stdin.write(`${line}\r`)
    for (;;) {
      const match = shows.exec(this.#shown)
      if (match !== null) return match
      if (this.child.exitCode !== null) throw new Error(`it ended (${this.child.exitCode}): ${this.#shown}`)
      await once(this.child.stdout, 'data')
    }
  }
}

withPeer('setsid', 'docs/terminals.md', () => {
  it('describes a terminal that can be attached to twice, and ends with its shell', async () => {
    const socket = join(tempDir(), 'session.sock')
    await using daemon = start([process.execPath, place('daemon', guide.get('daemon'))], { SESSION_SOCKET: socket, PS1: '$ ' })
    await there(socket, daemon)
    const attach = place('attach', guide.get('attach'))

    const first = new Attached(attach, socket)
    const [, name] = await first.type('x=kept; tty', /(\/dev\/pts\/\d+)\r\n/)
    first.child.kill()
    await once(first.child, 'exit')

    const second = new Attached(attach, socket)
    expect((await second.type('tty', /(\/dev\/pts\/\d+)\r\n/))[1]).toBe(name)
    await second.type('echo "<$x>"', /<kept>\r\n/)
    const ended = once(second.child, 'exit')
    second.child.stdin.write('exit\r')
    expect(await ended).toEqual([0, null])
    expect(await daemon.exit()).toBe(0)
  })
})
