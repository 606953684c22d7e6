/**
 * What the library costs while it does nothing, measured on the built package: `npm run build && tsx bench/idle.ts`.
 *
 *   tsx bench/idle.ts [--seconds N] [--rounds N]
 *
 * --seconds: how long each idle process is watched, 5 if absent. --rounds: how often each start is timed, 15 if absent.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { shares } from '../test/processes/proc.ts'

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '15' } } })
const [seconds, rounds] = [Number(options.seconds), Number(options.rounds)]
if (!(seconds > 0) || !Number.isInteger(rounds) || rounds < 1) throw new RangeError('--seconds and --rounds: expected numbers above 0')

const dist = JSON.stringify(join(import.meta.dirname, '../dist/index.js'))
const node = ['--expose-gc', '--input-type=module', '--eval']

/** So many sockets, each of them awaited; prints how much memory each takes. */
const idle = (sockets: number): string => `
const { MessageSocket, credentials } = await import(${dist})
const all = []
const open = () => {
  const socket = MessageSocket.bind({ unnamed: true }, { type: 'datagram', receive: [credentials] })
  all.push(socket)
  void socket.receive()
}
if (${sockets} > 0) open()
await new Promise((resolve) => setTimeout(resolve, 300)) // what there is but once is made
gc()
const before = process.memoryUsage.rss()
while (all.length < ${sockets}) open()
await new Promise((resolve) => setTimeout(resolve, 300))
gc()
console.log((process.memoryUsage.rss() - before) / Math.max(1, all.length - 1))
setInterval(() => {}, 1e6)`

interface Idle { readonly cpu: number; readonly bytes: number }

async function measureIdle(sockets: number, CMSG_READINESS: string): Promise<Idle> {
  const child = spawn(process.execPath, [...node, idle(sockets)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CMSG_READINESS } })
  try {
    const bytes = Number(String((await once(child.stdout, 'data') as [Buffer])[0]))
    await shares([child.pid!], 500) // until the start is over
    const [cpu] = await shares([child.pid!], seconds * 1000)
    return { cpu: cpu!, bytes }
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

/** ms from start to end of a process, by program: the least, since what else the machine does can only add to it. */
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

const percent = (share: number): string => `${(share * 100).toFixed(3)} %`
console.log(`\nNode ${process.version}, ${seconds} s each\n`)
console.log('| idle process | strategy | CPU | memory a socket |\n|---|---|---|---|')
console.log(`| no socket | | ${percent((await measureIdle(0, '')).cpu)} | |`)
for (const strategy of ['handle', 'thread']) {
  for (const sockets of [1, 1000]) {
    const { cpu, bytes } = await measureIdle(sockets, strategy)
    console.log(`| ${sockets} awaited | ${strategy} | ${percent(cpu)} | ${sockets > 1 ? `${(bytes / 1024).toFixed(1)} KiB` : ''} |`)
  }
}

const times = measureStarts()
const plain = times['node, nothing else']!
console.log(`\n| from start to end, best of ${rounds} | ms | more than plain Node |\n|---|---|---|`)
for (const [name, ms] of Object.entries(times)) console.log(`| ${name} | ${ms.toFixed(1)} | ${(ms - plain).toFixed(1)} |`)
