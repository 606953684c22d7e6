/**
 * What was received becomes what people use, and is closed once: by Node, when it is Node's, whatever happens to the
 * message it came with.
 */
import { spawn } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tty from 'node:tty'
import { expect, it } from 'vitest'
import { MessageSocket, OwnedFd, constants, credentials, rights, type Descriptor } from '../../src/index.ts'
import { fcntl } from '../../src/libc.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { referenceOf, TestFile } from './file.ts'

const { F_DUPFD_CLOEXEC } = constants

/** What has been received so far. All of it is disposed of. */
const messages: Disposable[] = []

/**
 * Sends `value`, and gives `use` what arrives, which is to make something of it. By then the sender has closed its own:
 * `close`. In the end the message is disposed of, and that must not close what `use` made.
 */
async function passed<T>(value: Descriptor, close: () => unknown, use: (fd: OwnedFd) => T | Promise<T>): Promise<T> {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
  await a.send('x', { control: [rights([value])] })
  await close()
  const message = (await b.receive())!
  messages.push(message)
  const [fd] = message.get(rights)!
  try {
    return await use(fd!)
  } finally {
    expect(fd!.owned).toBe(false)
    message[Symbol.dispose]()
    await a.close()
    await b.close()
  }
}

/** After `close` the number is another's, and nothing that is left of the first closes that. */
async function closedOnce(fd: number, close: () => unknown): Promise<void> {
  await close()
  using file = new TestFile()
  const reused = file.fd === fd ? undefined : new OwnedFd(fcntl(file.fd, F_DUPFD_CLOEXEC, fd))
  expect(reused?.fd ?? file.fd).toBe(fd)
  for (const message of messages) message[Symbol.dispose]()
  await new Promise((resolve) => setImmediate(resolve))
  expect(referenceOf(fd)).toBe(file.path)
  reused?.close()
}

const closing = (closable: { close(callback: () => void): unknown }): Promise<void> =>
  new Promise<void>((resolve) => { closable.close(resolve) })

it('a net.Socket', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [net.Socket]
  const socket = await passed(accepted, () => accepted.destroy(), (fd) => new net.Socket({ fd: fd.take(), readable: true, writable: true }))
  socket.write('to the client')
  expect(String((await once(client, 'data'))[0])).toBe('to the client')
  client.end('to the server')
  expect(String((await once(socket, 'data'))[0])).toBe('to the server')
  expect(socket.remotePort).toBe(client.localPort)
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
  await closedOnce(fd, () => { socket.destroy(); return once(socket, 'close') })
  await closing(server)
})

it('a listening net.Server, and an http.Server', async () => {
  const first = net.createServer().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as AddressInfo
  const second = await passed(first, () => {}, (fd) =>
    net.createServer((socket) => socket.end('from the second')).listen({ fd: fd.take() }))
  await closing(first)
  expect((second.address() as AddressInfo).port).toBe(port)
  expect(await text(net.connect(port, '127.0.0.1'))).toBe('from the second')
  const third = await passed(second, () => closing(second), (fd) =>
    http.createServer((_, response) => response.end('from the third')).listen({ fd: fd.take() }))
  expect(await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()).toBe('from the third')
  const { fd } = (third as unknown as { _handle: { fd: number } })._handle
  await closedOnce(fd, () => closing(third))
})

it('a FileHandle, for a file', async () => {
  const file = new TestFile('a file')
  const handle = await passed(file.fd, () => file[Symbol.dispose](), async (fd) => {
    const handle = await open(`/proc/self/fd/${fd.fd}`)
    fd.close()
    return handle
  })
  expect(await handle.readFile('utf8')).toBe('a file')
  await closedOnce(handle.fd, () => handle.close())
})

it('a stream, for a file', async () => {
  const file = new TestFile('a stream')
  const stream = await passed(file.fd, () => file[Symbol.dispose](), (fd) => createReadStream('', { fd: fd.take() }))
  expect(await text(stream)).toBe('a stream')
  if (!stream.closed) await once(stream, 'close')
})

it('a stream, to write to a file', async () => {
  using file = new TestFile()
  const fd = openSync(file.path, 'a')
  const stream = await passed(fd, () => closeSync(fd), (fd) => createWriteStream('', { fd: fd.take() }))
  stream.end(', appended')
  await once(stream, 'close')
  expect(readFileSync(file.path, 'utf8')).toBe('content, appended')
})

it('a dgram.Socket', async () => {
  const first = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address()
  const second = await passed(first, () => closing(first), (fd) => dgram.createSocket('udp4').bind({ fd: fd.take() }))
  // It listens at once, and has said so.
  expect(second.address().port).toBe(port)
  const client = dgram.createSocket('udp4')
  client.send('hello', port, '127.0.0.1')
  expect(String((await once(second, 'message'))[0])).toBe('hello')
  await closing(second)
  await closing(client)
})

it.each(['datagram', 'seqpacket', 'stream'] as const)('a MessageSocket, %s', async (type) => {
  const [here, there] = MessageSocket.pair({ type })
  const moved = await passed(there, () => there.close(), (fd) => MessageSocket.adopt(fd, { receive: [credentials] }))
  await here.send('hello')
  const message = await moved.receive()
  expect([String(message?.data), message?.get(credentials)?.pid]).toEqual(['hello', process.pid])
  await moved.send('and back')
  expect(String((await here.receive())?.data)).toBe('and back')
  await closedOnce(moved.fd, () => moved.close())
  await here.close()
})

it('a MessageSocket that listens', async () => {
  const address = { abstract: `cmsg-test-listening-${process.pid}` }
  const first = MessageSocket.bind(address, { type: 'seqpacket' })
  const second = await passed(first, () => first.close(), (fd) => MessageSocket.adopt(fd, { receive: [credentials] }))
  const client = await MessageSocket.connect(address, { type: 'seqpacket' })
  const accepted = await second.accept()
  await client.send('hello')
  expect((await accepted.receive())?.get(credentials)?.pid).toBe(process.pid)
  for (const socket of [client, accepted, second]) await socket.close()
})

it('the standard output of a child', async () => {
  const file = new TestFile()
  const fd = openSync(file.path, 'a')
  await passed(fd, () => closeSync(fd), async (fd) => {
    const child = spawn('/bin/echo', [', by a child'], { stdio: ['ignore', fd.fd, 'inherit'] })
    fd.close()
    await once(child, 'close')
  })
  expect(readFileSync(file.path, 'utf8')).toBe('content, by a child\n')
  file[Symbol.dispose]()
})

it('a descriptor that Node refuses is still ours', async () => {
  const file = new TestFile()
  await passed(file.fd, () => file[Symbol.dispose](), (fd) => {
    expect(() => new net.Socket({ fd: fd.fd })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_FD_TYPE' }))
    expect(() => MessageSocket.adopt(fd)).toThrow(expect.objectContaining({ code: 'ENOTSOCK' }))
    expect(fd.owned).toBe(true)
    expect(fstatSync(fd.fd).isFile()).toBe(true)
    fd.close()
  })
})

withPeer('python3', 'with a terminal', () => {
  it('a tty.ReadStream and a tty.WriteStream', async () => {
    await using receiver = MessageSocket.bind(join(tempDir(), 'socket'), { type: 'datagram', receive: [rights] })
    await using python = start(['python3', '-B', 'test/descriptors/terminal.py', (receiver.address as { path: string }).path])
    const message = (await receiver.receive())!
    const [reading, writing] = message.get(rights)!
    // It opens the terminal anew, and leaves what it was given to whoever had it.
    const input = new tty.ReadStream(reading!.fd)
    const output = new tty.WriteStream(writing!.fd)
    message[Symbol.dispose]()
    expect(input.isTTY && output.isTTY && output.columns).toBe(123)
    expect(String((await once(input, 'data'))[0])).toBe('typed\n')
    output.write('shown')
    await python.line('shown')
    input.destroy()
    output.destroy()
    await python.output()
  })
})
