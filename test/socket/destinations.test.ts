/**
 * Destinations of sockets that have a peer: no message reaches another peer than it was sent to, nor comes between the parts of
 * another.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { constants, credentials, MessageSocket, rights } from '../../src/index.ts'
import { shutdown } from '../../src/libc.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { fill, outcome, path, text } from './helpers.ts'

const { MSG_FASTOPEN, MSG_OOB, SHUT_RD, SHUT_WR } = constants
const loopback = { address: '127.0.0.1', port: 0 }

describe('a connection', () => {
  it('of seqpacket packets refuses another destination, and takes its own', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'seqpacket' })
    await using client = await MessageSocket.connect(own, { type: 'seqpacket' })
    await using accepted = await server.accept()
    expect(await outcome(client.send('secret', { to: '/nowhere.sock' }))).toBe('ERR_CMSG_UNSUPPORTED')
    expect(() => client.sendNow('secret', { to: '/nowhere.sock' })).toThrow(/nowhere\.sock on a connection.*leave `to` out/)
    expect(await outcome(client.sendMany([{ data: 'secret', to: '/nowhere.sock' }]))).toBe('ERR_CMSG_UNSUPPORTED')
    await client.send('to the peer', { to: own })
    expect(text(await accepted.receive())).toBe('to the peer')
    expect(accepted.receiveNow()).toBeUndefined()
  })

  it('of TCP refuses another destination, and takes its own', async () => {
    await using server = MessageSocket.bind(loopback, { type: 'stream' })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    await using accepted = await server.accept()
    expect(await outcome(client.send('secret', { to: { address: '127.0.0.1', port: 9 } }))).toBe('ERR_CMSG_UNSUPPORTED')
    await client.send('to the peer', { to: server.address })
    expect(text(await accepted.receive())).toBe('to the peer')
  })

  it('keeps messages in order when some name the peer', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'seqpacket' })
    await using client = await MessageSocket.connect(own, { type: 'seqpacket' })
    await using accepted = await server.accept()
    const filled = fill(client)
    const list = [{ data: 'third', to: own }, { data: 'fourth' }]
    const sends = [client.send('first'), client.send('second', { to: own }), client.sendMany(list)]
    expect(client.sendNow('too early', { to: own })).toBeUndefined()
    for (let i = 0; i < filled; i++) await accepted.receive()
    await Promise.all(sends)
    expect([...await accepted.receiveMany()].map(text)).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('opened by MSG_FASTOPEN lets nothing between the parts of its first message', async () => {
    const size = 2_000_000
    await using server = MessageSocket.bind(loopback, { type: 'stream' })
    await using client = MessageSocket.open({ family: 'inet', type: 'stream', sendBufferSize: 20_000 })
    const sends = [client.send(Buffer.alloc(size, 'A'), { to: server.address, flags: MSG_FASTOPEN })]
    await using accepted = await server.accept()
    let [received, at] = [0, -1]
    for await (const { data } of accepted) {
      if (sends.length === 1) sends.push(client.send('BBBB'))
      const found = data.indexOf('B')
      if (found >= 0 && at < 0) at = received + found
      received += data.length
      if (received === size + 4) break
    }
    expect(at).toBe(size)
    await Promise.all(sends)
  })
})

describe('a connected Unix datagram socket', () => {
  it('keeps messages in order when some name the peer', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    await using client = await MessageSocket.connect(own, { type: 'datagram' })
    const filled = fill(client)
    const sends = [client.send('first'), client.send('second', { to: own }), client.send('third')]
    for (let i = 0; i < filled; i++) await server.receive()
    await Promise.all(sends)
    expect([text(await server.receive()), text(await server.receive()), text(await server.receive())]).toEqual(['first', 'second', 'third'])
  })

  it('does not connect to another peer while messages wait for its own', async () => {
    const [one, other] = [path(), path()]
    await using first = MessageSocket.bind(one, { type: 'datagram', readAhead: 0 })
    await using second = MessageSocket.bind(other, { type: 'datagram' })
    await using client = await MessageSocket.connect(one, { type: 'datagram' })
    const filled = fill(client)
    const waiting = client.send('for the first')
    expect(await outcome(client.connect(other))).toBe('ERR_CMSG_BACKLOG')
    await client.connect(one)
    for (let i = 0; i < filled; i++) await first.receive()
    await waiting
    expect(text(await first.receive())).toBe('for the first')
    await client.connect(other)
    await client.send('for the second')
    expect(text(await second.receive())).toBe('for the second')
  })
})

describe('a peer that shuts down receiving', () => {
  it.each(['stream', 'seqpacket'] as const)('fails the sends that wait for it: %s', async (type) => {
    const [a, b] = MessageSocket.pair({ type })
    fill(a)
    const waiting = outcome(a.send('waits'))
    const listed = outcome(a.sendMany([{ data: 'waits too' }]))
    shutdown(b.fd, SHUT_RD)
    expect([await waiting, await listed]).toEqual(['EPIPE', 'EPIPE'])
    await a.flush()
    await Promise.all([a.close(), b.close()])
  })

  it('fails the sends that wait for it: datagram', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    await using client = await MessageSocket.connect(own, { type: 'datagram' })
    fill(client)
    const waiting = outcome(client.send('waits'))
    shutdown(server.fd, SHUT_RD)
    expect(await waiting).toBe('EPIPE')
  })
})

it('a single urgent byte takes no control messages: most receivers would not get them', async () => {
  const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights, credentials] })
  for (const control of [[rights([1])], [credentials({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })]]) {
    expect(await outcome(a.send('x', { flags: MSG_OOB, control }))).toBe('ERR_CMSG_UNSUPPORTED')
  }
  await a.send('xy', { flags: MSG_OOB, control: [rights([1])] })
  using message = await b.receive()
  expect(message?.get(rights)).toHaveLength(1)
  await Promise.all([a.close(), b.close()])
})

describe('a socket that others have connected', () => {
  it('keeps messages in order when some name the peer, after adopt', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    const connected = await MessageSocket.connect(own, { type: 'datagram' })
    await using client = MessageSocket.adopt(connected.detach().fd)
    const filled = fill(client)
    const sends = [client.send('first'), client.send('second', { to: own }), client.send('third')]
    await client.connect(own)
    for (let i = 0; i < filled; i++) await server.receive()
    await Promise.all(sends)
    expect([text(await server.receive()), text(await server.receive()), text(await server.receive())]).toEqual(['first', 'second', 'third'])
  })

  it('does not connect to a destination for which messages wait: later ones would overtake them', async () => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'datagram', readAhead: 0 })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const filled = fill(client, { to: own })
    const waiting = client.send('first', { to: own })
    expect(await outcome(client.connect(own))).toBe('ERR_CMSG_BACKLOG')
    for (let i = 0; i < filled; i++) await server.receive()
    await waiting
    await client.connect(own)
    await client.send('second')
    expect([text(await server.receive()), text(await server.receive())]).toEqual(['first', 'second'])
  })
})

describe('the peer as destination', () => {
  it('may have a pathname that fills sun_path', async () => {
    const long = join(tempDir(), '')
    const own = long + 'x'.repeat(108 - long.length)
    await using server = MessageSocket.bind(own, { type: 'seqpacket' })
    await using client = await MessageSocket.connect(own, { type: 'seqpacket' })
    await using accepted = await server.accept()
    await client.send('by its name', { to: own })
    await client.send('by its address', { to: client.remoteAddress! })
    expect([text(await accepted.receive()), text(await accepted.receive())]).toEqual(['by its name', 'by its address'])
  })

  it('leaves errors to the kernel when it is gone, or never was', async () => {
    await using seqpacket = MessageSocket.open({ family: 'unix', type: 'seqpacket' })
    await expect(seqpacket.send('x', { to: '/nowhere.sock' })).rejects.toThrow(/ENOTCONN.*connect\(\) first/)
    await using stream = MessageSocket.open({ family: 'inet', type: 'stream' })
    expect(await outcome(stream.send('x', { to: { address: '127.0.0.1', port: 9 } }))).toBe('EPIPE')
    await using server = MessageSocket.bind(loopback, { type: 'stream' })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    const accepted = await server.accept()
    shutdown(client.fd, SHUT_WR)
    expect(await accepted.receive()).toBeUndefined()
    await accepted.close()
    expect(await client.receive()).toBeUndefined()
    expect(await outcome(client.send('x', { to: server.address }))).toBe('EPIPE')
    expect(await outcome(client.sendMany([{ data: 'x', to: server.address }]))).toBe('EPIPE')
  })

  it('may be named again while MSG_FASTOPEN connects to it, and after that has failed', async () => {
    await using server = MessageSocket.bind(loopback, { type: 'stream', backlog: 0 })
    await using _ = await MessageSocket.connect(server.address, { type: 'stream' })
    await using client = MessageSocket.open({ family: 'inet', type: 'stream' })
    // The backlog is full.
    const sends = [client.send('a', { to: server.address, flags: MSG_FASTOPEN }), client.send('b', { to: server.address })]
    await using __ = await server.accept()
    await using accepted = await server.accept()
    await Promise.all(sends)
    let received = ''
    while (received.length < 2) received += text(await accepted.receive())!
    expect(received).toBe('ab')
    await using refused = MessageSocket.open({ family: 'inet', type: 'stream' })
    const nowhere = { address: '127.0.0.1', port: 1 }
    for (let i = 0; i < 2; i++) expect(await outcome(refused.connect(nowhere))).toBe('ECONNREFUSED')
    expect(await outcome(refused.send('x', { to: nowhere, flags: MSG_FASTOPEN }))).toBe('ECONNREFUSED')
  })

  it('is not replaced by MSG_FASTOPEN', async () => {
    await using server = MessageSocket.bind(loopback, { type: 'stream' })
    await using other = MessageSocket.bind(loopback, { type: 'stream' })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    expect(await outcome(client.send('secret', { to: other.address, flags: MSG_FASTOPEN }))).toBe('ERR_CMSG_UNSUPPORTED')
    await using accepted = await server.accept()
    expect(accepted.receiveNow()).toBeUndefined()
  })
})

describe('a connection whose peer has no name, or is not reached yet', () => {
  it.each(['pair', 'accepted'])('refuses another destination: seqpacket, %s', async (how) => {
    const own = path()
    await using server = MessageSocket.bind(own, { type: 'seqpacket' })
    const ends = how === 'pair' ? MessageSocket.pair({ type: 'seqpacket' })
      : [await MessageSocket.connect(own, { type: 'seqpacket' }), await server.accept()] as const
    expect(await outcome(ends[1].send('secret', { to: '/nowhere.sock' }))).toBe('ERR_CMSG_UNSUPPORTED')
    expect(ends[0].receiveNow()).toBeUndefined()
    await Promise.all(ends.map((end) => end.close()))
  })

  it('takes the address to which TCP is connecting, and refuses others', async () => {
    await using server = MessageSocket.bind(loopback, { type: 'stream', backlog: 0 })
    await using first = await MessageSocket.connect(server.address, { type: 'stream' })
    await using client = MessageSocket.open({ family: 'inet', type: 'stream' })
    // The backlog is full.
    const connecting = client.connect(server.address)
    const sent = client.send('to the peer', { to: server.address })
    for (const flags of [0, MSG_FASTOPEN]) {
      expect(await outcome(client.send('secret', { to: { address: '127.0.0.1', port: 9 }, flags }))).toBe('ERR_CMSG_UNSUPPORTED')
    }
    await using accepted = await server.accept()
    await using second = await server.accept()
    await Promise.all([connecting, sent])
    expect(accepted.remoteAddress).toEqual(first.address)
    expect(text(await second.receive())).toBe('to the peer')
  })
})

it('a relative pathname is resolved once: the working directory may change while messages wait, or before a reconnection', async () => {
  const program = start([...typescript('test/socket/relative.program.ts'), tempDir(), tempDir()])
  expect((await program.output()).map((line) => JSON.parse(line) as unknown)).toEqual([
    { received: 40, codes: ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED', 'ENOTCONN'], stranger: [], renamed: ['waits'] },
  ])
})
