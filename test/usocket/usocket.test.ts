/**
 * USocket and UServer, as the documentation of usocket 1.1.0 describes them.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { USocket, UServer, type URead } from '../../src/usocket.ts'
import usocket from '../../src/usocket.ts'
import { socket, socketpair } from '../../src/libc.ts'
import { constants } from '../../generated/constants.ts'
import { referenceOf, TestFile } from '../descriptors/file.ts'
import { path } from '../socket/helpers.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const made: (USocket | UServer)[] = []
afterEach(() => {
  for (const one of made.splice(0)) {
    one.on('error', () => {})
    if (one instanceof UServer) one.close()
    else one.destroy()
  }
})

/** A connection through a server: who connected, and who was connected to. */
async function connection(options: { allowHalfOpen?: boolean } = {}): Promise<[USocket, USocket]> {
  const server = new UServer()
  const at = path()
  server.listen(at)
  await once(server, 'listening')
  const client = new USocket({ path: at, ...options })
  made.push(server, client)
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connected')]) as [[USocket], unknown]
  made.push(accepted)
  return [client, accepted]
}

/** The next read that gives something. */
async function readable(socket: USocket, size: number | null, count: number | null): Promise<URead> {
  for (;;) {
    const read = socket.read(size, count)
    if (read !== null && (read.data !== null || read.fds.length > 0)) return read
    await once(socket, 'readable')
  }
}

describe('USocket', () => {
  it('is a Duplex that connects to a path or an abstract name', async () => {
    for (const at of [path(), `\0cmsg-usocket-${process.pid}`]) {
      const server = new UServer()
      server.listen({ path: at, backlog: 5 })
      await once(server, 'listening')
      const client = new USocket()
      made.push(server, client)
      expect(client).toBeInstanceOf(Duplex)
      await new Promise<void>((resolve) => { client.connect(at, resolve) })
      expect(fstatSync(client.fd!).isSocket()).toBe(true)
      expect(() => { client.connect(at) }).toThrow('connect on already connected USocket')
    }
    expect(usocket).toMatchObject({ USocket, UServer })
  })

  it('passes text, bytes, and data with descriptors', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    expect(a.write('text ')).toBe(true)
    a.write(Buffer.from('bytes '))
    const sent = new Promise((resolve) => { a.write({ data: Buffer.from('data'), fds: [file.fd], callback: resolve }) })
    expect(await sent).toMatchObject({ fds: [file.fd] })
    const { data, fds } = await readable(b, 15, 1)
    expect(String(data)).toBe('text bytes data')
    expect(fds.map(referenceOf)).toEqual([file.path])
    fds.forEach(closeSync)
    expect(file.copies).toEqual([])
  })

  it('reads descriptors by number, all of them for null, and nothing if some are missing', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    a.write({ data: Buffer.from('abcdef'), fds: file.times(3) })
    await once(b, 'readable')
    expect(b.read(2, 4)).toBeNull()
    expect(b.read(10, 1)).toBeNull()
    const first = b.read(2, 1)!
    expect([String(first.data), first.fds.length]).toEqual(['ab', 1])
    const none = b.read(1, 0)!
    expect([String(none.data), none.fds]).toEqual(['c', []])
    const rest = b.read(null, null)!
    expect([String(rest.data), rest.fds.length]).toEqual(['def', 2])
    for (const fd of [...first.fds, ...rest.fds]) closeSync(fd)
  })

  it('accepts bytes and descriptors back', async () => {
    using file = new TestFile()
    using other = new TestFile()
    const [a, b] = await connection()
    a.write({ data: Buffer.from('abc'), fds: [file.fd, other.fd] })
    const { data, fds } = await readable(b, 3, 2)
    b.unshift(data, fds)
    const again = b.read(3, 2)!
    expect([String(again.data), again.fds]).toEqual(['abc', fds])
    expect(again.fds.map(referenceOf)).toEqual([file.path, other.path])
    b.unshift(null, again.fds)
    b.destroy()
    await expect.poll(() => [...file.copies, ...other.copies]).toEqual([])
  })

  it('emits descriptors before their bytes, and the listeners own them', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    const seen: unknown[] = []
    b.on('fds', (fds: number[]) => seen.push(fds))
    b.on('data', (chunk: Buffer) => seen.push(String(chunk)))
    a.write({ data: Buffer.from('x'), fds: [file.fd] })
    await expect.poll(() => seen).toEqual([file.copies, 'x'])
    const [fd] = file.copies
    expect(b.read(null, null)!.fds).toEqual([fd])
    b.destroy()
    await once(b, 'close')
    expect(file.copies).toEqual([fd])
    closeSync(fd!)
  })

  it('emits the descriptors of each message to a loop that awaits one event after another', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    b.resume()
    for (let i = 0; i < 4; i++) a.write({ data: Buffer.from('x'), fds: [file.fd] })
    for (let i = 0; i < 4; i++) (await once(b, 'fds') as [number[]])[0].forEach(closeSync)
    expect(file.copies).toEqual([])
  })

  it('closes descriptors that were not read', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    a.write({ data: Buffer.from('x'), fds: file.times(2) })
    await once(b, 'readable')
    expect(file.copies).toHaveLength(2)
    b.destroy()
    await expect.poll(() => file.copies).toEqual([])
  })

  it('waits for a peer that does not read, and passes all of the data', async () => {
    using file = new TestFile()
    const [a, b] = await connection()
    const bytes = Buffer.alloc(3_000_000, 'abc')
    const writes = Array.from({ length: 30 }, () => a.write({ data: bytes.subarray(0, 100_000), fds: [file.fd] }))
    expect(writes).toContain(false)
    a.end()
    let count = 0
    b.on('fds', (fds: number[]) => { count += fds.length; fds.forEach(closeSync) })
    let length = 0
    b.on('data', (chunk: Buffer) => { length += chunk.length })
    await once(b, 'end')
    expect([length, count]).toEqual([3_000_000, 30])
  })

  it('ends as the README shows, and is closed when both ends have ended', async () => {
    const [a, b] = await connection()
    const fd = openSync('/etc/hostname', 'r')
    b.end({ data: Buffer.from('message'), fds: [fd], callback: () => { closeSync(fd) } })
    const { data, fds } = await readable(a, 7, 1)
    expect([String(data), readFileSync(fds[0]!, 'utf8')]).toEqual(['message', readFileSync('/etc/hostname', 'utf8')])
    closeSync(fds[0]!)
    a.resume()
    b.resume()
    const closed = Promise.all([once(a, 'close'), once(b, 'close')])
    a.end()
    await closed
  })

  it('accepts writes before it is connected, and works in a pipeline', async () => {
    const server = new UServer()
    const at = path()
    server.listen(at)
    await once(server, 'listening')
    server.on('connection', (connection: USocket) => { made.push(connection); void pipeline(connection, connection) })
    const client = new USocket(at)
    made.push(server, client)
    client.end('early')
    const chunks: Buffer[] = []
    for await (const chunk of client) chunks.push(chunk as Buffer)
    expect(String(Buffer.concat(chunks))).toBe('early')
  })

  it('continues with a descriptor', async () => {
    const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM).map((fd) => new USocket({ fd })) as [USocket, USocket]
    made.push(a, b)
    a.write('x')
    expect(String((await once(b, 'data'))[0])).toBe('x')
    using file = new TestFile()
    expect(() => new USocket({ fd: file.fd })).toThrow(/ENOTSOCK/)
  })

  it('reports errors by its event, and is closed afterwards', async () => {
    const seen: string[] = []
    const watch = (socket: USocket): Promise<unknown> => {
      socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? error.message))
      return new Promise((resolve) => { socket.once('close', resolve) })
    }
    await watch(new USocket(path()))
    const loose = new USocket()
    void watch(loose)
    loose.write('x')
    await once(loose, 'error')
    for (const wrong of [
      {}, { data: 'text' }, { data: Buffer.from('x'), fds: 3 }, { data: Buffer.from('x'), callback: 5 }, [0],
    ] as never[]) {
      const [a] = await connection()
      const closed = watch(a)
      a.write(wrong)
      await closed
    }
    expect(seen).toEqual([
      'ENOENT', 'USocket not connected', ...Array<string>(4).fill('ERR_CMSG_INVALID_ARG_TYPE'), 'ERR_CMSG_OUT_OF_RANGE',
    ])
    expect(() => { new USocket().connect({}) }).toThrow(TypeError)
  })

  it('reads nothing before the program does', async () => {
    using file = new TestFile()
    for (const pause of [false, true]) {
      const [a, b] = await connection()
      if (pause) b.pause()
      a.end({ data: Buffer.from('x'), fds: [file.fd] })
      await once(a, 'finish')
      for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
      expect([b.readableLength, file.copies]).toEqual([0, []])
      const seen: unknown[] = []
      b.on('fds', (fds: number[]) => { seen.push(fds.length); fds.forEach(closeSync) })
      b.on('data', (chunk: Buffer) => { seen.push(String(chunk)) })
      b.resume()
      await once(b, 'end')
      expect(seen).toEqual([1, 'x'])
    }
  })

  it('gives the error of a write to its callback only', async () => {
    for (const how of ['write', 'end', 'late'] as const) {
      const [a, b] = await connection()
      const errors: unknown[] = []
      a.on('error', (error) => errors.push(error))
      if (how === 'late') a.end()
      else b.destroy()
      await new Promise((resolve) => setImmediate(resolve))
      const closed = once(a, 'close')
      const error = await new Promise((resolve) => {
        if (how === 'end') a.end(Buffer.from('x'), (error?: unknown) => { resolve(error) })
        else a.write(Buffer.from('x'), resolve)
      })
      expect(error).toMatchObject({ code: how === 'late' ? 'ERR_STREAM_WRITE_AFTER_END' : 'EPIPE' })
      await closed
      expect(errors).toEqual([])
    }
  })

  it('can be connected after a write that came too early, and again after a failure', async () => {
    const at = path()
    const client = new USocket()
    made.push(client)
    const early = await new Promise((resolve) => { client.write('early', resolve) })
    expect(early).toMatchObject({ message: 'USocket not connected' })
    const seen: string[] = []
    client.on('data', (chunk: Buffer) => seen.push(String(chunk)))
    for (let i = 0; i < 2; i++) {
      client.connect(at)
      expect(() => { client.connect(at) }).toThrow('connect on already connected USocket')
      const [error, again] = await Promise.all(
        ['error', 'close'].map((event) => new Promise<unknown>((resolve) => { client.once(event, resolve) })),
      )
      expect(error).toMatchObject({ code: 'ENOENT' })
      expect(again).toBe(error)
    }
    const server = new UServer()
    made.push(server)
    server.on('connection', (connection: USocket) => { made.push(connection); connection.pipe(connection) })
    await new Promise<void>((resolve) => { server.listen(at, resolve) })
    client.connect(at)
    client.write('hello')
    await expect.poll(() => seen).toEqual(['hello'])
    client.destroy()
    expect(() => { client.connect(at) }).toThrow(expect.objectContaining({ code: 'ERR_CMSG_CLOSED' }) as Error)
  })

  it.each([undefined, null, '', {}, { path: '' }])('connects later if it is created with %j', async (options) => {
    const server = new UServer()
    const at = path()
    await new Promise<void>((resolve) => { server.listen(at, resolve) })
    const client = new USocket(options)
    made.push(server, client)
    client.connect(at)
    await once(client, 'connected')
  })

  it('calls nothing back twice that is passed to connect again', async () => {
    const at = path()
    const client = new USocket()
    const server = new UServer()
    made.push(client, server)
    let calls = 0
    const callback = (): void => { calls++ }
    const failed = new Promise((resolve) => { client.once('close', resolve) })
    client.once('error', () => {})
    client.connect(at, callback)
    await failed
    expect(() => { client.connect({}, callback) }).toThrow(TypeError)
    server.listen(at)
    await once(server, 'listening')
    client.connect(at, callback)
    await once(client, 'connected')
    expect(calls).toBe(1)
  })

  it('calls a write back after it has emitted that it is connected', async () => {
    const server = new UServer()
    const at = path()
    await new Promise<void>((resolve) => { server.listen(at, resolve) })
    const client = new USocket(at)
    made.push(server, client)
    const seen: string[] = []
    client.on('connected', () => { seen.push('connected') })
    await new Promise<void>((resolve) => {
      client.write('a', () => { seen.push('a') })
      client.end('b', () => { seen.push('b'); resolve() })
    })
    expect(seen).toEqual(['connected', 'a', 'b'])
  })

  it('calls the callback of a write before that of the call, also for writes that waited for the connection', async () => {
    const server = new UServer()
    const at = path()
    server.listen(at)
    await once(server, 'listening')
    const client = new USocket(at)
    made.push(server, client)
    const seen: string[] = []
    const write = (name: string): Promise<void> => new Promise((resolve) => {
      const callback = (): void => { seen.push(`of write ${name}`) }
      client.write({ data: Buffer.from(name), callback }, () => { seen.push(`of call ${name}`); resolve() })
    })
    await Promise.all([write('1'), write('2')])
    await Promise.all([write('3'), write('4')])
    expect(seen).toEqual(['1', '2', '3', '4'].flatMap((name) => [`of write ${name}`, `of call ${name}`]))
  })

  it('calls back once the call has returned, when the kernel has everything before', async () => {
    const [a, b] = await connection()
    const seen: unknown[] = []
    const chunk = { data: Buffer.from('x'), callback: () => { seen.push('chunk') } }
    const told = new Promise<void>((resolve) => { a.write(chunk, () => { seen.push('write'); resolve() }) })
    a.write('y')
    seen.push(a.writableLength)
    await told
    expect(seen).toEqual([0, 'chunk', 'write'])
    a.destroy()
    expect(String((await readable(b, 2, null)).data)).toBe('xy')
  })

  it('writes text in the encoding of the call, or the default one', async () => {
    const [a, b] = await connection()
    a.write('6162', 'hex')
    a.setDefaultEncoding('latin1')
    a.write('\u00ff')
    a.end('6364', 'hex')
    const chunks: Buffer[] = []
    for await (const chunk of b) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks)).toEqual(Buffer.from('ab\u00ffcd', 'latin1'))
  })

  it.each([undefined, 42, true, {}, () => {}])('fails with a code for %s', async (value) => {
    const [a] = await connection()
    const error = await new Promise((resolve) => { a.write(value as unknown as string, resolve) })
    expect(error).toMatchObject({ code: 'ERR_CMSG_INVALID_ARG_TYPE', message: expect.stringMatching(/^Cannot write /) as string })
  })

  it('leaves a descriptor that it cannot use to the caller', async () => {
    const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM } = constants
    for (const [fd, other] of [socketpair(AF_UNIX, SOCK_DGRAM), [socket(AF_UNIX, SOCK_STREAM, 0), undefined] as const]) {
      expect(() => new USocket({ fd })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }) as Error)
      for (let i = 0; i < 5; i++) {
        gc()
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(fstatSync(fd).isSocket()).toBe(true)
      closeSync(fd)
      if (other !== undefined) closeSync(other)
    }
  })

  it('can be destroyed while it connects', async () => {
    const socket = new USocket(path())
    socket.destroy()
    await once(socket, 'close')
  })

  it.each(['cannot connect', 'is destroyed', 'is destroyed with a reason'])('that %s calls everything back that waited', async (how) => {
    const reason = Object.assign(new Error('mine'), { code: 'MINE' })
    const first = { 'cannot connect': 'ENOENT', 'is destroyed': 'ERR_CMSG_CLOSED' }[how] ?? 'MINE'
    for (const writes of [['first', 'second'], []]) {
      const socket = new USocket(path())
      const seen: [string, string | undefined][] = []
      const note = (name: string) => (error?: Error | null): void => {
        seen.push([name, (error as NodeJS.ErrnoException | null | undefined)?.code])
      }
      socket.on('error', () => {})
      for (const name of writes) socket.write('x', note(name))
      socket.end(note('end'))
      if (how !== 'cannot connect') socket.destroy(how === 'is destroyed' ? undefined : reason)
      expect(seen).toEqual([])
      await expect.poll(() => seen.map(([name]) => name)).toEqual([...writes, 'end'])
      // Node reports those behind the first, some of them with a code of its own.
      expect(seen.every(([, code]) => code !== undefined)).toBe(true)
      if (writes.length > 0) expect(seen[0]).toEqual(['first', first])
    }
  })

  it('that has ended is closed when the peer ends, without reading', async () => {
    const [a, b] = await connection()
    const seen: string[] = []
    for (const event of ['finish', 'end', 'close']) a.on(event, () => seen.push(event))
    b.on('end', () => { b.end() }).resume()
    a.end('x')
    await once(a, 'close')
    expect(seen).toEqual(['finish', 'end', 'close'])
  })

  it('can be extended', async () => {
    class Mine extends USocket { twice(text: string): void { this.write(text + text) } }
    const [a, peer] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM).map((fd) => new Mine({ fd })) as [Mine, Mine]
    made.push(a, peer)
    a.twice('ab')
    expect(String((await once(peer, 'data'))[0])).toBe('abab')
  })
})

describe('UServer', () => {
  it('accepts nothing while it is paused, and continues later', async () => {
    const server = new UServer()
    const at = path()
    const seen: USocket[] = []
    server.on('connection', (connection: USocket) => { seen.push(connection); made.push(connection) })
    server.pause()
    await new Promise<void>((resolve) => { server.listen(at, 3, resolve) })
    made.push(server)
    const clients = [new USocket(at), new USocket(at)]
    made.push(...clients)
    await Promise.all(clients.map((client) => once(client, 'connected')))
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    expect(seen).toEqual([])
    server.resume()
    await expect.poll(() => seen.length).toBe(2)
    expect(() => { server.listen(at) }).toThrow('listen on already listened UServer')
  })

  it('emits each connection to a loop that awaits one after another', async () => {
    const server = new UServer()
    const at = path()
    made.push(server)
    await new Promise<void>((resolve) => { server.listen(at, resolve) })
    const clients = Array.from({ length: 5 }, () => new USocket(at))
    made.push(...clients)
    // Of each turn, also promises of a tick of a promise.
    for (const _ of clients) {
      made.push(...(await once(server, 'connection') as [USocket]))
      await new Promise((resolve) => { process.nextTick(resolve) })
    }
  })

  it('replaces a socket file without a listener, and otherwise reports the process that has it', async () => {
    const at = path()
    const [first, second] = [new UServer(), new UServer()]
    made.push(first, second)
    first.listen(at)
    await once(first, 'listening')
    second.listen(at)
    expect((await once(second, 'error'))[0]).toMatchObject({ code: 'EADDRINUSE' })
    first.close()
    const third = new UServer()
    made.push(third)
    third.listen(at)
    await once(third, 'listening')
    expect(third.listening && third.fd! > 0).toBe(true)
  })

  it('calls nothing back twice that is passed to listen again', async () => {
    const server = new UServer()
    const at = path()
    made.push(server)
    let calls = 0
    const callback = (): void => { calls++ }
    const failed = new Promise((resolve) => { server.once('error', resolve) })
    server.listen('/no/such/folder/socket', callback)
    await failed
    server.listen(at, callback)
    server.close()
    server.listen(at, callback)
    await once(server, 'listening')
    expect(calls).toBe(1)
  })

  it('does not bind if it is closed at once, and can listen again', async () => {
    const at = path()
    const server = new UServer()
    made.push(server)
    server.listen(at)
    server.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect([server.listening, existsSync(at)]).toEqual([false, false])
    server.listen(at)
    await once(server, 'listening')
    expect(existsSync(at)).toBe(true)
  })

  it('stops listening when it is closed, and can listen again, also in a listener', async () => {
    const server = new UServer()
    made.push(server)
    const seen: unknown[] = []
    for (const at of [path(), path()]) {
      server.listen(at)
      await once(server, 'listening')
      expect([server.listening, fstatSync(server.fd!).isSocket()]).toEqual([true, true])
      const client = new USocket(at)
      const [[connection]] = await Promise.all([once(server, 'connection'), once(client, 'connected')]) as [[USocket], unknown]
      made.push(client, connection)
      server.close()
      expect([server.listening, server.fd, existsSync(at)]).toEqual([false, undefined, false])
    }
    server.once('listening', () => {
      seen.push(server.listening)
      server.close()
    })
    server.listen(path())
    await once(server, 'listening')
    expect([...seen, server.listening]).toEqual([true, false])
  })

  it('reports an invalid path', async () => {
    const server = new UServer()
    server.listen('/nowhere/socket')
    expect((await once(server, 'error'))[0]).toMatchObject({ code: 'ENOENT' })
    expect(() => { server.listen(5 as never) }).toThrow(TypeError)
  })
})
