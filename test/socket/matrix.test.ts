import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { credentials, rights, type MessageSocket } from '../../src/index.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { tempDir } from '../support/processes.ts'
import { transports } from './transports.ts'

const { SOL_SOCKET, SO_TYPE, SO_RCVBUF, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } = constants
const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }

/** Bytes that are not all alike, so that a part in the wrong place shows. */
const pattern = (size: number, seed = 0): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) + seed) & 0xff))

/** Numbered messages of four bytes. */
const numbered = (count: number): Buffer[] => Array.from({ length: count }, (_, i) => Buffer.from(Uint32Array.of(i).buffer))

/** A descriptor of a new file. The name is gone when the tests are. */
function fileWith(content: string): number {
  const path = join(tempDir(), 'file')
  writeFileSync(path, content)
  return openSync(path, 'r')
}

describe.each(transports)('$name', ({ type, family, large, answerable, open }) => {
  const stream = type === 'stream'
  const unix = family === 'unix'

  /** Receive `size` bytes: in one message, or of a stream in as many as it takes. */
  async function receive<D extends AnyControlMessage>(socket: MessageSocket<D>, size: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let received = 0
    do {
      const { data } = (await socket.receive())!
      parts.push(data)
      received += data.length
    } while (stream && received < size)
    return Buffer.concat(parts)
  }

  /** Receive messages by iteration, until there are so many bytes of them. */
  async function collect<D extends AnyControlMessage>(socket: MessageSocket<D>, size: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let received = 0
    for await (const { data } of socket) {
      parts.push(data)
      if ((received += data.length) >= size) break
    }
    return Buffer.concat(parts)
  }

  it.each(stream ? [1, 36, large] : [0, 1, 36, large])('carries %i bytes', async (size) => {
    await using ends = await open({ messageSize: 200_000 })
    const data = pattern(size)
    const sending = ends.a.send(data, ends.toB)
    expect((await receive(ends.b, size)).equals(data)).toBe(true)
    expect(await sending).toBe(size)
    expect(ends.b.receiveNow()).toBeUndefined()
  })

  it('carries text, and several buffers as one', async () => {
    await using ends = await open({})
    expect(await ends.a.send('grüße', ends.toB)).toBe(7)
    expect(String(await receive(ends.b, 7))).toBe('grüße')
    for (const buffers of [[pattern(3), Buffer.alloc(0), pattern(33, 7)], Array.from({ length: 20 }, (_, i) => pattern(i, i))]) {
      const whole = Buffer.concat(buffers)
      await ends.a.send(buffers, ends.toB)
      expect((await receive(ends.b, whole.length)).equals(whole)).toBe(true)
    }
  })

  it('carries bytes of every type, and arrays that mix them with text', async () => {
    await using ends = await open({})
    const bytes = pattern(8)
    const { buffer } = Uint8Array.from(bytes)
    for (const data of [buffer, new DataView(buffer), new Uint16Array(buffer), new BigInt64Array(buffer)]) {
      expect(await ends.a.send(data, ends.toB)).toBe(8)
      expect((await receive(ends.b, 8)).equals(bytes)).toBe(true)
    }
    expect(await ends.a.send(['grüße, ', new DataView(buffer, 2, 3), buffer, '!'], ends.toB)).toBe(21)
    expect((await receive(ends.b, 21)).equals(Buffer.concat([Buffer.from('grüße, '), bytes.subarray(2, 5), bytes, Buffer.from('!')])))
      .toBe(true)
  })

  it('carries messages in both directions', async () => {
    await using ends = await open({})
    await ends.a.send('ping', ends.toB)
    expect(String(await receive(ends.b, 4))).toBe('ping')
    await ends.b.send('pong', ends.toA)
    expect(String(await receive(ends.a, 4))).toBe('pong')
  })

  if (answerable) it('reports the sender of a message, and a reply reaches it', async () => {
    await using ends = await open({})
    await ends.a.send('question', ends.toB)
    const question = await ends.b.receive()
    expect(question?.address).toEqual(ends.a.address)
    await ends.b.send('answer', { to: question!.address })
    const answer = await ends.a.receive()
    expect(String(answer?.data)).toBe('answer')
    expect(answer?.address).toEqual(ends.b.address)
  })

  if (unix && !answerable && type === 'datagram') it('refuses to reply to a peer without an address, with a hint', async () => {
    await using ends = await open({})
    await ends.a.send('question', ends.toB)
    const { address } = (await ends.b.receive())!
    expect(address).toEqual({ unnamed: true })
    await expect(ends.b.send('answer', { to: address })).rejects.toThrow(expect.objectContaining({
      code: 'ERR_CMSG_INVALID_ADDRESS', message: expect.stringMatching(/unnamed socket.*must bind an address first/) as string,
    }))
  })

  it('keeps the order of messages with every way of sending', async () => {
    await using ends = await open({})
    const messages = numbered(120)
    const whole = Buffer.concat(messages)
    const sending = [
      ...messages.slice(0, 40).map((data) => ends.a.send(data, ends.toB)),
      ends.a.sendMany(messages.slice(40).map((data) => ({ data, ...ends.toB }))),
    ]
    expect((await collect(ends.b, whole.length)).equals(whole)).toBe(true)
    expect(await Promise.all(sending)).toEqual([...messages.slice(0, 40).map(() => 4), 80])
  })

  it('serves receiveMany and waiting receives in order', async () => {
    await using ends = await open({})
    const waiting = [ends.b.receive(), ends.b.receive()]
    await ends.a.send('1', ends.toB)
    expect(String((await waiting[0])?.data)).toBe('1')
    await ends.a.send('2', ends.toB)
    expect(String((await waiting[1])?.data)).toBe('2')
    for (const text of ['3', '4', '5']) expect(ends.a.sendNow(text, ends.toB)).toBe(1)
    const many = await ends.b.receiveMany()
    expect(many.map(({ data }) => String(data)).join()).toBe(stream ? '345' : '3,4,5')
  })

  it('sends and receives without waiting', async () => {
    await using ends = await open({})
    expect(ends.b.receiveNow()).toBeUndefined()
    expect(ends.a.sendNow('now', ends.toB)).toBe(3)
    // UDP over loopback has arrived by the time it is sent; TCP need not have.
    expect(String(unix || !stream ? ends.b.receiveNow()?.data : await receive(ends.b, 3))).toBe('now')
    expect(ends.b.receiveNow()).toBeUndefined()
    expect(ends.b.ended).toBe(false)
  })

  it('blocks the thread, up to a timeout', async () => {
    await using ends = await open({})
    const start = performance.now()
    expect(ends.b.receiveSync({ timeout: 20 })).toBeUndefined()
    expect(performance.now() - start).toBeGreaterThanOrEqual(20)
    await ends.a.send('sync', ends.toB)
    expect(String(ends.b.receiveSync()?.data)).toBe('sync')
    expect(ends.b.receiveSync({ timeout: 0 })).toBeUndefined()
  })

  it('reports truncation', async () => {
    await using ends = await open({ messageSize: 10 })
    await ends.a.send(pattern(12), ends.toB)
    await ends.a.send(pattern(10), ends.toB)
    const first = (await ends.b.receive())!
    expect([first.data.equals(pattern(10)), first.truncated]).toEqual([true, !stream])
    const second = (await ends.b.receive())!
    // A stream has kept the rest.
    if (stream) expect(second.data.subarray(0, 2).equals(pattern(12).subarray(10))).toBe(true)
    else expect([second.data.equals(pattern(10)), second.truncated]).toEqual([true, false])
  })

  if (unix) it('reports the credentials of a message', async () => {
    await using ends = await open({ receive: [credentials] })
    await ends.a.send('who am I?', ends.toB)
    const message = (await ends.b.receive())!
    expect(message.get(credentials)).toEqual(me)
    expect(message.control.map(({ kind }) => kind)).toEqual(['credentials'])
    expect(message.controlTruncated).toBe(false)
  })

  if (unix) it('passes descriptors', async () => {
    await using ends = await open({ receive: [rights, credentials] })
    const before = openDescriptors()
    const fds = [fileWith('one'), fileWith('two')]
    await ends.a.send('two files', { ...ends.toB, control: [rights(fds)] })
    fds.forEach((fd) => { closeSync(fd) })
    {
      using message = (await ends.b.receive())!
      expect(message.get(rights)?.map(({ fd }) => readFileSync(fd, 'utf8'))).toEqual(['one', 'two'])
      expect(message.get(credentials)).toEqual(me)
      expect(message.controlTruncated).toBe(false)
    }
    await expect.poll(() => newDescriptors(before)).toEqual([])
  })

  if (unix) it('drops descriptors that were not asked for, and reports it', async () => {
    await using ends = await open({})
    const before = openDescriptors()
    await ends.a.send('a file', { ...ends.toB, control: [rights([0, 1, 2])] })
    const message = (await ends.b.receive())!
    expect([message.controlTruncated, message.control]).toEqual([true, []])
    await expect.poll(() => newDescriptors(before)).toEqual([])
  })

  if (!unix) it('refuses control messages that the kernel would drop silently', async () => {
    await using ends = await open({})
    await expect(ends.a.send('x', { ...ends.toB, control: [rights([0])] })).rejects.toThrow(expect.objectContaining({
      code: 'ERR_CMSG_OUT_OF_RANGE',
      message: `Cannot send rights on a socket of family ${family}: the kernel would drop it; only unix sockets take it`,
    }))
  })

  it('aborts waiting calls without losing messages', async () => {
    await using ends = await open({})
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = ends.b.receive({ signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(ends.b.receive({ signal: controller.signal })).rejects.toBe(reason)
    await expect(ends.a.send('x', { ...ends.toB, signal: controller.signal })).rejects.toBe(reason)
    await ends.a.send('kept', ends.toB)
    expect(String((await ends.b.receive())?.data)).toBe('kept')
  })

  it('rejects waiting calls and ends iterations when it is closed', async () => {
    await using ends = await open({})
    const waiting = ends.b.receive()
    const rejected = expect(waiting).rejects.toThrow(expect.objectContaining({
      code: 'ERR_CMSG_CLOSED', message: 'The socket was closed while this was waiting',
    }))
    const iteration = (async () => { for await (const _ of ends.b) throw new Error('nothing was sent') })()
    await ends.b.close()
    await rejected
    await iteration
    await ends.b.close()
    expect(ends.b.closed).toBe(true)
    await expect(ends.b.receive()).rejects.toThrow('Cannot receive on a socket that is closed')
    await expect(ends.b.send('x')).rejects.toThrow('Cannot send on a socket that is closed')
  })

  it('has addresses, options and a descriptor', async () => {
    await using ends = await open({})
    expect(ends.a.getOption(SOL_SOCKET, SO_TYPE)).toBe({ datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET, stream: SOCK_STREAM }[type])
    if (ends.toB.to !== undefined) expect([ends.b.address, ends.a.remoteAddress]).toEqual([ends.toB.to, undefined])
    else expect(ends.a.remoteAddress).toEqual(ends.b.address)
    ends.b.setOption(SOL_SOCKET, SO_RCVBUF, 50_000)
    // The kernel doubles it, for its own part.
    expect(ends.b.getOption(SOL_SOCKET, SO_RCVBUF)).toBe(100_000)
    expect(openDescriptors().get(ends.a.fd)).toMatch(/^socket:/)
  })
})
