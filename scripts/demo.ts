/**
 * The main job, seen to work: `npm run demo` runs the example server and clients as processes of their own, shows what
 * each of them sees, and fails unless the server named the very process that sent each packet.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const directory = mkdtempSync(join(tmpdir(), 'cmsg-demo-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

interface Program {
  readonly child: ChildProcess
  readonly lines: string[]
  /** The first line that begins so. */
  line(start: string): Promise<string>
  /** Resolves when it has ended well. */
  readonly ended: Promise<void>
}

/** Start an example, and show what it prints behind its name. */
function start(label: string, example: string, ...args: string[]): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${example}.ts`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting: { start: string; found: (line: string) => void }[] = []
  console.log(`${label.padEnd(8)} | $ ${example} ${args.map((arg) => arg.replace(`${directory}/`, '')).join(' ')}   (pid ${child.pid})`)
  createInterface({ input: child.stderr }).on('line', (line) => console.log(`${label.padEnd(8)} | ${line}`))
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(`${label.padEnd(8)} | ${line.replace(`${directory}/`, '')}`)
    lines.push(line)
    for (const { start, found } of waiting) if (line.startsWith(start)) found(line)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.on('close', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${label} ended with ${signal ?? `code ${code}`}`))))
  })
  const line = (start: string): Promise<string> =>
    Promise.race([new Promise<string>((found) => waiting.push({ start, found })), ended.then(() => Promise.reject(new Error(`${label} ended without a line "${start}…"`)))])
  return { child, lines, line, ended }
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`)
}

const field = (line: string, name: string): string | undefined => new RegExp(`\\b${name}=(\\S+)`).exec(line)?.[1]

/** A server and `clients` clients at once; every packet must have come from the process that its address names. */
async function run(title: string, example: '' | 'batch-' | 'evented-', clients: number, packets: number, ...modes: string[]): Promise<void> {
  console.log(`\n${title}`)
  const socket = join(directory, 'server')
  const server = start('server', `${example}server`, socket, '--count', String(clients * packets), ...modes)
  await server.line('ready')
  const senders = new Map<string, number>()
  const started = Array.from({ length: clients }, (_, i) => {
    const path = join(directory, `client${i + 1}`)
    const client = start(`client${i + 1}`, `${example}client`, socket, path, '--count', String(packets), ...modes)
    senders.set(path, client.child.pid!)
    return client
  })
  await Promise.all([server, ...started].map(({ ended }) => ended))
  const received = server.lines.filter((line) => line.startsWith('index='))
  expect('packets received', received.length, clients * packets)
  for (const line of received) {
    expect(`the pid in "${line}"`, Number(field(line, 'pid')), senders.get(field(line, 'from')!))
    expect(`the uid in "${line}"`, Number(field(line, 'uid')), process.getuid!())
    expect(`the gid in "${line}"`, Number(field(line, 'gid')), process.getgid!())
  }
  for (const client of started) expect('ACKs', client.lines.filter((line) => line.startsWith('ack')).length, packets)
  console.log(`all ${received.length} packets came from the process the server named`)
}

await run('Which process sent me this datagram? recvmsg(), and a socket that never waits:', '', 1, 2, '--nonblocking')
await run('The same on the event loop, with sockets that are awaited:', 'evented-', 1, 2)
await run('Many packets from three processes at once: recvmmsg() and sendmmsg():', 'batch-', 3, 4)
