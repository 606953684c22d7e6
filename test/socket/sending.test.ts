import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, rights, type SocketType } from '../../src/index.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'
import { spins } from './spinning.ts'

const { SOL_SOCKET, SO_SNDBUF, MSG_MORE } = constants
const text = (message: { data: Buffer } | undefined): string | undefined => message && String(message.data)
const path = (): string => join(tempDir(), 'socket')
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then((value) => value, (error: NodeJS.ErrnoException) => error.code ?? error)

function fileWith(content: string): number {
  const name = join(tempDir(), 'file')
  writeFileSync(name, content)
  return openSync(name, 'r')
}

/** Send until it would wait: how many went. */
function fill(socket: Pick<MessageSocket, 'sendNow'>, options: { to?: string } = {}, data = 'filling'): number {
  let count = 0
  while (socket.sendNow(data, options) !== undefined) count++
  return count
}

/** A receiver on a pathname, filled, and an unconnected client. */
function full(): { server: MessageSocket<typeof rights>; client: MessageSocket; to: { to: string }; queued: number } & AsyncDisposable {
  const name = path()
  const server = MessageSocket.bind(name, { type: 'datagram', receive: [rights] })
  const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
  const queued = fill(client, { to: name })
  return { server, client, to: { to: name }, queued, [Symbol.asyncDispose]: async () => { await server.close(); await client.close() } }
}

/** Every way in which a sender waits for a receiver, filled. */
const waits: readonly [name: string, make: () => Promise<{ a: MessageSocket; b: MessageSocket<typeof rights>; to: { to?: string } }>][] = [
  ['to a pathname', async () => {
    const { client, server, to } = full()
    return { a: client, b: server, to }
  }],
  ['connected to a pathname', async () => {
    const name = path()
    const b = MessageSocket.bind(name, { type: 'datagram', receive: [rights] })
    const a = await MessageSocket.connect(name, { type: 'datagram' })
    fill(a)
    return { a, b, to: {} }
  }],
  ['to a receiver that is connected to us alone', async () => {
    const [name, own] = [path(), path()]
    const b = MessageSocket.bind(name, { type: 'datagram', receive: [rights] })
    const a = MessageSocket.bind(own, { type: 'datagram' })
    await b.connect(own)
    fill(a, { to: name })
    return { a, b, to: { to: name } }
  }],
  ...(['datagram', 'seqpacket', 'stream'] as const).map((type: SocketType) => [`in a ${type} pair`, async () => {
    const [a, b] = MessageSocket.pair({ type, receive: [rights] })
    fill(a, {}, 'x'.repeat(4000))
    return { a, b, to: {} }
  }] as [string, () => Promise<{ a: MessageSocket; b: MessageSocket<typeof rights>; to: { to?: string } }>]),
]

/** Receive until a message ends with this. */
async function until(socket: MessageSocket<typeof rights>, end: string) {
  for (;;) {
    const message = (await socket.receive())!
    if (message.data.toString('latin1').endsWith(end)) return message
    message[Symbol.dispose]()
  }
}

describe.each(waits)('a full receiver, %s', (_, make) => {
  it('is waited for, and the event loop continues without spinning', async () => {
    const { a, b, to } = await make()
    expect(a.sendNow('no room', to)).toBeUndefined()
    let done = false
    const sending = a.send('the last', to).finally(() => { done = true })
    expect(await spins()).toBe(false)
    expect(done).toBe(false)
    const last = until(b, 'the last')
    expect(await sending).toBe(8)
    expect(text(await last)).toMatch(/the last$/)
    await a.close()
    await b.close()
  })

  it('gets waiting messages once and in order, and sendNow does not overtake them', async () => {
    const { a, b, to } = await make()
    const messages = Array.from({ length: 200 }, (_, i) => `<${i}>`)
    const sending = messages.map((data) => a.send(data, to))
    expect(a.sendNow('overtaking', to)).toBeUndefined()
    let received = ''
    while (!received.endsWith('<199>')) received += text(await b.receive())
    expect(received.slice(received.indexOf('<0>'))).toBe(messages.join(''))
    expect(await Promise.all(sending)).toEqual(messages.map(({ length }) => length))
    await a.close()
    await b.close()
  })

  it('can be abandoned, by an abort or a close, and waiting descriptors are closed', async () => {
    const { a, b, to } = await make()
    const before = openDescriptors()
    const file = fileWith('content')
    const reason = new Error('enough')
    const controller = new AbortController()
    const [first, second, third] = [
      a.send('first', { ...to, control: [rights([file])] }),
      a.send('second', { ...to, control: [rights([file])], signal: controller.signal }),
      a.send('third', { ...to, control: [rights([file])] }),
    ].map(outcome)
    closeSync(file)
    expect(newDescriptors(before).filter((line) => line.endsWith('/file'))).toHaveLength(3)
    controller.abort(reason)
    expect(await second).toBe(reason)
    await a.close()
    expect(await Promise.all([first, third])).toEqual(['ERR_CMSG_CLOSED', 'ERR_CMSG_CLOSED'])
    await expect.poll(() => newDescriptors(before).filter((line) => line.endsWith('/file'))).toEqual([])
    await b.close()
  })

  it('that goes away fails that send', async () => {
    const { a, b, to } = await make()
    const sending = outcome(a.send('x', to))
    await b.close()
    expect(['ECONNREFUSED', 'EPIPE', 'ECONNRESET']).toContain(await sending)
    await a.close()
  })

  it('gets the file of the send call even if the sender closes its descriptor meanwhile', async () => {
    const { a, b, to } = await make()
    const meant = fileWith('meant')
    const sending = a.send('the file', { ...to, control: [rights([meant])] })
    closeSync(meant)
    // The number goes to another file at once.
    const other = fileWith('another')
    expect(other).toBe(meant)
    using message = await until(b, 'the file')
    expect(message.get(rights)?.map(({ fd }) => readFileSync(fd, 'utf8'))).toEqual(['meant'])
    await sending
    closeSync(other)
    await a.close()
    await b.close()
  })
})

describe('destinations', () => {
  it('that do not read delay no other', async () => {
    await using slow = full()
    await using quick = MessageSocket.bind(path(), { type: 'datagram' })
    const stuck = Array.from({ length: 3 }, (_, i) => slow.client.send(`stuck ${i}`, slow.to))
    for (let i = 0; i < 30; i++) {
      await slow.client.send(`${i}`, { to: quick.address })
      expect(text(await quick.receive())).toBe(`${i}`)
    }
    const received: (string | undefined)[] = []
    for (let i = 0; i < slow.queued + 3; i++) received.push(text(await slow.server.receive()))
    expect(received.slice(-3)).toEqual(['stuck 0', 'stuck 1', 'stuck 2'])
    await Promise.all(stuck)
  })

  it('that are all full keep their order', async () => {
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const servers = Array.from({ length: 5 }, () => MessageSocket.bind(path(), { type: 'datagram' }))
    const sending = Array.from({ length: 40 }, (_, i) => servers.map((server) => client.send(`${i}`, { to: server.address }))).flat()
    const received = servers.map(async (server) => {
      const list: (string | undefined)[] = []
      while (list.length < 40) list.push(text(await server.receive()))
      return list
    })
    for (const list of await Promise.all(received)) expect(list).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`))
    await Promise.all(sending)
    for (const server of servers) await server.close()
  })

  it('that have room do not help a sender whose own buffer is full: it waits for that', async () => {
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    client.setOption(SOL_SOCKET, SO_SNDBUF, 20_000)
    const [one, two] = [MessageSocket.bind(path(), { type: 'datagram' }), MessageSocket.bind(path(), { type: 'datagram' })]
    const data = Buffer.alloc(10_000, 'x')
    while (client.sendNow(data, { to: one.address }) !== undefined);
    // Nothing is queued at `two`, and yet it has to wait until `one` has read.
    expect(client.sendNow(data, { to: two.address })).toBeUndefined()
    const sending = client.send(data, { to: two.address })
    while (one.receiveNow() !== undefined);
    expect(await sending).toBe(10_000)
    expect((await two.receive())?.data.length).toBe(10_000)
    await one.close()
    await two.close()
  })

  it('that are replaced get the waiting messages', async () => {
    await using slow = full()
    const sending = slow.client.send('to whoever is there', slow.to)
    rmSync(slow.to.to)
    await using successor = MessageSocket.bind(slow.to.to, { type: 'datagram' })
    await slow.server.close()
    expect(text(await successor.receive())).toBe('to whoever is there')
    expect(await sending).toBe(19)
  })

  it('that do not exist fail one send, not the socket', async () => {
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    await using server = MessageSocket.bind(path(), { type: 'datagram' })
    const gone = path()
    await MessageSocket.bind(gone, { type: 'datagram' }).close()
    await expect(client.send('x', { to: gone })).rejects.toThrow(`sendmsg ECONNREFUSED ${gone}`)
    await expect(client.send('x', { to: '/nowhere/socket' })).rejects.toThrow('sendmsg ENOENT /nowhere/socket')
    await expect(client.send('x')).rejects.toThrow('sendmsg ENOTCONN')
    await client.send('still alive', { to: server.address })
    expect(text(await server.receive())).toBe('still alive')
  })

  it('that refuse a connected UDP socket cause one error, and it continues', async () => {
    const gone = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const { address } = gone
    await gone.close()
    await using client = await MessageSocket.connect(address, { type: 'datagram' })
    await client.send('anybody?')
    await expect(client.receive()).rejects.toMatchObject({ code: 'ECONNREFUSED', syscall: 'recvmsg' })
    await using back = MessageSocket.bind(address, { type: 'datagram' })
    await client.send('and now?')
    const question = (await back.receive())!
    await back.send('yes', { to: question.address })
    expect(text(await client.receive())).toBe('yes')
  })
})

describe('a large message of a stream', () => {
  const data = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 7 + (i >> 11)) & 0xff))

  it('arrives whole, with its descriptors once, at the first byte', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream', receive: [rights] })
    const file = fileWith('content')
    const sending = a.send([data.subarray(0, 100), data.subarray(100, 3_000_000), data.subarray(3_000_000)], { control: [rights([file])] })
    closeSync(file)
    const next = a.send('the next')
    const parts: Buffer[] = []
    let received = 0
    let passed = 0
    for await (const message of b) {
      const fds = message.get(rights) ?? []
      if (fds.length > 0) {
        expect(received).toBe(0)
        expect(fds.map(({ fd }) => readFileSync(fd, 'utf8'))).toEqual(['content'])
        passed++
      }
      parts.push(message.data)
      if ((received += message.data.length) === data.length + 8) break
    }
    expect(passed).toBe(1)
    expect(Buffer.concat(parts).equals(Buffer.concat([data, Buffer.from('the next')]))).toBe(true)
    expect(await Promise.all([sending, next])).toEqual([data.length, 8])
    await a.close()
    await b.close()
  })

  it('that was partly sent is not aborted, but one after it is', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const controller = new AbortController()
    const begun = a.send(data, { signal: controller.signal })
    const behind = outcome(a.send('behind', { signal: controller.signal }))
    controller.abort(new Error('enough'))
    expect(await behind).toMatchObject({ message: 'enough' })
    let received = 0
    while (received < data.length) received += (await b.receive())!.data.length
    expect([await begun, received]).toEqual([data.length, data.length])
    await a.close()
    expect(await b.receive()).toBeUndefined()
    await b.close()
  })

  it('that was partly sent ends with the peer or the socket', async () => {
    for (const end of ['peer', 'socket'] as const) {
      const [a, b] = MessageSocket.pair({ type: 'stream' })
      const sending = outcome(a.send(data))
      await (end === 'peer' ? b : a).close()
      expect(['EPIPE', 'ECONNRESET', 'ERR_CMSG_CLOSED']).toContain(await sending)
      await a.close()
      await b.close()
    }
  })

  it('that is sent by sendNow is sent in part, and returns the number of bytes', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const sent = a.sendNow(data)!
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(data.length)
    let received = 0
    for (let message = b.receiveNow(); message !== undefined; message = b.receiveNow()) received += message.data.length
    expect(received).toBe(sent)
    await a.close()
    await b.close()
  })
})

describe('data whose ArrayBuffer is transferred or shrinks before it was sent', () => {
  const transfer = ({ buffer }: Uint8Array): void => { structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) }
  const gone = {
    code: 'ERR_CMSG_INVALID_ARG_TYPE', message: 'Cannot send data: its ArrayBuffer was transferred or has shrunk',
  }
  /** Ways to lose the memory of one of several buffers. */
  const ways: Record<string, () => { data: Uint8Array[]; lose: () => void }> = {
    'a transfer': () => {
      const data = new Uint8Array(3_000_000)
      return { data: [data], lose: () => { transfer(data) } }
    },
    'a transfer of one of three': () => {
      const data = [new Uint8Array(100), new Uint8Array(2_000_000), new Uint8Array(2_000_000)]
      return { data, lose: () => { transfer(data[0]!) } }
    },
    'a transfer of one of many': () => {
      const data = Array.from({ length: 100 }, () => new Uint8Array(50_000))
      return { data, lose: () => { transfer(data[50]!) } }
    },
    'a smaller buffer': () => {
      const Resizable = ArrayBuffer as unknown as
        new (size: number, options: { maxByteLength: number }) => ArrayBuffer & { resize(size: number): void }
      const buffer = new Resizable(3_000_000, { maxByteLength: 3_000_000 })
      return { data: [new Uint8Array(buffer)], lose: () => { buffer.resize(10) } }
    },
  }

  it.each(Object.entries(ways))('fails on a stream in the middle, and breaks the stream: %s', async (_, make) => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const { data, lose } = make()
    const sending = a.send(data).then(() => undefined, (error: unknown) => error)
    const next = outcome(a.send('next'))
    lose()
    let received = 0
    const reading = (async () => { for await (const { length } of b) received += length })()
    const error = await sending as { sent: number }
    expect(error).toMatchObject(gone)
    expect(error.sent).toBeGreaterThan(0)
    expect([await next, await outcome(a.send('later'))]).toEqual(['ERR_CMSG_CLOSED', 'ERR_CMSG_CLOSED'])
    expect(a.bufferedAmount).toBe(0)
    await a.close()
    await reading
    expect(received).toBe(error.sent)
    await b.close()
  })

  it.each([10, 100_000])('fails alone among waiting datagrams of %d bytes', async (size) => {
    const to = path()
    await using server = MessageSocket.bind(to, { type: 'datagram', unlink: true, readAhead: 0 })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const filled = fill(client, { to })
    const data = [1, 2, 3].map((value) => new Uint8Array(size).fill(value))
    const sends = data.map((one) => outcome(client.send(one, { to })))
    transfer(data[1]!)
    for (let i = 0; i < filled; i++) await server.receive()
    expect([(await server.receive())!.data[0], (await server.receive())!.data[0]]).toEqual([1, 3])
    expect(await Promise.all(sends)).toEqual([size, gone.code, size])
  })

  it('fails in a list, with the number of messages before it', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    const filled = fill(a)
    const data = [1, 2, 3].map((value) => new Uint8Array(10).fill(value))
    const sending = expect(a.sendMany(data.map((one) => ({ data: one })))).rejects.toMatchObject({ ...gone, sent: 1, sentMessages: 1 })
    transfer(data[1]!)
    for (let i = 0; i < filled; i++) await b.receive()
    expect((await b.receive())!.data[0]).toBe(1)
    await sending
    expect(b.receiveNow()).toBeUndefined()

    // A getter of a later message.
    const first = new Uint8Array(10)
    const fickle = { get data() { transfer(first); return 'x' } }
    await expect(a.sendMany([{ data: first }, fickle])).rejects.toMatchObject({ ...gone, sent: 0 })
    await a.close()
    await b.close()
  })

  it('destroys a stream whose chunk still waited', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' }).map((one) => one.toDuplex())
    const [large, small] = [new Uint8Array(3_000_000), new Uint8Array(100)]
    const failed = once(a!, 'error')
    a!.write(large)
    a!.write(small)
    transfer(small)
    b!.resume()
    expect((await failed)[0]).toMatchObject({ code: gone.code })
    b!.destroy()
  })
})

describe('sendMany', () => {
  it('sends any number, each with its own address, descriptors and flags', async () => {
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const servers = [0, 1].map(() => MessageSocket.bind(path(), { type: 'datagram', receive: [rights] }))
    const messages = Array.from(
      { length: 300 }, (_, i) => ({ data: `${i}`, to: servers[i % 2]!.address, control: [rights(Array<number>(i % 3).fill(0))] }),
    )
    const sending = client.sendMany(messages)
    const received = await Promise.all(servers.map(async (server) => {
      const list: string[] = []
      for await (const message of server) {
        list.push(`${text(message)} ${message.get(rights)?.length ?? 0}`)
        if (list.length === 150) break
      }
      return list
    }))
    expect(await sending).toBe(300)
    received.forEach((list, k) => { expect(list).toEqual(messages.map(({ data }, i) => `${data} ${i % 3}`).filter((_, i) => i % 2 === k)) })
    for (const server of servers) await server.close()
  })

  it('reports how many messages were sent before the one that failed, and how many to all destinations', async () => {
    const [full, free] = [path(), path()]
    const slow = MessageSocket.bind(full, { type: 'datagram', readAhead: 0 })
    await using fast = MessageSocket.bind(free, { type: 'datagram', unlink: true, readAhead: 0 })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    fill(client, { to: full })
    const list = [full, free, full, free, full].map((to, i) => ({ to, data: `${i}` }))
    const sending = client.sendMany(list).then(() => undefined, (error: unknown) => error)
    expect([text(await fast.receive()), text(await fast.receive())]).toEqual(['1', '3'])
    await slow.close()
    const { sent, sentMessages, code } = await sending as { sent: number; sentMessages: number; code: string }
    expect({ sent, sentMessages, code }).toEqual({ sent: 0, sentMessages: 2, code: 'ECONNREFUSED' })
  })

  it('rejects with the reason of an abort, which it does not change', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram' })
    fill(a)
    const { sentMessages } = a.counters
    const [reason, controller] = [Object.freeze(new Error('enough')), new AbortController()]
    const sending = a.sendMany([{ data: '1' }, { data: '2' }], { signal: controller.signal })
    controller.abort(reason)
    await expect(sending).rejects.toBe(reason)
    expect(a.counters.sentMessages).toBe(sentMessages)
    await a.close()
    await b.close()
  })

  it('does not give the flags of one message to another', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    await using client = MessageSocket.open({ family: 'inet', type: 'datagram' })
    await client.connect(server.address)
    // UDP joins a message with this flag and the next one to one packet.
    expect(await client.sendMany([{ data: '1' }, { data: '2', flags: MSG_MORE }, { data: '3' }, { data: '4' }])).toBe(4)
    expect([text(await server.receive()), text(await server.receive()), text(await server.receive())]).toEqual(['1', '23', '4'])
  })

  it('stops at the first message that cannot be sent', async () => {
    const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
    const before = openDescriptors()
    await expect(a.sendMany([{ data: '1' }, { data: Buffer.alloc(16 << 20) }, { data: '3' }])).rejects.toMatchObject({ code: 'EMSGSIZE' })
    expect([text(b.receiveNow()), b.receiveNow()]).toEqual(['1', undefined])
    await expect(a.sendMany([{ data: '4' }, { data: 5 as never }])).rejects.toThrow(TypeError)
    expect(b.receiveNow()).toBeUndefined()
    expect(await a.sendMany([])).toBe(0)
    await expect(a.sendMany('no list' as never)).rejects.toThrow(TypeError)
    await expect.poll(() => newDescriptors(before).filter((line) => !line.includes('anon_inode'))).toEqual([])
    await a.close()
    await b.close()
  })

  it('stops at the first undeliverable message, even if the later ones are in the same call', async () => {
    await using server = MessageSocket.bind(path(), { type: 'datagram' })
    await using client = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const to = server.address
    await expect(client.sendMany([{ data: '1', to }, { data: '2', to: path() }, { data: '3', to }])).rejects.toMatchObject({
      code: 'ENOENT',
    })
    expect([text(server.receiveNow()), server.receiveNow()]).toEqual(['1', undefined])
  })

  it.each([60_000, 70_000])('sends any number of large ones whole: of %i bytes', async (size) => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', messageSize: size })
    const messages = Array.from({ length: 40 }, (_, i) => ({ data: Buffer.alloc(size, i + 1) }))
    const sending = a.sendMany(messages)
    for (const { data } of messages) expect(data.equals((await b.receive())!.data)).toBe(true)
    expect(await sending).toBe(40)
    expect(b.receiveNow()).toBeUndefined()
    await a.close()
    await b.close()
  })

  it.each(waits)('precedes later sends, even if many messages have to wait (%s)', async (_, make) => {
    const { a, b, to } = await make()
    // More than go at once, and than go in one turn of the loop.
    const sending = a.sendMany(Array.from({ length: 3000 }, (_, i) => ({ data: `${i};`, ...to })))
    const last = a.send('last', to)
    let received = ''
    while (!received.endsWith('last')) received += text(await b.receive())
    // What it was filled with came first.
    expect(received.slice(received.indexOf('0;'))).toBe(`${Array.from({ length: 3000 }, (_, i) => `${i};`).join('')}last`)
    expect(await Promise.all([sending, last])).toEqual([3000, 4])
    await a.close()
    await b.close()
  })

  it('that waits also stops at the first undeliverable message: those before it are sent, those after it are not', async () => {
    await using slow = full()
    const list = [...Array.from({ length: 300 }, (_, i) => ({ data: `${i}` })), { data: Buffer.alloc(16 << 20) }, { data: 'never' }]
    const sending = outcome(slow.client.sendMany(list.map((message) => ({ ...message, ...slow.to }))))
    const later = slow.client.send('later', slow.to)
    for (let i = 0; i < slow.queued; i++) expect(text(await slow.server.receive())).toBe('filling')
    for (let i = 0; i < 300; i++) expect(text(await slow.server.receive())).toBe(`${i}`)
    expect(text(await slow.server.receive())).toBe('later')
    expect(await Promise.all([sending, later])).toEqual(['EMSGSIZE', 5])
    expect(slow.server.receiveNow()).toBeUndefined()
  })

  it('waits for room, and can be aborted between two messages', async () => {
    await using slow = full()
    const controller = new AbortController()
    const sending = outcome(slow.client.sendMany([1, 2, 3].map((i) => ({ data: `more ${i}`, ...slow.to })), { signal: controller.signal }))
    controller.abort('enough')
    expect(await sending).toBe('enough')
    for (let i = 0; i < slow.queued; i++) expect(text(await slow.server.receive())).toBe('filling')
    expect(slow.server.receiveNow()).toBeUndefined()
  })
})

describe('a message that cannot be sent', () => {
  it('is refused before the kernel sees it', async () => {
    const [a, b] = MessageSocket.pair({ type: 'stream' })
    const before = openDescriptors()
    await expect(a.send('', { control: [rights([0])] }))
      .rejects.toThrow('Cannot send rights without data on a stream: the kernel would drop it; send at least one byte with it')
    await expect(a.send(1 as never))
      .rejects.toThrow('Cannot send 1: expected a string, a TypedArray, DataView or ArrayBuffer, or an array of them')
    await expect(a.send([1] as never)).rejects.toThrow(TypeError)
    await expect(a.send('x', { control: [rights] as never })).rejects.toThrow('call the definition with a value')
    await expect(a.send('x', { control: [rights([1_000_000])] })).rejects.toMatchObject({ code: 'EBADF', syscall: 'sendmsg' })
    await expect(a.send('x', { to: '/nowhere' })).rejects.toMatchObject({ syscall: 'sendmsg' })
    const lying = Object.defineProperty(new Uint8Array(4), 'length', { value: 1 << 20 })
    expect(await a.send(lying)).toBe(4)
    expect((await b.receive())?.data).toEqual(Buffer.alloc(4))
    const transferred = new Uint8Array(4)
    structuredClone(transferred.buffer, { transfer: [transferred.buffer] })
    await expect(a.send(transferred)).rejects.toThrow(TypeError)
    expect(b.receiveNow()).toBeUndefined()
    await expect.poll(() => newDescriptors(before).filter((line) => !line.includes('anon_inode'))).toEqual([])
    await a.close()
    await b.close()
  })
})
