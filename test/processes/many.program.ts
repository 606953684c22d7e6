/**
 * The programs of many.test.ts.
 *
 *   many.program.ts server DIRECTORY COUNT    so many sockets, each of which answers with its number and the sender's pid
 *   many.program.ts client DIRECTORY COUNT    pings each of them; prints how many answers were right
 *   many.program.ts cycles DIRECTORY COUNT HOW   opens and closes so often; prints the descriptors left and the growth of memory
 */
import { join } from 'node:path'
import { credentials, MessageSocket } from 'cmsg'
import { openDescriptors } from '../support/fds.ts'

const [role, directory, number, how] = process.argv.slice(2) as [string, string, string, string]
const count = Number(number)

interface Memory { rss: number; heap: number; buffers: number }

/** What cannot be done without: what is only held until a callback is over, or a WeakRef forgets, may go first. */
async function memory(): Promise<Memory> {
  const least: Memory = { rss: Infinity, heap: Infinity, buffers: Infinity }
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc!()
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
    least.rss = Math.min(least.rss, rss)
    least.heap = Math.min(least.heap, heapUsed)
    least.buffers = Math.min(least.buffers, arrayBuffers)
  }
  return least
}

/** The growth of memory is measured over so many windows, after a first one in which what exists once in a process is made. */
const WINDOWS = 4

async function growths(run: (window: number) => Promise<unknown>): Promise<Memory[]> {
  const grown: Memory[] = []
  let before: Memory | undefined
  for (let window = 0; window <= WINDOWS; window++) {
    await run(window)
    const { rss, heap, buffers } = await memory()
    if (before) grown.push({ rss: rss - before.rss, heap: heap - before.heap, buffers: buffers - before.buffers })
    before = { rss, heap, buffers }
  }
  return grown
}

async function server(): Promise<void> {
  const bind = (i: number): MessageSocket<typeof credentials> =>
    MessageSocket.bind(join(directory, String(i)), { type: 'datagram', receive: [credentials] })
  const serve = async (socket: MessageSocket<typeof credentials>, i: number): Promise<void> => {
    for await (const message of socket) {
      await socket.send(`${i} ${message.get(credentials)?.pid}`, { to: message.address })
    }
  }
  const sockets = count / (WINDOWS + 1)
  const grown = await growths(async (window) => {
    for (let i = window * sockets; i < (window + 1) * sockets; i++) void serve(bind(i), i)
    await new Promise(setImmediate)
  })
  console.log(JSON.stringify({ sockets, grown }))
}

async function client(): Promise<void> {
  await using socket = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
  let right = 0
  for (let i = 0; i < count; i++) {
    await socket.send('ping', { to: join(directory, String(i)) })
    const answer = await socket.receive()
    if (answer?.data.toString() === `${i} ${process.pid}`) right++
  }
  console.log(right)
}

const cycle: Record<string, (i: number) => Promise<void>> = {
  async bind(i) {
    const socket = MessageSocket.bind(join(directory, String(i)), { type: 'datagram', receive: [credentials], unlink: true })
    const pending = socket.receive()
    await socket.send('x', { to: socket.address })
    await pending
    await socket.close()
  },
  async pair() {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const pending = b.receive()
    await a.send('x')
    await pending
    const rejected = b.receive().catch(() => {})
    for (const socket of [a, b]) await socket.close()
    await rejected
  },
  async accept() {
    const accepting = listener!.accept()
    const socket = await MessageSocket.connect(listener!.address, { type: 'stream' })
    const accepted = await accepting
    const end = accepted.receive()
    await socket.close()
    await end
    await accepted.close()
  },
  // The last socket of the process: soon there is nothing left to wait with, and then it is made again.
  async 'the only socket'() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const pending = b.receive()
    await a.send('x')
    await pending
    for (const socket of [a, b]) await socket.close()
    await new Promise((resolve) => setTimeout(resolve, 120))
  },
  async 'a waiting send'() {
    const socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const full = { to: receiver!.address }
    while (socket.sendNow('x', full) !== undefined);
    const waiting = socket.send('x', full)
    while ((receiver!.receiveNow()) !== undefined);
    await waiting
    await socket.close()
  },
}
let listener: MessageSocket | undefined
let receiver: MessageSocket | undefined

async function cycles(): Promise<void> {
  // Nothing has been opened yet. Between two cycles it would be chance whether a Worker that was told to end has ended.
  const nothing = openDescriptors().size
  if (how === 'accept') listener = MessageSocket.bind(join(directory, 'listener'), { type: 'stream', unlink: true })
  if (how === 'a waiting send') receiver = MessageSocket.bind(join(directory, 'receiver'), { type: 'datagram', unlink: true })
  const grown = await growths(async () => { for (let i = 0; i < count / WINDOWS; i++) await cycle[how]!(i) })
  await listener?.close()
  await receiver?.close()
  const descriptors = await settled(nothing)
  console.log(JSON.stringify({ descriptors, grown }))
}

const roles: Record<string, () => Promise<void>> = { server, client, cycles }
await roles[role]!()

/** How many descriptors more than `before`, once a Worker that was told to end has had the time to. */
async function settled(before: number): Promise<number> {
  for (let tries = 0; tries < 500 && openDescriptors().size > before; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
  return openDescriptors().size - before
}
