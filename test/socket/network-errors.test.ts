/**
 * Errors that the network reports: they are told to those who read the error queue, and to nobody else.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { decodeAddress } from '../../src/codec.ts'
import { MessageSocket, recvErr, type AddressLike, type InetAddress } from '../../src/index.ts'
import { getsockopt, sendmsg, setsockopt } from '../../src/libc.ts'
import { Batch } from '../../src/message/batch.ts'
import { maxRepeats } from '../../src/socket/network-reports.ts'
import { nobody, numbered, outcome, text } from './helpers.ts'

const { SOL_IP, SOL_IPV6, IP_RECVERR, IPV6_MTU, IPV6_DONTFRAG, MSG_ERRQUEUE, SOL_SOCKET, SO_ERROR } = constants
const host = { address: '127.0.0.1', port: 0 } as const

/** How IP_RECVERR may have come to be on. */
const ways: readonly [string, () => MessageSocket][] = [
  ['receive', () => MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] }) as MessageSocket],
  ['setOption', () => {
    const one = MessageSocket.bind(host, { type: 'datagram' })
    one.setOption(SOL_IP, IP_RECVERR, 1)
    return one
  }],
  ['another holder', () => {
    const one = MessageSocket.bind(host, { type: 'datagram' })
    setsockopt(one.fd, SOL_IP, IP_RECVERR, 1)
    return one
  }],
]

describe.each(ways)('clients that disappear, IP_RECVERR set by %s:', (_, make) => {
  it('an iteration continues, and every reply to the others is sent', async () => {
    const server = make()
    await using healthy = MessageSocket.bind(host, { type: 'datagram' })
    const served = (async () => {
      for await (const message of server) {
        if (text(message) === 'end') return
        await server.send('answer', { to: message.address })
      }
    })()
    for (let i = 0; i < 20; i++) {
      const gone = MessageSocket.bind(host, { type: 'datagram' })
      await gone.send('hello', { to: server.address })
      await gone.close()
      await healthy.send('hello', { to: server.address })
      expect(text(await healthy.receive())).toBe('answer')
    }
    await healthy.send('end', { to: server.address })
    await served
    await server.close()
  })

  it('sends and receives of every kind continue', async () => {
    const server = make()
    await using healthy = MessageSocket.bind(host, { type: 'datagram' })
    const gone = decodeAddress(nobody())
    const to = healthy.address
    for (const send of [
      () => server.send('x', { to }), () => server.sendNow('x', { to }), () => server.sendMany([{ data: 'x', to }, { data: 'y', to }]),
    ]) {
      await server.send('lost', { to: gone })
      await send()
    }
    const received: string[] = []
    while (received.length < 4) received.push(...(await healthy.receiveMany()).map((message) => String(message.data)))
    expect(received.join('')).toBe('xxxy')
    for (const receive of [
      () => server.receive(), () => server.receiveNow(), () => server.receiveSync(), async () => (await server.receiveMany())[0],
    ]) {
      await healthy.send('data', { to: server.address })
      await server.send('lost', { to: gone })
      expect(text(await receive())).toBe('data')
    }
    await server.close()
  })
})

describe('a flood of ICMP, with a report before each call', () => {
  const { receive, send, sendOne } = Batch.prototype
  afterEach(() => { vi.restoreAllMocks() })

  /** Causes a report before each of the next calls that send or receive on a socket. Returns a function that ends the flood. */
  function flood({ fd }: MessageSocket<never>, calls: number): () => void {
    const gone = nobody()
    const report = (on: number, flags = 0): void => {
      if (on !== fd || (flags & MSG_ERRQUEUE) !== 0 || calls-- <= 0) return
      getsockopt(fd, SOL_SOCKET, SO_ERROR)
      sendmsg(fd, { buffers: [new Uint8Array(1)], name: gone })
    }
    vi.spyOn(Batch.prototype, 'receive').mockImplementation(function (this: Batch, on, count, flags) {
      report(on, flags)
      return receive.call(this, on, count, flags)
    })
    vi.spyOn(Batch.prototype, 'send').mockImplementation(function (this: Batch, on, count, flags) {
      report(on)
      return send.call(this, on, count, flags)
    })
    vi.spyOn(Batch.prototype, 'sendOne').mockImplementation(function (this: Batch, on, flags) {
      report(on)
      return sendOne.call(this, on, flags)
    })
    return () => { calls = 0 }
  }

  it.each([5, 3 * maxRepeats])('rejects no send and no receive (%i calls)', async (calls) => {
    const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
    const healthy = MessageSocket.bind(host, { type: 'datagram' })
    const to = healthy.address
    for (const send of [
      () => server.send('x', { to }), () => server.sendMany([{ data: 'x', to }, { data: 'y', to }]),
      async () => { while (server.sendNow('z', { to }) === undefined) await turn() },
    ]) {
      flood(server, calls)
      await send()
    }
    const received: string[] = []
    while (received.length < 4) received.push(...(await healthy.receiveMany()).map((message) => String(message.data)))
    expect(received.join('')).toBe('xxyz')
    for (const receive of [() => server.receive(), () => server.receiveSync(), async () => (await server.receiveMany())[0]]) {
      await healthy.send('data', { to: server.address })
      flood(server, calls)
      expect(text(await receive())).toBe('data')
    }
    for (const one of [server, healthy]) await one.close()
  })

  it('makes a send and a receive wait as long as it lasts', async () => {
    const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
    const healthy = MessageSocket.bind(host, { type: 'datagram' })
    await healthy.send('data', { to: server.address })
    const end = flood(server, Infinity)
    const results: unknown[] = []
    const all = [server.send('x', { to: healthy.address }), server.receive().then(text)]
    for (const one of all) void outcome(one).then((result) => results.push(result))
    for (let i = 0; i < 50; i++) await turn()
    expect(results).toEqual([])
    end()
    expect(await Promise.all(all)).toEqual([1, 'data'])
    for (const one of [server, healthy]) await one.close()
  })

  it("still rejects a send with the call's own error", async () => {
    const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
    const to = server.address
    flood(server, 5)
    expect(await outcome(server.send(new Uint8Array(70_000), { to }))).toBe('EMSGSIZE')
    expect(() => server.sendNow(new Uint8Array(70_000), { to })).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }))
    await server.close()
  })
})

// The kernel puts this error into the error queue too, although it is that of the call.
it("a packet larger than the path's MTU is refused, and not sent again, with one report", async () => {
  await using server = MessageSocket.bind({ address: '::1', port: 0 }, { type: 'datagram', receive: [recvErr] })
  server.setOption(SOL_IPV6, IPV6_MTU, 1280)
  server.setOption(SOL_IPV6, IPV6_DONTFRAG, true)
  const to = server.address
  const data = new Uint8Array(3000)
  expect(await outcome(server.send(data, { to, signal: AbortSignal.timeout(1000) }))).toBe('EMSGSIZE')
  expect(await outcome(server.sendMany([{ data, to }], { signal: AbortSignal.timeout(1000) }))).toBe('EMSGSIZE')
  expect(() => server.sendNow(data, { to })).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }))
  const reports = Array.from({ length: 3 }, () => server.receiveNow({ flags: MSG_ERRQUEUE })?.get(recvErr))
  expect(reports.map((report) => [report?.name, report?.origin])).toEqual(Array(3).fill(['EMSGSIZE', 'local']))
  expect(server.receiveNow({ flags: MSG_ERRQUEUE })).toBeUndefined()
})

describe('reports that are not read', () => {
  const unread = async (server: MessageSocket, to: AddressLike, from: number, count: number): Promise<void> => {
    for (const data of numbered(count, from)) {
      await server.send(data, { to })
      // The loop turns now and then, as it does in any program.
      if (Number(data) % 20 === 0) await turn()
    }
  }

  it.each([true, false])('do not stop the socket, which keeps the newest 64 (a receive waits: %s)', async (waits) => {
    const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
    await using client = MessageSocket.bind(host, { type: 'datagram' })
    const gone = decodeAddress(nobody())
    let waiting = waits ? server.receive() : undefined
    await unread(server, gone, 0, 1000)
    let received = 0
    for (let i = 0; i < 200; i++) {
      await client.send(`${i}`, { to: server.address })
      const message = waiting === undefined ? await server.receive() : await waiting
      if (text(message) === `${i}`) received++
      waiting = undefined
    }
    expect(received).toBe(200)
    const reports: string[] = []
    for (let report; (report = server.receiveNow({ flags: MSG_ERRQUEUE })) !== undefined;) reports.push(String(report.data))
    expect(reports).toEqual(numbered(64, 1000 - 64))
    expect(server.counters.droppedReports).toBe(1000 - 64)
    expect(server.receiveNow({ flags: MSG_ERRQUEUE })).toBeUndefined()
    await server.close()
  })

  it('are kept for a later reader, which then waits for new ones', async () => {
    const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
    const gone = decodeAddress(nobody())
    const data = outcome(server.receive())
    await unread(server, gone, 0, 3)
    await turn()
    for (const expected of numbered(3)) expect(text(await server.receive({ flags: MSG_ERRQUEUE }))).toBe(expected)
    const next = server.receive({ flags: MSG_ERRQUEUE })
    await server.send('new', { to: gone })
    const report = (await next)!
    expect([text(report), report.get(recvErr)!.name, server.counters.droppedReports]).toEqual(['new', 'ECONNREFUSED', 0])
    await server.close()
    expect(await data).toBe('ERR_CMSG_CLOSED')
  })
})

it('reports that were moved out of the kernel are handed over by detach(), behind the messages', async () => {
  const server = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
  await using client = MessageSocket.bind(host, { type: 'datagram' })
  for (const data of ['first', 'a message']) await client.send(data, { to: server.address })
  expect(text(await server.receive())).toBe('first')
  const gone = decodeAddress(nobody())
  for (const data of numbered(3)) await server.send(data, { to: gone })
  const before = server.receive({ flags: MSG_ERRQUEUE | constants.MSG_PEEK }) // moves one of them, and the rest follows
  expect(text(await before)).toBe('0')
  const { fd, messages } = server.detach()
  expect(messages.map(({ flags }) => (flags & MSG_ERRQUEUE) !== 0)).toEqual(messages.map((_, i) => i > 0))
  expect(messages.slice(1).every((report) => report.get(recvErr)?.name === 'ECONNREFUSED')).toBe(true)
  const heir = MessageSocket.adopt(fd, { receive: [recvErr] })
  const all = messages.map(text)
  for (let report; (report = heir.receiveNow({ flags: MSG_ERRQUEUE })) !== undefined;) all.push(text(report))
  expect(all).toEqual(['a message', ...numbered(3)])
  await heir.close()
})

it('a send to another address that gets the error of the peer has the address of the peer', async () => {
  const healthy = MessageSocket.bind(host, { type: 'datagram' })
  await using one = MessageSocket.bind(host, { type: 'datagram' })
  const gone = decodeAddress(nobody()) as InetAddress
  await one.connect(gone)
  await one.send('lost')
  const { port, address } = gone
  await expect(one.send('x', { to: healthy.address })).rejects.toMatchObject({ code: 'ECONNREFUSED', address, port })
  expect(await one.send('x', { to: healthy.address })).toBe(1)
  expect(text(await healthy.receive())).toBe('x')
  await healthy.close()

  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  await using third = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
  await a.send('not received')
  await b.connect(third.address)
  const error: unknown = await a.send('x', { to: third.address }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ECONNRESET' })
  expect(error).not.toHaveProperty('address')
  expect(await a.send('x', { to: third.address })).toBe(1)
  expect(text(await third.receive())).toBe('x')
  for (const end of [a, b]) await end.close()
})

it('a connected socket rejects one call, and continues', async () => {
  await using one = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
  const gone = decodeAddress(nobody())
  await one.connect(gone)
  expect(await one.send('lost')).toBe(4)
  expect(await outcome(one.send('refused'))).toBe('ECONNREFUSED')
  const receiving = outcome(one.receive())
  await one.send('lost too')
  expect(await receiving).toBe('ECONNREFUSED')
})

it.each(['the report', 'the message'])('a waiting receive is rejected although a report is awaited too: %s first', async (first) => {
  await using one = MessageSocket.bind(host, { type: 'datagram', receive: [recvErr] })
  await one.connect(decodeAddress(nobody()))
  const receive = (flags: number) => one.receive({ flags, signal: AbortSignal.timeout(5000) })
  const waiting = (first === 'the report' ? [MSG_ERRQUEUE, 0] : [0, MSG_ERRQUEUE]).map((flags) => [flags, outcome(receive(flags))] as const)
  await one.send('lost')
  const results = new Map(waiting)
  expect(await results.get(0)).toBe('ECONNREFUSED')
  expect(text(await results.get(MSG_ERRQUEUE) as { data: Buffer })).toBe('lost')
})
