/**
 * SO_PEEK_OFF: a peek begins behind the bytes that earlier peeks have shown, so it may find nothing where a receive finds a message.
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket } from '../../src/index.ts'
import { shutdown, socketpair } from '../../src/libc.ts'
import { tcp, text } from './helpers.ts'
import { spins } from './spinning.ts'

const { AF_UNIX, SOCK_SEQPACKET, SOL_SOCKET, SO_PEEK_OFF, MSG_PEEK, SHUT_RDWR } = constants

/** A message that `b` has peeked at, to its end. */
async function peeked(kind: string): Promise<[MessageSocket, MessageSocket]> {
  let a: MessageSocket, b: MessageSocket
  if (kind === 'UDP') {
    b = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    a = await MessageSocket.connect(b.address, { type: 'datagram' })
  } else if (kind === 'TCP') {
    [a, b] = tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
  } else if (kind === 'adopted seqpacket') {
    [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET).map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
  } else {
    [a, b] = MessageSocket.pair({ type: kind as 'stream' | 'seqpacket' | 'datagram' })
  }
  b.setOption(SOL_SOCKET, SO_PEEK_OFF, 0)
  await a.send('hello')
  expect(text(await b.receive({ flags: MSG_PEEK }))).toBe('hello')
  return [a, b]
}
const soon = (): AbortSignal => AbortSignal.timeout(500)
const aborted = { name: 'TimeoutError' }

const kinds = ['datagram', 'seqpacket', 'adopted seqpacket', 'stream', 'UDP', 'TCP']

describe.each(kinds)('after a peek that found nothing behind the offset, %s,', (kind) => {
  it('a receive gets the message', async () => {
    const [a, b] = await peeked(kind)
    await expect(b.receive({ flags: MSG_PEEK, signal: AbortSignal.timeout(50) })).rejects.toMatchObject(aborted)
    expect(text(await b.receive({ signal: soon() }))).toBe('hello')
    for (const one of [a, b]) await one.close()
  })

  it('so does a receive that waited behind the peek, once that is aborted', async () => {
    const [a, b] = await peeked(kind)
    const peek = b.receive({ flags: MSG_PEEK, signal: AbortSignal.timeout(50) })
    const received = b.receive({ signal: soon() })
    await expect(peek).rejects.toMatchObject(aborted)
    expect(text(await received)).toBe('hello')
    for (const one of [a, b]) await one.close()
  })

  it('so does a loop, and the event loop does not spin meanwhile', async () => {
    const [a, b] = await peeked(kind)
    const peek = b.receive({ flags: MSG_PEEK, signal: AbortSignal.timeout(300) })
    const first = b.messages().next()
    expect(await spins()).toBe(false)
    await expect(peek).rejects.toMatchObject(aborted)
    expect(text((await first).value as { data: Buffer })).toBe('hello')
    for (const one of [a, b]) await one.close()
  })
})

const ends: readonly [string, (a: MessageSocket, b: MessageSocket) => unknown][] = [
  ...['seqpacket', 'adopted seqpacket', 'stream', 'TCP'].map((kind) => [kind, (a) => a.close()] as typeof ends[number]),
  ...['datagram'].map((kind) => [kind, (_, b) => { shutdown(b.fd, SHUT_RDWR) }] as typeof ends[number]),
]

describe.each(ends)('a peek behind the last message of a connection that has ended, %s,', (kind, end) => {
  it('finds the end, and a receive still gets the message', async () => {
    const [a, b] = await peeked(kind)
    await end(a, b)
    expect(await b.receive({ flags: MSG_PEEK, signal: soon() })).toBeUndefined()
    expect(b.ended).toBe(false)
    b.setOption(SOL_SOCKET, SO_PEEK_OFF, 2)
    expect(text(await b.receive({ flags: MSG_PEEK, signal: soon() }))).toBe('llo')
    expect(text(await b.receive({ signal: soon() }))).toBe('hello')
    expect(await b.receive({ signal: soon() })).toBeUndefined()
    expect(b.ended).toBe(true)
    for (const one of [a, b]) await one.close()
  })

  it('so does a receive that waited behind it, and receiveSync', async () => {
    const [a, b] = await peeked(kind)
    const results = [b.receive({ flags: MSG_PEEK, signal: soon() }), b.receive({ signal: soon() }), b.receive({ signal: soon() })]
    await end(a, b)
    expect((await Promise.all(results)).map(text)).toEqual([undefined, 'hello', undefined])
    for (const one of [a, b]) await one.close()

    const [c, d] = await peeked(kind)
    await end(c, d)
    if (kind !== 'datagram') expect(d.receiveSync({ flags: MSG_PEEK, timeout: 500 })).toBeUndefined()
    expect(text(d.receiveSync({ timeout: 500 }))).toBe('hello')
    for (const one of [c, d]) await one.close()
  })
})

describe('an adopted seqpacket socket', () => {
  it('does not move the offset by itself', async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET).map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
    b.setOption(SOL_SOCKET, SO_PEEK_OFF, 0)
    for (const data of ['one', '', 'three']) await a.send(data)
    expect(text(await b.receive({ flags: MSG_PEEK, signal: soon() }))).toBe('one')
    expect(b.getOption(SOL_SOCKET, SO_PEEK_OFF)).toBe(3)
    expect(text(await b.receive({ flags: MSG_PEEK, signal: soon() }))).toBe('')
    expect(text(await b.receive({ flags: MSG_PEEK, signal: soon() }))).toBe('three')
    for (const data of ['one', '', 'three']) expect(text(await b.receive({ signal: soon() }))).toBe(data)
    const next = b.receive({ signal: soon() })
    await a.send('next')
    expect(text(await next)).toBe('next')
    await a.send('')
    await a.close()
    expect(text(await b.receive())).toBe('')
    expect(await b.receive()).toBeUndefined()
    await b.close()
  })
})
