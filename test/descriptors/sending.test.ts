/**
 * What can be sent as a descriptor, and what is refused before the kernel would drop it or fail obscurely.
 */
import dgram from 'node:dgram'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MessageSocket, OwnedFd, constants, decodeAddress, rights, type Descriptor } from '../../src/index.ts'
import { close, dup, getpeername, getsockname, getsockopt } from '../../src/libc.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'
import { referenceOf, TestFile } from './file.ts'

const { SOL_SOCKET, SO_ACCEPTCONN, SO_TYPE, SOCK_DGRAM } = constants
const types = ['datagram', 'seqpacket', 'stream'] as const

/** What arrives when `value` is sent: the descriptor, for as long as `look` looks at it. */
async function arrives<T>(value: Descriptor, look: (fd: number) => T): Promise<T> {
  const [here, there] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
  using _here = here
  using _there = there
  here.sendNow('x', { control: [rights([value])] })
  using message = there.receiveNow()
  const [fd] = message?.get(rights) ?? []
  return await look(fd!.fd)
}

describe('objects with a descriptor can be sent', () => {
  it('a number', async () => {
    using file = new TestFile()
    expect(await arrives(file.fd, referenceOf)).toBe(file.path)
  })

  it('an OwnedFd, which remains its owner', async () => {
    using file = new TestFile()
    using owned = new OwnedFd(dup(file.fd))
    expect(await arrives(owned, referenceOf)).toBe(file.path)
    expect(file.copies).toEqual([owned.fd])
  })

  it('a Pidfd', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    using _a = a
    using _b = b
    using peer = a.peerPidfd()!
    const info = await arrives(peer, (fd) => readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
    expect(info).toMatch(new RegExp(`^Pid:\\s*${process.pid}$`, 'm'))
  })

  it('a FileHandle', async () => {
    using file = new TestFile()
    const handle = await open(file.path)
    expect(await arrives(handle, referenceOf)).toBe(file.path)
    await handle.close()
  })

  it('a stream of a file', async () => {
    using file = new TestFile()
    const stream = createReadStream(file.path)
    await once(stream, 'open')
    expect(await arrives(stream as never, referenceOf)).toBe(file.path)
    stream.destroy()
    await once(stream, 'close')
  })

  it('a net.Server that listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await arrives(server, (fd) => {
      expect(decodeAddress(getsockname(fd))).toMatchObject({ port })
      expect(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN)).toBe(1)
    })
    server.close()
    await once(server, 'close')
  })

  it('a net.Socket, connected and accepted, over TCP and over a Unix socket', async () => {
    for (const where of [{ port: 0, host: '127.0.0.1' }, { path: join(tempDir(), 's') }]) {
      const server = net.createServer().listen(where)
      await once(server, 'listening')
      const address = server.address()
      const client = net.connect(
        typeof address === 'string' ? { path: address } : { port: (address as AddressInfo).port, host: (address as AddressInfo).address },
      )
      const [accepted] = (await once(server, 'connection')) as [net.Socket]
      if (client.connecting) await once(client, 'connect')
      if (typeof address === 'string') {
        await arrives(client, (fd) => { expect(decodeAddress(getpeername(fd))).toEqual({ path: address }) })
        await arrives(accepted, (fd) => { expect(decodeAddress(getsockname(fd))).toEqual({ path: address }) })
      } else {
        await arrives(client, (fd) => { expect(decodeAddress(getsockname(fd))).toMatchObject({ port: client.localPort }) })
        await arrives(accepted, (fd) => { expect(decodeAddress(getpeername(fd))).toMatchObject({ port: client.localPort }) })
      }
      for (const socket of [client, accepted]) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  })

  it('a dgram.Socket', async () => {
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const { port } = socket.address()
    await arrives(socket, (fd) => { expect(decodeAddress(getsockname(fd))).toMatchObject({ port }) })
    socket.close()
    await once(socket, 'close')
  })

  it('a MessageSocket', async () => {
    using socket = MessageSocket.bind({ unnamed: true }, { type: 'datagram' })
    const reference = referenceOf(socket.fd)
    await arrives(socket, (fd) => {
      expect(referenceOf(fd)).toBe(reference)
      expect(getsockopt(fd, SOL_SOCKET, SO_TYPE)).toBe(SOCK_DGRAM)
    })
  })

  it.each(types)('all of them at once, and 253, on a %s socket', async (type) => {
    using file = new TestFile()
    const server = net.createServer().listen(0)
    await once(server, 'listening')
    const [a, b] = MessageSocket.pair({ type, receive: [rights] })
    await a.send('different', { control: [rights([file.fd, server, b, 2])] })
    await a.send('many', { control: [rights(file.times(200)), rights(file.times(53))] })
    {
      using message = await b.receive()
      const references = message?.get(rights)?.map(({ fd }) => referenceOf(fd))
      expect(references).toEqual([file.path, expect.stringMatching(/^socket:/), referenceOf(b.fd), referenceOf(2)])
    }
    {
      using message = await b.receive()
      // However many control messages they were spread over: one comes.
      expect(message?.getAll(rights).map((fds) => fds.length)).toEqual([253])
      expect(file.copies).toHaveLength(253)
    }
    expect(file.copies).toEqual([])
    await a.close()
    await b.close()
    server.close()
    await once(server, 'close')
  })
})

describe('refused before the call', () => {
  const refused = { code: 'ERR_CMSG_OUT_OF_RANGE' }

  it('descriptors on a stream without a byte of data, which the kernel would drop', async () => {
    using file = new TestFile()
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] })
    using _b = b
    const control = [rights([file.fd])]
    for (const data of ['', new Uint8Array(0), [], [new Uint8Array(0), new Uint8Array(0)]]) {
      const message = expect.stringMatching(/rights without data on a stream.*at least one byte/) as string
      await expect(a.send(data, { control })).rejects.toMatchObject({ ...refused, message })
      expect(() => a.sendNow(data, { control })).toThrow(expect.objectContaining(refused))
      await expect(a.sendMany([{ data, control }])).rejects.toMatchObject(refused)
    }
    await a.close()
    expect(await b.receive()).toBeUndefined()
  })

  it.each(['datagram', 'seqpacket'] as const)('but not on a %s socket, where they arrive without data', (type) => {
    using file = new TestFile()
    const [a, b] = MessageSocket.pair({ type, receive: [rights] })
    using _a = a
    using _b = b
    a.sendNow('', { control: [rights([file.fd])] })
    using message = b.receiveNow()
    expect([message?.data.length, message?.get(rights)?.map(({ fd }) => referenceOf(fd))]).toEqual([0, [file.path]])
  })

  it('descriptors on UDP and TCP, where the kernel ignores them', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const tcp = await MessageSocket.connect({ address: '127.0.0.1', port: (server.address() as AddressInfo).port }, { type: 'stream' })
    const udp = MessageSocket.open({ family: 'inet', type: 'datagram' })
    const udp6 = MessageSocket.open({ family: 'inet6', type: 'datagram' })
    for (const socket of [tcp, udp, udp6]) {
      expect(() => socket.sendNow('x', { control: [rights([0])] }))
        .toThrow(/Cannot send rights on a socket of family inet6?: the kernel would drop it; only unix sockets take it/)
      await expect(socket.send('x', { control: [rights([0])] })).rejects.toMatchObject(refused)
      await socket.close()
    }
    expect(() => MessageSocket.open({ family: 'inet', type: 'datagram', receive: [rights] }))
      .toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
    server.close()
    await once(server, 'close')
  })

  it('more than 253 descriptors, in one control message or in several', () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    using _a = a
    using _b = b
    const many = (count: number): number[] => Array<number>(count).fill(a.fd)
    expect(() => rights(many(254))).toThrow(/Cannot send 254 file descriptors in one message: the kernel's limit is 253/)
    expect(() => a.sendNow('x', { control: [rights(many(200)), rights(many(54))] }))
      .toThrow(/Cannot send 254 file descriptors in one message.*253/)
    expect(b.receiveNow()).toBeUndefined()
    a.sendNow('x', { control: [rights(many(200)), rights(many(53))] })
    using message = b.receiveNow()
    expect(message?.get(rights)).toHaveLength(253)
  })

  it('an object that is not open yet, or closed', async () => {
    using file = new TestFile()
    const handle = await open(file.path)
    await handle.close()
    const owned = new OwnedFd(dup(file.fd))
    owned.close()
    const socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await socket.close()
    const udp = dgram.createSocket('udp4')
    const stream = createReadStream(file.path)
    for (const value of [handle, net.createServer(), new net.Socket(), udp, stream as never]) {
      const message = expect.stringMatching(/it is closed or not yet open/) as string
      expect(() => rights([value]), String(value)).toThrow(expect.objectContaining({ ...refused, message }))
    }
    for (const value of [owned, socket]) expect(() => rights([value])).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }))
    udp.close()
    expect(() => rights([udp])).toThrow(expect.objectContaining(refused))
    await once(stream, 'open')
    stream.destroy()
    await once(stream, 'close')
  })

  it.each([undefined, null, 'stdout', {}, [[1]], 1n, Symbol('fd'), () => 1, { fd: '1' }])('%o, which is not a descriptor', (value) => {
    expect(() => rights([value as never])).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
  })

  it('a hole in the list, which would be standard input', () => {
    for (const fds of [Array<number>(1), [1, , 2]]) { // eslint-disable-line no-sparse-arrays
      expect(() => rights(fds as never)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
    }
  })

  it.each([undefined, null, 1, 'stdout', {}])('%o, which is not a list of descriptors', (value) => {
    expect(() => rights(value as never)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_CMSG_INVALID_ARG_TYPE' }))
  })

  it.each([-1, 1.5, NaN, 2 ** 31])('%d, which no descriptor can be', (value) => {
    expect(() => rights([value])).toThrow(expect.objectContaining({ name: 'RangeError', ...refused }))
    expect(() => rights([{ fd: value }])).toThrow(expect.objectContaining({ name: 'RangeError', ...refused }))
  })
})

describe('refused by the kernel, and explained', () => {
  it('a number that is not open: EBADF', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
    using _a = a
    using _b = b
    const fd = dup(0)
    close(fd)
    await expect(a.send('x', { control: [rights([fd])] })).rejects.toThrow(/^sendmsg EBADF: .*not open/)
    expect(b.receiveNow()).toBeUndefined()
  })

  it('descriptors for a socket that refuses them, passRights: false: EPERM', async () => {
    const path = join(tempDir(), 's')
    for (const type of types) {
      const listener = MessageSocket.bind(path, { type, receive: [rights], passRights: false, unlink: true })
      const a = await MessageSocket.connect(path, { type })
      const b = type === 'datagram' ? listener : await listener.accept()
      await expect(a.send('x', { control: [rights([0])] }))
        .rejects.toThrow(/^sendmsg EPERM.*receiver refuses file descriptors \(SO_PASSRIGHTS is off\)/)
      await a.send('without')
      using message = await b.receive()
      expect([String(message?.data), message?.get(rights), message?.controlTruncated]).toEqual(['without', undefined, false])
      for (const socket of [a, b, listener]) await socket.close()
    }
  })
})

describe('descriptors of a message that has to wait', () => {
  /** A datagram socket whose queue is full, and one message that waits for room in it. */
  async function waiting(file: TestFile) {
    const server = MessageSocket.bind({ unnamed: true }, { type: 'datagram', receive: [rights] })
    const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const to = server.address
    let queued = 0
    while (client.sendNow('filler', { to }) !== undefined) queued++
    const fd = dup(file.fd)
    const abort = new AbortController()
    const sent = client.send('waits', { to, control: [rights([fd])], signal: abort.signal })
    sent.catch(() => {})
    close(fd)
    return { server, client, sent, abort, queued, fd, [Symbol.dispose]: () => { client[Symbol.dispose](); server[Symbol.dispose]() } }
  }

  it('refer to the files of the send call, even if their numbers are reused', async () => {
    using file = new TestFile()
    using other = new TestFile('another')
    using s = await waiting(file)
    // The kernel gives the lowest number that is free: the one that was closed.
    using reused = new OwnedFd(dup(other.fd))
    expect(reused.fd).toBe(s.fd)
    for (let i = 0; i < s.queued; i++) s.server.receiveNow()
    await s.sent
    using message = await s.server.receive()
    expect(message?.get(rights)?.map(({ fd }) => referenceOf(fd))).toEqual([file.path])
    expect(file.copies).toHaveLength(1)
  })

  it('are closed when it is aborted', async () => {
    using file = new TestFile()
    using s = await waiting(file)
    expect(file.copies).toHaveLength(1)
    s.abort.abort()
    await expect(s.sent).rejects.toThrow()
    expect(file.copies).toEqual([])
  })

  it('are closed when its socket is', async () => {
    using file = new TestFile()
    using s = await waiting(file)
    await s.client.close()
    await expect(s.sent).rejects.toMatchObject({ code: 'ERR_CMSG_CLOSED' })
    expect(file.copies).toEqual([])
  })

  it('are closed when its receiver is gone', async () => {
    using file = new TestFile()
    using s = await waiting(file)
    await s.server.close()
    await expect(s.sent).rejects.toThrow()
    expect(file.copies).toEqual([])
  })

  it('of a stream are sent with its first byte, and are closed then', async () => {
    using file = new TestFile()
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] })
    using _a = a
    using _b = b
    while (a.sendNow(Buffer.alloc(65536)) !== undefined);
    const fd = dup(file.fd)
    const size = 1 << 20
    const sent = a.send(Buffer.alloc(size, 'x'), { control: [rights([fd])] })
    close(fd)
    expect(file.copies).toHaveLength(1)
    let received = 0
    let descriptors = 0
    while (received < size) {
      using message = await b.receive()
      for (const byte of message!.data) received += byte === 120 ? 1 : 0
      descriptors += message!.get(rights)?.length ?? 0
    }
    expect(await sent).toBe(size)
    expect([received, descriptors, file.copies]).toEqual([size, 1, []])
  })
})

it('sending leaves no additional descriptor in the sender', async () => {
  using file = new TestFile()
  const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
  using _a = a
  const before = openDescriptors()
  for (let i = 0; i < 20; i++) a.sendNow('x', { control: [rights(file.times(253))] })
  expect(newDescriptors(before)).toEqual([])
  await b.close()
  expect(newDescriptors(before)).toEqual([])
})
