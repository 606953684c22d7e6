/**
 * The cost of the library while it does nothing, and of importing it and using it for the first time.
 *
 *   npm run bench:idle -- [--seconds N] [--rounds N]
 *
 * --seconds: how long each idle process is watched, 5 if absent. --rounds: how often each start is timed, 15 if absent.
 * Writes bench/idle.md, which the guide docs/costs.md includes; with an option it only prints.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { shares } from '../test/processes/proc.ts'
import { describeMachine } from './machine.ts'

const isWritten = process.argv.length === 2
const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '15' } } })
const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)]
if (!(seconds > 0) || !Number.isInteger(rounds) || rounds < 1) throw new RangeError('--seconds and --rounds: expected numbers above 0')

const dist = JSON.stringify(join(import.meta.dirname, '../dist/index.js'))
const node = ['--input-type=module', '--eval']

/** The memory of a process in bytes: resident, and the address space. */
interface Memory { readonly resident: number; readonly addresses: number }

/**
 * A program that opens this many sockets, each awaited, and prints its memory without sockets, with the first, which has received
 * a message, and with all.
 */
const idle = (sockets: number): string => `
const { MessageSocket, credentials } = await import(${dist})
const { readFileSync } = await import('node:fs')
const all = []
const open = () => {
  const socket = MessageSocket.bind({ unnamed: true }, { type: 'datagram', receive: [credentials] })
  all.push(socket)
  void socket.receive()
}
const memory = async () => {
  await new Promise((resolve) => setTimeout(resolve, 300))
  gc()
  const status = readFileSync('/proc/self/status', 'latin1')
  const [resident, addresses] = ['VmRSS', 'VmSize'].map((name) => 1024 * Number(new RegExp(name + ':\\\\s+(\\\\d+)').exec(status)[1]))
  return { resident, addresses }
}
const without = await memory()
if (${sockets} > 0) {
  open()
  await all[0].send('x', { to: all[0].address })
  void all[0].receive()
}
const first = await memory()
while (all.length < ${sockets}) open()
console.log(JSON.stringify([without, first, await memory()]))
setInterval(() => {}, 1e6)`

interface Idle { readonly cpu: number; readonly without: Memory; readonly first: Memory; readonly all: Memory }

async function measureIdle(sockets: number, CMSG_READINESS: string): Promise<Idle> {
  const env = { ...process.env, CMSG_READINESS }
  const child = spawn(process.execPath, ['--expose-gc', ...node, idle(sockets)], { stdio: ['ignore', 'pipe', 'inherit'], env })
  try {
    const [without, first, all] = JSON.parse(String((await once(child.stdout, 'data') as [Buffer])[0])) as [Memory, Memory, Memory]
    await shares([child.pid!], 500) // until the start is over
    const [cpu] = await shares([child.pid!], seconds * 1000)
    return { cpu: cpu!, without, first, all }
  } finally {
    child.kill()
  }
}

const starts: Readonly<Record<string, string>> = {
  'node, nothing else': '',
  'import cmsg/codec': `await import(${dist.replace('index', 'codec')})`,
  'import cmsg': `await import(${dist})`,
  'and open a socket': `const { MessageSocket } = await import(${dist}); MessageSocket.open({ family: 'unix', type: 'datagram' })`,
  'and send and await a message': `const { MessageSocket } = await import(${dist})
    const [a, b] = MessageSocket.pair({ type: 'datagram' }); const pending = b.receive(); await a.send('x'); await pending`,
}

/**
 * ms from start to end of a process, by program: the least, since what else the machine does can only add to it.
 * As users start it: with --expose-gc, or another flag of V8, Node compiles its own modules anew, which are in its cache
 * without, and importing takes 8 ms more.
 */
function measureStarts(): Record<string, number> {
  const times: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, program] of Object.entries(starts)) {
      const start = performance.now()
      const { status, stderr } = spawnSync(process.execPath, [...node, program], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${name}: ${stderr}`)
      times[name] = Math.min(times[name] ?? Infinity, performance.now() - start)
    }
  }
  return times
}

/** Maximum time in ms that importing and first use may take, beyond Node itself. */
const maxMs = 20
/** Maximum share of a processor that an idle process with sockets may use beyond one without: clock ticks are counted. */
const maxCpu = 0.002

const percent = (share: number): string => `${(share * 100).toFixed(3)} %`
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
const verdict = (isMet: boolean): string => {
  if (!isMet) process.exitCode = 1
  return isMet ? 'met' : 'MISSED'
}
const table = (rows: readonly (readonly string[])[]): string => {
  const [head, ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`)
  return [head, `|---${'|---:'.repeat(rows[0]!.length - 1)}|`, ...body].join('\n')
}

const many = 1000
const none = await measureIdle(0, '')
const measured: [sockets: number, strategy: string, figures: Idle][] = []
for (const strategy of ['handle', 'thread']) {
  for (const sockets of [1, many]) measured.push([sockets, strategy, await measureIdle(sockets, strategy)])
}
const times = measureStarts()
const plain = times['node, nothing else']!

const text = `# What it costs

<!-- #region figures -->
Written by \`npm run bench:idle\` on ${new Date().toISOString().slice(0, 10)}.

| machine | |
|---|---:|
${describeMachine().map(([what, value]) => `| ${what} | ${value} |`).join('\n')}

## Import and first message

The time of a whole process, from its start to its end: the best of ${rounds} runs. The goal is at most ${maxMs} ms more than Node itself.

${table([
  ['', 'ms', 'more than Node', 'goal'],
  ...Object.entries(times).map(([name, ms]) => [name, ms.toFixed(1), (ms - plain).toFixed(1), verdict(ms - plain <= maxMs)]),
])}

## Memory

Each socket is bound, asks for credentials and has a receive pending; the first one has received a message. Resident is the memory of
the whole process.

${table([
  ['sockets', 'strategy', 'resident', 'for the first socket', 'for each further one', 'address space for the first'],
  ['0', '', mib(none.all.resident), '', '', ''],
  ...measured.map(([sockets, strategy, { without, first, all }]) => [
    String(sockets), `\`${strategy}\``, mib(all.resident), mib(first.resident - without.resident),
    sockets > 1 ? kib((all.resident - first.resident) / (sockets - 1)) : '', mib(first.addresses - without.addresses),
  ]),
])}

## Processor time while idle

Measured over ${seconds} seconds, in which nothing arrives. The goal is at most ${percent(maxCpu)} more than without a socket.

${table([
  ['sockets', 'strategy', 'CPU', 'goal'],
  ['0', '', percent(none.cpu), ''],
  ...measured.map(([sockets, strategy, { cpu }]) => [String(sockets), `\`${strategy}\``, percent(cpu), verdict(cpu <= none.cpu + maxCpu)]),
])}
<!-- #endregion figures -->
`
console.log(`\n${text}`)
if (isWritten) writeFileSync(join(import.meta.dirname, 'idle.md'), text)
