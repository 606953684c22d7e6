/**
 * The library as it is published, on whatever runtime this is run: plain JavaScript over dist/, one line for each check.
 *
 *   smoke.mjs all DIRECTORY      every check; then it ends by itself, with sockets open and nothing awaited
 *   smoke.mjs client DIRECTORY   the other process: pings the server, prints what it was answered
 *   smoke.mjs wait|exit|throw    how a process ends while something is awaited
 *
 * SMOKE_MS is the limit for each check, for a slow machine. RUNTIME, a JSON list, is the command that runs a program on this
 * runtime, where process.execPath alone does not: under an emulator.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { credentials, MessageSocket, rights } from '../../dist/index.js'
import * as libc from '../../dist/libc.js'

const limit = Number(process.env.SMOKE_MS || 20_000)
const runtime = process.env.RUNTIME ? JSON.parse(process.env.RUNTIME) : [process.execPath, ...(globalThis.Deno ? ['run', '-A'] : [])]

const [, file, mode, directory] = isMainThread ? process.argv : ['', '', 'worker']

function equal(actual, expected) {
  const [got, wanted] = [actual, expected].map((value) => JSON.stringify(value) ?? 'undefined')
  if (got !== wanted) throw new Error(`expected ${wanted}, got ${got}`)
}

/** The error that a promise rejects with. */
const rejection = (promise) => promise.then(() => { throw new Error('it did not reject') }, (error) => error)
const me = () => ({ pid: process.pid, uid: process.getuid(), gid: process.getgid() })
const text = (message) => message?.data.toString()

/** More than a socket's room copies: the kernel has the caller's buffers themselves, but in a Worker, where it is a copy. */
async function large() {
  const data = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251)
  const [a, b] = libc.socketpair(libc.constants.AF_UNIX, libc.constants.SOCK_DGRAM)
  equal(libc.sendmsg(a, { buffers: [data.subarray(0, 1000), data.subarray(1000)] }), data.length)
  const buffers = [new Uint8Array(70_000), new Uint8Array(90_000)]
  equal(libc.recvmsg(b, { buffers }).length, data.length)
  equal(Buffer.concat(buffers, data.length).equals(data), true)
  equal(libc.sendmmsg(a, [{ buffers: [data] }]), 1)
  equal(libc.recvmsg(b, { size: 100_000 }).data.equals(data.subarray(0, 100_000)), true)
  libc.close(a)
  libc.close(b)

  const [sender, receiver] = MessageSocket.pair({ type: 'stream' })
  const parts = Array.from({ length: 30 }, () => data)
  const sent = sender.send(parts)
  const received = []
  for (let bytes = 0; bytes < 30 * data.length;) {
    const message = await receiver.receive()
    received.push(message.data)
    bytes += message.data.length
  }
  equal(await sent, 30 * data.length)
  equal(Buffer.concat(received).equals(Buffer.concat(parts)), true)
  for (const socket of [sender, receiver]) await socket.close()
}

const checks = {
  async credentials() {
    const server = MessageSocket.bind(`${directory}/server`, { type: 'datagram', receive: [credentials] })
    const client = spawn(runtime[0], [...runtime.slice(1), fileURLToPath(import.meta.url), 'client', directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = []
    const ended = new Promise((resolve) => {
      createInterface(client.stdout).on('line', (line) => lines.push(line)).on('close', resolve)
    })
    let count = 0
    for await (const message of server) {
      equal(text(message), `ping ${count}`)
      equal(message.get(credentials), { ...me(), pid: client.pid })
      await server.send(`pong ${count}`, { to: message.address })
      if (++count === 3) break
    }
    await ended
    equal(lines, ['pong 0', 'pong 1', 'pong 2'])
    await server.close()
  },

  large,

  async seqpacket() {
    const { server, client, accepted } = await connected('seqpacket')
    await client.send('to the server')
    const message = await accepted.receive()
    equal([text(message), message.get(credentials)], ['to the server', me()])
    await accepted.send('')
    await accepted.send('to the client')
    equal([text(await client.receive()), text(await client.receive())], ['', 'to the client'])
    const end = client.receive()
    await accepted.close()
    equal([await end, client.ended], [undefined, true])
    for (const socket of [client, server]) await socket.close()
  },

  async stream() {
    const { server, client, accepted } = await connected('stream')
    const data = Buffer.alloc(1 << 20, 'x')
    const sent = client.send(data).then((bytes) => { client.close(); return bytes })
    let received = 0
    for await (const message of accepted) received += message.data.length
    equal([await sent, received], [data.length, data.length])
    for (const socket of [accepted, server]) await socket.close()
  },

  async udp() {
    const server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const client = await MessageSocket.connect(server.address, { type: 'datagram' })
    const pending = server.receive()
    await client.send('over UDP')
    const message = await pending
    equal([text(message), message.address], ['over UDP', client.address])
    for (const socket of [client, server]) await socket.close()
  },

  async rights() {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    const [c, d] = MessageSocket.pair({ type: 'datagram' })
    const pending = b.receive()
    await a.send('a socket', { control: [rights([c])] })
    await c.close()
    const passed = MessageSocket.adopt((await pending).get(rights)[0].take())
    await passed.send('through the passed one')
    equal(text(await d.receive()), 'through the passed one')
    for (const socket of [a, b, d, passed]) await socket.close()
  },

  async abort() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    equal((await rejection(b.receive({ signal: AbortSignal.timeout(20) }))).name, 'TimeoutError')
    const pending = b.receive()
    await a.send('after an abort')
    equal(text(await pending), 'after an abort')
    for (const socket of [a, b]) await socket.close()
  },

  async 'a waiting send'() {
    const server = MessageSocket.bind(`${directory}/full`, { type: 'datagram' })
    const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const to = `${directory}/full`
    let sent = 0
    while (client.sendNow(String(sent), { to }) !== undefined) sent++
    const order = []
    const waiting = client.send(String(sent), { to }).then(() => order.push('sent'))
    await new Promise((resolve) => setTimeout(resolve, 20)) // long enough for it to be sent, if it did not wait
    order.push('received')
    for (let i = 0; i <= sent; i++) equal(text(await server.receive()), String(i))
    await waiting
    equal(order, ['received', 'sent'])
    for (const socket of [client, server]) await socket.close()
  },

  async batches() {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const messages = Array.from({ length: 1000 }, (_, i) => ({ data: `message ${i}` }))
    const sent = a.sendMany(messages)
    let i = 0
    while (i < messages.length) for (const message of await b.receiveMany()) equal(text(message), messages[i++].data)
    equal(await sent, messages.length)
    for (const socket of [a, b]) await socket.close()
  },

  async close() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const pending = rejection(a.receive())
    await a.close()
    equal((await pending).code, 'ERR_CMSG_CLOSED')
    const iteration = (async () => { for await (const _ of b); })()
    await b.close()
    await iteration
  },

  async blocking() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    equal(b.receiveSync({ timeout: 1 }), undefined)
    a.sendNow('at once')
    equal(text(b.receiveSync()), 'at once')
    for (const socket of [a, b]) await socket.close()
  },

  async errors() {
    const socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const { name, code, syscall, errno } = await rejection(socket.send('x', { to: `${directory}/nobody` }))
    equal({ name, code, syscall, errno }, { name: 'SystemError', code: 'ENOENT', syscall: 'sendmsg', errno: -2 })
    await socket.close()
  },

  async libc() {
    const [a, b] = libc.socketpair(libc.constants.AF_UNIX, libc.constants.SOCK_DGRAM)
    libc.sendmsg(a, { buffers: [Buffer.from('raw')] })
    equal(Buffer.from(libc.recvmsg(b, { size: 10 }).data).toString(), 'raw')
    for (const fd of [a, b]) libc.close(fd)
  },

  async 'a worker'() {
    const worker = new Worker(new URL(import.meta.url))
    const answers = []
    worker.on('message', (message) => { answers.push(message); if (answers.length === 1) worker.postMessage('end') })
    await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))
    equal(answers, ['in a worker', 'ended'])
  },

  async 'terminate()'() {
    const worker = new Worker(new URL(import.meta.url))
    await new Promise((resolve, reject) => worker.once('message', resolve).on('error', reject))
    await worker.terminate()
  },
}

async function connected(type) {
  const server = MessageSocket.bind(`${directory}/${type}`, { type, receive: [credentials] })
  const accepting = server.accept()
  const client = await MessageSocket.connect(server.address, { type })
  return { server, client, accepted: await accepting }
}

const modes = {
  async all() {
    await new Promise((resolve) => setTimeout(resolve)) // while it loads modules, Node listens too
    const listeners = process.listenerCount('exit')
    for (const [name, check] of Object.entries(checks)) {
      let timer
      const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end within ${limit / 1000} s`)), limit) })
      await Promise.race([check(), late]).then(() => console.log(`ok ${name}`), (error) => console.log(`not ok ${name}: ${error?.stack ?? error}`))
      clearTimeout(timer)
    }
    const open = MessageSocket.bind(`${directory}/open`, { type: 'datagram' })
    await rejection(open.receive({ signal: AbortSignal.timeout(20) }))
    // Only the thread has to be ended before the process is.
    console.log(`strategy ${process.listenerCount('exit') > listeners ? 'thread' : 'handle'}`)
    console.log(`engine ${libc.engine.name}`)
  },

  async client() {
    const client = MessageSocket.bind(`${directory}/client`, { type: 'datagram' })
    for (let i = 0; i < 3; i++) {
      const answer = client.receive()
      await client.send(`ping ${i}`, { to: `${directory}/server` })
      console.log(text(await answer))
    }
    await client.close()
  },

  async wait() {
    const pending = MessageSocket.pair({ type: 'datagram' })[0].receive()
    setTimeout(() => console.log('waiting'), 300) // by now the way to wait is chosen
    await pending
  },

  async exit() {
    setTimeout(() => process.exit(3), 300)
    await MessageSocket.pair({ type: 'datagram' })[0].receive()
  },

  async throw() {
    setTimeout(() => { throw new Error('thrown on purpose') }, 300)
    await MessageSocket.pair({ type: 'datagram' })[0].receive()
  },

  async worker() {
    await large()
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const pending = b.receive()
    await a.send('in a worker')
    parentPort.postMessage(text(await pending))
    // Something is awaited when terminate() comes.
    const last = b.receive()
    await new Promise((resolve) => parentPort.once('message', resolve))
    await a.send('ended')
    parentPort.postMessage(text(await last))
    for (const socket of [a, b]) await socket.close()
  },
}

// Not awaited: Bun goes on after an uncaught exception where the top level of a module awaits something.
if (mode in modes) void modes[mode]()
else throw new Error(`usage: ${file} ${Object.keys(modes).join('|')}`)
