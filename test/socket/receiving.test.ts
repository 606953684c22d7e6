import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { decodeAddress, encodeAddress, encodeControl } from '../../src/codec.ts'
import { credentials, MessageSocket, rights, timestampNs, type AddressLike, type Message, type SocketType } from '../../src/index.ts'
import {
  accept4, bind, close, connect, dup, getsockname, listen, rights as numbers, sendmsg, setsockopt, shutdown, socket, socketpair,
} from '../../src/libc.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'
import { tcp } from './helpers.ts'
import { spins } from './spinning.ts'

const {
  AF_UNIX, AF_INET, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, SOL_IP, SO_PASSCRED, SO_TIMESTAMP_OLD, SO_SNDBUF, IP_RECVERR,
  MSG_PEEK, MSG_TRUNC, MSG_ERRQUEUE, MSG_OOB, SHUT_RD, SHUT_WR, SHUT_RDWR,
} = constants
const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }
const types = { datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET, stream: SOCK_STREAM } as const
const typeNames = Object.keys(types) as SocketType[]
const bytes = (text: string): { buffers: Uint8Array[] } => ({ buffers: [Buffer.from(text)] })
const text = (message: { data: Buffer } | undefined): string | undefined => message && String(message.data)

/** A file, open. */
function fileWith(content: string): number {
  const path = join(tempDir(), 'file')
  writeFileSync(path, content)
  return openSync(path, 'r')
}


describe('overflow credentials', () => {
  it.each(typeNames)('are not reported as an identity: queued on a %s socket before SO_PASSCRED', async (type) => {
    const [a, b] = socketpair(AF_UNIX, types[type])
    sendmsg(a, bytes('early'))
    await using socket = MessageSocket.adopt(b, { receive: [credentials] })
    await using peer = MessageSocket.adopt(a)
    const early = (await socket.receive())!
    expect([text(early), early.get(credentials), early.getAll(credentials)]).toEqual(['early', undefined, []])
    // What the kernel wrote is there to be looked at.
    expect(early.control).toMatchObject([{ kind: 'unknown', level: SOL_SOCKET, type: constants.SCM_CREDENTIALS }])
    await peer.send('late')
    expect((await socket.receive())?.get(credentials)).toEqual(me)
  })

  it('do not come with the end of a stream', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [credentials] })
    await a.send('last')
    await a.close()
    expect((await b.receive())?.get(credentials)).toEqual(me)
    expect(await b.receive()).toBeUndefined()
    expect(b.ended).toBe(true)
    await b.close()
  })

  it('are reported if they were sent explicitly', async () => {
    await using peers = pair('datagram')
    await peers.a.send('x', { control: [credentials(me)] })
    expect((await peers.b.receive())?.get(credentials)).toEqual(me)
  })
})

type Receiver = MessageSocket<typeof credentials | typeof rights>
const pair = <T extends SocketType>(type: T): { a: Receiver; b: Receiver } & AsyncDisposable => {
  const [a, b] = MessageSocket.pair({ type, receive: [credentials, rights] })
  return { a, b, [Symbol.asyncDispose]: async () => { await a.close(); await b.close() } }
}

describe.each(['datagram', 'seqpacket'] as const)('one message after the other for long, then many at once, %s', (type) => {
  it('all arrive in order, and receiveMany returns all that are available', async () => {
    await using peers = pair(type)
    const { a, b } = peers
    const alone = async (from: number): Promise<void> => {
      for (let i = from; i < from + 50; i++) {
        await a.send(String(i))
        expect(text(await b.receive())).toBe(String(i))
      }
    }
    const burst = (from: number): string[] => Array.from({ length: 20 }, (_, i) => String(from + i))
    // Wherever in the row of single ones it comes.
    for (let n = 0; n < 5; n++) {
      await alone(100 * n)
      await a.send('one more')
      expect(text(await b.receive())).toBe('one more')
      await a.sendMany(burst(100 * n).map((data) => ({ data })))
      expect((await b.receiveMany()).map(text)).toEqual(burst(100 * n))
      for (let i = 0; i < n; i++) {
        await a.send('again')
        expect(text(await b.receive())).toBe('again')
      }
      await a.sendMany(burst(500).map((data) => ({ data })))
      for (const data of burst(500)) expect(text(await b.receive())).toBe(data)
    }
  })
})

describe('empty packets', () => {
  it.each([false, true])('are packets, and the end of a connection is the end (credentials: %s)', async (asked) => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket', receive: asked ? [credentials] : [] })
    const sent = ['', 'a', '', '', 'b', '', '']
    for (const data of sent) await a.send(data)
    await a.close()
    const received: string[] = []
    for await (const message of b) received.push(String(message.data))
    expect(received).toEqual(sent)
    expect([b.ended, b.receiveNow(), await b.receive(), b.receiveSync()]).toEqual([true, undefined, undefined, undefined])
    await b.close()
  })

  it('in any number do not hide the messages after them, with every way of receiving', async () => {
    for (const options of [{}, { size: 10 }]) {
      // With so much room for each, more messages than one read takes.
      const [a, b] = MessageSocket.pair({ type: 'seqpacket', messageSize: 1 << 20 })
      await a.sendMany(Array.from({ length: 150 }, () => ({ data: '' })))
      await a.send('after')
      await a.close()
      let count = 0
      for (let message = await b.receive(options); message !== undefined && text(message) === ''; message = await b.receive(options)) {
        count++
      }
      expect(count).toBe(150)
      expect(await b.receive(options)).toBeUndefined()
      await b.close()
    }
  })

  it('carry descriptors and arrive before the end', async () => {
    await using peers = pair('seqpacket')
    await peers.a.send('', { control: [rights([0])] })
    await peers.a.close()
    using message = (await peers.b.receive())!
    expect([text(message), message.get(rights)?.length]).toEqual(['', 1])
    expect(await peers.b.receive()).toBeUndefined()
  })

  it('leave the options as they were', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    await a.send('')
    await a.close()
    expect([text(await b.receive()), await b.receive(), b.getOption(SOL_SOCKET, SO_PASSCRED)]).toEqual(['', undefined, 0])
    await b.close()
  })

  describe.each([
    ['credentials', credentials, SO_PASSCRED], ['timestampNs', timestampNs, constants.SO_TIMESTAMPNS_OLD],
  ] as const)('are not lost at the end where the program turns off %s', (_, kind, option) => {
    it.each([false, true])('with setOption, on an adopted socket: %s', async (adopted) => {
      const [a, own] = MessageSocket.pair({ type: 'seqpacket' }, { receive: [kind] })
      const b: MessageSocket<typeof kind> = adopted ? MessageSocket.adopt(own.detach().fd, { receive: [kind] }) : own
      b.setOption(SOL_SOCKET, option, 0)
      const sent = ['one', '', '']
      for (const data of sent) await a.send(data)
      await a.close()
      const received: Message<typeof kind>[] = []
      for (let some; (some = await b.receiveMany({ max: 10 })).length > 0;) received.push(...some)
      expect(received.map((message) => [text(message), message.control])).toEqual(sent.map((data) => [data, []]))
      b.setOption(SOL_SOCKET, option, 1)
      await b.close()
    })
  })

  describe.each(['a timestamp', 'credentials'])('of a socket whose mark, %s, another process turns off,', (mark) => {
    const receive = mark === 'credentials' ? [credentials] : []
    const off = (socket: MessageSocket): void => {
      const fd = dup(socket.fd)
      if (mark === 'credentials') setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_OLD, 0)
      setsockopt(fd, SOL_SOCKET, mark === 'credentials' ? SO_PASSCRED : SO_TIMESTAMP_OLD, 0)
      close(fd)
    }

    it.each([
      ['receive', {}, false], ['receive', {}, true], ['receive', { size: 10 }, false], ['receive', { size: 10 }, true],
      ['peek', { flags: MSG_PEEK }, false], ['peek', { flags: MSG_PEEK }, true],
    ] as const)('are packets: %s %o, the peer has closed: %s', async (_, options, closed) => {
      for (const readAhead of [0, 256]) {
        const [a, b] = MessageSocket.pair({ type: 'seqpacket' }, { readAhead, receive })
        off(b)
        const sent = ['', 'a', '', '', 'b', '', 'c']
        for (const data of sent) await a.send(data)
        if (closed) await a.close()
        const received: (string | undefined)[] = []
        for (let i = 0; i < sent.length; i++) {
          const message = await b.receive(options)
          if ('flags' in options) expect(text(await b.receive())).toBe(text(message))
          received.push(text(message))
        }
        expect(received).toEqual(sent)
        if (!closed) await a.close()
        expect(await b.receive(options)).toBeUndefined()
        await b.close()
      }
    })

    it('are packets also at the end of a batch, if a packet follows', async () => {
      const [a, b] = MessageSocket.pair({ type: 'seqpacket' }, { receive, messageSize: 1 << 20 })
      off(b)
      await a.sendMany(Array.from({ length: 100 }, () => ({ data: '' })))
      await a.send('after')
      await a.close()
      const received: string[] = []
      for await (const { data } of b) received.push(String(data))
      expect(received).toEqual([...Array.from({ length: 100 }, () => ''), 'after'])
      await b.close()
    })
  })

  it('are datagrams too', async () => {
    await using peers = pair('datagram')
    await peers.a.send('')
    expect((await peers.b.receive())?.get(credentials)).toEqual(me)
  })
})

describe('messageSize', () => {
  it('can be smaller or larger for messages not received yet', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: 100 })
    await a.send(Buffer.alloc(50, 'a'))
    const cut = (await b.receive({ size: 20 }))!
    expect([cut.data.length, cut.truncated]).toEqual([20, true])
    await a.send(Buffer.alloc(150_000, 'b'))
    const whole = (await b.receive({ size: 1 << 20 }))!
    expect([whole.data.length, whole.truncated]).toEqual([150_000, false])
    await a.send(Buffer.alloc(101, 'c'))
    const usual = b.receiveNow()!
    expect([usual.data.length, usual.truncated]).toEqual([100, true])
    await a.close()
    await b.close()
  })

  it('limits the memory of a single receive', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    await a.send('x')
    const before = process.memoryUsage().arrayBuffers
    expect(b.receiveNow({ size: 200_001 })?.truncated).toBe(false)
    // Twenty-one of this size would be room for a batch.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 200_001)
    await a.close()
    await b.close()
  })

  it('can be increased after a truncation', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: 10 })
    await a.send(Buffer.alloc(70_000, 'x'))
    const look = (await b.receive({ flags: MSG_PEEK | MSG_TRUNC }))!
    expect([look.data.length, look.truncated]).toEqual([10, true])
    expect((await b.receive({ size: 70_000 }))?.truncated).toBe(false)
    await a.close()
    await b.close()
  })

  it('can be as large as the largest message of the kernel', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: 1 << 20 })
    // Its own overhead is in the buffer as well.
    const largest = a.getOption(SOL_SOCKET, SO_SNDBUF) - 4096
    await a.send(Buffer.alloc(largest, 'x'))
    expect((await b.receive())?.data.length).toBe(largest)
    await expect(a.send(Buffer.alloc(16 << 20))).rejects.toMatchObject({ code: 'EMSGSIZE', syscall: 'sendmsg' })
    await a.close()
    await b.close()
  })
})

describe('looking without taking (MSG_PEEK)', () => {
  it.each(typeNames)('returns the same message again and again (%s)', async (type) => {
    await using peers = pair(type)
    await peers.a.send('first')
    for (let i = 0; i < 3; i++) expect(text(await peers.b.receive({ flags: MSG_PEEK }))).toBe('first')
    expect(text(peers.b.receiveNow({ flags: MSG_PEEK }))).toBe('first')
    expect(text(await peers.b.receive())).toBe('first')
    expect(peers.b.receiveNow()).toBeUndefined()
  })

  it('works on messages received ahead, too', async () => {
    await using peers = pair('datagram')
    for (const data of ['1', '2', '3']) await peers.a.send(data)
    const order = [text(await peers.b.receive())]
    for (const flags of [MSG_PEEK, MSG_PEEK, 0, MSG_PEEK, 0]) order.push(text(await peers.b.receive({ flags })))
    expect(order).toEqual(['1', '2', '2', '2', '3', '3'])
    expect(peers.b.receiveNow()).toBeUndefined()
  })

  it('waits, and leaves the message to the next receive', async () => {
    await using peers = pair('datagram')
    const [look, take] = [peers.b.receive({ flags: MSG_PEEK }), peers.b.receive()]
    await peers.a.send('one')
    expect([text(await look), text(await take)]).toEqual(['one', 'one'])
    expect(peers.b.receiveNow()).toBeUndefined()
  })

  it('installs separate descriptors each time, for queued messages and those received ahead', async () => {
    await using peers = pair('datagram')
    const file = fileWith('content')
    const { ino } = fstatSync(file)
    for (let i = 0; i < 2; i++) await peers.a.send('x', { control: [rights([file, file])] })
    closeSync(file)
    const before = openDescriptors()
    for (let i = 0; i < 2; i++) {
      for (const flags of [MSG_PEEK, MSG_PEEK, 0]) {
        using message = (await peers.b.receive({ flags }))!
        expect(message.get(rights)?.map(({ fd }) => fstatSync(fd).ino)).toEqual([ino, ino])
      }
    }
    await expect.poll(() => newDescriptors(before).filter((line) => !line.includes('anon_inode'))).toEqual([])
  })
})

describe('a waiting receive', () => {
  it('is served in order, even if other receives are aborted', async () => {
    await using peers = pair('datagram')
    const controllers = Array.from({ length: 5 }, () => new AbortController())
    const waiting = controllers.map(({ signal }) => peers.b.receive({ signal }).then(text, (error: Error) => error.name))
    controllers[0]!.abort()
    controllers[3]!.abort()
    for (const data of ['1', '2', '3']) await peers.a.send(data)
    expect(await Promise.all(waiting)).toEqual(['AbortError', '1', '2', 'AbortError', '3'])
  })

  it('that is aborted in the turn of the message leaves the message to the next receive', async () => {
    await using peers = pair('datagram')
    for (let round = 0; round < 50; round++) {
      const controller = new AbortController()
      const fd = fileWith(`${round}`)
      const waiting = peers.b.receive({ signal: controller.signal }).catch(() => undefined)
      await peers.a.send(`${round}`, { control: [rights([fd])] })
      closeSync(fd)
      // Before, within, or after the turn in which it is read.
      if (round % 3 === 1) await turn()
      if (round % 3 === 2) await Promise.resolve()
      controller.abort()
      using message = (await waiting) ?? (await peers.b.receive())!
      expect(text(message)).toBe(`${round}`)
      expect(message.get(rights)?.map(({ fd }) => readFileSync(fd, 'utf8'))).toEqual([`${round}`])
    }
    expect(peers.b.receiveNow()).toBeUndefined()
  })

  it('rejects with its timeout', async () => {
    await using peers = pair('datagram')
    await expect(peers.b.receive({ signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('of two iterations gets each message once', async () => {
    await using peers = pair('seqpacket')
    const seen: string[] = []
    const iterate = async (): Promise<void> => { for await (const message of peers.b) seen.push(String(message.data)) }
    const both = [iterate(), iterate()]
    const messages = Array.from({ length: 100 }, (_, i) => String(i))
    for (const data of messages) await peers.a.send(data)
    await peers.a.close()
    await Promise.all(both)
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(messages)
  })

  it('of an iteration may be abandoned without losing a message', async () => {
    await using peers = pair('datagram')
    for (const data of ['1', '2', '3']) await peers.a.send(data)
    for await (const message of peers.b) {
      expect(text(message)).toBe('1')
      break
    }
    expect(text(peers.b.receiveNow())).toBe('2')
    for await (const message of peers.b) {
      expect(text(message)).toBe('3')
      break
    }
  })

  it('of an iteration disposes of the previous message', async () => {
    await using peers = pair('seqpacket')
    const before = openDescriptors()
    for (let i = 0; i < 3; i++) await peers.a.send('x', { control: [rights([0])] })
    await peers.a.close()
    const taken: number[] = []
    for await (const message of peers.b) {
      const [fd] = message.get(rights)!
      expect(fd!.owned).toBe(true)
      if (taken.length === 0) taken.push(fd!.take())
    }
    // Closed soon: what may block is closed by another thread.
    await expect.poll(() => newDescriptors(before).map((line) => Number(line.split(' ')[0]))).toEqual(taken)
    taken.forEach((fd) => { close(fd) })
  })

  // With room for the larger, more than one read takes.
  it.each([65536, 1 << 20])('for many gets all queued messages up to max, of at most %i bytes each', async (messageSize) => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize })
    const messages = Array.from({ length: 150 }, (_, i) => ({ data: String(i) }))
    await a.sendMany(messages)
    const some = await b.receiveMany({ max: 20 })
    const rest = await b.receiveMany({ max: 1000 })
    expect([some.length, rest.length]).toEqual([20, 130])
    expect([...some, ...rest].map(text)).toEqual(messages.map(({ data }) => data))
    await expect(b.receiveMany({ max: 0 })).rejects.toThrow(RangeError)
    await a.close()
    await b.close()
  })
})

describe('a flooded socket', () => {
  it('starves neither timers nor other sockets', async () => {
    await using flooded = pair('datagram')
    await using other = pair('datagram')
    let ended = false
    let received = 0
    const flood = (async () => {
      while (!ended) await flooded.a.sendMany(Array.from({ length: 64 }, () => ({ data: 'x'.repeat(100) })))
      await flooded.a.send('the last')
    })()
    const drain = (async () => {
      for await (const message of flooded.b) if (++received > 0 && text(message) === 'the last') break
    })()
    // Each hop takes a turn of the loop, or a few: ten of them would take for ever if the flood kept the loop.
    for (let i = 0; i < 10; i++) {
      await new Promise((resolve) => { setTimeout(resolve, 1) })
      await other.a.send(`${i}`)
      expect(text(await other.b.receive())).toBe(`${i}`)
    }
    expect(received).toBeGreaterThan(0)
    ended = true
    await flood
    await drain
  })

  it('is drained in batches: one wake, many messages', async () => {
    await using peers = pair('datagram')
    await peers.a.sendMany(Array.from({ length: 60 }, () => ({ data: 'x' })))
    // How long the wake takes is the strategy's affair. All the others are here with the first.
    await peers.b.receive()
    let turns = 0
    let counting = true
    setImmediate(function count() { turns++; if (counting) setImmediate(count) })
    for (let i = 1; i < 60; i++) await peers.b.receive()
    expect(turns).toBe(0)
    counting = false
  })
})

describe('conditions that persist', () => {
  it('a datagram socket that is shut down ends, and does not spin', async () => {
    await using peers = pair('datagram')
    const waiting = peers.b.receive()
    shutdown(peers.b.fd, SHUT_RDWR)
    expect(await waiting).toBeUndefined()
    expect(peers.b.ended).toBe(true)
  })

  it('a datagram socket that is shut down for reading waits without spinning', async () => {
    await using peers = pair('datagram')
    shutdown(peers.b.fd, SHUT_RD)
    const controller = new AbortController()
    const waiting = peers.b.receive({ signal: controller.signal }).catch(() => undefined)
    expect(await spins()).toBe(false)
    // Messages are received in the order of the calls.
    expect(() => peers.b.receiveSync({ timeout: 300 })).toThrow(expect.objectContaining({ code: 'ERR_CMSG_OUT_OF_RANGE' }))
    controller.abort()
    await waiting
    const before = process.resourceUsage().voluntaryContextSwitches
    expect(peers.b.receiveSync({ timeout: 300 })).toBeUndefined()
    // What waits gives the CPU away, now and then.
    expect(process.resourceUsage().voluntaryContextSwitches - before).toBeGreaterThan(5)
  })

  it.each(['seqpacket', 'stream'] as const)('the end of a %s connection that is not received does not spin', async (type) => {
    await using peers = pair(type)
    await peers.a.send('last')
    await peers.a.close()
    expect(text(await peers.b.receive())).toBe('last')
    expect(await spins()).toBe(false)
    expect(await peers.b.receive()).toBeUndefined()
  })

  it.each(['seqpacket', 'stream'] as const)('a %s peer that ends only its own side still receives', async (type) => {
    await using peers = pair(type)
    shutdown(peers.a.fd, SHUT_WR)
    expect(await peers.b.receive()).toBeUndefined()
    await peers.b.send('still here')
    expect(text(await peers.a.receive())).toBe('still here')
  })

  it.each(['seqpacket', 'stream'] as const)('a %s peer that closes with unread messages causes ECONNRESET, then the end', async (type) => {
    await using peers = pair(type)
    await peers.b.send('never read')
    await peers.a.close()
    await expect(peers.b.receive()).rejects.toMatchObject({ code: 'ECONNRESET', syscall: 'recvmsg' })
    expect(await peers.b.receive()).toBeUndefined()
  })

  it('a stream that was never connected fails with ENOTCONN', async () => {
    await using socket = MessageSocket.open({ family: 'unix', type: 'stream' })
    await expect(socket.receive()).rejects.toMatchObject({ syscall: 'recvmsg' })
    await expect(socket.send('x')).rejects.toMatchObject({ code: 'ENOTCONN', syscall: 'sendmsg' })
  })
})

describe('urgent data', () => {
  it('is not discarded by an earlier receive', async () => {
    const [listener, client] = [socket(AF_INET, SOCK_STREAM), socket(AF_INET, SOCK_STREAM)]
    bind(listener, encodeAddress({ address: '127.0.0.1', port: 0 }))
    listen(listener, 1)
    connect(client, getsockname(listener))
    await using one = MessageSocket.adopt(accept4(listener).fd)
    close(listener)
    const first = one.receive({ flags: MSG_OOB })
    sendmsg(client, bytes('1'), MSG_OOB)
    expect(text(await first)).toBe('1')
    sendmsg(client, bytes('data'))
    expect(text(await one.receive())).toBe('data')

    sendmsg(client, bytes('2'), MSG_OOB)
    const data = one.receive()
    expect(text(await one.receive({ flags: MSG_OOB }))).toBe('2')
    sendmsg(client, bytes('later'))
    expect(text(await data)).toBe('later')

    sendmsg(client, bytes('3'), MSG_OOB)
    sendmsg(client, bytes('last'))
    expect(text(await one.receive())).toBe('last')
    expect(text(one.receiveNow({ flags: MSG_OOB }))).toBe('3')
    close(client)
  })

  it('that was moved out of the kernel is handed over by detach(), and is not a part of a stream', async () => {
    const kept = async () => {
      const [one, other] = tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
      const nothing = one.receiveNow({ flags: MSG_OOB }) // the socket keeps urgent data from now on
      await other.send('!', { flags: MSG_OOB })
      await other.send('data')
      const data = text(await one.receive())
      return { one, other, seen: [nothing, data] }
    }
    const { one, other, seen } = await kept()
    expect(seen).toEqual([undefined, 'data'])
    const { fd, messages } = one.detach()
    expect(messages.map((message) => [text(message), message.flags & MSG_OOB])).toEqual([['!', MSG_OOB]])
    fd.close()
    await other.close()

    const again = await kept()
    const stream = again.one.toDuplex()
    await again.other.send('of the stream')
    await again.other.close()
    const chunks: string[] = []
    for await (const chunk of stream) chunks.push(String(chunk))
    expect(chunks).toEqual(['of the stream'])
  })
})

describe('the error queue', () => {
  /** A UDP socket that hears what became of its messages, and an address where nobody is. */
  function reporting(): { socket: MessageSocket; nobody: Uint8Array } {
    const closedPort = socket(AF_INET, SOCK_DGRAM)
    bind(closedPort, encodeAddress({ address: '127.0.0.1', port: 0 }))
    const nobody = getsockname(closedPort)
    close(closedPort)
    const one = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    one.setOption(SOL_IP, IP_RECVERR, 1)
    return { socket: one, nobody }
  }

  it('is received with MSG_ERRQUEUE, before and after a report arrives', async () => {
    const { socket: one, nobody } = reporting()
    connect(one.fd, nobody)
    const waiting = one.receive({ flags: MSG_ERRQUEUE })
    await one.send('is anybody there?')
    const report = (await waiting)!
    expect([text(report), report.flags & MSG_ERRQUEUE]).toEqual(['is anybody there?', MSG_ERRQUEUE])
    await one.close()
  })

  it('is emptied while data arrives, and does not fill the buffer', async () => {
    const { socket: one, nobody } = reporting()
    const peer = socket(AF_INET, SOCK_DGRAM)
    const to = decodeAddress(nobody) as AddressLike
    for (let i = 0; i < 400; i++) {
      await one.send('lost', { to })
      sendmsg(peer, { ...bytes(String(i)), name: getsockname(one.fd) })
      expect(text(await one.receive())).toBe(String(i))
    }
    expect(one.counters.droppedReports).toBeGreaterThan(200)
    close(peer)
    await one.close()
  })

  it('and the data do not delay each other or spin', async () => {
    const { socket: one, nobody } = reporting()
    await using peer = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const errors = [one.receive({ flags: MSG_ERRQUEUE })]
    const data = one.receive()
    await peer.send('data', { to: one.address })
    expect(text(await data)).toBe('data')
    const more = one.receive()
    sendmsg(one.fd, { ...bytes('lost'), name: nobody })
    expect(text(await errors[0])).toBe('lost')
    // The kernel tells once that a message was refused: the reader of errors has it, the one of data goes on.
    await peer.send('data again', { to: one.address })
    expect(text(await more)).toBe('data again')
    // Now something is in the queue, and only data is waited for.
    sendmsg(one.fd, { ...bytes('lost too'), name: nobody })
    const last = one.receive()
    expect(await spins()).toBe(false)
    // A peer that has gone is no error of a receive, nor of a send to somebody else.
    expect(text(await one.receive({ flags: MSG_ERRQUEUE }))).toBe('lost too')
    await peer.send('more data', { to: one.address })
    expect(text(await last)).toBe('more data')
    await one.close()
  })
})

describe('descriptors', () => {
  it('that are not taken are closed with their message, or queued with the socket', async () => {
    const before = openDescriptors()
    for (const type of typeNames) {
      const [a, b] = MessageSocket.pair({ type, receive: [rights] })
      for (let i = 0; i < 5; i++) await a.send('x', { control: [rights([0, 1, 2])] })
      const message = (await b.receive())!
      const [first] = message.get(rights)!
      const fd = first!.take()
      message[Symbol.dispose]()
      message[Symbol.dispose]()
      expect(() => first!.fd).toThrow('Cannot use a file descriptor that was taken or closed')
      close(fd)
      await a.close()
      await b.close()
    }
    await expect.poll(() => newDescriptors(before).filter((line) => !line.includes('anon_inode'))).toEqual([])
  })

  it('have no room in place of the mark of packets, once the socket was passed on', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const fd = openSync('/dev/null', 'r')
    // Cut off: all options are read, the mark among them.
    await a.send('x', { control: [rights([fd])] })
    expect((await b.receive())!.controlTruncated).toBe(true)
    await a.send('the socket itself', { control: [rights([b])] })
    await b.receive()
    const before = openDescriptors()
    await a.send('', { control: [rights([fd, fd, fd, fd])] })
    expect(await b.receive()).toMatchObject({ length: 0, control: [], controlTruncated: true })
    expect(newDescriptors(before)).toEqual([])
    closeSync(fd)
    for (const socket of [a, b]) await socket.close()
  })

  it('that come unasked, in the padding, are closed', async () => {
    // Room for one has room for two.
    const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
    const before = openDescriptors()
    await using receiver = MessageSocket.adopt(b, { receive: [{ ...rights, receive: { size: 4 } } as never] })
    sendmsg(a, { ...bytes('x'), control: encodeControl([numbers([0, 1])]) })
    using message = (await receiver.receive())!
    expect(message.controlTruncated).toBe(false)
    message[Symbol.dispose]()
    await expect.poll(() => newDescriptors(before).filter((line) => !line.includes('anon_inode'))).toEqual([])
    close(a)
  })
})
