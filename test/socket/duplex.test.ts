/**
 * Streams of bytes with descriptors beside them. That they are streams like any other of Node's is held by a comparison: the
 * same is done with a pair of `net.Socket`s, and the same has to be seen.
 */
import { closeSync, fstatSync } from 'node:fs'
import { once } from 'node:events'
import net from 'node:net'
import { Duplex, pipeline as pipelineWithCallback, Readable, Transform } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { credentials, MessageSocket, OwnedFd, peerCredentials, rights, type MessageDuplex, type ToDuplexOptions } from '../../src/index.ts'
import { fcntl, recvmsg, sendmsg, socketpair } from '../../src/libc.ts'
import { encodeControl, rights as rightsOf } from '../../src/codec.ts'
import { maxDescriptorsAhead } from '../../src/limits.ts'
import { start, typescript } from '../support/processes.ts'
import { referenceOf, TestFile } from '../descriptors/file.ts'
import { fill, outcome, path, tcp } from './helpers.ts'

const { AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_LINGER, O_NONBLOCK, F_GETFL, SCM_MAX_FD } = constants

const made: Duplex[] = []
afterEach(async () => {
  for (const stream of made.splice(0)) {
    stream.on('error', () => {})
    stream.destroy()
  }
  await turn()
})

function ours(options?: ToDuplexOptions): [MessageDuplex, MessageDuplex] {
  const pair =
    MessageSocket.pair({ type: 'stream', receive: [rights] }).map((socket) => socket.toDuplex(options)) as [MessageDuplex, MessageDuplex]
  made.push(...pair)
  return pair
}

function nodes({ allowHalfOpen = true, highWaterMark }: ToDuplexOptions = {}): [net.Socket, net.Socket] {
  const pair = socketpair(AF_UNIX, SOCK_STREAM).map((fd) => new net.Socket({
    fd, readable: true, writable: true, allowHalfOpen, ...(highWaterMark === undefined ? {} : { highWaterMark }),
  })) as [net.Socket, net.Socket]
  made.push(...pair)
  return pair
}

/** All that comes. Unlike the consumers of Node it leaves the other direction alone. */
async function buffer(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'end')
  return Buffer.concat(chunks)
}

/** One end of a pair, and the descriptor of the other. */
function withPeer(options?: ToDuplexOptions): [MessageDuplex, OwnedFd] {
  const [a, b] = socketpair(AF_UNIX, SOCK_STREAM)
  const stream = MessageSocket.adopt(a, { receive: [rights] }).toDuplex(options)
  made.push(stream)
  return [stream, new OwnedFd(b)]
}

/** What happens to a stream. */
function log(stream: Duplex, name: string, seen: string[]): void {
  for (const event of ['end', 'finish', 'close', 'drain']) stream.on(event, () => seen.push(`${name} ${event}`))
  stream.on('error', (error: NodeJS.ErrnoException) => seen.push(`${name} error ${error.code ?? error.message}`))
}

type Scenario = (pair: [Duplex, Duplex], seen: string[]) => Promise<unknown>
const closedBoth = (pair: [Duplex, Duplex]): Promise<unknown> =>
  Promise.all(pair.map((one) => new Promise<void>((resolve) => { if (one.closed) resolve(); else one.once('close', resolve) })))
const scenarios: Record<string, { readonly options?: ToDuplexOptions; readonly run: Scenario }> = {
  'an end, and one in return': {
    run: async ([a, b]) => { a.resume(); b.resume(); a.end('x'); await once(b, 'end'); b.end('y'); await closedBoth([a, b]) },
  },
  'writing on after the end of the peer': {
    run: async ([a, b], seen) => {
      a.on('data', (data) => seen.push(`a ${String(data)}`)); b.resume()
      a.end()
      await once(b, 'end')
      b.write('still')
      await once(a, 'data')
      b.end('here')
      await closedBoth([a, b])
    },
  },
  'no half-open connection': {
    options: { allowHalfOpen: false }, run: async ([a, b]) => { a.resume(); b.resume(); a.end('x'); await closedBoth([a, b]) },
  },
  'an end of both, one of which reads nothing': {
    run: async ([a, b]) => { b.resume(); a.end('x'); await once(b, 'end'); b.end(); await closedBoth([a, b]) },
  },
  'data that is read long after the end of the reader': {
    run: async ([a, b], seen) => {
      b.resume()
      a.end()
      b.write('before')
      for (let i = 0; i < 10; i++) await turn()
      b.end('after')
      const chunks: Buffer[] = []
      a.on('data', (data: Buffer) => { chunks.push(data) })
      await closedBoth([a, b])
      seen.push(String(Buffer.concat(chunks)))
    },
  },
  'a destroy': { run: async ([a, b]) => { b.resume(); a.destroy(); await once(b, 'end'); b.end(); await closedBoth([a, b]) } },
  'a destroy with an error': {
    run: async ([a, b]) => { b.resume(); a.destroy(new Error('enough')); await once(b, 'end'); b.destroy(); await closedBoth([a, b]) },
  },
  'a write after the end': {
    run: async ([a, b], seen) => {
      b.resume()
      a.end()
      await once(a, 'finish')
      await new Promise<void>((resolve) => {
        a.write('late', (error) => { seen.push(`told ${(error as NodeJS.ErrnoException).code}`); resolve() })
      })
    },
  },
  'a write after destroy': {
    run: async ([a, b], seen) => {
      b.resume()
      a.destroy()
      await new Promise<void>((resolve) => {
        a.write('late', (error) => { seen.push(`told ${(error as NodeJS.ErrnoException).code}`); resolve() })
      })
    },
  },
  'a write to a closed peer': {
    run: async ([a, b], seen) => {
      b.destroy()
      await once(b, 'close')
      await new Promise<void>((resolve) => {
        a.write('into the void', (error) => { seen.push(`told ${(error as NodeJS.ErrnoException).code}`); resolve() })
      })
      await closedBoth([a, b])
    },
  },
  'unread data at the peer that goes': {
    run: async ([a, b], seen) => {
      await new Promise((resolve) => { a.write('unread', resolve) })
      b.destroy()
      a.on('data', () => seen.push('data'))
      await closedBoth([a, b])
    },
  },
  'writes that wait when it is destroyed': {
    run: async ([a], seen) => {
      const big = Buffer.alloc(1 << 20)
      // Of the one that the kernel has in part net.Socket says that it was sent.
      const told = [0, 1, 2].map((i) => new Promise<void>((resolve) => {
        a.write(big, (error) => { if (i > 0) seen.push(`told ${i} ${error instanceof Error}`); resolve() })
      }))
      await turn()
      a.destroy()
      await Promise.all(told)
    },
  },
  'several writes, and a destroy in the same turn': {
    run: async ([a, b], seen) => {
      for (const text of ['one ', 'two ', 'three']) a.write(text)
      a.destroy()
      const chunks: Buffer[] = []
      b.on('data', (data: Buffer) => { chunks.push(data) })
      await once(b, 'end')
      seen.push(String(Buffer.concat(chunks)))
    },
  },
  'several writes, called back once the call has returned': {
    run: async ([a, b], seen) => {
      a.resume()
      b.resume()
      const all = [0, 1, 2].map((i) => new Promise<void>((resolve) => {
        seen.push(`write ${a.write(String(i), () => { seen.push(`told ${i}`); resolve() })}, left ${a.writableLength}`)
      }))
      seen.push('returned')
      await Promise.all(all)
    },
  },
  'several writes to a closed peer': {
    run: async ([a, b], seen) => {
      b.destroy()
      await once(b, 'close')
      const all = [0, 1].map((i) => new Promise<void>((resolve) => {
        a.write('into the void', (error) => { seen.push(`told ${i} ${(error as NodeJS.ErrnoException).code}`); resolve() })
      }))
      seen.push(`returned ${a.destroyed}`)
      await Promise.all(all)
      await closedBoth([a, b])
    },
  },
  'a pipeline from it through a generator back to it, without half-open connections': {
    options: { allowHalfOpen: false },
    run: async ([a, b], seen) => {
      const echo = pipeline(b, async function* (source: AsyncIterable<Buffer>) { for await (const one of source) yield String(one) }, b)
      a.write('hello')
      seen.push(String((await once(a, 'data'))[0]))
      a.end()
      seen.push(await Promise.race([echo.then(() => 'settled'), pause(2000, 'never settled', { ref: false })]))
    },
  },
  'a web stream that is closed after the peer has ended': {
    options: { allowHalfOpen: false },
    run: async ([a, b], seen) => {
      const { readable, writable } = Duplex.toWeb(b)
      const reader = readable.getReader()
      a.end()
      a.resume()
      seen.push(`done ${(await reader.read()).done}`)
      await writable.getWriter().close().then(() => seen.push('closed'), (error: Error) => seen.push(String(error)))
    },
  },
  'waiting for room': {
    options: { highWaterMark: 1000 },
    run: async ([a, b], seen) => {
      seen.push(`write ${a.write(Buffer.alloc(999))} ${a.write(Buffer.alloc(1 << 20))} ${a.writableLength > 0 && a.writableNeedDrain}`)
      b.resume()
      await once(a, 'drain')
      seen.push(`left ${a.writableLength}`)
    },
  },
  'corked writes, which come together': {
    run: async ([a, b], seen) => {
      a.cork()
      for (const text of ['a', 'b', 'c']) a.write(text)
      await turn()
      seen.push(`before ${b.readableLength}`)
      a.uncork()
      seen.push(`read ${String((await once(b, 'data'))[0])}`)
    },
  },
  'an end together with the last data, for awaited reads': {
    run: async ([a, b], seen) => {
      b.end('last')
      seen.push(String((await once(a, 'data'))[0]))
      await once(a, 'end')
    },
  },
  'an encoding': {
    run: async ([a, b], seen) => { b.setEncoding('hex'); a.write('ÿ', 'latin1'); seen.push(String((await once(b, 'data'))[0])) },
  },
  'a pipeline through it': {
    run: async ([a, b], seen) => {
      const echo = pipeline(b, new Transform({ transform(chunk, _, callback) { callback(null, String(chunk).toUpperCase()) } }), b)
      a.end('hello')
      seen.push(String(await buffer(a)))
      await echo
    },
  },
  'iteration, which is left': {
    run: async ([a, b], seen) => {
      a.resume()
      a.write('one')
      for await (const chunk of b) {
        seen.push(String(chunk))
        break
      }
      seen.push(`destroyed ${b.destroyed}`)
      await once(a, 'end')
    },
  },
  'an error on the way of a pipeline': {
    run: async ([a, b], seen) => {
      const failing = new Readable({ read() { this.destroy(new Error('source')) } })
      await new Promise<void>((resolve) => {
        pipelineWithCallback(failing, a, (error) => { seen.push(String(error?.message)); resolve() })
      })
      seen.push(`destroyed ${a.destroyed}`)
      b.resume()
      await once(b, 'end')
    },
  },
}

describe('a stream behaves as a net.Socket:', () => {
  it.each(Object.entries(scenarios))('%s', async (_, { options, run }) => {
    const results = [] as string[][]
    for (const pair of [nodes(options), ours(options)] as [Duplex, Duplex][]) {
      const seen: string[] = []
      log(pair[0], 'a', seen)
      log(pair[1], 'b', seen)
      await run(pair, seen)
      // Another thread may tell of the last events (readiness strategy `thread`), which takes longer on a busy machine.
      const expected = results.flat().length
      for (let i = 0; i < 200 && (i < 5 || seen.length < expected); i++) await pause(10)
      // What happens at one end, and at the other, and is told to callbacks has no order between them.
      results.push([/^a /, /^b /, /^(?!a |b )/].flatMap((whose) => seen.filter((line) => whose.test(line))))
    }
    expect(results[1]).toEqual(results[0])
    expect(results[1]!.length).toBeGreaterThan(0)
  })
})

describe('a stream', () => {
  it('passes many bytes both ways at once, each of them', { timeout: 120_000 }, async () => {
    const [a, b] = ours()
    const bytes = Buffer.alloc(20_000_000, 'abcdefg')
    const [atA, atB] = await Promise.all([buffer(a), buffer(b), a.end(bytes), b.end(bytes)])
    expect(atA!.equals(bytes) && atB!.equals(bytes)).toBe(true)
  })

  it('reads no more from the kernel than highWaterMark allows', async () => {
    const [a, peer] = withPeer({ highWaterMark: 100_000 })
    using _ = peer
    const raw = MessageSocket.adopt(peer)
    a.once('readable', () => {})
    a.read(0)
    let sent = 0
    for (let quiet = 0; quiet < 20; await turn()) {
      const more = fill(raw, {}, Buffer.alloc(10_000))
      sent += more
      quiet = more === 0 ? quiet + 1 : 0
    }
    expect(a.readableLength).toBeGreaterThanOrEqual(100_000)
    expect(a.readableLength).toBeLessThan(100_000 + 2 * 65_536)
    await raw.close()
  })

  it('continues when it is read again', async () => {
    const [a, b] = ours({ highWaterMark: 1000 })
    a.end(Buffer.alloc(1_000_000))
    let length = 0
    b.on('readable', () => { for (let chunk; (chunk = b.read() as Buffer | null) !== null;) length += chunk.length })
    await once(b, 'end')
    expect(length).toBe(1_000_000)
  })

  it('emits its end if the program has read before, and reads no more', async () => {
    const [a, b] = ours()
    expect(b.read()).toBeNull()
    const ended = once(b, 'end')
    a.end()
    await ended
    const closed = Promise.all([once(a, 'close'), once(b, 'close')])
    a.resume()
    b.end()
    await closed
  })

  it('delivers the data before an error to an iteration', async () => {
    const [a, b] = ours()
    await new Promise((resolve) => { a.write('unread', resolve) })
    await new Promise((resolve) => { b.write('last', resolve) })
    b.destroy()
    await once(b, 'close')
    const seen: string[] = []
    await expect((async () => { for await (const chunk of a) seen.push(String(chunk)) })()).rejects.toMatchObject({
      code: 'ECONNRESET', syscall: 'recvmsg',
    })
    expect(seen).toEqual(['last'])
  })

  it('works over TCP, without descriptors', async () => {
    const [a, b] = tcp().map((fd) => MessageSocket.adopt(fd).toDuplex()) as [MessageDuplex, MessageDuplex]
    made.push(a, b)
    using file = new TestFile()
    expect(() => a.writeWithFds('x', [file.fd])).toThrow(/rights/)
    a.end('over TCP')
    expect(String(await buffer(b))).toBe('over TCP')
  })

  it.each(['exit', 'destroy'])('that writes several times before the program calls %s in the same turn has sent it all', async (how) => {
    const server = net.createServer()
    const at = path()
    server.listen(at)
    await once(server, 'listening')
    for (const kind of ['net', 'duplex', 'usocket']) {
      const program = start([...typescript('test/socket/leaving.program.ts'), at, kind, how])
      const [accepted] = await once(server, 'connection') as [net.Socket]
      expect([kind, String(await buffer(accepted))]).toEqual([kind, 'one two three'])
      expect(await program.exit()).toBe(0)
      accepted.destroy()
    }
    server.close()
  })

  it('sends several writes at once, however many were sent in earlier turns', async () => {
    const [a, b] = ours()
    let received = ''
    b.on('data', (chunk) => { received += String(chunk) })
    const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
    for (let i = 0; i < 2047; i++) {
      a.write('.')
      await turn()
    }
    // The kernel must have room for the last ones.
    while (received.length < 2047) await turn()
    for (const text of ['one ', 'two ', 'three']) a.write(text)
    a.destroy()
    await once(b, 'end')
    expect(received).toBe(`${'.'.repeat(2047)}one two three`)
  })

  it('sends in order, with descriptors once, when the kernel has room for a part only', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    const bytes = Buffer.from(Array.from({ length: 3 << 20 }, (_, i) => i % 251))
    const told: number[] = []
    a.write(bytes.subarray(0, 1000), () => told.push(0))
    a.writeWithFds(bytes.subarray(1000, 1 << 20), [file.fd], () => told.push(1))
    expect(a.writableLength).toBeGreaterThan(0)
    a.cork()
    a.write(bytes.subarray(1 << 20, 2 << 20), () => told.push(2))
    a.writeWithFds(bytes.subarray(2 << 20, (2 << 20) + 1), [file.fd], () => told.push(3))
    a.end(bytes.subarray((2 << 20) + 1), () => told.push(4))
    const fds: number[] = []
    b.on('fds', (some: number[]) => fds.push(...some))
    expect(Buffer.compare(await buffer(b), bytes)).toBe(0)
    expect([told, fds.length]).toEqual([[0, 1, 2, 3, 4], 2])
    fds.forEach(closeSync)
  })

  it('lets timers run while a program awaits one write after another', async () => {
    const [a, peer] = withPeer()
    const reader = new Worker(`
      const { parentPort, workerData } = require('node:worker_threads')
      const { readSync } = require('node:fs')
      const buffer = Buffer.alloc(1 << 16)
      parentPort.postMessage('ready')
      while (readSync(workerData, buffer) > 0);`, { eval: true, workerData: peer.fd })
    await once(reader, 'message')
    let stop = false
    setTimeout(() => { stop = true }, 20)
    const deadline = Date.now() + 5000
    while (!stop && Date.now() < deadline) await new Promise((resolve) => { a.write('x', resolve) })
    expect(stop).toBe(true)
    a.end()
    await once(reader, 'exit')
    peer.close()
  })

  it('turns an exception of a listener into an uncaught exception, and continues', async () => {
    expect(await start(typescript('test/socket/throwing.program.ts')).output()).toEqual([
      'uncaught: of fds', 'uncaught: of data', 'uncaught: of a write', 'data two', 'end',
    ])
  })

  it('works in a Worker, where descriptors have other numbers', async () => {
    using file = new TestFile()
    const [a, peer] = withPeer()
    const worker = new Worker(`
      const { parentPort, workerData } = require('node:worker_threads')
      import('cmsg').then(({ MessageSocket, rights }) => {
        const stream = MessageSocket.adopt(workerData, { receive: [rights] }).toDuplex()
        stream.on('fds', (fds) => { stream.writeWithFds('back', fds); stream.closeFds(fds) })
        stream.on('data', () => { stream.end() })
      })`, { eval: true, workerData: peer.take() })
    const fds: number[] = []
    a.on('fds', (some: number[]) => { fds.push(...some) })
    a.writeWithFds('there', [file.fd])
    expect(String(await buffer(a))).toBe('back')
    expect(fds.map(referenceOf)).toEqual([file.path])
    a.closeFds(fds)
    a.end()
    await once(worker, 'exit')
    await expect.poll(() => file.copies).toEqual([])
  })

  it('has the credentials of its peer', () => {
    const [a] = ours()
    expect(peerCredentials(a)?.pid).toBe(process.pid)
    a.destroy()
    expect(a.fd).toBe(-1)
    expect(() => peerCredentials(a)).toThrow(/closed/)
  })
})

describe('descriptors', () => {
  it('arrive in order, each before the chunk with its byte, in each direction', async () => {
    using file = new TestFile()
    using other = new TestFile()
    const [a, b] = ours()
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const seen: string[] = []
      to.on('fds', (fds: number[]) => {
        seen.push(fds.map(referenceOf).map((what) => (what === file.path ? 'file' : what === other.path ? 'other' : what)).join('+'))
        fds.forEach(closeSync)
      })
      to.on('data', (chunk: Buffer) => seen.push(String(chunk)))
      from.writeWithFds('one', [file.fd, other.fd])
      from.writeWithFds('two', [other.fd])
      from.write('three')
      await expect.poll(() => seen.join(' ')).toMatch(/^file\+other one other two ?three$/)
    }
  })

  it('reach a loop that awaits one event after another, with their chunks', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    const count = 5
    for (let i = 0; i < count; i++) a.writeWithFds(`${i}`, [file.fd])
    const collect = async <T>(event: string): Promise<T[]> => {
      const list: T[] = []
      while (list.length < count) list.push((await once(b, event) as [T])[0])
      return list
    }
    const [fds, chunks] = await Promise.all([collect<number[]>('fds'), collect<Buffer>('data')])
    expect(fds.map((some) => some.length)).toEqual(Array(count).fill(1))
    expect(chunks.map(String)).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
    b.closeFds(fds.flat())
  })

  it('stay with their bytes in corked writes, and need not stay open', async () => {
    const [a, peer] = withPeer()
    using _ = peer
    a.cork()
    a.write('plain')
    using file = new TestFile()
    const own = new OwnedFd(fcntl(file.fd, constants.F_DUPFD_CLOEXEC, 0))
    a.writeWithFds('carrier', [own])
    own.close()
    a.write('rest')
    a.uncork()
    await new Promise((resolve) => { a.write('.', resolve) })
    // The kernel stops a read before the next descriptors, and after bytes that had some.
    const first = recvmsg(peer.fd, { size: 100, controlSize: 100 })
    const second = recvmsg(peer.fd, { size: 100, controlSize: 100 })
    expect([String(first.data), String(second.data)]).toEqual(['plaincarrier', 'rest.'])
    expect(file.copies).toHaveLength(1)
    file.copies.forEach(closeSync)
  })

  it('accompany 70,000 bytes, 253 of them, to a peer that reads late', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    const filling = a.write(Buffer.alloc(500_000))
    a.writeWithFds(Buffer.alloc(70_000), file.times(SCM_MAX_FD))
    a.end()
    expect(filling).toBe(false)
    let count = 0
    b.on('fds', (fds: number[]) => { count += fds.length; fds.forEach(closeSync) })
    expect((await buffer(b)).length).toBe(570_000)
    expect(count).toBe(SCM_MAX_FD)
  })

  it('are taken by number without a listener, and passed to one added later', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    a.writeWithFds('x', file.times(3))
    await once(b, 'readable')
    expect(file.copies).toHaveLength(3)
    expect(b.takeFds(0)).toEqual([])
    const [first] = b.takeFds(1)
    b.on('fds', (fds: number[]) => { told.push(...fds) })
    const told: number[] = []
    a.writeWithFds('y', [file.fd])
    await expect.poll(() => told.length).toBe(3)
    expect(b.takeFds()).toEqual([])
    b.closeFds([first!, ...told])
    expect(file.copies).toEqual([])
    expect(() => b.takeFds(-1)).toThrow(RangeError)
  })

  it('that came before their listener are emitted before their chunk is read', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    a.end()
    b.writeWithFds('x', [file.fd])
    await expect.poll(() => a.readableLength).toBe(1)
    const seen: unknown[] = []
    a.on('data', (chunk: Buffer) => { seen.push(String(chunk)) })
    a.on('fds', (fds: number[]) => { seen.push(fds.length); a.closeFds(fds) })
    await expect.poll(() => seen).toEqual([1, 'x'])
  })

  it('that were not taken are closed with the stream', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    a.writeWithFds('x', file.times(2))
    await once(b, 'readable')
    expect(file.copies).toHaveLength(2)
    b.destroy()
    await expect.poll(() => file.copies).toEqual([])
  })

  it('that still wait to be sent are closed with the stream', async () => {
    using file = new TestFile()
    const [a] = ours()
    a.write(Buffer.alloc(1_000_000))
    const told = new Promise((resolve) => { a.writeWithFds('x', [file.fd], resolve) })
    const corked = new Promise((resolve) => { a.cork(); a.writeWithFds('y', [file.fd], resolve) })
    expect(file.copies).toHaveLength(2)
    a.destroy()
    expect(await told).toBeInstanceOf(Error)
    expect(await corked).toBeInstanceOf(Error)
    await expect.poll(() => file.copies).toEqual([])
  })

  it('in a write after the end are closed', async () => {
    using file = new TestFile()
    const [a] = ours()
    a.on('error', () => {})
    a.end()
    const told = new Promise((resolve) => { a.writeWithFds('late', [file.fd], resolve) })
    expect(await told).toMatchObject({ code: 'ERR_STREAM_WRITE_AFTER_END' })
    expect(file.copies).toEqual([])
  })

  it('are kept up to a limit, and the stream that keeps the most is destroyed beyond it', async () => {
    using file = new TestFile()
    const [quiet, few] = ours()
    quiet.writeWithFds('x', [file.fd])
    await once(few, 'readable')
    const [a, b] = ours()
    const limit = Math.max(SCM_MAX_FD, maxDescriptorsAhead())
    const failed = once(b, 'error')
    b.resume()
    for (let i = 0; i <= limit; i += SCM_MAX_FD) a.writeWithFds('x', file.times(SCM_MAX_FD))
    expect((await failed)[0]).toMatchObject({ code: 'ERR_CMSG_BACKLOG' })
    expect(few.destroyed).toBe(false)
    await expect.poll(() => file.copies.length).toBe(1)
    few.closeFds(few.takeFds())
    expect(file.copies).toEqual([])
  })

  it('that the kernel dropped end the stream with the reason', async () => {
    using file = new TestFile()
    const [a, b] = MessageSocket.pair({ type: 'stream' }).map((socket) => socket.toDuplex()) as [MessageDuplex, MessageDuplex]
    made.push(a, b)
    const failed = once(b, 'error')
    b.resume()
    a.writeWithFds('x', [file.fd])
    expect((await failed)[0]).toMatchObject({
      code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringMatching(/receive: \[rights\]/) as string,
    })
    expect(file.copies).toEqual([])
  })

  it('arrive without those of a pidfd, and with credentials on', async () => {
    using file = new TestFile()
    const [one, other] = MessageSocket.pair({ type: 'stream', receive: [credentials, rights] })
    const [a, b] = [one.toDuplex(), other.toDuplex()]
    made.push(a, b)
    a.writeWithFds('x', [file.fd])
    const [fds] = await Promise.all([once(b, 'fds'), once(b, 'data')])
    expect((fds as [number[]])[0].map(referenceOf)).toEqual([file.path])
    b.closeFds((fds as [number[]])[0])
  })

  it('that cannot be sent are refused by the call, and nothing is written', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    expect(() => a.writeWithFds('', [file.fd])).toThrow(RangeError)
    expect(() => a.writeWithFds('x', file.times(SCM_MAX_FD + 1))).toThrow(RangeError)
    expect(() => a.writeWithFds('x', [123456])).toThrow(/EBADF/)
    expect(() => a.writeWithFds('x', ['1'] as never)).toThrow(TypeError)
    expect(() => a.writeWithFds(1 as never, [file.fd])).toThrow(TypeError)
    a.writeWithFds('without', [])
    a.end()
    expect(String(await buffer(b))).toBe('without')
    expect(file.copies).toEqual([])
  })

  it('ignore a callback that is not a function, as write() does', async () => {
    using file = new TestFile()
    const [a, b] = ours()
    const [no, unused] = ['utf8', 5].map((value) => value as unknown as () => void)
    a.writeWithFds('x', [file.fd], no)
    a.writeWithFds('y', [], unused)
    b.on('fds', (fds: number[]) => { fds.forEach(closeSync) })
    a.end()
    expect(String(await buffer(b))).toBe('xy')
  })

  it('are split into messages by the peer, also within a chunk', async () => {
    using file = new TestFile()
    const [a, peer] = withPeer()
    using _ = peer
    sendmsg(peer.fd, { buffers: [Buffer.from('aaaa')] })
    sendmsg(peer.fd, { buffers: [Buffer.from('BBBB')], control: encodeControl([rightsOf([file.fd])]) })
    const [fds, data] = await Promise.all([once(a, 'fds'), once(a, 'data')])
    expect(String((data as [Buffer])[0])).toBe('aaaaBBBB')
    a.closeFds((fds as [number[]])[0])
  })
})

describe('toDuplex', () => {
  it('takes the socket over', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const waiting = outcome(a.receive())
    const stream = a.toDuplex()
    made.push(stream)
    expect(await waiting).toBe('ERR_CMSG_CLOSED')
    expect(a.closed).toBe(true)
    expect(() => a.toDuplex()).toThrow(/detached/)
    await b.send('x')
    expect(String((await once(stream, 'data'))[0])).toBe('x')
    stream.destroy()
    await b.close()
  })

  it('throws if detach would throw, and leaves the socket unchanged', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    fill(a, {}, Buffer.alloc(10_000))
    const sent = a.send('waits')
    expect(() => a.toDuplex()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_BACKLOG' }))
    while ((await b.receive())?.data.at(-1) !== 's'.charCodeAt(0));
    await sent
    expect(() => a.toDuplex({ highWaterMark: -1 })).toThrow(RangeError)
    expect(() => a.toDuplex(5 as never)).toThrow(TypeError)
    expect(a.closed).toBe(false)
    await a.close()
    await b.close()
  })

  it('accepts only connected streams', async () => {
    for (const type of ['datagram', 'seqpacket'] as const) {
      const [a, b] = MessageSocket.pair({ type })
      expect(() => a.toDuplex()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }))
      await a.close()
      await b.close()
    }
    await using server = MessageSocket.bind(path(), { type: 'stream' })
    expect(() => server.toDuplex()).toThrow(expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }))
    for (const family of ['unix', 'inet'] as const) {
      await using unconnected = MessageSocket.open({ family, type: 'stream' })
      expect(() => unconnected.toDuplex()).toThrow(/only a connected stream socket/)
      expect(unconnected.closed).toBe(false)
    }
  })

  it('accepts connections that have ended or were reset', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    await b.close()
    const [client, server] = tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
    server.setOption(SOL_SOCKET, SO_LINGER, Buffer.from(Int32Array.of(1, 0).buffer))
    await server.close()
    await turn()
    for (const socket of [a, client]) {
      const stream = socket.toDuplex()
      made.push(stream)
      await new Promise<void>((resolve) => { stream.on('error', () => { resolve() }).on('end', resolve).resume() })
    }
  })

  it('removes the socket file as the socket would have', async () => {
    await using server = MessageSocket.bind(path(), { type: 'stream' })
    const own = path()
    const client = MessageSocket.open({ family: 'unix', type: 'stream' })
    client.bind(own, { unlink: true })
    await client.connect(server.address)
    const stream = client.toDuplex()
    made.push(stream)
    expect(fstatSync(stream.fd).isSocket()).toBe(true)
    stream.destroy()
    await once(stream, 'close')
    expect(() => MessageSocket.bind(own, { type: 'stream' }).close()).not.toThrow()
  })

  it('is recommended by the error of Duplex.from', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    expect(() => Duplex.from(a)).toThrow(/toDuplex/)
    const stream = b.toDuplex()
    made.push(stream)
    expect(Duplex.from(stream)).toBe(stream)
    await a.close()
  })

  it('keeps the process alive only while a read or write waits', async () => {
    const [a, b] = ours()
    expect(a.unref()).toBe(a)
    expect(a.ref()).toBe(a)
    expect(fcntl(a.fd, F_GETFL) & O_NONBLOCK).toBeDefined()
    a.end()
    b.end()
    await Promise.all([finished(a.resume()), finished(b.resume())])
  })
})

it('a stream over a socket that TCP is still connecting ends once it is connected', async () => {
  await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream', backlog: 0 })
  await using _ = await MessageSocket.connect(server.address, { type: 'stream' })
  const client = MessageSocket.open({ family: 'inet', type: 'stream' })
  // The backlog is full. The stream takes the socket, and with it the connection that is being made.
  const connecting = outcome(client.connect(server.address))
  const stream = client.toDuplex()
  const finished = once(stream, 'finish')
  stream.resume().end()
  await using __ = await server.accept()
  await using accepted = await server.accept()
  expect(await connecting).toBe('ERR_CMSG_CLOSED')
  await finished
  expect(await accepted.receive()).toBeUndefined()
  stream.destroy()
})
