/**
 * `createSocket('unix_dgram')`: the manners of unix-dgram 2.0.7. test/drop-ins has its own tests.
 * @module
 */
import dgram from 'node:dgram'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { MessageSocket } from '../../src/index.ts'
import { createSocket, type UnixDgramError, type UnixDgramSocket } from '../../src/dgram.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

const open: UnixDgramSocket[] = []
const make = (type: 'unix_dgram'): UnixDgramSocket => {
  const socket = createSocket(type)
  open.push(socket)
  return socket
}
afterEach(() => {
  for (const socket of open.splice(0)) if (socket.fd >= 0) socket.close()
})

const path = (): string => join(tempDir(), 'socket')
const data = Buffer.from('data')

/** A bound socket and one connected to it. */
function pair(): { server: UnixDgramSocket; client: UnixDgramSocket; at: string } {
  const at = path()
  const [server, client] = [make('unix_dgram'), make('unix_dgram')]
  server.bind(at)
  client.connect(at)
  return { server, client, at }
}

/** A path whose owner does not read. */
function silent(): { at: string } & Disposable {
  const at = path()
  const socket = MessageSocket.bind(at, { type: 'datagram' })
  return { at, [Symbol.dispose]: () => { void socket.close() } }
}

/** The errors that a call reports, and what it throws. */
function errorsOf(socket: UnixDgramSocket, call: () => void): UnixDgramError[] {
  const errors: UnixDgramError[] = []
  const listener = (error: UnixDgramError): void => { errors.push(error) }
  socket.on('error', listener)
  call()
  socket.off('error', listener)
  return errors
}

describe('a socket with the interface of unix-dgram', () => {
  it('emits its events and calls back within the call', () => {
    const at = path()
    const events: string[] = []
    const [server, client] = [make('unix_dgram'), make('unix_dgram')]
    server.on('listening', () => { events.push('listening') })
    client.on('connect', () => { events.push('connect') })
    server.bind(at)
    expect(events).toEqual(['listening'])
    expect(client.connected).toBe(false)
    client.connect(at)
    expect(events).toEqual(['listening', 'connect'])
    expect(client.connected).toBe(true)
    let given: unknown[] | undefined
    client.send(data, (...args: unknown[]) => { given = args })
    expect(given).toEqual([])
    expect(server).toMatchObject({ type: 'unix_dgram', fd: expect.any(Number) as number })
  })

  it('passes each message with its source', async () => {
    const { server, client, at } = pair()
    const [named, abstract] = [path(), `\0cmsg-test-${process.pid}`]
    const messages: unknown[][] = []
    const done = new Promise<void>((resolve) => {
      server.on('message', (buffer, { path, size, address, message }) => {
        messages.push([String(buffer), path, size, address, message.truncated])
        if (messages.length === 3) resolve()
      })
    })
    client.send(data)
    const [second, third] = [make('unix_dgram'), make('unix_dgram')]
    second.bind(named)
    second.send(data, 1, 2, at)
    third.bind(abstract)
    third.sendto(Buffer.alloc(0), 0, 0, at)
    await done
    expect(messages).toEqual([
      ['data', null, 4, { unnamed: true }, false],
      ['at', named, 2, { path: named }, false],
      ['', abstract, 0, { abstract: new Uint8Array(Buffer.from(abstract.slice(1))) }, false],
    ])
  })

  it('accepts strings, any view, and arrays of them', async () => {
    const { server, client } = pair()
    const seen: string[] = []
    server.on('message', (buffer) => { seen.push(buffer.toString()) })
    client.send('text')
    client.send(new Uint16Array([0x4141]))
    client.send(['a', new Uint8Array([0x62])])
    while (seen.length < 3) await once(server, 'message')
    expect(seen).toEqual(['text', 'AA', 'ab'])
  })

  it('converts offset and length as unix-dgram does', async () => {
    const { server, at } = pair()
    const socket = make('unix_dgram')
    const seen: string[] = []
    server.on('message', (buffer) => { seen.push(String(buffer)) })
    for (const [offset, length] of [['7', '6'], [7, undefined], [0.5, 6.9], [NaN, 6]]) {
      socket.send(Buffer.from('secret:public'), offset as number, length as number, at)
    }
    await expect.poll(() => seen).toEqual(['public', '', 'secret', 'secret'])
  })

  it('sends to paths again once connected is false', async () => {
    const { server, client } = pair()
    const other = path()
    const receiver = make('unix_dgram')
    receiver.bind(other)
    client.connected = false
    client.send(data, 0, 4, other)
    expect(String((await once(receiver, 'message') as [Buffer])[0])).toBe('data')
    client.connected = true
    client.send(data)
    await once(server, 'message')
  })

  it('can reply to the path of a message', async () => {
    const { server, client } = pair()
    client.bind(path())
    server.on('message', (buffer, { path }) => { server.send(buffer, 0, buffer.length, path!) })
    client.send(data)
    expect(String((await once(client, 'message'))[0])).toBe('data')
  })

  it('replies to the sender, and to no other, if its path begins with a byte order mark', async () => {
    const { server, client } = pair()
    // Relative paths: the mark is the first character of the name.
    const before = process.cwd()
    process.chdir(tempDir())
    onTestFinished(() => { process.chdir(before) })
    client.bind('\ufeffvictim')
    server.on('message', (buffer, { path, address }) => {
      expect([path, address]).toEqual(['\ufeffvictim', { path: '\ufeffvictim' }])
      server.send(buffer, 0, buffer.length, path!)
    })
    client.send(data)
    expect(String((await once(client, 'message'))[0])).toBe('data')
  })

  it.each([
    ['bind', -98, (socket: UnixDgramSocket) => { socket.bind(open[0]!.address() as { path: string }) }],
    ['bind', -2, (socket: UnixDgramSocket) => { socket.bind('/nonexistent/socket') }],
    ['bind', -36, (socket: UnixDgramSocket) => { socket.bind(`/tmp/${'x'.repeat(200)}`) }],
    ['connect', -2, (socket: UnixDgramSocket) => { socket.connect('/nonexistent/socket') }],
    ['send', -2, (socket: UnixDgramSocket) => { socket.send(data, 0, 4, '/nonexistent/socket') }],
    ['send', -107, (socket: UnixDgramSocket) => { socket.send(data) }],
  ] as const)('reports a failed %s with the number %i', (syscall, code, call) => {
    pair()
    const socket = make('unix_dgram')
    const [error, ...others] = errorsOf(socket, () => { call(socket) })
    expect(others).toEqual([])
    expect(error).toMatchObject({
      name: 'Error', message: `${syscall} ${code}`, code, errno: code, syscall, cause: expect.any(Error) as Error,
    })
    // Without a listener the call throws it.
    expect(() => { call(socket) }).toThrow(expect.objectContaining({ code }) as Error)
  })

  it('passes errors to the callback instead of the event', () => {
    const socket = make('unix_dgram')
    let error: UnixDgramError | undefined
    socket.send(data, 0, 4, '/nonexistent/socket', (given) => { error = given })
    expect(error).toMatchObject({ code: -2, syscall: 'send' })
    expect(String(error!.cause)).toMatch(/ENOENT \/nonexistent\/socket/)
  })

  it('fails with -11 if an unconnected socket finds no room', () => {
    using receiver = silent()
    const { at } = receiver
    const socket = make('unix_dgram')
    const results: unknown[] = []
    for (let i = 0; i < 50; i++) socket.send(data, 0, 4, at, (error) => { results.push(error?.code) })
    expect([...new Set(results)]).toEqual([undefined, -11])
    expect(errorsOf(socket, () => { socket.send(data, 0, 4, at) })).toMatchObject([{ code: -11, errno: -11, syscall: 'send' }])
  })

  it('emits congestion if a connected peer is full, and writable later', async () => {
    const at = path()
    const receiver = MessageSocket.bind(at, { type: 'datagram', readAhead: 0 })
    const client = make('unix_dgram')
    client.connect(at)
    const errors: UnixDgramError[] = []
    for (let i = 0; i < 50; i++) client.send(String(i), (error) => { if (error !== undefined) errors.push(error) })
    expect(errors.length).toBeGreaterThan(1)
    for (const error of errors) {
      expect(error).toMatchObject({ code: 1, message: 'congestion' })
      expect(error).not.toHaveProperty('errno')
    }
    const congested: unknown[] = []
    client.on('congestion', (buffer) => { congested.push(buffer) })
    expect(errorsOf(client, () => { client.send(data) })).toEqual([])
    expect(congested).toEqual([data])
    expect(congested[0]).toBe(data)

    let writable = 0
    client.on('writable', () => { writable++ })
    // There is room the moment that there is: a send need not wait for the event.
    const sent = 50 - errors.length
    for (let i = 0; i < sent; i++) expect(String(receiver.receiveNow()!.data)).toBe(String(i))
    let failed: unknown
    client.send('at once', (error) => { failed = error })
    expect(failed).toBeUndefined()
    expect(writable).toBe(0)
    await once(client, 'writable')
    expect(String(receiver.receiveNow()!.data)).toBe('at once')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(writable).toBe(1)
    await receiver.close()
  })

  it('does not reconnect by itself when the peer has gone', async () => {
    const at = path()
    const receiver = MessageSocket.bind(at, { type: 'datagram' })
    const client = make('unix_dgram')
    client.connect(at)
    await receiver.close()
    const codes: unknown[] = []
    for (let i = 0; i < 3; i++) client.send(data, (error) => { codes.push(error?.code) })
    expect(codes).toEqual([-111, -107, -107])
    rmSync(at)
    const heir = make('unix_dgram')
    heir.bind(at)
    client.send(data, (error) => { codes.push(error?.code) })
    client.connect(at)
    client.send(data, (error) => { codes.push(error?.code) })
    expect(codes.slice(3)).toEqual([-107, undefined])
  })

  it('keeps its file, and fails with -9 once it is closed', () => {
    const { server, at } = pair()
    server.close()
    expect(existsSync(at)).toBe(true)
    expect(server.fd).toBe(-1)
    expect(errorsOf(server, () => { server.send(data, 0, 4, at) })).toMatchObject([{ code: -9, syscall: 'send' }])
    expect(errorsOf(server, () => { server.bind(at) })).toMatchObject([{ code: -9, syscall: 'bind' }])
    expect(() => { server.close() }).toThrow(expect.objectContaining({ code: -9, message: 'close -9' }) as Error)
  })

  it('throws for misuse', () => {
    const { client, at } = pair()
    const socket = make('unix_dgram')
    expect(() => { client.send(4 as never) }).toThrow(TypeError)
    expect(() => { client.connect(4 as never) }).toThrow(TypeError)
    for (const [offset, length] of [[0, 5], [-1, 2], [3, 2]] as const) {
      expect(() => { socket.send(data, offset, length, at) }).toThrow(RangeError)
    }
    expect(() => { (client as unknown as { setTTL(ttl: number): void }).setTTL(4) }).toThrow('not implemented')
  })

  it('delivers no message after a listener has closed it', async () => {
    const { server, client } = pair()
    let seen = 0
    server.on('message', () => { seen++; server.close() })
    for (let i = 0; i < 5; i++) client.send(data)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen).toBe(1)
  })

  it('runs all promises and ticks between two messages, so that a loop that awaits each one gets each one', async () => {
    const { server, client } = pair()
    const texts = Array.from({ length: 5 }, (_, i) => String(i))
    const [byOnce, byListener, order]: string[][] = [[], [], []]
    let resolve = (_: string): void => {}
    server.on('message', (buffer) => {
      const text = String(buffer)
      resolve(text)
      order!.push(text)
      process.nextTick(() => { order!.push('tick') })
      // A tick of a promise of a tick.
      process.nextTick(() => { void Promise.resolve().then(() => { process.nextTick(() => { order!.push('last') }) }) })
    })
    const collect = async (list: string[], next: () => Promise<string>): Promise<void> => {
      while (list.length < texts.length) list.push(await next())
    }
    const done = Promise.all([
      collect(byOnce!, async () => String((await once(server, 'message') as [Buffer])[0])),
      collect(byListener!, () => new Promise((done) => { resolve = done })),
    ])
    for (const text of texts) client.send(Buffer.from(text))
    await done
    await new Promise(setImmediate)
    expect([byOnce, byListener]).toEqual([texts, texts])
    expect(order).toEqual(texts.flatMap((text) => [text, 'tick', 'last']))
  })

  it('keeps order through congestion', async () => {
    const { server, client } = pair()
    const count = 2000
    let next = 0
    const send = (): void => {
      let full = false
      while (!full && next < count) client.send(String(next), (error) => { if (error === undefined) next++; else full = true })
      if (full) client.once('writable', send)
    }
    const seen: string[] = []
    server.on('message', (buffer) => { seen.push(String(buffer)) })
    send()
    while (seen.length < count) await once(server, 'message')
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => String(i)))
  })

  it('shows its state when printed', async () => {
    const { inspect } = await import('node:util')
    const { server, at } = pair()
    expect(inspect(server)).toBe(`UnixDgramSocket { fd: ${server.fd}, address: { path: '${at}' } }`)
    server.close()
    expect(inspect(server)).toBe('UnixDgramSocket { closed: true }')
  })
})

describe('another type', () => {
  it.each(['udp4', 'udp6'] as const)('%s is a socket of node:dgram', (type) => {
    const listener = (): void => {}
    for (const socket of [createSocket(type, listener), createSocket({ type }, listener)]) {
      expect(socket).toBeInstanceOf(dgram.Socket)
      expect(socket.listeners('message')).toEqual([listener])
      socket.close()
    }
  })

  it.each(['tcp', undefined, { type: 'unix_stream' }])('%j is refused', (type) => {
    expect(() => createSocket(type as never)).toThrow(/^Unsupported socket type: /)
  })
})

describe('the process', () => {
  const run = (mode: string, ...args: string[]) => start([...typescript('test/dgram/process.program.ts'), mode, ...args])

  it('is kept alive from the creation of a socket', async () => {
    await using program = run('kept')
    await program.line('still here')
  })

  it.each(['unref', 'closed', 'closed while congested'])('ends: %s', async (mode) => {
    expect(await run(mode).output()).toEqual(['done'])
  })

  // Alone in its process: what is watched beside it would tell which of the two it is.
  it('does not mistake a message that arrives for room', async () => {
    expect(await run('congested').output()).toEqual(['message', 'message', 'message', 'read', 'writable'])
  })

  it('gets an exception of a listener as an uncaught exception, and the messages after it', async () => {
    expect(await run('throw').output()).toEqual(['first', 'uncaught: on purpose', 'second'])
  })

  it.each(['exit', 'close'])('has sent everything at %s', async (mode) => {
    const at = path()
    const receiver = MessageSocket.bind(at, { type: 'datagram' })
    expect(await run(mode, at).exit()).toBe(0)
    const received: string[] = []
    for (let message = receiver.receiveNow(); message !== undefined; message = receiver.receiveNow()) received.push(String(message.data))
    expect(received).toEqual(['0', '1', '2', '3', '4'])
    await receiver.close()
  })
})
