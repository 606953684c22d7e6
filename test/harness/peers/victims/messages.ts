/**
 * Victims with one peer, whose single messages count.
 * @module
 */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { constants, credentials, MessageSocket, timestamping, recvErr } from 'cmsg'
import { bind, getsockname, listen, setsockopt, socket as libcSocket } from 'cmsg/libc'
import { decodeAddress, encodeAddress, hostAbi } from 'cmsg/codec'
import { Counts, codeOf, outcome, pause, type Victim } from './stage.ts'

const {
  AF_INET, SOCK_STREAM, SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE,
  SOF_TIMESTAMPING_TX_SCHED, MSG_OOB, MSG_ERRQUEUE, MSG_WAITALL, MSG_WAITFORONE,
} = constants

/** A TCP listener, adopted: the library makes none. */
function tcpListener(): { listener: MessageSocket; port: number } {
  const fd = libcSocket(AF_INET, SOCK_STREAM)
  bind(fd, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(fd, 5)
  return { listener: MessageSocket.adopt(fd), port: (decodeAddress(getsockname(fd)) as { port: number }).port }
}

/** Flags that no event ends, by what becomes of a receive that asks for them. */
async function refusals(): Promise<Record<string, string | undefined>> {
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  const answer = (flags: number, prepare?: () => unknown): Promise<string | undefined> => {
    const signal = AbortSignal.timeout(300)
    return outcome(async () => {
      await prepare?.()
      await b.receive({ flags, signal })
    })
  }
  const refused = {
    waitAll: await answer(MSG_WAITALL),
    waitForOne: await answer(MSG_WAITFORONE),
    unknown: await answer(0x2000_0000),
    errorQueue: await answer(MSG_ERRQUEUE),
    errorQueueAtEnd: await answer(MSG_ERRQUEUE, () => a.close()),
  }
  await b.close()
  return refused
}

/** Urgent bytes on TCP, with a plain receive waiting since before. */
const oob: Victim = async ({ ready, ended, over }) => {
  const refused = await refusals()
  const { listener, port } = tcpListener()
  const urgent: string[] = []
  const plain: string[] = []
  const brokeOff = outcome(async () => {
    ready({ port })
    await using peer = await listener.accept()
    for (let i = 0; i < 3; i++) {
      const data = peer.receive({ signal: over }).then((message) => { plain.push(String(message?.data)) })
      data.catch(() => {})
      urgent.push(String((await peer.receive({ flags: MSG_OOB, signal: over }))?.data))
      await peer.send('u')
      await data
      await peer.send('p')
    }
  })
  await ended
  await listener.close()
  return { urgent, plain, refused, brokeOff: await brokeOff }
}

/** Messages longer than there is room for. Some are read one by one, some many at a time. */
const cut: Victim = async ({ directory, ready, ended }) => {
  const path = join(directory, 'cut')
  await using unix = MessageSocket.bind(path, { type: 'datagram', messageSize: 100 })
  await using udp = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', messageSize: 100 })
  const told: Record<string, string[]> = { unix: [], udp: [] }
  const brokeOff = outcome(async () => {
    ready({ path, port: (udp.address as { port: number }).port })
    for (const [name, socket] of [['unix', unix], ['udp', udp]] as const) {
      while (told[name]!.length < 6) {
        const messages = told[name]!.length === 0 ? [(await socket.receive())!] : await socket.receiveMany({ max: 3 })
        for (const { length, data, truncated } of messages) told[name]!.push(`${length} ${data.length}${truncated ? ' truncated' : ''}`)
      }
    }
  })
  await ended
  await Promise.all([unix.close(), udp.close()])
  return { ...told, brokeOff: await brokeOff }
}

/** Sends a stream's message with the credentials of somebody else. ARGS: bytes. */
const stated: Victim = async ({ directory, args: [size], ready, ended }) => {
  const path = join(directory, 'stated')
  await using listener = MessageSocket.bind(path, { type: 'stream' })
  const brokeOff = outcome(async () => {
    ready({ path })
    await using peer = await listener.accept()
    await peer.send(Buffer.alloc(Number(size)), { control: [credentials({ pid: process.pid, uid: 1000, gid: 1000 })] })
  })
  await ended
  await listener.close()
  return { brokeOff: await brokeOff }
}

/** Asks TCP when a message went. ARGS: bytes. */
const stamps: Victim = async ({ args: [size], ready, ended }) => {
  const { listener, port } = tcpListener()
  const reports: number[] = []
  const brokeOff = outcome(async () => {
    ready({ port })
    const peer = await listener.accept()
    setsockopt(peer.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE)
    const reading = outcome(async () => {
      for (;;) {
        const report = await peer.receive({ flags: MSG_ERRQUEUE })
        const entry = report?.control.find(({ level, type }) => level === recvErr.level && type === recvErr.type)
        if (entry !== undefined) reports.push(recvErr.decode(entry.data, hostAbi()).info)
      }
    })
    await peer.send(Buffer.alloc(Number(size)), { control: [timestamping(SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE)] })
    await pause(500)
    await peer.send('!')
    await peer.close()
    await reading
  })
  await ended
  await listener.close()
  return { reports: reports.sort((a, b) => a - b), brokeOff: await brokeOff }
}

/** Iterators that are given up while they wait: the messages after that are for whoever receives next. */
const iterators: Victim = async ({ directory, ready, ended }) => {
  const path = join(directory, 'iterators')
  const peer = join(directory, 'later')
  await using socket = MessageSocket.bind(path, { type: 'datagram' })
  const got: string[] = []
  const next = async (turn: string): Promise<void> => {
    await socket.send(turn, { to: peer })
    got.push(String((await socket.receive({ signal: AbortSignal.timeout(2000) }))?.data))
  }
  const brokeOff = outcome(async () => {
    ready({ path, peer })
    while ((await outcome(() => socket.send('0', { to: peer }))) !== undefined) await pause(10)
    got.push(String((await socket.receive())?.data))

    const iterator = socket[Symbol.asyncIterator]()
    const pending = iterator.next()
    await iterator.return!()
    got.push(await Promise.race([pending.then(({ done }) => `done: ${done}`), pause(1000).then(() => 'still pending')]))
    await next('1')

    const readable = Readable.from(socket)
    readable.read()
    await pause(20)
    readable.destroy()
    await pause(20)
    await next('2')
    await socket.send('end', { to: peer })
  })
  await ended
  await socket.close()
  return { got, brokeOff: await brokeOff }
}

/** Sends as fast as it can, awaiting each. A timer has to fire all the same. ARGS: messages, the port. */
const awaited: Victim = async ({ args: [count, port], ready, ended }) => {
  await using socket = MessageSocket.open({ family: 'inet', type: 'datagram' })
  const to = { address: '127.0.0.1', port: Number(port) }
  let sent = 0
  let shots = 0
  let done = false
  const brokeOff = outcome(async () => {
    ready({})
    const timer = setInterval(() => { shots++ }, 20)
    for (; sent < Number(count); sent++) await socket.send('x', { to })
    clearInterval(timer)
    done = true
    // UDP may drop it.
    for (let i = 0; i < 5; i++, await pause(100)) await socket.send('end', { to })
  })
  await ended
  return { sent, shots, done, brokeOff: await brokeOff }
}

/** A connected client whose server ends and comes back. */
const reconnects: Victim = async ({ args: [path], ready, ended, over }) => {
  const refused = new Counts()
  await using socket = await MessageSocket.connect(path!, { type: 'datagram' })
  ready({})
  for (let i = 0; !over.aborted; i++) {
    await socket.send(String(i)).catch((error: unknown) => { refused.add(codeOf(error)) })
    await pause(20)
  }
  await ended
  return { refused }
}

export const messageVictims: Readonly<Record<string, Victim>> = { oob, cut, stated, stamps, iterators, awaited, reconnects }
