/**
 * Demonstrates the main purpose: `npm run demo` runs the server and the client of the README, and those of examples/, as separate
 * processes, shows their output, and fails unless the server named the process that sent each packet.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const directory = mkdtempSync(join(tmpdir(), 'cmsg-demo-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

interface Program {
  readonly child: ChildProcess
  readonly lines: string[]
  /** Resolves with the first line that begins with this text. */
  line(start: string): Promise<string>
  /** Resolves when the process has ended successfully. */
  readonly ended: Promise<void>
}

/** Starts an example, and prints its output after its name. */
const start = (label: string, example: string, ...args: string[]): Program =>
  run(label, example, ['--import', 'tsx', `examples/${example}.ts`, ...args], args)

function run(label: string, name: string, command: readonly string[], args: readonly string[] = []): Program {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting: { start: string; found: (line: string) => void }[] = []
  console.log(`${label.padEnd(8)} | $ ${[name, ...args.map((arg) => arg.replace(`${directory}/`, ''))].join(' ')}   (pid ${child.pid})`)
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
    Promise.race([new Promise<string>((found) => {
      const there = lines.find((line) => line.startsWith(start))
      if (there === undefined) waiting.push({ start, found })
      else found(there)
    }), ended.then(() => Promise.reject(new Error(`${label} ended without a line "${start}…"`)))])
  return { child, lines, line, ended }
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`)
}

const field = (line: string, name: string): string | undefined => new RegExp(`\\b${name}=(\\S+)`).exec(line)?.[1]

/** A program of the README, unchanged except for its directory. It is within the package, and imports it by its name. */
function ofReadme(mode: 'server' | 'client'): string {
  const text = new RegExp(`^\`\`\`ts ${mode}\\n([^]*?)^\`\`\``, 'm').exec(readFileSync('README.md', 'utf8'))?.[1]
  if (text === undefined) throw new Error(`The README has no ${mode}`)
  const file = join('dist', `demo-${process.pid}-${mode}.mjs`)
  process.on('exit', () => rmSync(file, { force: true }))
  writeFileSync(file, text.replaceAll('/tmp/', `${directory}/`))
  return file
}

/** The server and the client of the README. */
async function readme(): Promise<void> {
  console.log('\nThe server and the client of the README:')
  const server = run('server', 'node server.mjs', [ofReadme('server')])
  server.ended.catch(() => {}) // It is stopped by a signal.
  const path = join(directory, 'demo.sock')
  while (!existsSync(path) && server.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10))
  const client = run('client', 'node client.mjs', [ofReadme('client')])
  await client.ended
  expect('the reply', client.lines[0], 'ACK')
  await server.line(`pid ${client.child.pid}, uid ${process.getuid!()}, gid ${process.getgid!()}: take this`)
  await server.line('with descriptor ')
  server.child.kill()
}

/** Runs a server and `clients` clients at once; every packet must come from the process that its address names. */
async function converse(
  title: string, example: '' | 'batch-' | 'evented-', clients: number, packets: number, ...modes: string[]
): Promise<void> {
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

await readme()
await converse('Which process sent me this datagram? recvmsg(), and a socket that never waits:', '', 1, 2, '--nonblocking')
await converse('The same on the event loop, with sockets that are awaited:', 'evented-', 1, 2)
await converse('Many packets from three processes at once: recvmmsg() and sendmmsg():', 'batch-', 3, 4)
