/**
 * Victims of descriptors: floods of them, traps, and such as nobody asked for.
 * @module
 */
import { fstatSync } from 'node:fs'
import { join } from 'node:path'
import { constants, credentials, MessageSocket, rights, type Message } from 'cmsg'
import { accept4, bind, close, listen, socket as libcSocket } from 'cmsg/libc'
import { encodeAddress } from 'cmsg/codec'
import { descriptorCount, outcome, pause, type Victim } from './stage.ts'

const { AF_UNIX, SOCK_SEQPACKET, SOL_SOCKET, SO_TIMESTAMPNS } = constants

type WithRights = Message<typeof rights>
const fds = (message: WithRights): number => message.get(rights)?.length ?? 0

/**
 * Four seqpacket connections, whose messages are read one by one: at any time the program itself has the descriptors of one.
 * ARGS: descriptors a message; `one` by one, or `many` at a time; messages a connection.
 */
const flood: Victim = async ({ directory, args: [each, how, count], ready, ended }) => {
  const path = join(directory, 'seqpacket')
  await using listener = MessageSocket.bind(path, { type: 'seqpacket', receive: [rights] })
  const base = descriptorCount()
  let messages = 0
  let wrong = 0
  let outOfOrder = 0
  let connected = 0
  const brokeOff = outcome(async () => {
    const readers: { socket: MessageSocket<typeof rights>; next: number }[] = []
    ready({ path, base })
    while (readers.length < 4) readers.push({ socket: await listener.accept(), next: 0 })
    connected = readers.length
    // Their queues fill, so that there is something to read ahead.
    await pause(300)
    for (let open = readers; open.length > 0; open = open.filter(({ socket }) => !socket.closed)) {
      for (const reader of open) {
        const batch = how === 'many' ? await reader.socket.receiveMany({ max: 256 }) : [await reader.socket.receive()]
        for (using message of batch as (WithRights | undefined)[]) {
          if (message === undefined) break
          messages++
          if (message.controlTruncated || fds(message) !== Number(each)) wrong++
          if (Number(message.data.toString()) !== reader.next++) outOfOrder++
          if (messages % 8 === 0) await new Promise(setImmediate)
        }
        if (reader.next === Number(count) || batch[0] === undefined) await reader.socket.close()
      }
    }
  })
  await ended
  await listener.close()
  return { messages, wrong, outOfOrder, connected, brokeOff: await brokeOff, base, left: descriptorCount() - base }
}

/** Disposes of what it is sent, at once, and says so. It serves others on the side. */
const traps: Victim = async ({ directory, ready, ended }) => {
  const path = join(directory, 'traps')
  const served = join(directory, 'datagram')
  await using server = MessageSocket.bind(served, { type: 'datagram' })
  await using listener = MessageSocket.bind(path, { type: 'seqpacket', receive: [rights] })
  const serving = outcome(async () => {
    for await (const message of server) server.send(message.data, { to: message.address }).catch(() => {})
  })
  let disposed = 0
  const disposing = outcome(async () => {
    ready({ path, served })
    await using peer = await listener.accept()
    for await (const message of peer) {
      message[Symbol.dispose]()
      disposed++
      await peer.send('disposed of')
    }
  })
  await ended
  await Promise.all([server.close(), listener.close()])
  return { disposed, brokeOff: (await disposing) ?? (await serving) }
}

/** Adopts what it is sent, asks for descriptors, and reads when it is told to: each message must have all of them. */
const adopts: Victim = async ({ directory, ready, ended }) => {
  const path = join(directory, 'adopts')
  const listener = MessageSocket.bind(path, { type: 'seqpacket', receive: [rights] })
  const read: string[] = []
  const brokeOff = outcome(async () => {
    ready({ path })
    await using peer = await listener.accept()
    let given: MessageSocket<typeof rights> | undefined
    for await (const order of peer) {
      const [fd] = order.get(rights) ?? []
      if (fd !== undefined) {
        await given?.close()
        given = MessageSocket.adopt(fd, { receive: [rights] })
        read.push('')
        continue
      }
      if (String(order.data) === 'read') {
        using message = await given!.receive()
        const shown = `${String(message!.data)}: ${fds(message!)}${message!.controlTruncated ? ' cut' : ''}`
        read[read.length - 1] += read.at(-1) === '' ? shown : `, ${shown}`
      }
      await peer.send('done')
    }
    await given?.close()
  })
  await ended
  await listener.close()
  return { read, brokeOff: await brokeOff }
}

/** Sockets that did not ask for descriptors. The option that is set beside must not make room for any. ARGS: messages. */
const strangers: Victim = async ({ directory, args: [count], ready, ended }) => {
  const path = join(directory, 'strangers')
  await using socket = MessageSocket.bind(path, { type: 'datagram', receive: [credentials] })
  // The first that waits opens what waiting itself needs; a Worker opens its own descriptors some time afterwards.
  let next = socket.receive()
  let before: number
  do {
    before = descriptorCount()
    await new Promise((resolve) => setTimeout(resolve, 500))
  } while (descriptorCount() !== before)
  let installed = 0
  let told = 0
  let signed = 0
  let messages = 0
  const brokeOff = outcome(async () => {
    ready({ path })
    while (messages < Number(count)) {
      using message = await next
      messages++
      installed += Math.max(0, descriptorCount() - before)
      if (message!.controlTruncated) told++
      if (message!.get(credentials) !== undefined) signed++
      if (messages === Number(count) / 2) socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, 1)
      if (messages < Number(count)) next = socket.receive()
    }
  })
  await ended
  await socket.close()
  return { installed, told, signed, messages, brokeOff: await brokeOff }
}

/** Seqpacket connections whose last packets are empty. ARGS: connections, `own` or `adopted`. */
const empties: Victim = async ({ directory, args: [count, how], ready, ended }) => {
  const path = join(directory, 'empties')
  const got: string[] = []
  const own = how === 'own' ? MessageSocket.bind(path, { type: 'seqpacket', backlog: 100 }) : undefined
  const fd = libcListener(own === undefined ? path : undefined)
  const brokeOff = outcome(async () => {
    ready({ path })
    for (let i = 0; i < Number(count); i++) {
      await using connection = own === undefined ? MessageSocket.adopt(accept4(fd!).fd) : await own.accept()
      const packets: string[] = []
      const greeting = connection.send('!')
      for await (const message of connection) packets.push(message.data.length === 0 ? '' : String(message.data))
      await greeting
      const [first, ...trailing] = packets
      const sent = Number(first?.split(' ')[1])
      if (trailing.length !== sent || trailing.some((packet) => packet !== '')) got.push(`${first}: ${trailing.length}`)
    }
  })
  await ended
  // The peer is done before its last connections are read.
  const broke = await brokeOff
  await own?.close()
  if (fd !== undefined) close(fd)
  return { wrong: got.length, first: got[0], brokeOff: broke }
}

/** A listener that blocks: the program has nothing else to do. */
function libcListener(path: string | undefined): number | undefined {
  if (path === undefined) return undefined
  const fd = libcSocket(AF_UNIX, SOCK_SEQPACKET)
  bind(fd, encodeAddress(path))
  listen(fd, 100)
  return fd
}

/** An adopted connection of empty packets with descriptors: messages, each of them. */
const zero: Victim = async ({ directory, ready, ended }) => {
  const path = join(directory, 'zero')
  const fd = libcListener(path)!
  const got: string[] = []
  const brokeOff = outcome(async () => {
    ready({ path })
    await using connection = MessageSocket.adopt(accept4(fd).fd, { receive: [rights] })
    for await (const message of connection) {
      const [given] = message.get(rights) ?? []
      got.push(`${String(message.data)} ${given !== undefined && fstatSync(given.fd).isFile() ? 1 : 0}`)
    }
  })
  await ended
  close(fd)
  return { got, brokeOff: await brokeOff }
}

export const descriptorVictims: Readonly<Record<string, Victim>> = { flood, traps, adopts, strangers, empties, zero }
