/**
 * `createSocket({ type: 'unix_dgram' })`: the manners of node:dgram.
 * @module
 */
import { once } from 'node:events'
import { closeSync, existsSync, fstatSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { credentials, MessageSocket, rights, type OwnedFd } from '../../src/index.ts'
import { createSocket, type DatagramSocket, type MessageInfo } from '../../src/dgram.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

const type = 'unix_dgram' as const
const open: { fd: number; close(): unknown }[] = []
const kept = <T extends { fd: number; close(): unknown }>(socket: T): T => {
  open.push(socket)
  return socket
}
const make = (): DatagramSocket => kept(createSocket({ type }))
afterEach(() => {
  for (const socket of open.splice(0)) if (socket.fd >= 0) socket.close()
})

const path = (): string => join(tempDir(), 'socket')

async function pair(): Promise<{ server: DatagramSocket; client: DatagramSocket; at: string }> {
  const at = path()
  const [server, client] = [make(), make()]
  server.bind(at)
  await once(server, 'listening')
  client.connect(at)
  await once(client, 'connect')
  return { server, client, at }
}

describe('a socket with the interface of node:dgram', () => {
  it('emits its events and calls back once the call has returned', async () => {
    const at = path()
    const events: string[] = []
    const [server, client] = [make(), make()]
    server.bind(at, () => { events.push('listening') })
    client.connect(at, (error) => { events.push(`connect ${error}`) })
    expect(events).toEqual([])
    await once(client, 'connect')
    expect(events).toEqual(['listening', 'connect undefined'])
    const sent = new Promise<unknown[]>((resolve) => { client.send('data', (...args: unknown[]) => { resolve(args) }) })
    const [[data, info], args] = await Promise.all([once(server, 'message') as Promise<[Buffer, MessageInfo]>, sent])
    expect(args).toEqual([null, 4])
    expect(String(data)).toBe('data')
    expect(info).toMatchObject({ path: null, size: 4, address: { unnamed: true } })
    server.close(() => { events.push('close') })
    expect(events).toHaveLength(2)
    await once(server, 'close')
    expect(events.at(-1)).toBe('close')
  })

  it('has addresses', async () => {
    const { server, client, at } = await pair()
    expect(server.address()).toEqual({ path: at })
    expect(client.address()).toEqual({ unnamed: true })
    expect(client.remoteAddress()).toEqual({ path: at })
    expect(() => server.remoteAddress()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }) as Error)
    const own = kept(createSocket({ type }))
    own.bind({ abstract: `cmsg-${process.pid}` })
    own.send(Buffer.from('xdatax'), 1, 4, at)
    const [data, { path }] = await once(server, 'message') as [Buffer, MessageInfo]
    expect([String(data), path]).toEqual(['data', `\0cmsg-${process.pid}`])
  })

  it('reports error codes as names, to the callback or the event', async () => {
    const socket = make()
    const failed = (call: (callback?: (error?: Error | null) => void) => void): Promise<unknown>[] => [
      new Promise((resolve) => { call(resolve) }),
      new Promise((resolve) => { socket.once('error', resolve); call() }),
    ]
    for (const error of failed((callback) => { socket.connect('/nonexistent/socket', callback) })) {
      expect(await error).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'connect' })
    }
    for (const error of failed((callback) => { socket.send('x', '/nonexistent/socket', callback) })) {
      expect(await error).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'sendmsg' })
    }
    const bound = once(socket, 'error')
    socket.bind('/nonexistent/socket')
    expect((await bound)[0]).toMatchObject({ code: 'ENOENT', syscall: 'bind' })
  })

  it('lets messages wait for room, in order', async () => {
    const at = path()
    const receiver = MessageSocket.bind(at, { type: 'datagram' })
    const client = make()
    const results: unknown[] = []
    const count = 300
    const done = new Promise<void>((resolve) => {
      for (let i = 0; i < count; i++) client.send(String(i), at, (...args) => {
        results.push(args)
        if (results.length === count) resolve()
      })
    })
    await new Promise(setImmediate)
    expect(client.getSendQueueCount()).toBeGreaterThan(200)
    expect(client.getSendQueueSize()).toBeGreaterThan(600)
    const received: string[] = []
    for (let i = 0; i < count; i++) received.push(String((await receiver.receive())!.data))
    await done
    expect(received).toEqual(Array.from({ length: count }, (_, i) => String(i)))
    expect(results).toEqual(received.map((text) => [null, text.length]))
    expect([client.getSendQueueCount(), client.getSendQueueSize()]).toEqual([0, 0])
    await receiver.close()
  })

  it('emits each message to a loop that awaits one after another', async () => {
    const { server, client } = await pair()
    const texts = ['header', 'body', 'end']
    for (const text of texts) client.send(text)
    const seen: string[] = []
    while (seen.length < texts.length) seen.push(String((await once(server, 'message') as [Buffer])[0]))
    expect(seen).toEqual(texts)
  })

  it('fails waiting sends when it is closed, and reports only to callbacks', async () => {
    const at = path()
    const receiver = MessageSocket.bind(at, { type: 'datagram' })
    const client = make()
    const errors: unknown[] = []
    for (let i = 0; i < 50; i++) client.send('x', at, (error) => { if (error !== null) errors.push((error as NodeJS.ErrnoException).code) })
    client.send('x', at)
    client.close()
    await once(client, 'close')
    await new Promise(setImmediate)
    expect(errors.length).toBeGreaterThan(30)
    expect([...new Set(errors)]).toEqual(['ERR_CMSG_CLOSED'])
    await receiver.close()
  })

  it('passes control messages with their message, and closes descriptors that no listener has taken', async () => {
    const at = path()
    const server = kept(createSocket({ type, receive: [credentials, rights] }))
    server.bind(at)
    const sender = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const file = openSync('/dev/null', 'r')
    const seen: { pid: number | undefined; taken: number; left: OwnedFd }[] = []
    server.on('message', (_, { message }) => {
      const [first, second] = message.get(rights)!
      seen.push({ pid: message.get(credentials)?.pid, taken: first!.take(), left: second! })
      expect(fstatSync(second!.fd).isCharacterDevice()).toBe(true)
    })
    await sender.send('x', { to: at, control: [rights([file, file])] })
    await once(server, 'message')
    const [{ pid, taken, left }] = seen as [typeof seen[0]]
    expect(pid).toBe(process.pid)
    expect(fstatSync(taken).isCharacterDevice()).toBe(true)
    expect(() => left.fd).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }) as Error)
    closeSync(taken)
    closeSync(file)
    await sender.close()
  })

  it('reports the name that the kernel assigns', async () => {
    const { server, at } = await pair()
    // Credentials are received, so the kernel names it at its first send.
    const client = kept(createSocket({ type, receive: [credentials] }))
    client.send('x', at)
    const [, { path, address }] = await once(server, 'message') as [Buffer, MessageInfo]
    expect(address).toHaveProperty('abstract')
    server.send('answer', path!)
    const [data, { message }] = await once(client, 'message') as [Buffer, MessageInfo<typeof credentials>]
    expect([String(data), message.get(credentials)?.uid]).toEqual(['answer', process.getuid!()])
  })

  it('accepts options for its buffers, its file and its end', async () => {
    const at = path()
    const controller = new AbortController()
    const socket = kept(createSocket({ type, recvBufferSize: 20_000, sendBufferSize: 30_000, signal: controller.signal }))
    expect([socket.getRecvBufferSize(), socket.getSendBufferSize()]).toEqual([40_000, 60_000])
    socket.setRecvBufferSize(10_000)
    socket.setSendBufferSize(15_000)
    expect([socket.getRecvBufferSize(), socket.getSendBufferSize()]).toEqual([20_000, 30_000])
    socket.bind(at, { mode: 0o600, unlink: true })
    await once(socket, 'listening')
    expect(statSync(at).mode & 0o777).toBe(0o600)
    const closed = once(socket, 'close')
    controller.abort()
    await closed
    expect([socket.fd, existsSync(at)]).toEqual([-1, false])
    const aborted = createSocket({ type, signal: controller.signal })
    expect(aborted.fd).toBe(-1)
    await once(aborted, 'close')
    expect(() => createSocket({ type, signal: 5 as never })).toThrow(TypeError)
  })

  it('emits only close after it is closed', async () => {
    const { at } = await pair()
    for (const call of [
      (socket: DatagramSocket) => socket.bind(path()), (socket: DatagramSocket) => socket.bind('/nonexistent/socket'),
      (socket: DatagramSocket) => { socket.connect(at) }, (socket: DatagramSocket) => { socket.connect('/nonexistent/socket') },
    ]) {
      const socket = make()
      const seen: string[] = []
      for (const event of ['listening', 'connect', 'error', 'close'] as const) socket.on(event, () => { seen.push(event) })
      call(socket)
      socket.close()
      await new Promise(setImmediate)
      expect(seen).toEqual(['close'])
    }
  })

  it('is closed once, and by await using', async () => {
    const socket = make()
    await socket[Symbol.asyncDispose]()
    await socket[Symbol.asyncDispose]()
    for (const call of [
      () => socket.close(), () => { socket.send('x') }, () => socket.bind(path()), () => { socket.connect(path()) }, () => socket.address(),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }) as Error)
    }
  })

  it('throws for misuse', () => {
    const socket = make()
    for (const call of [
      () => { socket.send(4 as never) }, () => { socket.send('x', 'path', 4 as never) }, () => socket.bind(path(), {}, 4 as never),
    ]) expect(call).toThrow(TypeError)
    expect(() => { socket.send('data', 2, 3) }).toThrow(RangeError)
    expect(() => { socket.send('data', 2, '2' as never) }).toThrow(TypeError)
    expect(() => { socket.setRecvBufferSize(0) }).toThrow(RangeError)
  })

  it('keeps the process alive only while it is bound', async () => {
    for (const mode of ['bound', 'named', 'named by a connect']) {
      await using bound = start([...typescript('test/dgram/alive.program.ts'), mode])
      await bound.line('still here')
    }
    for (const mode of ['unbound', 'unref', 'rights', 'credentials']) {
      expect([mode, await start([...typescript('test/dgram/alive.program.ts'), mode]).output()]).toEqual([mode, []])
    }
  })

  it('receives once the kernel has named it', async () => {
    const at = path()
    const server = make()
    server.bind(at)
    server.on('message', (data, { address }) => { server.send(data, address) })
    const client = kept(createSocket({ type, receive: [credentials] }))
    client.send('there and back', at)
    const [data] = await once(client, 'message') as [Buffer]
    expect(String(data)).toBe('there and back')
  })

  it('calls nothing back twice that is passed to bind again', async () => {
    const socket = make()
    let calls = 0
    const callback = (): void => { calls++ }
    const failed = new Promise((resolve) => { socket.once('error', resolve) })
    socket.bind('/no/such/folder/socket', callback)
    await failed
    socket.bind(path(), callback)
    await once(socket, 'listening')
    expect([calls, socket.listenerCount('listening')]).toEqual([1, 0])
  })

  it('accepts null in place of a callback, as node:dgram does', async () => {
    const at = path()
    const [server, client] = [make(), make()]
    const none = null as unknown as undefined
    server.bind(at, none)
    client.send('a', at, none)
    client.send('bc', 1, 1, at, none)
    client.connect(at, none)
    await once(client, 'connect')
    client.send('d', none)
    const seen: string[] = []
    server.on('message', (data) => { seen.push(String(data)) })
    await expect.poll(() => seen).toEqual(['a', 'c', 'd'])
    client.close(none)
    server.close(none)
  })
})
