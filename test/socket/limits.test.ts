/**
 * Limits on what waits to be sent, and what tells of it: ERR_CMSG_BACKLOG, bufferedAmount, flush().
 * @module
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, rawControl, rights } from '../../src/index.ts'
import { Batch } from '../../src/message/batch.ts'
import { messagesPerTurn } from '../../src/readiness/turn.ts'
import { openDescriptors } from '../support/fds.ts'
import { aliases, fill, numbered, opened, outcome, path, text } from './helpers.ts'

const { SOL_SOCKET, SCM_RIGHTS } = constants
const BACKLOG = 'ERR_CMSG_BACKLOG'
const mebibyte = 1 << 20

/** A full receiver on a pathname, another that is not, and a client of both. One receive makes room for one. */
function two() {
  const [full, free] = [path(), path()].map((name) => MessageSocket.bind(name, {
    type: 'datagram', readAhead: 0,
  })) as [MessageSocket, MessageSocket]
  const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  const [to, elsewhere] = [{ to: full.address }, { to: free.address }]
  fill(client, to)
  return {
    full, free, client, to, elsewhere, [Symbol.asyncDispose]: async () => { for (const one of [client, full, free]) await one.close() },
  }
}

/** Sends that nobody awaits: what became of each. */
const send = (one: MessageSocket<never>, count: number, data: string | Uint8Array, options = {}): Promise<unknown>[] =>
  Array.from({ length: count }, () => outcome(one.send(data, options)))

/** Tells that a promise is not settled yet. */
const waits = async (promise: Promise<unknown>): Promise<boolean> =>
  (await Promise.race([promise, new Promise((resolve) => { setImmediate(resolve, waits) })])) === waits

describe('the messages waiting for a destination of an unconnected socket', () => {
  it('are at most 1,024; other destinations have their own share', async () => {
    await using peers = two()
    const { client, to, elsewhere } = peers
    const waiting = send(client, 1024, 'x', to)
    await expect(client.send('x', to)).rejects.toThrow(expect.objectContaining({
      code: BACKLOG, message: expect.stringMatching(/1 byte.*for this destination.*1024 messages/) as string,
    }))
    expect(await client.send('x', elsewhere)).toBe(1)
    expect(client.bufferedAmount).toBe(1024)
    await client.close()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_CMSG_CLOSED']))
  })

  it('have at most 1 MiB', async () => {
    await using peers = two()
    const { client, to } = peers
    const waiting = send(client, 11, new Uint8Array(100_000), to)
    expect(await waiting[10]).toBe(BACKLOG)
    expect(await waits(waiting[9]!)).toBe(true)
    expect(client.bufferedAmount).toBe(1_000_000)
    // A smaller one still goes.
    expect(await waits(outcome(client.send(new Uint8Array(40_000), to)))).toBe(true)
  })

  it('never exceed a limit if each send is awaited', async () => {
    await using peers = two()
    const { client, full, to } = peers
    const reading = (async () => { for (let i = 0; i < 3000; i++) await full.receive() })()
    for (let i = 0; i < 3000; i++) expect(await client.send('x', to)).toBe(1)
    await client.close()
    await full.close()
    await outcome(reading)
  })

  it('do not limit sendMany, which continues when messages are sent', async () => {
    await using peers = two()
    const { client, full, to } = peers
    const sending = client.sendMany(numbered(3000).map((data) => ({ data, ...to })))
    // Nor does it use up the share of others.
    const after = client.send('after', to)
    const received: (string | undefined)[] = []
    while (received.at(-1) !== 'after') received.push(text(await full.receive()))
    expect(received.filter((data) => data !== 'filling')).toEqual([...numbered(3000), 'after'])
    expect([await sending, await after, client.bufferedAmount]).toEqual([3000, 5, 0])
  })
})

describe('the messages waiting on a socket', () => {
  it('are at most 65,536', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    fill(a)
    const waiting = send(a, 65_536, 'x')
    await expect(a.send('x')).rejects.toThrow(expect.objectContaining({
      code: BACKLOG, message: expect.stringContaining('on this socket') as string,
    }))
    await a.close()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_CMSG_CLOSED']))
    await b.close()
  })

  it('have at most 64 MiB, except for a single larger message', async () => {
    const data = new Uint8Array(mebibyte)
    for (const [size, count] of [[1, 64], [65, 1]] as const) {
      const [a, b] = MessageSocket.pair({ type: 'stream' })
      fill(a)
      const large = size === 1 ? data : new Uint8Array(size * mebibyte)
      const waiting = send(a, count + 1, large)
      expect(await waiting[count]).toBe(BACKLOG)
      expect(a.bufferedAmount).toBe(size * count * mebibyte)
      await a.close()
      expect(new Set(await Promise.all(waiting.slice(0, count)))).toEqual(new Set(['ERR_CMSG_CLOSED']))
      expect(a.bufferedAmount).toBe(0)
      await b.close()
    }
  })
})

it('all waiting messages of a thread have at most 256 MiB, and the sockets can be used afterwards', async () => {
  const data = new Uint8Array(60 * mebibyte)
  for (let round = 0; round < 2; round++) {
    const pairs = Array.from({ length: 5 }, () => MessageSocket.pair({ type: 'stream' }))
    const waiting = pairs.map(([a]) => {
      fill(a)
      return outcome(a.send(data))
    })
    expect(await waiting[4]).toBe(BACKLOG)
    for (const one of pairs.flat()) await one.close()
    expect(await Promise.all(waiting.slice(0, 4))).toEqual(Array.from({ length: 4 }, () => 'ERR_CMSG_CLOSED'))
  }
})

it('helpers watch at most 256 destinations, and the others get their messages too', { timeout: 120_000 }, async () => {
  const before = openDescriptors()
  const servers = Array.from({ length: 300 }, () => MessageSocket.bind({ unnamed: true }, { type: 'datagram' }))
  const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  // Each of these queues is full, by senders of their own: the buffer of one would not do for all.
  for (const server of servers) {
    await using filler = MessageSocket.open({ family: 'unix', type: 'datagram' })
    fill(filler, { to: server.address })
  }
  const sends = servers.map((server) => client.send('helped', { to: server.address }))
  expect(opened(before).length).toBeLessThanOrEqual(servers.length + 1 + 256 + 4)
  await Promise.all(servers.map(async (server) => { while (text(await server.receive()) !== 'helped'); }))
  expect(new Set(await Promise.all(sends))).toEqual(new Set([6]))
  for (const one of [client, ...servers]) await one.close()
})

describe('retries', () => {
  afterEach(() => { vi.restoreAllMocks() })

  /** Counts the attempts to send from now on. */
  function countAttempts(): () => number {
    let attempts = 0
    const { send, sendOne } = Batch.prototype
    vi.spyOn(Batch.prototype, 'send').mockImplementation(function (this: Batch, ...args) {
      attempts++
      return send.apply(this, args)
    })
    vi.spyOn(Batch.prototype, 'sendOne').mockImplementation(function (this: Batch, ...args) {
      attempts++
      return sendOne.apply(this, args)
    })
    return () => attempts
  }

  it('are few while silent receivers fill the buffer of the sender, and their messages go when they read', async () => {
    const server = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    const silent = Array.from({ length: 100 }, () => MessageSocket.bind({ unnamed: true }, { type: 'datagram', readAhead: 0 }))
    const each = 20
    const sends = silent.flatMap(({ address }) => Array.from({ length: each }, () => server.send('a reply', { to: address })))
    await pause(200)
    expect(server.bufferedAmount).toBeGreaterThan(silent.length)
    const attempts = countAttempts()
    await pause(2000)
    // A name is looked up each second, and one receiver is tried each 80 ms.
    expect(attempts()).toBeLessThan(3 * silent.length + 50)
    await Promise.all(silent.map(async (one) => { for (let i = 0; i < each; i++) await one.receive() }))
    expect(await Promise.all(sends)).toHaveLength(each * silent.length)
    for (const one of [server, ...silent]) await one.close()
  })

  it('of thousands of destinations without a helper are spread over turns, and become rare', async () => {
    const server = MessageSocket.bind(path(), { type: 'datagram', readAhead: 0 })
    const { path: name } = server.address as { path: string }
    const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const fillers: MessageSocket[] = []
    do fillers.push(MessageSocket.open({ family: 'unix', type: 'datagram' }))
    while (fill(fillers.at(-1)!, { to: name }) > 0)
    const attempts = countAttempts()
    const count = 4000
    const waiting = aliases(name, count).map((to) => outcome(client.send('x', { to })))
    let mostInATurn = 0
    const end = performance.now() + 3000
    for (let before = attempts(); performance.now() < end; before = attempts()) {
      await new Promise(setImmediate)
      mostInATurn = Math.max(mostInATurn, attempts() - before)
    }
    expect(mostInATurn).toBeLessThan(messagesPerTurn / 4)
    const before = attempts()
    await pause(count)
    // One each in that time, and perhaps one that is late; with a retry each second it would be four.
    expect(attempts() - before).toBeLessThan(3 * count)
    await client.close()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ERR_CMSG_CLOSED']))
    for (const one of [server, ...fillers]) await one.close()
  })
})

it('control messages are limited as in cmsg/libc', async () => {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const control = [rawControl(SOL_SOCKET, SCM_RIGHTS + 100, new Uint8Array(40 << 20))]
  await expect(a.send('x', { control })).rejects.toMatchObject({ code: 'ERR_CMSG_OUT_OF_RANGE' })
  await a.close()
  await b.close()
})

it('a program that awaits one send after another lets timers run, on every type of socket', async () => {
  const sockets = Array.from({ length: 3 }, () => MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' }))
  let ticks = 0
  const timer = setInterval(() => { ticks++ }, 1)
  // What has no room is dropped by UDP: none of these waits.
  for (let i = 0; i < 30_000; i++) await sockets[i % 3]!.send('x', { to: sockets[0]!.address })
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(5)
  for (const one of sockets) await one.close()
})

it('a program that sends to itself leaves other callbacks their turns', async () => {
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  let [received, before, mostInATurn] = [0, 0, 0]
  const receiving = (async () => {
    for await (const _ of b) if (++received === 60_000) return
  })()
  const sending = (async () => {
    for (let i = 0; i < 60_000; i++) await a.send('x')
  })()
  while (received < 60_000) {
    await new Promise(setImmediate)
    mostInATurn = Math.max(mostInATurn, received - before)
    before = received
  }
  expect(mostInATurn).toBeLessThan(2 * messagesPerTurn)
  await Promise.all([receiving, sending])
  for (const one of [a, b]) await one.close()
})

it('a receiveMany of any number of messages leaves other callbacks their turns', async () => {
  const [a, b] = MessageSocket.pair({ type: 'stream', messageSize: 1 })
  for (let sent = 0; sent < 4 * messagesPerTurn;) sent += a.sendNow(new Uint8Array(1024))!
  await new Promise(setImmediate)
  const messages = await b.receiveMany({ max: 1_000_000 })
  expect(messages.length).toBeGreaterThan(64)
  // The messages of one call may exceed the budget.
  expect(messages.length).toBeLessThan(2 * messagesPerTurn)
  for (const one of [a, b]) await one.close()
})

it.each(['seqpacket', 'stream'] as const)('a flood of descriptors leaves other callbacks their turns (%s)', async (type) => {
  const [a, b] = MessageSocket.pair({ type, receive: [rights] })
  const each = 253
  let total = 0
  while (total < 4 * messagesPerTurn && a.sendNow('x', { control: [rights(Array.from({ length: each }, () => 0))] }) === 1) total += each
  expect(total).toBeGreaterThan(3 * messagesPerTurn)
  let [received, before, mostInATurn] = [0, 0, 0]
  const receiving = (async () => {
    for await (const message of b) if ((received += message.get(rights)!.length) === total) return
  })()
  while (received < total) {
    await new Promise(setImmediate)
    mostInATurn = Math.max(mostInATurn, received - before)
    before = received
  }
  // The messages of one call may exceed the budget.
  expect(mostInATurn).toBeLessThan(2 * messagesPerTurn)
  await receiving
  for (const one of [a, b]) await one.close()
})

it('400 receivers that are gone, with 60 messages waiting for each, leave other callbacks their turns', async () => {
  const receivers = Array.from({ length: 400 }, () => MessageSocket.bind(path(), { type: 'datagram', readAhead: 0 }))
  const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  let failed = 0
  const waiting = receivers.flatMap(({ address }) => {
    fill(client, { to: address })
    return Array.from({ length: 60 }, () => client.send('x', { to: address }).catch(() => { failed++ }))
  })
  const measured = (async () => {
    let mostInATurn = 0
    for (let before = 0; failed < waiting.length; before = failed) {
      await new Promise(setImmediate)
      mostInATurn = Math.max(mostInATurn, failed - before)
    }
    return mostInATurn
  })()
  await Promise.all(receivers.map((receiver) => receiver.close()))
  // The budget before and after a wakeup, and the messages of the destinations that exceed it.
  expect(await measured).toBeLessThan(2 * (messagesPerTurn + 60))
  await client.close()
})

describe('bufferedAmount', () => {
  it('counts the waiting bytes of all destinations, without those sent', async () => {
    await using peers = two()
    const { client, full, to, elsewhere } = peers
    expect(client.bufferedAmount).toBe(0)
    await client.send('goes', elsewhere)
    expect(client.bufferedAmount).toBe(0)
    const controller = new AbortController()
    const first = client.send('12345', to)
    const second = outcome(client.send(['678', '90'].map((part) => Buffer.from(part)), { ...to, signal: controller.signal }))
    const many = client.sendMany([{ data: 'abc', ...to }, { data: 'def', ...to }])
    expect(client.bufferedAmount).toBe(16)
    controller.abort(new Error('enough'))
    await second
    expect(client.bufferedAmount).toBe(11)
    while (text(await full.receive()) !== 'def');
    await Promise.all([first, many])
    expect(client.bufferedAmount).toBe(0)
  })

  it('is the rest of a partly sent message of a stream', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const sending = a.send(new Uint8Array(4 * mebibyte))
    const rest = a.bufferedAmount
    expect(rest).toBeGreaterThan(0)
    expect(rest).toBeLessThan(4 * mebibyte)
    let received = 0
    for await (const message of b) if ((received += message.length) === 4 * mebibyte) break
    expect([await sending, a.bufferedAmount]).toEqual([4 * mebibyte, 0])
    await a.close()
    await b.close()
  })
})

describe('flush()', () => {
  it('resolves at once when nothing waits', async () => {
    await using peers = two()
    await peers.client.flush()
  })

  it('waits for every send before it, successful or not, and for none after it', async () => {
    await using peers = two()
    const { client, full, free, to, elsewhere } = peers
    await using other = MessageSocket.open({ family: 'unix', type: 'datagram' })
    fill(other, elsewhere)
    const before = client.send('before', to)
    const failing = outcome(client.send('fails', elsewhere))
    const flushed = client.flush()
    const after = outcome(client.send('after', to))
    await free.close()
    expect(await failing).toMatch(/^(ECONNREFUSED|ENOENT)$/)
    expect(await waits(flushed)).toBe(true)
    // Room for one.
    expect(text(await full.receive())).toBe('filling')
    await flushed
    expect(await before).toBe(6)
    expect(await waits(after)).toBe(true)
  })

  it('rejects when it is aborted, and the sends continue', async () => {
    await using peers = two()
    const { client, full, to } = peers
    const sending = client.send('last', to)
    const reason = new Error('enough')
    const controller = new AbortController()
    const flushed = outcome(client.flush({ signal: controller.signal }))
    controller.abort(reason)
    expect(await flushed).toBe(reason)
    expect(await outcome(client.flush({ signal: controller.signal }))).toBe(reason)
    while (text(await full.receive()) !== 'last');
    expect(await sending).toBe(4)
  })

  it('rejects when the socket is closed, as the sends do, and afterwards', async () => {
    await using peers = two()
    const { client, to } = peers
    const ends = [outcome(client.send('x', to)), outcome(client.flush())]
    await client.close()
    expect(await Promise.all(ends)).toEqual(['ERR_CMSG_CLOSED', 'ERR_CMSG_CLOSED'])
    await expect(client.flush()).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
  })
})
