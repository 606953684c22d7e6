/**
 * What goes wrong, one scenario a process. Run by faults.test.ts, which limits the descriptors.
 *
 *   faults.program.ts DIRECTORY SCENARIO     prints what happened, as JSON
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { credentials, MessageSocket, rights, type SocketType } from 'cmsg'
import { constants } from 'cmsg/libc'
import { newDescriptors, openDescriptors } from '../support/fds.ts'

const [directory, scenario] = process.argv.slice(2) as [string, string]
const path = `${directory}/socket`

const { SOL_SOCKET, SO_RCVBUF, SO_SNDBUF } = constants

/** Use up all descriptors but so many. What it gives lets go of them again. */
function exhaust(left: number): () => void {
  const taken: number[] = []
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'))
    } catch {
      break
    }
  }
  taken.splice(0, left).forEach((fd) => { closeSync(fd) })
  return () => { taken.splice(0).forEach((fd) => { closeSync(fd) }) }
}

const outcome = async (attempt: () => unknown): Promise<string> => {
  try {
    const value = await attempt()
    return value === undefined ? 'undefined' : 'it worked'
  } catch (error) {
    const { syscall, code, message } = error as { syscall?: string; code?: string; message: string }
    return code === undefined ? message : `${syscall} ${code}`
  }
}
const text = (message: { data: Buffer } | undefined): string | undefined => message?.data.toString()
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Send until it would wait: how many went. */
function fill(socket: Pick<MessageSocket, 'sendNow'>, to?: string): number {
  let sent = 0
  while (socket.sendNow(String(sent), { to }) !== undefined) sent++
  return sent
}

/** Something has been awaited, so that whatever that takes is there. */
async function warm(): Promise<void> {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const pending = a.receive()
  await b.send('x')
  await pending
  for (const socket of [a, b]) await socket.close()
}

const scenarios: Record<string, () => Promise<unknown>> = {
  async open() {
    await warm()
    const release = exhaust(0)
    const failed = [
      await outcome(() => MessageSocket.open({ family: 'unix', type: 'datagram' })),
      await outcome(() => MessageSocket.bind(path, { type: 'datagram' })),
      await outcome(() => MessageSocket.connect(path, { type: 'stream' })),
      await outcome(() => MessageSocket.pair({ type: 'seqpacket' })),
    ]
    release()
    const before = openDescriptors()
    const tight = exhaust(1)
    failed.push(await outcome(() => MessageSocket.pair({ type: 'seqpacket' })))
    tight()
    const leaked = newDescriptors(before)
    await warm()
    return { failed, leaked }
  },

  async accept() {
    await using listener = MessageSocket.bind(path, { type: 'stream' })
    await warm()
    const accepting = outcome(() => listener.accept())
    const clients = [await MessageSocket.connect(path, { type: 'stream' }), await MessageSocket.connect(path, { type: 'stream' })]
    const first = await accepting
    const release = exhaust(0)
    const failed = [await outcome(() => listener.accept()), await outcome(async () => { for await (const _ of listener.connections()); })]
    const before = process.cpuUsage()
    await pause(200)
    const { user, system } = process.cpuUsage(before)
    release()
    const second = await listener.accept()
    await clients[1]!.send('it still waited')
    const received = text(await second.receive())
    for (const socket of [...clients, second]) await socket.close()
    return { first, failed, spins: (user + system) / 200_000 > 0.2, received }
  },

  async 'the first wait'() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const failed: string[] = []
    const before = openDescriptors()
    for (const left of [0, 1, 2]) {
      const release = exhaust(left)
      failed.push(await outcome(() => a.receive()))
      release()
      await pause(20)
    }
    const leaked = newDescriptors(before)
    const pending = a.receive()
    await b.send('one')
    const received = [text(await pending)]
    await b.send('two')
    received.push(text(await a.receive()))
    for (const socket of [a, b]) await socket.close()
    return { failed, leaked, received }
  },

  async 'a waiting send'() {
    const receiver = MessageSocket.bind(path, { type: 'datagram' })
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await warm()
    const keep = MessageSocket.pair({ type: 'datagram' }) // keeps what waiting takes
    const sent = fill(sender, path)
    const release = exhaust(0)
    const waiting = [outcome(() => sender.send(String(sent), { to: path })), outcome(() => sender.send(String(sent + 1), { to: path }))]
    await pause(50)
    const received: (string | undefined)[] = []
    while (received.length < sent + 2) received.push(text(await receiver.receive()))
    const outcomes = await Promise.all(waiting)
    release()
    for (const socket of [receiver, sender, ...keep]) await socket.close()
    return { outcomes, inOrder: received.every((data, i) => data === String(i)) }
  },

  async 'descriptors of a waiting send'() {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    await warm()
    const sent = fill(a)
    const release = exhaust(0)
    const failed = await outcome(() => a.send('with a descriptor', { control: [rights([0])] }))
    release()
    for (let i = 0; i < sent; i++) await b.receive()
    const after = await outcome(() => a.send('with a descriptor', { control: [rights([0])] }))
    const received = text(await b.receive())
    for (const socket of [a, b]) await socket.close()
    return { failed, after, received }
  },

  async 'received descriptors'() {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    await warm()
    await a.send('three descriptors', { control: [rights([0, 1, 2])] })
    const release = exhaust(1)
    const message = await b.receive()
    const result = { data: text(message), truncated: message?.controlTruncated, descriptors: message?.get(rights)?.length }
    message?.[Symbol.dispose]()
    release()
    for (const socket of [a, b]) await socket.close()
    return result
  },

  async 'the socket file is removed'() {
    const server = MessageSocket.bind(path, { type: 'datagram' })
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const connected = await MessageSocket.connect(path, { type: 'datagram' })
    const sent = fill(sender, path)
    const waiting = outcome(() => sender.send('waiting', { to: path }))
    rmSync(path)
    await pause(20)
    for (let i = 0; i < sent; i++) await server.receive()
    const results = [
      await waiting, await outcome(() => sender.send('later', { to: path })), await outcome(() => connected.send('connected')),
    ]
    const received = text(await server.receive())
    for (const socket of [server, sender, connected]) await socket.close()
    return { results, received }
  },

  async 'the socket file is replaced'() {
    const old = MessageSocket.bind(path, { type: 'datagram' })
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    fill(sender, path)
    const waiting = outcome(() => sender.send('to whoever is there', { to: path }))
    rmSync(path)
    const successor = MessageSocket.bind(path, { type: 'datagram' })
    // The old one neither reads nor ends, as one that hangs.
    const received = text(await successor.receive())
    const result = await waiting
    for (const socket of [old, sender, successor]) await socket.close()
    return { result, received }
  },

  async 'the server is restarted'() {
    const old = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    fill(sender, path)
    const waiting = [outcome(() => sender.send('lost', { to: path })), outcome(() => sender.send('lost', { to: path }))]
    await old.close()
    const results = await Promise.all(waiting)
    const successor = MessageSocket.bind(path, { type: 'datagram', unlink: true })
    await sender.send('to its successor', { to: path })
    const received = text(await successor.receive())
    for (const socket of [sender, successor]) await socket.close()
    return { results, received }
  },

  async 'small buffers'() {
    const results: Record<string, unknown> = {}
    for (const type of ['datagram', 'seqpacket', 'stream'] as SocketType[]) {
      const [a, b] = MessageSocket.pair({ type, receive: [credentials] })
      for (const socket of [a, b]) for (const option of [SO_SNDBUF, SO_RCVBUF]) socket.setOption(SOL_SOCKET, option, 256)
      const all = Promise.all(Array.from({ length: 1000 }, () => a.send(Buffer.alloc(100))))
      let bytes = 0
      let named = true
      while (bytes < 100_000) {
        const message = await b.receive()
        bytes += message!.data.length
        named &&= message!.get(credentials)?.pid === process.pid
      }
      await all
      const large = Buffer.alloc(100_000)
      const sent = outcome(() => a.send(large))
      if (type === 'stream') for (let left = large.length; left > 0;) left -= (await b.receive())!.data.length
      results[type] = { bytes, named, large: await sent }
      for (const socket of [a, b]) await socket.close()
    }
    return results
  },

  async 'a small buffer of UDP'() {
    const server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    server.setOption(SOL_SOCKET, SO_RCVBUF, 256)
    const client = await MessageSocket.connect(server.address, { type: 'datagram' })
    for (let i = 0; i < 1000; i++) await client.send(String(i))
    // The kernel drops what there is no room for: the first ones are there, in order.
    const received: string[] = []
    for (let message = server.receiveNow(); message !== undefined; message = server.receiveNow()) received.push(text(message)!)
    const pending = server.receive()
    await client.send('afterwards')
    const after = text(await pending)
    for (const socket of [client, server]) await socket.close()
    return { some: received.length > 0 && received.length < 1000, inOrder: received.every((data, i) => data === String(i)), after }
  },

  /** For faults that strace makes up. */
  async conversation() {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const results: string[] = []
    for (let i = 0; i < 3; i++) {
      const sent = await outcome(() => a.send(String(i)))
      const received = sent === 'it worked' ? await outcome(() => b.receive()) : 'nothing'
      results.push(`${sent}, ${received}`)
    }
    // What was not received is not lost.
    const left: (string | undefined)[] = []
    for (let message = b.receiveNow(); message !== undefined; message = b.receiveNow()) left.push(text(message))
    for (const socket of [a, b]) await socket.close()
    return { results, left }
  },

  async connections() {
    await using listener = MessageSocket.bind(path, { type: 'seqpacket' })
    const accepting = listener.accept()
    await using client = await MessageSocket.connect(path, { type: 'seqpacket' })
    await using accepted = await accepting
    await client.send('connected')
    return { received: text(await accepted.receive()) }
  },

  /** Serves, until it is killed. It reads one message only, so that the other side has to wait. */
  async victim() {
    const listener = MessageSocket.bind(path, { type: 'stream' })
    const datagrams = MessageSocket.bind(`${path}.datagram`, { type: 'datagram' })
    const packets = MessageSocket.bind(`${path}.seqpacket`, { type: 'seqpacket' })
    writeSync(1, 'ready\n')
    const [stream, packet] = await Promise.all([listener.accept(), packets.accept()])
    const halves = [stream.send(Buffer.alloc(4 << 20)), packet.send('a packet')] // more than fits
    const first = await datagrams.receive()
    await Promise.all([...halves, first, new Promise(() => {})])
    // Without these uses the sockets would be forgotten, and closed by the garbage collector.
    return [listener, datagrams, packets, stream, packet]
  },

  /** The other side of the victim. */
  async survivor() {
    const stream = await MessageSocket.connect(path, { type: 'stream' })
    const packet = await MessageSocket.connect(`${path}.seqpacket`, { type: 'seqpacket' })
    const datagram = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const to = `${path}.datagram`
    await datagram.send('first', { to })
    const [some, whole] = [await stream.receive(), await packet.receive()]
    fill(packet)
    const waiting = {
      stream: outcome(() => stream.send(Buffer.alloc(4 << 20))),
      seqpacket: outcome(() => packet.send('x')),
      datagram: outcome(() => Promise.all(Array.from({ length: 100 }, () => datagram.send('x', { to })))),
      receive: outcome(() => packet.receive()),
    }
    await pause(50)
    writeSync(1, 'waiting\n')
    const results: Record<string, string> = {}
    for (const [name, result] of Object.entries(waiting)) results[name] = await result
    let bytes = some!.data.length
    const rest = await outcome(async () => {
      for await (const message of stream) bytes += message.data.length
    })
    for (const socket of [stream, packet, datagram]) await socket.close()
    return { ...results, packet: text(whole), rest, cutOff: bytes < 4 << 20 }
  },
}

console.log(JSON.stringify(await scenarios[scenario]!()))
