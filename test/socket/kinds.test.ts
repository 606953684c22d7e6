/**
 * Kinds on sockets: what is asked for comes, from any peer and on accepted sockets too; what cannot come, or would be
 * dropped, is refused.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  MessageSocket, constants, credentials, dccpPriority, defineControlMessage, fragmentSize6, hopLimit, inq, mark, originalDestination6,
  packetInfo, packetInfo6, priority, rawControl, recvErr, recvErr6, rights, sctpAuthInfo, sctpDestination4, sctpInit, sctpPrInfo,
  sctpReceiveInfo, sctpSendInfo, segmentSize, tcpInq, timestamp, timestampNs, timestamping, timestampingStats, tos, trafficClass, ttl,
  type AnyControlMessage, type InetAddress, type SocketType,
} from '../../src/index.ts'
import { close, dup, sendmsg, setsockopt, socketpair } from '../../src/libc.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'

const c = constants
const until = (socket: Disposable): void => onTestFinished(() => { socket[Symbol.dispose]() })
const unsupported = expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }) as Error

describe('an IPv6 socket receives the same kinds from IPv6 and IPv4-mapped peers', () => {
  const peers = [['IPv6', '::1'], ['IPv4', '127.0.0.1']] as const

  it.each([
    ['hopLimit', hopLimit, 64], ['ttl', ttl, 64], ['trafficClass', trafficClass, 0], ['tos', tos, 0],
    ['packetInfo', packetInfo, expect.objectContaining({ interfaceIndex: 1 })],
    ['packetInfo6', packetInfo6, expect.objectContaining({ interfaceIndex: 1 })],
    ['originalDestination6', originalDestination6, expect.objectContaining({ port: expect.any(Number) as number })],
  ] as [string, AnyControlMessage, unknown][])('%s', async (_, kind, expected) => {
    using server = MessageSocket.bind({ address: '::', port: 0 }, { type: 'datagram', receive: [kind] })
    const { port } = server.address as InetAddress
    for (const [family, address] of peers) {
      using client = MessageSocket.open({ family: family === 'IPv6' ? 'inet6' : 'inet', type: 'datagram' })
      await client.send('x', { to: { address, port } })
      using message = await server.receive()
      expect(message!.get(kind), family).toEqual(expected)
      expect(message!.getAll(kind), family).toHaveLength(1)
      expect(message!.controlTruncated).toBe(false)
    }
  })

  it('fragmentSize6 is accepted', () => {
    using _socket = MessageSocket.bind({ address: '::', port: 0 }, { type: 'datagram', receive: [fragmentSize6] })
  })

  it.each([['recvErr', recvErr], ['recvErr6', recvErr6]] as [string, AnyControlMessage][])('%s', async (_, kind) => {
    using client = MessageSocket.bind({ address: '::', port: 0 }, { type: 'datagram', receive: [kind] })
    for (const address of ['::1', '::ffff:127.0.0.1']) {
      const gone = MessageSocket.bind({ address, port: 0 }, { type: 'datagram' })
      const to = gone.address
      await gone.close()
      await client.send('x', { to })
      using report = await client.receive({ flags: c.MSG_ERRQUEUE })
      expect(report!.get(kind), address).toMatchObject({ name: 'ECONNREFUSED' })
    }
  })
})

describe('accepted sockets receive the kinds of their listener', () => {
  it.each([
    ['seqpacket', [credentials, timestampNs]], ['stream', [credentials, inq]],
  ] as [SocketType, AnyControlMessage[]][])('Unix %s', async (type, receive) => {
    await using server = MessageSocket.bind({ abstract: `cmsg-socket-kinds-${process.pid}-${type}` }, { type, receive })
    await using client = await MessageSocket.connect(server.address, { type })
    await using accepted = await server.accept()
    await client.send('hello')
    using message = await accepted.receive()
    for (const kind of receive) expect(message!.get(kind), kind.kind).toBeDefined()
    expect(message!.controlTruncated).toBe(false)
  })

  it('on TCP: a kind that only connections have, on both ends', async () => {
    const receive = [recvErr, timestamping, timestampingStats]
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream', receive })
    await using client = await MessageSocket.connect(server.address, { type: 'stream', receive })
    await using accepted = await server.accept()
    const value = timestamping.receive!.value! | timestampingStats.receive!.value!
    for (const socket of [client, accepted]) expect(socket.getOption(c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD)).toBe(value)
  })
})

describe('kinds that cannot arrive are refused, without a leak', () => {
  it.each([
    ['inq on datagrams', () => MessageSocket.pair({ type: 'datagram', receive: [inq] })],
    ['inq on seqpacket', () => MessageSocket.open({ family: 'unix', type: 'seqpacket', receive: [inq] })],
    ['timestampNs on a stream', () => MessageSocket.pair({ type: 'stream', receive: [timestampNs] })],
    ['timestamping alone', () => MessageSocket.pair({ type: 'datagram', receive: [timestamping] })],
    ['two of one slot', () => MessageSocket.pair({ type: 'datagram', receive: [timestamp, timestampNs] })],
    ['sctpReceiveInfo on TCP', () => MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream', receive: [sctpReceiveInfo] })],
    ['tcpInq on UDP', () => MessageSocket.open({ family: 'inet6', type: 'datagram', receive: [tcpInq] })],
    ['ttl on TCP', () => MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream', receive: [ttl] })],
  ] as [string, () => unknown][])('%s', (_, make) => {
    const before = openDescriptors()
    expect(make).toThrow(unsupported)
    expect(newDescriptors(before)).toEqual([])
  })

  it('a definition without a size, wherever a socket is made', () => {
    const none = Object.assign(() => undefined, {
      kind: 'none', level: 500, type: 1, minSize: 0, decode: () => 1, receive: {},
    }) as unknown as AnyControlMessage
    const throwing = defineControlMessage({
      kind: 'throwing', level: 500, type: 1, layout: (): never => { throw new Error('no such layout') }, receive: {},
    })
    const before = openDescriptors()
    for (const receive of [[none], [throwing]]) {
      for (const make of [
        () => MessageSocket.open({ family: 'unix', type: 'datagram', receive }), () => MessageSocket.pair({ type: 'stream', receive }),
        () => MessageSocket.bind({ unnamed: true }, { type: 'datagram', receive }),
      ]) expect(make).toThrow(expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }))
    }
    expect(newDescriptors(before)).toEqual([])
  })

  it('a layout that throws for a received message is harmless', async () => {
    const throwing = defineControlMessage({
      kind: 'throwing', level: c.SOL_SOCKET, type: c.SCM_CREDENTIALS, family: 'unix',
      layout: (): never => { throw new Error('no such layout') }, receive: { size: 12, option: c.SO_PASSCRED },
    })
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [throwing] })
    until(a)
    until(b)
    await a.send('x')
    using message = await b.receive()
    expect(message!.get(throwing)).toBeUndefined()
    expect(message!.control).toMatchObject([{ kind: 'unknown', error: { message: 'no such layout' } }])
  })
})

describe('no kind that was asked for is pushed out of the control buffer', () => {
  it('by options that an adopted socket already has', async () => {
    const [a, b] = socketpair(c.AF_UNIX, c.SOCK_DGRAM)
    onTestFinished(() => { close(a) })
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    using socket = MessageSocket.adopt(b, { receive: [credentials] })
    sendmsg(a, { buffers: [Buffer.from('x')] })
    using message = await socket.receive()
    expect(message!.get(credentials)).toMatchObject({ pid: process.pid })
  })

  it('by options set with setOption', async () => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
    until(a)
    until(b)
    b.setOption(c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    await a.send('x')
    using message = await b.receive()
    expect(message!.get(credentials)).toMatchObject({ pid: process.pid })
    expect(message!.controlTruncated).toBe(false)
  })

  it.each([0, 40, 1100])('by options that another holder sets, from the second message on, after %s with descriptors', async (before) => {
    const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
    until(a)
    until(b)
    const other = dup(b.fd)
    onTestFinished(() => { close(other) })
    for (let i = 0; i < before; i++) {
      await a.send('truncated by the sender', { control: [rights([other])] })
      using message = await b.receive()
      expect(message!.controlTruncated).toBe(true)
    }
    setsockopt(other, c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    await a.send('first')
    using first = await b.receive()
    expect(first!.controlTruncated).toBe(true)
    await a.send('second')
    using second = await b.receive()
    expect(second!.get(credentials)).toMatchObject({ pid: process.pid })
  })
})

describe('control messages that the kernel would drop are refused', () => {
  it('on TCP', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    for (const item of [ttl(5), tos(1), mark(1), priority(1), packetInfo({}), rawControl(c.SOL_IP, c.IP_TTL, new Uint8Array(4))]) {
      await expect(client.send('x', { control: [item] }), item.kind).rejects.toThrow(unsupported)
    }
  })

  it('as those of another protocol are, if the protocol is the usual one', async () => {
    await using server = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'stream' })
    await using client = await MessageSocket.connect(server.address, { type: 'stream' })
    await using accepted = await server.accept()
    using udp = MessageSocket.bind({ address: '::1', port: 0 }, { type: 'datagram' })
    const streams = [sctpInit({}), sctpSendInfo({}), sctpPrInfo({}), sctpAuthInfo({ keyNumber: 0 }), sctpDestination4('127.0.0.1')]
    for (const item of [...streams, dccpPriority(1), segmentSize(1000)]) {
      for (const socket of [client, accepted!]) await expect(socket.send('x', { control: [item] }), item.kind).rejects.toThrow(unsupported)
    }
    for (const item of [...streams, dccpPriority(1)]) {
      await expect(udp.send('x', { to: udp.address, control: [item] }), item.kind).rejects.toThrow(unsupported)
    }
    await udp.send('x', { to: udp.address, control: [segmentSize(1000)] })
  })

  it('depending on the destination: an address, or the peer of a connected socket', async () => {
    using open = MessageSocket.open({ family: 'inet6', type: 'datagram' })
    const [v6, mapped] = ['::1', '::ffff:127.0.0.1'].map((address) => ({ address, port: 9 })) as [InetAddress, InetAddress]
    for (const item of [hopLimit(5), trafficClass(1)]) {
      await expect(open.send('x', { to: mapped, control: [item] })).rejects.toThrow(unsupported)
      await open.send('x', { to: v6, control: [item] })
    }
    for (const item of [ttl(5), tos(1)]) {
      await expect(open.send('x', { to: v6, control: [item] })).rejects.toThrow(unsupported)
      await open.send('x', { to: mapped, control: [item] })
    }
    using receiver = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    await using connected = await MessageSocket.connect({ address: '::ffff:127.0.0.1', port: (receiver.address as InetAddress).port }, {
      type: 'datagram',
    })
    await expect(connected.send('x', { control: [hopLimit(5)] })).rejects.toThrow(unsupported)
    await connected.send('x', { control: [ttl(5)] })
  })
})

it('credentials of a Unix socket that had SO_PASSCRED on are passed on as the kernel gives them', async () => {
  const adopted = (asked: boolean): MessageSocket<typeof credentials> => {
    const [a, b] = socketpair(c.AF_UNIX, c.SOCK_DGRAM)
    // Nobody has asked for credentials yet: of this message the kernel has none.
    sendmsg(a, { buffers: [Buffer.from('x')] })
    close(a)
    if (asked) setsockopt(b, c.SOL_SOCKET, c.SO_PASSCRED, 1)
    return MessageSocket.adopt(b, { receive: [credentials] })
  }
  using before = adopted(true)
  using first = await before.receive()
  expect(first!.get(credentials)).toMatchObject({ pid: 0 })
  using now = adopted(false)
  using second = await now.receive()
  expect(second!.get(credentials)).toBeUndefined()
})
