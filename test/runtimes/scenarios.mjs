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
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { constants, credentials, defineControlMessage, MessageSocket, OwnedFd, peerCredentials, recvErr, rights, ttl } from '../../dist/index.js'
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

/** The error that a promise rejects with, or a function throws. */
async function failure(attempt) {
  let value
  try {
    value = await (typeof attempt === 'function' ? attempt() : attempt)
  } catch (error) {
    return error
  }
  throw new Error(`expected an error, got ${JSON.stringify(value)}`)
}
const code = async (attempt) => (await failure(attempt)).code

const closeAll = async (...sockets) => { for (const socket of sockets) await socket.close() }

const { MSG_TRUNC, MSG_PEEK, MSG_OOB, MSG_WAITALL, MSG_ERRQUEUE } = constants

/** A pair of sockets connected over TCP, as descriptors. */
function tcpPair() {
  const [listener, client] = [0, 0].map(() => libc.socket(constants.AF_INET, constants.SOCK_STREAM))
  libc.bind(listener, libc.encodeAddress({ address: '127.0.0.1', port: 0 }))
  libc.listen(listener)
  libc.connect(client, libc.getsockname(listener))
  const { fd } = libc.accept4(listener)
  libc.close(listener)
  return [client, fd]
}

/** The sockets that this process has, one for each descriptor. Runtimes open and close some of their own at any time. */
const openSockets = () => readdirSync('/proc/self/fd').map(nameOf).filter((name) => name?.startsWith('socket:'))

function nameOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

async function until(condition) {
  for (const deadline = performance.now() + 10_000; !condition();) {
    if (performance.now() > deadline) throw new Error(`not within 10 s: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
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

/** Epoll descriptors that watch another one with EPOLLONESHOT: no runtime has such a one. Deno may have one that watches otherwise. */
const outerEpolls = () => readdirSync('/proc/self/fd').filter(isEpoll).map(Number).filter((fd) =>
  [...readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').matchAll(/^tfd: *(\d+) events: *([0-9a-f]+)/gm)].some(([, watched, events]) =>
    isEpoll(watched) && (Number.parseInt(events, 16) & constants.EPOLLONESHOT) !== 0))

const scenarios = {
  // Rule 1
  'bytes of this call only': {
    async run() {
      // An earlier message, in the same memory.
      const [a, b] = libc.socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
      libc.sendmsg(a, { buffers: [Buffer.from('a secret of somebody else')] })
      libc.recvmsg(b, { size: 100 })
      const [client, accepted] = tcpPair()
      libc.sendmsg(client, { buffers: [Buffer.from('discarded')] })
      libc.poll([{ fd: accepted, events: constants.POLLIN }])
      const { length, data } = libc.recvmsg(accepted, { size: 100 }, MSG_TRUNC)
      equal([length, data.length], [9, 0])
      const socket = MessageSocket.adopt(accepted)
      libc.sendmsg(client, { buffers: [Buffer.from('discarded too')] })
      const message = await within(10_000, socket.receive({ flags: MSG_TRUNC }))
      equal([message.length, message.data.length], [13, 0])
      for (const fd of [a, b, client]) libc.close(fd)
      await socket.close()
    },
  },

  // Rule 2
  'the length as sent': {
    async run() {
      for (const type of ['datagram', 'seqpacket']) {
        const [a, b] = MessageSocket.pair({ type })
        await a.send('0123456789')
        await a.send('0123456789')
        const { data, length, truncated } = await b.receive({ size: 4 })
        equal([String(data), length, truncated], ['0123', 10, true])
        const whole = await b.receive()
        equal([text(whole), whole.length, whole.truncated], ['0123456789', 10, false])
        await closeAll(a, b)
      }
    },
  },

  // Rule 3
  'an error of one peer': {
    async run() {
      const server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', receive: [recvErr] })
      const [gone, healthy] = [0, 0].map(() => MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' }))
      const to = gone.address
      await gone.close()
      for (let i = 0; i < 20; i++) {
        await server.send('to nobody', { to })
        await server.send(`reply ${i}`, { to: healthy.address })
        equal(text(await within(10_000, healthy.receive())), `reply ${i}`)
        const pending = server.receive()
        await healthy.send(`request ${i}`, { to: server.address })
        equal(text(await within(10_000, pending)), `request ${i}`)
      }
      equal((await within(10_000, server.receive({ flags: MSG_ERRQUEUE }))).get(recvErr).name, 'ECONNREFUSED')
      await closeAll(server, healthy)
    },
  },

  // Rule 6
  'no descriptors unasked': {
    async run() {
      const [a, b] = MessageSocket.pair({ type: 'datagram' }, { receive: [credentials] })
      const sent = nameOf(a.fd)
      await a.send('x', { control: [rights([a.fd, a.fd, a.fd])] })
      const message = await within(10_000, b.receive())
      equal([message.get(credentials).pid, openSockets().filter((name) => name === sent).length], [process.pid, 1])
      await closeAll(a, b)
    },
  },

  // Rule 7
  'flags wait for their own event': {
    async run() {
      const [client, accepted] = tcpPair().map((fd) => MessageSocket.adopt(fd))
      const plain = accepted.receive()
      const urgent = accepted.receive({ flags: MSG_OOB })
      await client.send('!', { flags: MSG_OOB })
      equal(text(await within(10_000, urgent)), '!')
      await client.send('plain')
      equal(text(await within(10_000, plain)), 'plain')
      equal(await code(client.receive({ flags: MSG_WAITALL })), 'ERR_CMSG_OUT_OF_RANGE')
      const [a, b] = MessageSocket.pair({ type: 'stream' })
      equal(await code(b.receive({ flags: MSG_ERRQUEUE })), 'ERR_CMSG_UNSUPPORTED')
      const peek = b.receive({ flags: MSG_PEEK })
      await a.send('seen twice')
      equal([text(await within(10_000, peek)), text(await b.receive())], ['seen twice', 'seen twice'])
      await closeAll(client, accepted, a, b)
    },
  },

  // Rule 8
  'a handover loses nothing': {
    async run() {
      const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
      const first = b.receive()
      for (let i = 0; i < 100; i++) await a.send(String(i))
      equal(text(await within(10_000, first)), '0')
      const { fd, messages } = b.detach()
      const heir = MessageSocket.adopt(fd)
      const rest = [...messages]
      while (rest.length < 99) rest.push(await within(10_000, heir.receive()))
      equal(rest.map(text), Array.from({ length: 99 }, (_, i) => String(i + 1)))
      equal(await code(b.receive()), 'ERR_CMSG_CLOSED')
      await closeAll(a, b, heir)
    },
  },

  // Rule 9
  'close settles all that waits': {
    async run() {
      for (const type of ['datagram', 'seqpacket', 'stream']) {
        const [a, b] = MessageSocket.pair({ type, receive: [rights] })
        const names = [a, b].map(({ fd }) => nameOf(fd))
        while (a.sendNow('x'.repeat(1000)) === 1000);
        const waiting = [a.send('waits for room'), a.flush(), a.receive(), a.receive({ flags: MSG_PEEK }), a.receiveMany()]
        const iteration = a.messages().next()
        const codes = Promise.all(waiting.map(code))
        await a.close()
        equal(await within(10_000, codes), Array(5).fill('ERR_CMSG_CLOSED'))
        equal((await within(10_000, iteration)).done, true)
        await a.close()
        await b.close()
        await until(() => !openSockets().some((name) => names.includes(name)))
      }
      // Somebody else has closed the number, and it is another socket by now.
      const [a, b] = MessageSocket.pair({ type: 'datagram' })
      const [c, d] = MessageSocket.pair({ type: 'datagram' })
      libc.close(a.fd)
      const stranger = libc.dup(c.fd)
      equal(stranger, a.fd)
      await a.close()
      equal(libc.getsockname(stranger).length > 0, true)
      libc.close(stranger)
      await closeAll(b, c, d)
    },
  },

  // Rule 11
  'empty packets before the end': {
    async run() {
      const server = MessageSocket.bind(`${directory}/s`, { type: 'seqpacket' })
      for (let i = 0; i < 200; i++) {
        const client = await MessageSocket.connect(server.address, { type: 'seqpacket' })
        const accepted = await within(10_000, server.accept())
        const received = (async () => {
          const all = []
          for await (const message of accepted) all.push(text(message))
          return all
        })()
        await client.sendMany(['data', '', '', ''].map((data) => ({ data })))
        await client.close()
        equal(await within(10_000, received), ['data', '', '', ''])
        await accepted.close()
      }
      await server.close()
    },
  },

  // Rule 13
  'limits of what waits': {
    async run() {
      const server = MessageSocket.bind(`${directory}/silent`, { type: 'datagram' })
      const [other, client] = [MessageSocket.bind(`${directory}/other`, { type: 'datagram' }), MessageSocket.open({ family: 'unix', type: 'datagram' })]
      const sends = []
      const refused = []
      for (let i = 0; i < 1200; i++) sends.push(client.send(String(i), { to: server.address }).catch((error) => { refused.push(error.code) }))
      await client.send('to another', { to: other.address })
      equal(text(await within(10_000, other.receive())), 'to another')
      equal([client.bufferedAmount > 0, refused.length > 0, [...new Set(refused)]], [true, true, ['ERR_CMSG_BACKLOG']])
      const flushed = client.flush()
      for (let i = 0; i < 1200 - refused.length; i++) equal(text(await within(10_000, server.receive())), String(i))
      await within(10_000, flushed)
      equal(client.bufferedAmount, 0)
      // A timer fires while sends are awaited.
      let fired = false
      setTimeout(() => { fired = true })
      const [a, b] = MessageSocket.pair({ type: 'datagram' })
      for (let i = 0; i < 100_000 && !fired; i++) {
        await a.send('x')
        await b.receive()
      }
      equal(fired, true)
      await closeAll(server, other, client, a, b)
    },
  },

  // Rule 13
  'a server that comes again': {
    async run() {
      const path = `${directory}/again`
      const first = MessageSocket.bind(path, { type: 'datagram', unlink: true })
      const client = await MessageSocket.connect(path, { type: 'datagram' })
      await client.send('one')
      equal(text(await within(10_000, first.receive())), 'one')
      await first.close()
      equal(await code(client.send('nobody is there')), 'ECONNREFUSED')
      const second = MessageSocket.bind(path, { type: 'datagram', unlink: true })
      await client.send('two')
      equal(text(await within(10_000, second.receive())), 'two')
      await closeAll(client, second)
    },
  },

  // Rule 9
  'the file of an adopted socket': {
    async run() {
      const path = `${directory}/adopted`
      const { fd } = MessageSocket.bind(path, { type: 'datagram' }).detach()
      await MessageSocket.adopt(fd, { unlink: true }).close()
      equal(existsSync(path), false)
    },
  },

  // Rule 15
  'the ends of iterators': {
    async run() {
      const [a, b] = MessageSocket.pair({ type: 'datagram' })
      const messages = b.messages()
      const [pending, further] = [messages.next(), messages.next()]
      equal([await within(10_000, messages.return()), await pending, await further].map(({ done }) => done), [true, true, true])
      await a.send('not swallowed')
      equal(text(await within(10_000, b.receive())), 'not swallowed')
      const waiting = b.receive()
      equal(await code(() => b.receiveSync({ timeout: 1 })), 'ERR_CMSG_OUT_OF_RANGE')
      await a.send('for the one that waits')
      equal(b.receiveNow(), undefined)
      equal(text(await within(10_000, waiting)), 'for the one that waits')
      await closeAll(a, b)
    },
  },

  // Rule 16
  'bytes of every kind and realm': {
    async run() {
      const [a, b] = MessageSocket.pair({ type: 'datagram' })
      const bytes = Uint8Array.of(1, 2, 3, 4)
      const { buffer } = bytes
      const realm = runInNewContext('Uint8Array.of(1, 2, 3, 4)')
      for (const data of [bytes, buffer, new DataView(buffer), new Uint16Array(buffer), realm, realm.buffer, [bytes.subarray(0, 1), new DataView(buffer, 1)]]) {
        await a.send(data)
        equal([...(await within(10_000, b.receive())).data], [1, 2, 3, 4])
      }
      const owned = new OwnedFd(libc.dup(a.fd))
      await a.send('x', { control: [rights([owned])] })
      owned.close()
      await b.receive()
      await closeAll(a, b)
    },
  },

  // Rule 17
  'failures leave nothing open': {
    async run() {
      const before = openSockets().length
      const bad = defineControlMessage({ kind: 'bad', level: 0x7001, type: 1, layout: () => { throw new Error('no layout') }, receive: { option: 1 } })
      for (let i = 0; i < 20; i++) {
        await failure(() => MessageSocket.open({ family: 'unix', type: 'datagram', receive: [bad] }))
        await failure(() => MessageSocket.pair({ type: 'stream', receive: [bad] }))
        await failure(() => MessageSocket.bind(`${directory}/nowhere/socket`, { type: 'datagram' }))
        await failure(MessageSocket.connect(`${directory}/nobody`, { type: 'stream' }))
      }
      equal(openSockets().length < before + 20, true)
    },
  },

  // Rule 20
  'each part of a stream message has its credentials': {
    async run() {
      const uid = process.getuid() === 0 ? 1000 : process.getuid()
      const [a, b] = MessageSocket.pair({ type: 'stream', receive: [credentials] })
      const sent = a.send(Buffer.alloc(400_000, 'x'), { control: [credentials({ pid: process.pid, uid, gid: process.getgid() })] })
      for (let bytes = 0; bytes < 400_000;) {
        const message = await within(10_000, b.receive())
        equal(message.get(credentials).uid, uid)
        bytes += message.data.length
      }
      equal(await within(10_000, sent), 400_000)
      await closeAll(a, b)
    },
  },

  // Rule 21
  'an empty message is not the end': {
    async run() {
      const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
      const pending = b.receive()
      await a.send('', { control: [rights([a.fd])] })
      const message = await within(10_000, pending)
      equal([message.data.length, message.get(rights).length, b.ended], [0, 1, false])
      message.get(rights)[0].close()
      await a.send('')
      await a.send('more')
      equal([text(await within(10_000, b.receive())), text(await within(10_000, b.receive()))], ['', 'more'])
      await a.close()
      equal([await within(10_000, b.receive()), b.ended], [undefined, true])
      await b.close()
    },
  },

  // Rule 22
  'refusals of what the kernel would drop': {
    async run() {
      const [client, accepted] = tcpPair().map((fd) => MessageSocket.adopt(fd))
      equal(await code(client.send('x', { control: [ttl(5)] })), 'ERR_CMSG_UNSUPPORTED')
      const udp = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', receive: [ttl] })
      const sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
      await sender.send('x', { to: udp.address, control: [ttl(5)] })
      equal((await within(10_000, udp.receive())).get(ttl), 5)
      await closeAll(client, accepted, udp, sender)
    },
  },

  // Rule 23
  'odd sockets': {
    async run() {
      const { AF_NETLINK, AF_ALG, AF_INET, AF_UNIX, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOCK_DGRAM } = constants
      for (const [family, type] of [[AF_NETLINK, SOCK_RAW], [AF_ALG, SOCK_SEQPACKET], [AF_INET, SOCK_STREAM], [AF_UNIX, SOCK_DGRAM]]) {
        let fd
        try {
          fd = libc.socket(family, type)
        } catch {
          continue // This kernel has not got it.
        }
        const socket = MessageSocket.adopt(fd)
        equal(typeof inspect(socket), 'string')
        void socket.remoteAddress
        equal(inspect(socket).includes(`fd: ${fd}`), true)
        await socket.close()
      }
    },
  },

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

  // Bun's sockets of node:http do not have their descriptor. The error says so, and does not call them closed.
  'the process behind an HTTP request': {
    async run() {
      const server = createServer()
      const socketPath = `${directory}/http`
      server.listen(socketPath)
      await once(server, 'listening')
      get({ socketPath, agent: false }, (response) => response.resume())
      const [{ socket }, response] = await within(10_000, once(server, 'request'))
      if ('Bun' in globalThis) {
        const error = await failure(() => peerCredentials(socket))
        equal([error.code, /it is open, but this runtime does not expose its descriptor/.test(error.message)], ['ERR_CMSG_UNSUPPORTED', true])
        equal((await failure(() => rights([server]))).code, 'ERR_CMSG_UNSUPPORTED')
      } else {
        equal(peerCredentials(socket).pid, process.pid)
      }
      const gone = once(socket, 'close')
      response.end()
      server.close()
      await within(10_000, gone)
      equal([peerCredentials(socket)], [undefined])
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
      // A thread that was replaced closes its epoll when it has ended, which takes a busy machine a while.
      for (const until = performance.now() + 10_000; outerEpolls().length > 1 && performance.now() < until;) await converse(pair, 10)
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
