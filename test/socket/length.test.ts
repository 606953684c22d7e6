/**
 * What a message shows: no bytes but those that this receive got, and its length as it was sent.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, recvErr, type AddressLike, type Message } from '../../src/index.ts'
import { nobody, path, tcp, text } from './helpers.ts'
import { decodeAddress } from '../../src/codec.ts'

const { SOL_SOCKET, SO_PEEK_OFF, MSG_TRUNC, MSG_PEEK, MSG_OOB, MSG_ERRQUEUE } = constants
const shown = (message: Message<never> | undefined): unknown => message && [text(message), message.length, message.truncated]

const pairs: readonly [string, () => { a: MessageSocket; b: MessageSocket; to?: AddressLike }][] = [
  ...(['datagram', 'seqpacket'] as const).map((type) => [type, () => {
    const [a, b] = MessageSocket.pair({ type, messageSize: 4 })
    return { a, b }
  }] as [string, () => { a: MessageSocket; b: MessageSocket }]),
  ['datagram at a pathname', () => {
    const b = MessageSocket.bind(path(), { type: 'datagram', messageSize: 4 })
    return { a: MessageSocket.open({ family: 'unix', type: 'datagram' }), b, to: b.address }
  }],
  ...(['127.0.0.1', '::1'] as const).map((address) => [`UDP at ${address}`, () => {
    const [a, b] = [undefined, 4].map((messageSize) => MessageSocket.bind({ address, port: 0 }, {
      type: 'datagram', ...(messageSize === undefined ? {} : { messageSize }),
    })) as [MessageSocket, MessageSocket]
    return { a, b, to: b.address }
  }] as [string, () => { a: MessageSocket; b: MessageSocket; to: AddressLike }]),
]

describe.each(pairs)('a message that does not fit, %s,', (_, make) => {
  it('has its sent length with every way of receiving', async () => {
    const { a, b, ...to } = make()
    const send = async (): Promise<void> => { for (const data of ['truncated', 'fits']) await a.send(data, to) }
    const expected = [['trun', 9, true], ['fits', 4, false]]
    const ways: readonly (() => Promise<unknown[]> | unknown[])[] = [
      async () => [await b.receive(), await b.receive()],
      () => [b.receiveNow(), b.receiveNow()],
      () => [b.receiveSync(), b.receiveSync()],
      async () => {
        const list: unknown[] = []
        while (list.length < 2) list.push(...await b.receiveMany())
        return list
      },
      async () => {
        const list: unknown[] = []
        for await (const message of b.messages({ dispose: false })) if (list.push(message) === 2) break
        return list
      },
      async () => [await b.receive({ flags: MSG_TRUNC }), await b.receive({ flags: MSG_TRUNC })],
    ]
    for (const way of ways) {
      await send()
      expect((await way()).map((message) => shown(message as Message<never>)), String(way)).toEqual(expected)
    }
    await send()
    expect(shown(await b.receive({ flags: MSG_PEEK }))).toEqual(expected[0])
    expect(shown(await b.receive({ size: 6 }))).toEqual(['trunca', 9, true].slice(0, 3))
    expect(shown(await b.receive({ size: 0 }))).toEqual(['', 4, true])
    await a.close()
    await b.close()
  })
})

describe.each([['TCP', 0], ['MPTCP', constants.IPPROTO_MPTCP]] as const)('%s with MSG_TRUNC', (_, protocol) => {
  it('shows nothing of earlier messages: no data, and the number of bytes that were discarded', async (context) => {
    let ends: [number, number]
    try {
      ends = tcp(protocol)
    } catch (error) {
      return context.skip(String(error))
    }
    const [a, b] = ends.map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
    const [x, y] = MessageSocket.pair({ type: 'stream' })
    // Something secret, in memory that is used again.
    await x.send('secret of another socket')
    expect(text(await y.receive())).toContain('secret')
    await a.send('discarded')
    expect(shown(await b.receive({ flags: MSG_TRUNC }))).toEqual(['', 9, true])
    await a.send('discarded')
    expect(shown(await b.receive({ flags: MSG_TRUNC, size: 4 }))).toEqual(['', 4, true])
    expect(shown(await b.receive({ flags: MSG_TRUNC }))).toEqual(['', 5, true])
    await a.send('kept')
    expect(shown(await b.receive())).toEqual(['kept', 4, false])
    if (protocol === 0) {
      const urgent = b.receive({ flags: MSG_OOB | MSG_TRUNC })
      await a.send('!', { flags: MSG_OOB })
      expect(shown(await urgent)).toEqual(['', 1, true])
    }
    await a.close()
    expect(await b.receive({ flags: MSG_TRUNC })).toBeUndefined()
    for (const one of [b, x, y]) await one.close()
  })
})

it('a Unix stream shows the same data with MSG_TRUNC as without', async () => {
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  await a.send('two parts')
  expect(shown(await b.receive({ flags: MSG_TRUNC, size: 4 }))).toEqual(['two ', 4, false])
  expect(shown(await b.receive())).toEqual(['parts', 5, false])
  await a.close()
  await b.close()
})

it('a report of the error queue has the length of its data, and is marked if truncated', async () => {
  await using one = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', receive: [recvErr] })
  const to = decodeAddress(nobody())
  for (const size of [undefined, 4]) {
    const report = one.receive({ flags: MSG_ERRQUEUE, ...(size === undefined ? {} : { size }) })
    await one.send('somebody?', { to })
    const { data, length, truncated } = (await report)!
    expect([String(data), length, truncated]).toEqual(size === undefined ? ['somebody?', 9, false] : ['some', 4, true])
  }
})

it('a peek at a report of the error queue leaves it whole, and shows as much as fits', async () => {
  await using one = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', receive: [recvErr], messageSize: 9 })
  const to = decodeAddress(nobody())
  const peek = MSG_ERRQUEUE | MSG_PEEK
  for (const ways of [
    [() => one.receive({ flags: peek, size: 4 }), () => one.receive({ flags: peek, size: 20 })],
    [() => one.receiveNow({ flags: peek, size: 4 }), () => one.receiveNow({ flags: peek, size: 20 })],
  ]) {
    await one.send('somebody?', { to })
    for (const size of [0, 1]) {
      const seen = (await ways[size]!())!
      expect([shown(seen), seen.get(recvErr)?.name]).toEqual([size === 0 ? ['some', 4, true] : ['somebody?', 9, false], 'ECONNREFUSED'])
    }
    expect(shown(await one.receive({ flags: MSG_ERRQUEUE }))).toEqual(['somebody?', 9, false])
  }
})

describe.each([
  ['UDP at 127.0.0.1', '127.0.0.1'], ['UDP at ::1', '::1'], ['datagram', undefined], ['seqpacket', undefined], ['stream', undefined],
] as const)('a peek at an offset (SO_PEEK_OFF), %s,', (name, address) => {
  const make = async (): Promise<[MessageSocket, MessageSocket]> => {
    if (address === undefined) return MessageSocket.pair({ type: name as 'datagram' | 'seqpacket' | 'stream' })
    const b = MessageSocket.bind({ address, port: 0 }, { type: 'datagram' })
    return [await MessageSocket.connect(b.address, { type: 'datagram' }), b]
  }

  it('shows only the bytes behind the offset, and moves it by as many', async () => {
    const [[a, b], [x, y]] = [await make(), await make()]
    // Something secret, in memory that is used again.
    await x.send('..............................secret of another socket')
    expect(text(await y.receive())).toContain('secret')
    b.setOption(SOL_SOCKET, SO_PEEK_OFF, 20)
    await a.send('0123456789abcdefghijKLMNOPQRSTuvwxyz')
    for (const flags of [MSG_PEEK, MSG_PEEK | MSG_TRUNC]) {
      b.setOption(SOL_SOCKET, SO_PEEK_OFF, 20)
      expect(shown(await b.receive({ flags }))).toEqual(['KLMNOPQRSTuvwxyz', 16, false])
      b.setOption(SOL_SOCKET, SO_PEEK_OFF, 0)
      expect(text(await b.receive({ flags, size: 8 }))).toBe('01234567')
      expect(b.getOption(SOL_SOCKET, SO_PEEK_OFF)).toBe(8)
      expect(text(await b.receive({ flags }))).toBe('89abcdefghijKLMNOPQRSTuvwxyz')
    }
    expect(shown(await b.receive())).toEqual(['0123456789abcdefghijKLMNOPQRSTuvwxyz', 36, false])
    for (const one of [a, b, x, y]) await one.close()
  })
})
