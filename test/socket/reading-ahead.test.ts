/**
 * Messages that a socket takes from the kernel before anybody asks for them: how many, what becomes of them, and of those
 * with descriptors.
 * @module
 */
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, rights, timestamp, type AddressLike } from '../../src/index.ts'
import { close, fcntl, socketpair } from '../../src/libc.ts'
import { openDescriptors } from '../support/fds.ts'
import { fill, left, numbered, opened, outcome, path, text } from './helpers.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOL_SOCKET, SO_TIMESTAMP_OLD, F_GETFL, O_NONBLOCK } = constants
const types = ['datagram', 'seqpacket'] as const
const numbers = { datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET } as const

function sendNumbers(one: MessageSocket<never>, count: number, from = 0, to?: AddressLike): void {
  for (const data of numbered(count, from)) expect(one.sendNow(data, { to })).toBe(data.length)
}

describe.each(types)('a %s socket reads ahead', (type) => {
  it.each([[0, 19], [3, 16], [undefined, 0]])('as many messages as readAhead allows: %s', async (readAhead, rest) => {
    const [a, b] = MessageSocket.pair({ type, ...(readAhead === undefined ? {} : { readAhead }) })
    sendNumbers(a, 20)
    expect(text(await b.receive())).toBe('0')
    expect(left(b.fd)).toHaveLength(rest)
    for (let i = 1; i < 20 - rest; i++) expect(text(b.receiveNow())).toBe(String(i))
    expect(b.receiveNow()).toBeUndefined()
    await a.close()
    await b.close()
  })

  it('only with readAhead if it was adopted', async () => {
    // One of packets reads them one by one all the same: it has no mark that tells an empty one from the end.
    for (const [readAhead, rest] of [[undefined, 19], [5, type === 'datagram' ? 14 : 19]] as const) {
      const [x, y] = socketpair(AF_UNIX, numbers[type])
      const [a, b] = [MessageSocket.adopt(x), MessageSocket.adopt(y, readAhead === undefined ? {} : { readAhead })]
      sendNumbers(a, 20)
      expect(text(b.receiveNow())).toBe('0')
      expect(left(b.fd)).toHaveLength(rest)
      await a.close()
      await b.close()
    }
  })

  it('but not for receiveMany, which takes the requested number', async () => {
    const [a, b] = MessageSocket.pair({ type, readAhead: 0 })
    sendNumbers(a, 20)
    expect((await b.receiveMany({ max: 12 })).map(text)).toEqual(numbered(12))
    expect(left(b.fd)).toHaveLength(8)
    await a.close()
    await b.close()
  })

  it('only until its descriptor is passed on', async () => {
    const [a, b] = MessageSocket.pair({ type })
    const [carrier, other] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    sendNumbers(a, 3)
    expect(text(await b.receive())).toBe('0')
    await carrier.send('have it', { control: [rights([b])] })
    // Those that were read ahead before stay ours.
    expect([text(b.receiveNow()), text(b.receiveNow())]).toEqual(['1', '2'])
    sendNumbers(a, 10)
    expect(text(b.receiveNow())).toBe('0')
    expect(left(b.fd)).toHaveLength(9)
    await Promise.all([a, b, carrier, other].map((one) => one.close()))
  })
})

it.each([-1, 1.5, '3', NaN])('readAhead is a whole number: %s is refused', (readAhead) => {
  const before = openDescriptors()
  for (const make of [
    () => MessageSocket.open({ family: 'unix', type: 'datagram', readAhead: readAhead as number }),
    () => MessageSocket.pair({ type: 'datagram', readAhead: readAhead as number }),
  ]) expect(make).toThrow(expect.objectContaining({ code: expect.stringMatching(/^ERR_CMSG_(OUT_OF_RANGE|INVALID)/) as string }))
  expect(opened(before)).toEqual([])
})

describe.each(types)('a %s socket is detached', (type) => {
  it('with the messages that were read ahead, and the adopting socket continues after them', async () => {
    const [a, b] = MessageSocket.pair({ type, receive: [rights] })
    const file = openSync(import.meta.filename, 'r')
    sendNumbers(a, 2)
    await a.send('a file', { control: [rights([file])] })
    closeSync(file)
    expect(text(await b.receive())).toBe('0')
    const { fd, messages } = b.detach()
    expect(b.closed).toBe(true)
    expect(messages.map(text)).toEqual(['1', 'a file'])
    expect(readFileSync(messages[1]!.get(rights)![0]!.fd, 'utf8')).toContain('is detached')
    sendNumbers(a, 2, 3)
    const heir = MessageSocket.adopt(fd, { receive: [rights] })
    expect(fd.owned).toBe(false)
    expect([text(await heir.receive()), text(await heir.receive())]).toEqual(['3', '4'])
    for (const message of messages) message[Symbol.dispose]()
    await a.close()
    await heir.close()
  })

  it('and waiting receives are rejected, iterations end, and all other calls are refused', async () => {
    const [a, b] = MessageSocket.pair({ type })
    const waiting = [b.receive(), b.receiveMany()].map(outcome)
    const iterated = b.messages().next()
    b.detach().fd.close()
    expect(await Promise.all(waiting)).toEqual(['ERR_CMSG_CLOSED', 'ERR_CMSG_CLOSED'])
    expect(await iterated).toEqual({ value: undefined, done: true })
    expect(() => b.fd).toThrow('Cannot use a socket that is detached')
    expect(() => b.detach()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }))
    await b.close()
    await a.close()
  })

  it('but not while messages wait to be sent, which flush() waits for', async () => {
    const [a, b] = MessageSocket.pair({ type })
    fill(a)
    const last = a.send('last')
    expect(() => a.detach()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_BACKLOG' }))
    // Nothing has happened.
    expect(a.closed).toBe(false)
    const reading = (async () => { while (text(await b.receive()) !== 'last'); })()
    await a.flush()
    a.detach().fd.close()
    expect(await last).toBe(4)
    await reading
    await b.close()
  })
})

describe('options that were set for the library itself', () => {
  const timestamps = (fd: number): number => {
    const one = MessageSocket.adopt(fd)
    const value = one.getOption(SOL_SOCKET, SO_TIMESTAMP_OLD)
    one.detach().fd.take()
    return value
  }

  it('are restored when a socket is detached', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const fd = b.detach().fd.take()
    expect(timestamps(fd)).toBe(0)
    close(fd)
    await a.close()
  })

  it('unlike those of the user', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [timestamp] })
    b.setOption(SOL_SOCKET, SO_TIMESTAMP_OLD, 1)
    const [x, y] = MessageSocket.pair({ type: 'seqpacket' })
    y.setOption(SOL_SOCKET, SO_TIMESTAMP_OLD, 1)
    for (const one of [b, y]) {
      const fd = one.detach().fd.take()
      expect(timestamps(fd)).toBe(1)
      close(fd)
    }
    await a.close()
    await x.close()
  })

  it('are restored when a seqpacket socket is passed on, and the end is still recognized', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const [carrier, other] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    await carrier.send('have it', { control: [rights([b])] })
    expect(b.getOption(SOL_SOCKET, SO_TIMESTAMP_OLD)).toBe(0)
    for (const data of ['', 'x', '', '']) await a.send(data)
    await a.close()
    const received: unknown[] = []
    for await (const message of b) received.push([text(message), message.control.length])
    expect(received).toEqual([['', 0], ['x', 0], ['', 0], ['', 0]])
    await Promise.all([b, carrier, other].map((one) => one.close()))
  })

  it('restore O_NONBLOCK of an adopted socket', async () => {
    const name = path()
    const server = MessageSocket.bind(name, { type: 'stream' })
    const listening = server.detach().fd
    const again = MessageSocket.adopt(listening)
    expect(fcntl(again.fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    again.detach().fd.close()

    const [fd, other] = socketpair(AF_UNIX, SOCK_DGRAM)
    const receiver = MessageSocket.bind(path(), { type: 'datagram' })
    const blocking = MessageSocket.adopt(fd)
    await blocking.connect(receiver.address)
    expect(fcntl(blocking.fd, F_GETFL) & O_NONBLOCK).toBe(O_NONBLOCK)
    const back = blocking.detach().fd
    expect(fcntl(back.fd, F_GETFL) & O_NONBLOCK).toBe(0)
    back.close()
    close(other)
    await receiver.close()
  })
})

it('a socket file stays when its socket is detached, and the adopting socket removes it', async () => {
  const name = path()
  const server = MessageSocket.bind(name, { type: 'datagram', unlink: true })
  const { fd } = server.detach()
  await server.close()
  expect(existsSync(name)).toBe(true)
  const heir = MessageSocket.adopt(fd, { unlink: true })
  await heir.close()
  expect(existsSync(name)).toBe(false)
})

it('descriptors that are read ahead count against one limit over all sockets', async () => {
  const limit = Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))![1])
  const ahead = Math.min(1024, Math.floor(limit / 8))
  const each = Math.min(253, Math.floor(ahead / 2))
  const many = Array.from({ length: each }, () => 0)
  const before = openDescriptors()
  const pairs = Array.from({ length: 3 }, () => MessageSocket.pair({ type: 'seqpacket', receive: [rights] }))
  for (const [a] of pairs) for (let i = 0; i < 8; i++) expect(a.sendNow('x', { control: [rights(many)] })).toBe(1)
  const held = pairs.length * 2
  const first = await Promise.all(pairs.map(([, b]) => b.receive()))
  expect(opened(before).length).toBeLessThanOrEqual(held + first.length * each + ahead)
  // All the same nothing is lost, nor cut off.
  for (const message of first) message![Symbol.dispose]()
  for (const [, b] of pairs) {
    for (let i = 1; i < 8; i++) {
      const message = (await b.receive())!
      expect([message.get(rights)!.length, message.controlTruncated]).toEqual([each, false])
      message[Symbol.dispose]()
    }
  }
  for (const one of pairs.flat()) await one.close()
})
