/**
 * One scenario for each rule of the library that does not depend on Node, over dist/: plain JavaScript for any runtime.
 *
 *   scenarios.mjs NAME DIRECTORY   runs one; its exit status is 0, and its last line `ok NAME`, if it went well
 *   scenarios.mjs                  lists their names, one a line, each followed by the strategies that it is for
 *
 * A scenario may be run under each way of waiting (CMSG_READINESS). `only` restricts it to one of them, `needs` names a
 * program that it starts. Each has a directory of its own and must leave nothing running: the process ends by itself.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { MessageSocket } from '../../dist/index.js'
import * as libc from '../../dist/libc.js'

const [, , name, directory] = process.argv

function equal(actual, expected) {
  const [got, wanted] = [actual, expected].map((value) => JSON.stringify(value) ?? 'undefined')
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${got}`)
}

const within = (ms, promise) => {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms`)), ms) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const text = (message) => message?.data.toString()

/** Messages there and back that have to be waited for. */
async function converse([a, b], count) {
  for (let i = 0; i < count; i++) {
    const pending = b.receive()
    await a.send(String(i))
    equal(text(await within(10_000, pending)), String(i))
  }
}

/** A python program whose arguments are numbers. It must end well. */
async function python(source, ...args) {
  const child = spawn('python3', ['-c', source, ...args.map(String)], { stdio: ['ignore', 'inherit', 'inherit'] })
  equal(await once(child, 'exit'), [0, null])
}

const isEpoll = (fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[eventpoll]'
  } catch {
    return false
  }
}

/** Epoll descriptors that watch another one: no runtime has such a one. */
const outerEpolls = () => readdirSync('/proc/self/fd').filter(isEpoll).map(Number).filter((fd) =>
  [...readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').matchAll(/^tfd: *(\d+)/gm)].some(([, watched]) => isEpoll(watched)))

const scenarios = {
  // Rule 10: a signal interrupts the wait of whichever thread it is sent to, and is not a failure.
  signals: {
    needs: 'python3',
    async run() {
      const pair = MessageSocket.pair({ type: 'datagram' })
      process.on('SIGUSR2', () => {})
      await converse(pair, 10)
      const pending = pair[1].receive()
      await python(`
import ctypes, os, platform, signal, sys, time
pid = int(sys.argv[1])
tgkill = {'x86_64': 234, 'aarch64': 131}[platform.machine()]
libc = ctypes.CDLL(None)
for i in range(6000):
    if i % 1000 == 0:
        threads = [int(tid) for tid in os.listdir(f'/proc/{pid}/task') if int(tid) != pid]
    for tid in threads:
        libc.syscall(tgkill, pid, tid, signal.SIGUSR2)
    time.sleep(0.0001)`, process.pid)
      await pair[0].send('after the signals')
      equal(text(await within(10_000, pending)), 'after the signals')
      await converse(pair, 10)
      process.removeAllListeners('SIGUSR2')
      for (const socket of pair) await socket.close()
    },
  },

  // Rule 10: the thread that waits breaks down, because somebody closes a descriptor behind its back, and is replaced.
  'a thread that breaks down': {
    only: 'thread',
    async run() {
      const pair = MessageSocket.pair({ type: 'datagram' })
      await converse(pair, 10)
      const epolls = outerEpolls()
      equal(epolls.length, 1)
      // The thread notices when it returns from its wait, at the latest after half a second.
      for (const epoll of epolls) libc.close(epoll)
      for (const until = performance.now() + 1500; performance.now() < until;) await converse(pair, 10)
      equal(outerEpolls().length, 1)
      for (const socket of pair) await socket.close()
    },
  },

  // Rule 19: the process ends by itself while sockets are open, and the thread that waits must not outlive its memory.
  'an end with open sockets': {
    async run() {
      const open = Array.from({ length: 20 }, (_, i) => MessageSocket.bind(`${directory}/${i}`, { type: 'datagram' }))
      await Promise.allSettled(open.map((socket) => socket.receive({ signal: AbortSignal.timeout(10) })))
      for (let i = 0; i < 20; i++) await converse(MessageSocket.pair({ type: 'seqpacket' }), 10)
    },
  },
}

if (name === undefined) {
  for (const [each, { only = '', needs = '' }] of Object.entries(scenarios)) console.log(JSON.stringify({ name: each, only, needs }))
} else if (scenarios[name] === undefined) {
  throw new Error(`no scenario is called ${name}: there are ${Object.keys(scenarios).join(', ')}`)
} else {
  // Not awaited: Bun goes on after an uncaught exception where the top level of a module awaits something.
  void scenarios[name].run().then(() => { console.log(`ok ${name}`) }, (error) => {
    console.log(`not ok ${name}: ${error?.stack ?? error}`)
    process.exit(1)
  })
}
