/**
 * Diagnostics channels and counters: what a program can observe of its sockets.
 */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  MessageSocket, constants, createSocket, recvErr, rights, type DroppedTraffic, type ReceivedTraffic, type TrafficMessage,
  type TruncatedTraffic, type WaitingTraffic,
} from '../../src/index.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

const { MSG_PEEK, SOL_SOCKET, SO_SNDBUF, MSG_ERRQUEUE } = constants

interface Messages {
  sent: TrafficMessage
  received: ReceivedTraffic
  waiting: WaitingTraffic
  dropped: DroppedTraffic
  truncated: TruncatedTraffic
}
type Name = keyof Messages

const cleanups: (() => void)[] = []
afterEach(() => { for (const cleanup of cleanups.splice(0)) cleanup() })

/** Calls back for each message of a channel until the test ends. */
function on<N extends Name>(name: N, listener: (message: Messages[N]) => void): void {
  const handle = (message: unknown): void => { listener(message as Messages[N]) }
  subscribe(`cmsg:${name}`, handle)
  cleanups.push(() => { unsubscribe(`cmsg:${name}`, handle) })
}
/** The messages of a channel until the test ends. */
function heard<N extends Name>(name: N): Messages[N][] {
  const messages: Messages[N][] = []
  on(name, (message) => { messages.push(message) })
  return messages
}

const settled = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 20) })

describe('cmsg:sent and cmsg:received', () => {
  it('are published once for a call with any number of messages', async () => {
    const [sent, received] = [heard('sent'), heard('received')]
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    await using ends = { a, b, async [Symbol.asyncDispose]() { await a.close(); await b.close() } }
    await ends.a.sendMany(Array.from({ length: 100 }, (_, i) => ({ data: Buffer.alloc(i) })))
    expect(sent).toEqual([{ socket: a, count: 100, bytes: 4950 }])
    for (let i = 0; i < 100; i++) await b.receive()
    expect(received).toEqual([{ socket: b, count: 100, bytes: 4950, queue: 'messages' }])
    expect(a.sendNow('now')).toBe(3)
    expect(sent.at(-1)).toEqual({ socket: a, count: 1, bytes: 3 })
    expect(String(b.receiveNow()!.data)).toBe('now')
    expect(received.at(-1)).toEqual({ socket: b, count: 1, bytes: 3, queue: 'messages' })
    await a.send('awaited')
    await b.receive()
    expect([sent.length, received.length]).toEqual([3, 3])
  })

  it('do not report a peek', async () => {
    const received = heard('received')
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    await a.send('looked at')
    expect(String((await b.receive({ flags: MSG_PEEK }))!.data)).toBe('looked at')
    expect([received, b.counters.receivedMessages]).toEqual([[], 0])
    expect(String((await b.receive())!.data)).toBe('looked at')
    expect(received).toEqual([{ socket: b, count: 1, bytes: 9, queue: 'messages' }])
    await a.close()
    await b.close()
  })

  it('count a message of a stream that is sent in parts once', async () => {
    const sent = heard('sent')
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const sending = a.send(Buffer.alloc(3_000_000))
    let bytes = 0
    while (bytes < 3_000_000) bytes += (await b.receive())!.length
    await sending
    expect(sent).toEqual([{ socket: a, count: 1, bytes: 3_000_000 }])
    expect(b.counters).toMatchObject({ receivedBytes: 3_000_000, truncatedMessages: 0 })
    await a.close()
    await b.close()
  })

  it('name the stream or the socket of createSocket', async () => {
    const [sent, received] = [heard('sent'), heard('received')]
    const [one, other] = MessageSocket.pair({ type: 'stream' })
    const [a, b] = [one.toDuplex(), other.toDuplex()]
    a.end('bytes')
    for await (const chunk of b) expect(String(chunk)).toBe('bytes')
    expect([sent[0]!.socket === a, received[0]!.socket === b]).toEqual([true, true])
    a.destroy()
    const path = `${tempDir()}/dgram`
    const server = MessageSocket.bind(path, { type: 'datagram' })
    const client = createSocket('unix_dgram')
    client.send(Buffer.from('x'), 0, 1, path)
    expect(sent.at(-1)!.socket === client).toBe(true)
    client.close()
    await server.close()
  })

  it('have no subscribers by default', () => {
    for (const name of ['sent', 'received', 'waiting', 'dropped', 'truncated']) expect(channel(`cmsg:${name}`).hasSubscribers).toBe(false)
  })
})

describe('cmsg:waiting', () => {
  it('is published when a send finds no room', async () => {
    const [waiting, sent] = [heard('waiting'), heard('sent')]
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    a.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
    while (a.sendNow('x'.repeat(500)) !== undefined);
    const before = sent.length
    const late = a.send('late')
    expect(waiting).toEqual([{ socket: a, count: 1, bytes: 4, bufferedAmount: 4 }])
    const many = a.sendMany([{ data: 'one' }, { data: 'two' }])
    expect(waiting[1]).toEqual({ socket: a, count: 2, bytes: 6, bufferedAmount: 10 })
    expect(sent).toHaveLength(before)
    void (async () => { for await (const _ of b); })()
    await Promise.all([late, many])
    expect(sent.slice(before).reduce((sum, { count }) => sum + count, 0)).toBe(3)
    await a.close()
    await b.close()
  })
})

describe('cmsg:truncated', () => {
  it('counts the messages that lost data, and those that lost control messages', async () => {
    const truncated = heard('truncated')
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: 4 })
    await a.sendMany([{ data: 'fits' }, { data: 'too long' }, { data: 'also too long' }])
    for (let i = 0; i < 3; i++) await b.receive()
    expect(truncated).toEqual([{ socket: b, count: 2, bytes: 21, queue: 'messages', data: 2, control: 0 }])
    expect(b.counters).toMatchObject({ receivedMessages: 3, receivedBytes: 25, truncatedMessages: 2 })
    await a.close()
    await b.close()
  })
})

describe('cmsg:dropped', () => {
  it('reports messages that were read ahead when the socket is closed', async () => {
    const dropped = heard('dropped')
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    for (const text of ['one', 'two', 'three']) await a.send(text)
    await b.receive()
    await b.close()
    expect(dropped).toEqual([{ socket: b, count: 2, bytes: 8, reason: 'closed' }])
    expect(b.counters).toMatchObject({ receivedMessages: 3, droppedMessages: 2 })
    await a.close()
  })

  it('reports error reports beyond those that are kept', async () => {
    const [dropped, received] = [heard('dropped'), heard('received')]
    const gone = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const to = gone.address
    await gone.close()
    const socket = MessageSocket.open({ family: 'inet', type: 'datagram', receive: [recvErr] })
    for (let i = 0; i < 200; i++) await socket.send('x', { to })
    await settled()
    while (socket.counters.droppedReports < 100) await socket.send('x', { to })
    await settled()
    expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(socket.counters.droppedReports)
    expect(new Set(dropped.map(({ reason }) => reason))).toEqual(new Set(['reports']))
    expect(new Set(received.map(({ queue }) => queue))).toEqual(new Set(['errors']))
    expect((await socket.receive({ flags: MSG_ERRQUEUE }))!.get(recvErr)!.name).toBe('ECONNREFUSED')
    await socket.close()
  })
})

describe('a subscriber', () => {
  it('may close the socket during any operation', async () => {
    for (const name of ['sent', 'received', 'waiting', 'truncated', 'dropped'] as const) {
      const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: 4 })
      a.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
      on(name, ({ socket }) => { void (socket as MessageSocket).close() })
      const outcomes = await Promise.allSettled([
        b.receive(), a.send('12345'), a.sendMany(Array.from({ length: 1000 }, () => ({ data: 'x'.repeat(100) }))), a.send('later'),
        b.receiveMany(),
        (async () => { for await (const _ of b.messages()) await a.close() })(),
        settled().then(() => a.close()), settled().then(() => b.close()),
      ])
      const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []))
      for (const code of codes) expect(code).toMatch(/^ERR_CMSG_CLOSED$|^EPIPE$|^ECONNREFUSED$|^ENOTCONN$|^ECONNRESET$/)
      for (const cleanup of cleanups.splice(0)) cleanup()
    }
  })

  it('may close the socket during sendMany, whose error has the number sent', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    on('sent', () => { void a.close() })
    await expect(a.sendMany(Array.from({ length: 300 }, () => ({ data: 'x' })))).rejects.toMatchObject({
      code: 'ERR_CMSG_CLOSED', sent: 256,
    })
    await b.close()
  })

  it('may abort the receive that a message was read for, and the next one gets it', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const controller = new AbortController()
    const reason = new Error('enough')
    on('received', () => { controller.abort(reason) })
    const [first, second] = [b.receive({ signal: controller.signal }), b.receive()]
    await a.send('for whom?')
    await expect(first).rejects.toBe(reason)
    expect(String((await second)!.data)).toBe('for whom?')
    await a.close()
    await b.close()
  })

  it('may abort the only receive, and the message is kept', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const controller = new AbortController()
    on('received', () => { controller.abort() })
    const first = b.receive({ signal: controller.signal })
    await a.send('kept')
    await expect(first).rejects.toThrow(/abort/)
    expect(String((await b.receive())!.data)).toBe('kept')
    await a.close()
    await b.close()
  })

  it('may abort the only receive after the peer has closed, and the message is kept, with its descriptors', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
    const controller = new AbortController()
    on('received', () => { controller.abort() })
    const first = b.receive({ signal: controller.signal })
    a.sendNow('kept', { control: [rights([0])] })
    a.sendNow('next')
    await a.close()
    await expect(first).rejects.toThrow(/abort/)
    const messages = [await b.receive(), await b.receive()]
    expect(messages.map((message) => [String(message!.data), message!.get(rights)?.length])).toEqual([['kept', 1], ['next', undefined]])
    for (const message of messages) message![Symbol.dispose]()
    expect(await b.receive()).toBeUndefined()
    await b.close()
  })

  it('may abort sendMany, whose remaining messages are not sent', async () => {
    const own = join(tempDir(), 'socket')
    const b = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    const a = await MessageSocket.connect(own, { type: 'datagram' })
    const controller = new AbortController()
    const reason = new Error('enough')
    on('sent', () => { controller.abort(reason) })
    const list = Array.from({ length: 1000 }, () => ({ data: 'x' }))
    await expect(a.sendMany(list, { signal: controller.signal })).rejects.toBe(reason)
    expect(a.bufferedAmount).toBe(0)
    await a.close()
    await b.close()
  })

  it('that throws causes an uncaught exception of the program, and every message arrives', async () => {
    const program = start(typescript('test/socket/subscriber.program.ts'))
    expect(await program.output())
      .toEqual(['uncaught: sent', 'uncaught: received', 'uncaught: sent', 'uncaught: received', 'one two'].sort())
  })
})

describe('counters', () => {
  it('are a snapshot, also after close', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const before = a.counters
    await a.send('hello')
    await b.receive()
    const none = {
      sentMessages: 0, sentBytes: 0, receivedMessages: 0, receivedBytes: 0, truncatedMessages: 0, droppedMessages: 0, droppedReports: 0,
    }
    expect([before, a.counters, b.counters]).toEqual([
      none, { ...none, sentMessages: 1, sentBytes: 5 }, { ...none, receivedMessages: 1, receivedBytes: 5 },
    ])
    await a.close()
    await b.close()
    expect(a.counters).toEqual({ ...none, sentMessages: 1, sentBytes: 5 })
  })
})
