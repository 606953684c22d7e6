/**
 * close() is total: everything that waits is settled, the file is gone, and no descriptor is closed but the socket's own.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, rights } from '../../src/index.ts'
import { close } from '../../src/libc.ts'
import { withPeer } from '../support/peers.ts'
import { fill, outcome, path, tcp, text } from './helpers.ts'

const { MSG_PEEK, MSG_OOB, MSG_ERRQUEUE } = constants
const types = ['datagram', 'seqpacket', 'stream'] as const
const CLOSED = 'ERR_CMSG_CLOSED'

describe.each(types)('a %s socket whose descriptor other code closes', (type) => {
  it('settles all waiting calls, throws nothing, and leaves the file that reuses its number open', async () => {
    const [a, b] = MessageSocket.pair({ type })
    fill(a, {}, 'x'.repeat(1000))
    const { fd } = a
    const waiting = [a.receive(), a.messages().next(), a.send('x'), a.sendMany([{ data: 'x' }]), a.flush(), a.receiveMany()].map(outcome)
    close(fd)
    const stranger = openSync(import.meta.filename, 'r')
    expect(stranger).toBe(fd)
    await a.close()
    expect(await Promise.all(waiting)).toEqual([CLOSED, { value: undefined, done: true }, CLOSED, CLOSED, CLOSED, CLOSED])
    expect(readFileSync(stranger, 'utf8')).toContain('leaves the stranger alone')
    closeSync(stranger)
    await b.close()
  })

  it.each(type === 'stream' ? ['detach', 'toDuplex'] as const : ['detach'] as const)('is not handed over by %s()', async (handOver) => {
    const [a, b] = MessageSocket.pair({ type })
    fill(a, {}, 'x'.repeat(1000))
    const waiting = [a.receive(), a.send('x')].map(outcome)
    const { fd } = a
    close(fd)
    const stranger = openSync(import.meta.filename, 'r')
    expect(stranger).toBe(fd)
    expect(() => a[handOver]()).toThrow(expect.objectContaining({
      code: CLOSED, message: expect.stringContaining('closed by other code') as string,
    }))
    expect([a.closed, ...await Promise.all(waiting)]).toEqual([true, CLOSED, CLOSED])
    expect(readFileSync(stranger, 'utf8')).toContain('leaves the stranger alone')
    closeSync(stranger)
    await b.close()
  })

  it('leaves another socket that reuses its number open', async () => {
    const [a, b] = MessageSocket.pair({ type })
    close(a.fd)
    const [x, y] = MessageSocket.pair({ type })
    expect(x.fd).toBe(a.fd)
    const received = x.receive()
    await a.close()
    await y.send('still here')
    expect(text(await received)).toBe('still here')
    for (const one of [b, x, y]) await one.close()
  })

  it('settles all waiting calls if the number is not reused, too', async () => {
    const [a, b] = MessageSocket.pair({ type })
    const received = outcome(a.receive())
    close(a.fd)
    await a.close()
    expect(await received).toBe(CLOSED)
    await b.close()
  })
})

describe('a socket file', () => {
  it.each(types)('is removed although the number of its %s socket was closed', async (type) => {
    const name = path()
    const server = MessageSocket.bind(name, { type, unlink: true })
    const waiting = outcome(type === 'datagram' ? server.receive() : server.accept())
    close(server.fd)
    await server.close()
    expect([existsSync(name), await waiting]).toEqual([false, CLOSED])
  })

  it('is removed before waiting calls are rejected', async () => {
    const name = path()
    const server = MessageSocket.bind(name, { type: 'datagram', unlink: true })
    const seen = server.receive().catch(() => existsSync(name))
    await server.close()
    expect(await seen).toBe(false)
  })
})

it('every channel is settled: data, urgent data, errors', async () => {
  const [one, peer] = tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
  const waiting =
    [one.receive(), one.receive({ flags: MSG_OOB }), one.receive({ flags: MSG_ERRQUEUE }), one.receive({ flags: MSG_PEEK })].map(outcome)
  await one.close()
  expect(await Promise.all(waiting)).toEqual([CLOSED, CLOSED, CLOSED, CLOSED])
  await peer.close()
})

withPeer('prlimit', 'where descriptors have run out', () => {
  /** Runs with exactly so many descriptors free. */
  async function withFree(free: number, body: () => Promise<void>): Promise<void> {
    const limits = /^Max open files +(\d+) +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))!
    const set = (soft: string): void => {
      expect(spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:${limits[2]!}`]).status).toBe(0)
    }
    const held: number[] = []
    set('300')
    try {
      for (;;) held.push(openSync('/dev/null', 'r'))
    } catch (error) {
      expect(error).toMatchObject({ code: 'EMFILE' })
    }
    try {
      for (let i = 0; i < free; i++) closeSync(held.pop()!)
      await body()
    } finally {
      for (const fd of held) closeSync(fd)
      set(limits[1]!)
    }
  }

  it('a waiting peek that cannot duplicate descriptors is rejected, and the message stays whole', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    // So that what waiting takes is there.
    const warm = b.receive()
    await a.send('warm')
    await warm
    const [first, peek] = [b.receive(), outcome(b.receive({ flags: MSG_PEEK }))]
    await withFree(4, async () => {
      for (const data of ['first', 'second']) expect(a.sendNow(data, { control: [rights([0, 1])] })).toBe(data.length)
      const message = (await first)!
      expect([text(message), message.get(rights)!.length]).toEqual(['first', 2])
      expect(await peek).toBe('EMFILE')
      message[Symbol.dispose]()
    })
    const second = b.receiveNow()!
    expect([text(second), second.get(rights)!.length, second.controlTruncated]).toEqual(['second', 2, false])
    second[Symbol.dispose]()
    await a.close()
    await b.close()
  })

  it('accepting continues to wait, and fails once a connection waits', async () => {
    const at = path()
    await using listener = MessageSocket.bind(at, { type: 'stream' })
    const clients = [1, 2, 3].map(() => MessageSocket.open({ family: 'unix', type: 'stream' }))
    const connections = listener.connections()
    const accepted: (MessageSocket | void)[] = []
    const accept = async (): Promise<void> => { accepted.push((await connections.next()).value) }
    // So that what waiting takes is there.
    const warm = accept()
    await clients[0]!.connect(at)
    await warm
    await withFree(1, async () => {
      await clients[1]!.connect(at)
      await accept()
      let ended: unknown
      const next = outcome(accept()).then((end) => { ended = end })
      for (let i = 0; i < 5; i++) await turn()
      expect([accepted.length, ended]).toEqual([2, undefined])
      await clients[2]!.connect(at)
      await next
      expect(ended).toBe('EMFILE')
    })
    for (const socket of [...clients, ...accepted, await listener.accept()]) await socket!.close()
  })
})
