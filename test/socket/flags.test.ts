/**
 * Flags: each is waited for on its own event, or refused with the reason.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/errors.ts'
import { constants } from '../../generated/constants.ts'
import { MessageSocket, type SocketType } from '../../src/index.ts'
import { outcome, tcp, text } from './helpers.ts'
import { spins } from './spinning.ts'

const {
  IPPROTO_MPTCP, NETLINK_USERSOCK, MSG_OOB, MSG_ERRQUEUE, MSG_WAITALL, MSG_WAITFORONE, MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_NOSIGNAL,
  MSG_CMSG_CLOEXEC, MSG_ZEROCOPY,
} = constants
const types: readonly SocketType[] = ['datagram', 'seqpacket', 'stream']

function connection() {
  const [a, b] = tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]
  return { a, b, [Symbol.asyncDispose]: async () => { await a.close(); await b.close() } }
}

describe('urgent data on TCP', () => {
  it('wakes a receive with MSG_OOB, even behind a plain receive', async () => {
    await using peers = connection()
    const { a, b } = peers
    const plain = b.receive()
    const urgent = b.receive({ flags: MSG_OOB })
    await a.send('!', { flags: MSG_OOB })
    expect(text(await urgent)).toBe('!')
    await a.send('plain')
    expect(text(await plain)).toBe('plain')
    // And where nobody else waits.
    const again = b.receive({ flags: MSG_OOB })
    await a.send('?', { flags: MSG_OOB })
    expect(text(await again)).toBe('?')
  })

  it('that is not received neither spins nor wakes a plain receive', async () => {
    await using peers = connection()
    const { a, b } = peers
    const plain = b.receive()
    await a.send('!', { flags: MSG_OOB })
    expect(await spins()).toBe(false)
    await a.send('plain')
    expect(text(await plain)).toBe('plain')
  })

  it('that never comes ends with the connection, or an abort', async () => {
    await using peers = connection()
    const { a, b } = peers
    const [reason, controller] = [new Error('enough'), new AbortController()]
    const aborted = outcome(b.receive({ flags: MSG_OOB, signal: controller.signal }))
    controller.abort(reason)
    expect(await aborted).toBe(reason)
    const ending = b.receive({ flags: MSG_OOB })
    await a.close()
    expect(await ending).toBeUndefined()
  })
})

it.each(types)('urgent data on a Unix %s pair arrives, or is refused', async (type) => {
  const [a, b] = MessageSocket.pair({ type })
  const sent = await outcome(a.send('!', { flags: MSG_OOB }))
  if (type !== 'stream') expect(sent).toBe('ERR_CMSG_UNSUPPORTED')
  else if (sent === 1) expect(text(await b.receive({ flags: MSG_OOB }))).toBe('!')
  else expect([sent, await outcome(b.receive({ flags: MSG_OOB }))]).toEqual(['ENOTSUP', 'ENOTSUP'])
  await a.close()
  await b.close()
})

it.each([1, 2])('urgent data on a Unix stream is not lost where %s peeks wait for it beside a plain receive', async (peeks) => {
  const [a, b] = MessageSocket.pair({ type: 'stream' })
  let data = ''
  const reading = (async () => { for await (const message of b) data += text(message)! })()
  const seen: unknown[] = []
  for (const urgent of ['S', 'T', 'U']) {
    const peeked = Array.from({ length: peeks }, () => b.receive({ flags: MSG_OOB | MSG_PEEK }))
    if (await outcome(a.send(`ab${urgent}`, { flags: MSG_OOB })) === 'ENOTSUP') break
    for (const peek of peeked) seen.push(text(await peek))
    seen.push(text(await b.receive({ flags: MSG_OOB, signal: AbortSignal.timeout(5000) })))
    expect(seen.splice(0)).toEqual(Array.from({ length: peeks + 1 }, () => urgent))
  }
  await a.close()
  await outcome(reading)
  expect(data).toMatch(/^(ab)*$/)
  await b.close()
})

/** Connected pairs of sockets without urgent data. The kernel refuses MSG_OOB on some, and ignores it on others. */
const withoutUrgent: Record<string, () => [MessageSocket, MessageSocket] | undefined> = {
  'Unix datagram': () => MessageSocket.pair({ type: 'datagram' }),
  'Unix seqpacket': () => MessageSocket.pair({ type: 'seqpacket' }),
  UDP: () => {
    const receiver = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const sender = MessageSocket.open({ family: 'inet', type: 'datagram' })
    void sender.connect(receiver.address)
    return [sender, receiver]
  },
  MPTCP: () => attempt(() => tcp(IPPROTO_MPTCP).map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket]),
}

it.each(Object.entries(withoutUrgent))('on a %s socket, MSG_OOB is refused, and no ordinary message is taken', async (_, make) => {
  const made = make()
  if (made === undefined) return // this kernel has no MPTCP
  const [a, b] = made
  await a.send('ordinary')
  const refused = expect.objectContaining({
    code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringMatching(/MSG_OOB: only stream sockets/) as string,
  }) as Error
  const flags = MSG_OOB
  for (const socket of [a, b]) {
    await expect(socket.receive({ flags })).rejects.toThrow(refused)
    expect(() => socket.receiveNow({ flags: flags | MSG_PEEK })).toThrow(refused)
    expect(() => socket.receiveSync({ flags, timeout: 1 })).toThrow(refused)
    await expect(socket.send('!', { flags })).rejects.toThrow(refused)
    await expect(socket.sendMany([{ data: '!', flags }])).rejects.toThrow(refused)
    expect(() => socket.sendNow('!', { flags })).toThrow(refused)
  }
  expect(text(await b.receive())).toBe('ordinary')
  expect(b.receiveNow()).toBeUndefined()
  await a.close()
  await b.close()
})

it('MSG_ERRQUEUE on netlink is refused: the kernel would return an ordinary message', async () => {
  await using socket = MessageSocket.open({ family: 'netlink', type: 'raw' })
  await expect(socket.receive({ flags: MSG_ERRQUEUE })).rejects.toMatchObject({ code: 'ERR_CMSG_UNSUPPORTED' })
})

it('an overflow of a netlink socket is reported to a receive, not taken for a report of its error queue', async () => {
  // Other processes may use the protocol at the same time.
  const to = { portId: 0, groups: 1 << (1 + process.pid % 30) }
  const netlink = { type: 'raw', protocol: NETLINK_USERSOCK } as const
  const receiver = attempt(() => MessageSocket.bind(to, { ...netlink, recvBufferSize: 4096 }))
  if (receiver === undefined) return // not permitted
  const sender = MessageSocket.open({ ...netlink, family: 'netlink' })
  // The multicast is sent although no socket has the port 0.
  const multicast = (number: number): void => { attempt(() => sender.sendNow(`${process.pid} ${number}`, { to })) }
  const waiting = receiver.receive()
  multicast(0)
  await waiting
  for (let i = 1; i < 100; i++) multicast(i)
  await new Promise((resolve) => { setTimeout(resolve, 20) })
  const next = (): string | undefined => {
    try {
      return text(receiver.receiveNow())
    } catch (error) {
      return (error as NodeJS.ErrnoException).code
    }
  }
  const received: string[] = []
  for (let one = next(); one !== undefined; one = next()) received.push(one)
  expect(received).toEqual(expect.arrayContaining(['ENOBUFS', `${process.pid} 1`]))
  await receiver.close()
  await sender.close()
})

describe.each(types)('on a Unix %s socket', (type) => {
  it('MSG_ERRQUEUE is refused, ended or not: it has no error queue', async () => {
    const [a, b] = MessageSocket.pair({ type })
    const refused = expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }) as Error
    await expect(b.receive({ flags: MSG_ERRQUEUE })).rejects.toThrow(refused)
    await a.send('data')
    await expect(b.receive({ flags: MSG_ERRQUEUE })).rejects.toThrow(refused)
    await a.close()
    await expect(b.receive({ flags: MSG_ERRQUEUE })).rejects.toThrow(refused)
    expect(() => b.receiveNow({ flags: MSG_ERRQUEUE })).toThrow(refused)
    expect(text(await b.receive())).toBe('data')
    await b.close()
  })

  it('invalid flags are refused with the reason, and no message is taken', async () => {
    const [a, b] = MessageSocket.pair({ type })
    await a.send('data')
    const refused = (message: RegExp): Error =>
      expect.objectContaining({ code: 'ERR_CMSG_OUT_OF_RANGE', message: expect.stringMatching(message) as string }) as Error
    for (const [flags, message] of [
      [MSG_WAITALL, /MSG_WAITALL: .*receive until there are enough/], [MSG_ZEROCOPY, /0x4000000/],
      [MSG_WAITFORONE, /MSG_WAITFORONE: receiveMany/], [0x800, /0x800: expected a combination of MSG_PEEK, MSG_TRUNC/],
      [MSG_PEEK | 0x800, /0x800/],
    ] as const) {
      await expect(b.receive({ flags })).rejects.toThrow(refused(message))
      expect(() => b.receiveNow({ flags })).toThrow(refused(message))
      expect(() => b.receiveSync({ flags } as never)).toThrow(refused(message))
    }
    for (const flags of [MSG_WAITALL, MSG_PEEK, 0x100000]) {
      await expect(a.send('x', { flags })).rejects.toThrow(refused(/flags|MSG_WAITALL/))
    }
    expect(text(await b.receive({ flags: MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC | MSG_TRUNC }))).toBe('data')
    expect(b.receiveNow()).toBeUndefined()
    await a.close()
    await b.close()
  })
})

describe.each(['TCP', 'a Unix stream'])('urgent data of %s', (kind) => {
  const make = (): [MessageSocket, MessageSocket] => (kind === 'TCP'
    ? tcp().map((fd) => MessageSocket.adopt(fd)) as [MessageSocket, MessageSocket] : MessageSocket.pair({ type: 'stream' }))
  const signal = (): AbortSignal => AbortSignal.timeout(2000)

  it('is reported to a receive without room for it, and later bytes arrive', async () => {
    const [a, b] = make()
    await a.send('!', { flags: constants.MSG_OOB })
    const first = (await b.receive({ flags: constants.MSG_OOB, size: 0, signal: signal() }))!
    expect([String(first.data), first.length, first.truncated]).toEqual(['', 1, true])
    const second = b.receive({ flags: constants.MSG_OOB, signal: signal() })
    await a.send('?', { flags: constants.MSG_OOB })
    expect(String((await second)?.data)).toBe('?')
    for (const one of [a, b]) await one.close()
  })

  it('is refused while it is in line with other data', async () => {
    const [a, b] = make()
    b.setOption(constants.SOL_SOCKET, constants.SO_OOBINLINE, 1)
    await expect(b.receive({ flags: constants.MSG_OOB })).rejects.toMatchObject({
      code: 'ERR_CMSG_UNSUPPORTED', message: expect.stringContaining('SO_OOBINLINE'),
    })
    expect(() => b.receiveNow({ flags: constants.MSG_OOB })).toThrow('SO_OOBINLINE')
    expect(() => b.receiveSync({ flags: constants.MSG_OOB })).toThrow('SO_OOBINLINE')
    await a.send('!', { flags: constants.MSG_OOB })
    expect(String((await b.receive())?.data)).toBe('!')
    b.setOption(constants.SOL_SOCKET, constants.SO_OOBINLINE, 0)
    const urgent = b.receive({ flags: constants.MSG_OOB, signal: signal() })
    await a.send('?', { flags: constants.MSG_OOB })
    expect(String((await urgent)?.data)).toBe('?')
    for (const one of [a, b]) await one.close()
  })

  it('a receive with size 0 finds the end of the stream, but only after its data', async () => {
    const [a, b] = make()
    await a.send('data')
    await a.close()
    expect((await b.receive({ size: 0, signal: signal() }))?.length).toBe(0)
    expect(b.ended).toBe(false)
    expect(String((await b.receive())?.data)).toBe('data')
    expect(await b.receive({ size: 0, signal: signal() })).toBeUndefined()
    expect(b.ended).toBe(true)
    await b.close()
  })
})
