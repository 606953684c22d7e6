/**
 * What the library costs while it does nothing, and what to import it and to use it for the first time takes.
 *
 *   npm run bench:idle -- [--seconds N] [--rounds N]
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
const node = ['--input-type=module', '--eval']

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
  const child = spawn(process.execPath, ['--expose-gc', ...node, idle(sockets)], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CMSG_READINESS },
  })
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

/** What import and first use may take, more than Node itself. */
const mostMs = 20
/** What an idle process with sockets may use of a processor, more than one without: clock ticks are what is counted. */
const mostCpu = 0.002

const percent = (share: number): string => `${(share * 100).toFixed(3)} %`
console.log(`\nNode ${process.version}, ${seconds} s each\n`)
console.log(`| idle process | strategy | CPU | at most ${percent(mostCpu)} more | memory a socket |\n|---|---|---|---|---|`)
const none = await measureIdle(0, '')
console.log(`| no socket | | ${percent(none.cpu)} | | |`)
for (const strategy of ['handle', 'thread']) {
  for (const sockets of [1, 1000]) {
    const { cpu, bytes } = await measureIdle(sockets, strategy)
    const met = cpu <= none.cpu + mostCpu
    if (!met) process.exitCode = 1
    console.log(`| ${sockets} awaited | ${strategy} | ${percent(cpu)} | ${met ? 'met' : 'MISSED'} `
      + `| ${sockets > 1 ? `${(bytes / 1024).toFixed(1)} KiB` : ''} |`)
  }
}

const times = measureStarts()
const plain = times['node, nothing else']!
console.log(`\n| from start to end, best of ${rounds} | ms | more than plain Node | at most ${mostMs} |\n|---|---|---|---|`)
for (const [name, ms] of Object.entries(times)) {
  const more = ms - plain
  console.log(`| ${name} | ${ms.toFixed(1)} | ${more.toFixed(1)} | ${more <= mostMs ? 'met' : 'MISSED'} |`)
  if (more > mostMs) process.exitCode = 1
}
