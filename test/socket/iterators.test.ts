/**
 * Iterations, and receives beside others that wait: nothing is swallowed, nothing is leaked.
 * @module
 */
import { Readable } from 'node:stream'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MessageSocket, rights, type Message } from '../../src/index.ts'
import { openDescriptors } from '../support/fds.ts'
import { opened, outcome, path, text } from './helpers.ts'

const done = { value: undefined, done: true }
const types = ['datagram', 'seqpacket', 'stream'] as const

function pair(type: (typeof types)[number] = 'datagram') {
  const [a, b] = MessageSocket.pair({ type, receive: [rights] })
  return { a, b, [Symbol.asyncDispose]: async () => { await a.close(); await b.close() } }
}

describe.each(types)('an iteration over a %s socket', (type) => {
  it('that is ended settles a next() that waits, and takes no message', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const iterator = b.messages()
    const next = iterator.next()
    expect(await iterator.return!()).toEqual(done)
    expect(await next).toEqual(done)
    expect(await iterator.next()).toEqual(done)
    const received = b.receive()
    await a.send('for others')
    expect(text(await received)).toBe('for others')
  })

  it('leaks nothing of overlapping next() calls', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const before = openDescriptors()
    const iterator = b.messages()
    const next = [iterator.next(), iterator.next(), iterator.next()]
    for (const data of ['1', '2', '3']) {
      await a.send(data, { control: [rights([0, 1])] })
    }
    const results = await Promise.all(next)
    expect(results.map(({ value }) => text(value as Message<typeof rights>))).toEqual(['1', '2', '3'])
    expect(opened(before).length).toBeGreaterThan(0)
    await iterator.return!()
    await expect.poll(() => opened(before)).toEqual([])
  })

  it('is aborted by a signal, and leaves later messages for others', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const [reason, controller] = [new Error('enough'), new AbortController()]
    const seen: (string | undefined)[] = []
    const loop =
      outcome((async () => { for await (const message of b.messages({ signal: controller.signal })) seen.push(text(message)) })())
    await a.send('one')
    await expect.poll(() => seen).toEqual(['one'])
    controller.abort(reason)
    expect(await loop).toBe(reason)
    const received = b.receive()
    await a.send('two')
    expect(text(await received)).toBe('two')
    expect(() => b.messages({ signal: controller.signal })).toThrow(reason)
  })
})

describe('an iteration over connections', () => {
  const listening = () => MessageSocket.bind(path(), { type: 'stream', unlink: true })
  const connect = (listener: MessageSocket) => MessageSocket.connect(listener.address, { type: 'stream' })
  const expectNextAccepted = async (listener: MessageSocket) => {
    const accepted = listener.accept()
    await using _ = await connect(listener)
    await using connection = await accepted
    expect(connection.closed).toBe(false)
  }

  it('that is ended settles each next() that waits, and takes no connection', async () => {
    await using listener = listening()
    const iterator = listener.connections()
    const next = [iterator.next(), iterator.next()]
    expect(await iterator.return!()).toEqual(done)
    expect(await Promise.all(next)).toEqual([done, done])
    expect(await iterator.next()).toEqual(done)
    await expectNextAccepted(listener)
  })

  it('that a destroyed stream reads ends, and takes no connection', async () => {
    await using listener = listening()
    const stream = Readable.from(listener.connections())
    const first = once(stream, 'data') as Promise<[MessageSocket]>
    await using _ = await connect(listener)
    await using connection = (await first)[0]
    expect(connection.closed).toBe(false)
    stream.destroy()
    await once(stream, 'close')
    await expectNextAccepted(listener)
  })

  it('has one connection for each of overlapping next() calls, beside another iteration', async () => {
    await using listener = listening()
    const [one, other] = [listener.connections(), listener.connections()]
    const next = [one.next(), other.next(), one.next()]
    const clients = [await connect(listener), await connect(listener), await connect(listener)]
    const connections = (await Promise.all(next)).map(({ value }) => value as MessageSocket)
    expect(new Set(connections.map(({ fd }) => fd)).size).toBe(3)
    for (const socket of [...clients, ...connections]) await socket.close()
  })

  it('is aborted by a signal, and leaves later connections for others', async () => {
    await using listener = listening()
    const [reason, controller] = [new Error('enough'), new AbortController()]
    const loop = outcome((async () => { for await (const _ of listener.connections({ signal: controller.signal })); })())
    controller.abort(reason)
    expect(await loop).toBe(reason)
    await expectNextAccepted(listener)
  })
})

describe('a consumer that fetches ahead', () => {
  it('has whole messages with dispose: false', async () => {
    await using peers = pair()
    const { a, b } = peers
    const before = openDescriptors()
    const stream = Readable.from(b.messages({ dispose: false }), { highWaterMark: 4 })
    for (let i = 0; i < 10; i++) await a.send(`${i}`, { control: [rights([0])] })
    const files: string[] = []
    for await (const message of stream as AsyncIterable<Message<typeof rights>>) {
      // Time to fetch the next ones.
      await new Promise((resolve) => { setImmediate(resolve) })
      const [owned] = message.get(rights)!
      files.push(`${text(message)} ${readlinkSync(`/proc/self/fd/${owned!.fd}`)}`)
      message[Symbol.dispose]()
      if (files.length === 10) break
    }
    expect(files).toEqual(Array.from({ length: 10 }, (_, i) => `${i} ${readlinkSync('/proc/self/fd/0')}`))
    await expect.poll(() => opened(before)).toEqual([])
  })

  it('that is destroyed loses no message', async () => {
    await using peers = pair()
    const { a, b } = peers
    const stream = Readable.from(b)
    stream.on('data', () => {})
    await a.send('seen')
    await once(stream, 'data')
    stream.destroy()
    await once(stream, 'close')
    const received = b.receive()
    await a.send('not swallowed')
    expect(text(await received)).toBe('not swallowed')
  })

  it('cannot pass an invalid dispose option', async () => {
    await using peers = pair()
    expect(() => peers.b.messages(null as never)).toThrow(expect.objectContaining({
      code: expect.stringMatching(/^ERR_CMSG_INVALID/) as string,
    }))
  })
})

describe.each(types)('beside a receive that waits on a %s socket,', (type) => {
  it('receiveNow() has nothing: it does not overtake', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const waiting = b.receive()
    a.sendNow('first')
    expect(b.receiveNow()).toBeUndefined()
    expect(text(await waiting)).toBe('first')
    a.sendNow('second')
    expect(text(b.receiveNow())).toBe('second')
  })

  it('receiveSync() is refused, and works again after it', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const waiting = b.receive()
    a.sendNow('first')
    expect(() => b.receiveSync({ timeout: 1000 })).toThrow(/wait/)
    expect(text(await waiting)).toBe('first')
    a.sendNow('second')
    expect(text(b.receiveSync())).toBe('second')
  })
})

it('a message that arrives just before return() is given to its next(), and disposed of afterwards', async () => {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
  const [c, d] = MessageSocket.pair({ type: 'datagram' })
  const iterator = b.messages()
  // One wakeup serves both.
  const stopped = d.receive().then(() => iterator.return!())
  const next = iterator.next()
  await new Promise((resolve) => { setTimeout(resolve, 20) })
  c.sendNow('stop')
  a.sendNow('file', { control: [rights([0, 1, 2])] })
  const { value } = await next
  await stopped
  const fds = value!.get(rights)!
  expect([text(value!), fds.length]).toEqual(['file', 3])
  await new Promise((resolve) => { setTimeout(resolve, 20) })
  expect(fds.map(({ owned }) => owned)).toEqual([false, false, false])
  expect(await iterator.next()).toEqual({ value: undefined, done: true })
  for (const one of [a, b, c, d]) await one.close()
})
