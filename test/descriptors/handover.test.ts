/**
 * A listening socket goes from one process to the next, under load: not one connection is refused.
 */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

/** The program, once it serves and can be replaced, and its port. */
async function serve(path: string) {
  const program = start([...typescript('examples/handover.ts'), path])
  const port = Number((await program.line(/^serving on port/)).split(' ').at(-1))
  await door(path)
  return { program, port }
}

/** Somebody waits for a successor. */
async function door(path: string): Promise<void> {
  while (!existsSync(path)) await after(1)
}

/** Connections made one after the other by several clients at once, until it is stopped: who served them, and what failed. */
class Load {
  /** The answers, in the order in which they came. */
  readonly answers: string[] = []
  readonly failures: string[] = []
  #stopped = false
  readonly #port: number
  readonly #clients: Promise<void>[]

  constructor(port: number, clients: number) {
    this.#port = port
    this.#clients = Array.from({ length: clients }, () => this.#client())
  }

  async #client(): Promise<void> {
    while (!this.#stopped) {
      const socket = net.connect(this.#port, '127.0.0.1')
      try {
        socket.write('hello\n')
        this.answers.push(await text(socket))
      } catch (error) {
        this.failures.push((error as NodeJS.ErrnoException).code ?? String(error))
        await after(1)
      }
    }
  }

  /** Wait until so many more have been answered. */
  async more(count: number): Promise<void> {
    const enough = this.answers.length + count
    while (this.answers.length < enough) await after(5)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }
}

it('a server is handed over through four generations without a refused connection', async () => {
  const path = join(tempDir(), 's')
  let { program, port } = await serve(path)
  const load = new Load(port, 20)
  const pids = [program.pid]
  await load.more(100)
  for (let i = 0; i < 3; i++) {
    const successor = await serve(path)
    expect(successor.port).toBe(port)
    // The old one has nothing more to do, and ends by itself.
    expect((await program.output()).at(-1)).toBe('handed over')
    const before = load.answers.length
    await load.more(100)
    // What is asked from then on is answered by the new one. A few were under way.
    expect(load.answers.slice(before + 20).every((answer) => answer === `served by ${successor.program.pid}\n`)).toBe(true)
    program = successor.program
    pids.push(program.pid)
  }
  await load.stop()
  expect(load.failures).toEqual([])
  expect(new Set(load.answers)).toEqual(new Set(pids.map((pid) => `served by ${pid}\n`)))
  await program.stop()
})

withPeer('python3', 'a successor that fails', () => {
  it('leaves the old server running, and another can take over', async () => {
    const path = join(tempDir(), 's')
    const { program, port } = await serve(path)
    const failing = start(['python3', '-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
print(len(socket.recv_fds(s, 99, 9)[1]))`, path])
    expect(await failing.output()).toEqual(['1'])
    const load = new Load(port, 1)
    await load.more(1)
    expect(load.answers[0]).toBe(`served by ${program.pid}\n`)
    await door(path)
    const successor = await serve(path)
    expect((await program.output()).at(-1)).toBe('handed over')
    await load.stop()
    expect([load.failures, successor.port]).toEqual([[], port])
    await successor.program.stop()
  })
})

it('a server that is only restarted refuses connections, which the load detects', async () => {
  const listener = () => net.createServer((socket) => { socket.on('error', () => {}).resume().end('served') })
  const first = listener().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as AddressInfo
  const load = new Load(port, 20)
  await load.more(100)
  first.close()
  await once(first, 'close')
  while (load.failures.length === 0) await after(1)
  const second = listener().listen(port, '127.0.0.1')
  await load.more(100)
  await load.stop()
  expect(load.failures).toContain('ECONNREFUSED')
  second.close()
  await once(second, 'close')
})
