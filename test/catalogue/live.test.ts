/**
 * Every kind that this kernel can produce, on real sockets. One that it has not got (an option too new, a module that is
 * absent) is skipped with the reason.
 */
import { spawnSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  CMSG_SPACE, constants, credentials, decodeAddress, decodeControl, dontFragment, encodeAddress, encodeControl, flowInfo, fragmentSize,
  fragmentSize6, gro, hopLimit, inq, ipOptions, mark, netlinkPacketInfo, originalDestination, originalDestination6, packetAuxdata,
  packetInfo, packetInfo6, pidfd, priority, protocol, rawControl, recvErr, recvErr6, returnOptions, rights, rxqOverflow, security,
  segmentSize, tcpInq, timestamp, timestampId, timestamping, timestampingNew, timestampNew, timestampNs, timestampNsNew, tos, trafficClass,
  ttl, txTime, vsockRecvErr, type AnyControlMessage, type ControlItem, type DecodedControl, type Family, type InetAddress, type ValueOf,
} from '../../src/codec.ts'
import {
  SystemError, accept4, bind, close, connect, getsockname, listen, poll, recvmsg, sendmsg, setsockopt, socket, socketpair,
} from '../../src/libc.ts'
import { withPeer } from '../support/peers.ts'

const c = constants
const bytes = (text: string): Buffer => Buffer.from(text)
const owned = (fd: number): number => {
  onTestFinished(() => close(fd))
  return fd
}

/** A socket that asks for kinds. Where the kernel has not got one, the test ends here and is skipped. */
function asking(context: { skip(note?: string): void }, fd: number, ...kinds: readonly AnyControlMessage[]): number {
  for (const { kind, level, receive } of kinds) {
    if (receive?.option === undefined) continue
    try {
      setsockopt(fd, receive.optionLevel ?? level, receive.option, receive.value ?? 1)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOPROTOOPT') context.skip(`this kernel has no ${kind}`)
      throw error
    }
  }
  return fd
}

function receive<D extends AnyControlMessage>(
  fd: number, family: Family, kinds: readonly D[], flags = 0,
): { control: DecodedControl<D>[]; data: Buffer; flags: number } {
  const room = kinds.reduce((sum, { receive }) => sum + CMSG_SPACE(receive!.size), 0)
  const { control, data, flags: got } = recvmsg(fd, { controlSize: room, size: 70_000 }, flags)
  return { control: decodeControl(control, { definitions: kinds, family }), data, flags: got }
}
const get = <D extends AnyControlMessage>(messages: readonly DecodedControl<AnyControlMessage>[], { kind }: D): ValueOf<D> | undefined =>
  (messages.find((message) => message.kind === kind) as { value: ValueOf<D> } | undefined)?.value

const send = (fd: number, control: readonly ControlItem[], to?: InetAddress, data = 'x'): number =>
  sendmsg(fd, { buffers: [bytes(data)], control: encodeControl(control), ...(to === undefined ? {} : { name: encodeAddress(to) }) })

describe.each([['datagram', c.SOCK_DGRAM], ['seqpacket', c.SOCK_SEQPACKET]] as const)('AF_UNIX %s', (_, type) => {
  // SO_TIMESTAMPING alone makes nobody take the time of a message of AF_UNIX: SO_TIMESTAMPNS does.
  it.each([
    ['timestamp', [timestamp]], ['timestampNs', [timestampNs]], ['timestamping', [timestamping, timestampNs]],
    ['timestampNew', [timestampNew]],
    ['timestampNsNew', [timestampNsNew]], ['timestampingNew', [timestampingNew, timestampNsNew]],
  ] as [string, AnyControlMessage[]][])('delivers %s', (_, kinds) => {
    const [a, b] = socketpair(c.AF_UNIX, type, 0)
    owned(a)
    owned(b)
    for (const { level, receive } of kinds) setsockopt(b, level, receive!.option!, receive!.value ?? 1)
    const before = BigInt(Date.now()) * 1_000_000n
    send(a, [])
    const value = get(receive(b, 'unix', kinds).control, kinds[0]!) as { ns?: bigint; software?: { ns: bigint } }
    const ns = value.ns ?? value.software!.ns
    expect(Number(ns - before) / 1e9).toBeGreaterThan(-0.01)
    expect(Number(ns - before) / 1e9).toBeLessThan(5)
  })

  it('delivers credentials, rights, pidfd and security together, in the kernel\'s order', (context) => {
    const [a, b] = socketpair(c.AF_UNIX, type, 0)
    owned(a)
    const kinds = [timestampNs, credentials, security, rights, pidfd] as const
    asking(context, owned(b), ...kinds)
    send(a, [rights([a, b])])
    const { control } = receive(b, 'unix', kinds)
    const order = control.map(({ kind }) => kind)
    expect(order.filter((kind) => kind !== 'security')).toEqual(['timestampNs', 'credentials', 'rights', 'pidfd'])
    expect(get(control, credentials)).toEqual({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })
    const fds = get(control, rights)!
    expect(fds).toHaveLength(2)
    for (const fd of [...fds, get(control, pidfd)!]) close(fd)
    if (order.includes('security')) expect(get(control, security)).toMatch(/\S/)
  })
})

it('AF_UNIX stream delivers inq, the number of bytes left', (context) => {
  const [a, b] = socketpair(c.AF_UNIX, c.SOCK_STREAM, 0)
  owned(a)
  asking(context, owned(b), inq)
  send(a, [], undefined, 'abcdefgh')
  const { control } = recvmsg(b, { size: 3, controlSize: CMSG_SPACE(4) })
  expect(decodeControl(control, { family: 'unix' })).toMatchObject([{ kind: 'inq', value: 5 }])
})

/** A pair of UDP sockets on loopback, the second of which asks. */
function udp(
  context: { skip(note?: string): void }, family: number, host: string, ...kinds: readonly AnyControlMessage[]
): { a: number; b: number; to: InetAddress; from: InetAddress } {
  const [a, b] = [0, 0].map(() => owned(socket(family, c.SOCK_DGRAM, 0))) as [number, number]
  for (const fd of [a, b]) bind(fd, encodeAddress({ address: host, port: 0 }))
  asking(context, b, ...kinds)
  const [from, to] = [a, b].map((fd) => decodeAddress(getsockname(fd)) as InetAddress) as [InetAddress, InetAddress]
  return { a, b, to, from }
}

describe('UDP over IPv4', () => {
  it('delivers packet info, TTL, TOS and original destination as they were sent', (context) => {
    const kinds = [packetInfo, ttl, tos, originalDestination] as const
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1', ...kinds)
    send(a, [ttl(42), tos(0x10)], to)
    const { control } = receive(b, 'inet', kinds)
    expect(get(control, packetInfo)).toEqual({ interfaceIndex: 1, localAddress: '127.0.0.1', address: '127.0.0.1' })
    expect(get(control, ttl)).toBe(42)
    expect(get(control, tos)).toBe(0x10)
    expect(get(control, originalDestination)).toEqual(to)
  })

  it('sends from the address in the packet info, so that a reply comes from the address of the request', (context) => {
    const { b, to } = udp(context, c.AF_INET, '0.0.0.0', packetInfo)
    const a = owned(socket(c.AF_INET, c.SOCK_DGRAM, 0))
    bind(a, encodeAddress({ address: '0.0.0.0', port: 0 }))
    send(a, [packetInfo({ localAddress: '127.0.0.3' })], { address: '127.0.0.2', port: to.port })
    const { name, control } = recvmsg(b, { controlSize: CMSG_SPACE(12) })
    const from = decodeAddress(name) as InetAddress
    expect(from.address).toBe('127.0.0.3')
    const info = get(decodeControl(control, { family: 'inet' }), packetInfo)!
    expect(info).toMatchObject({ localAddress: '127.0.0.2', address: '127.0.0.2' })
    send(b, [packetInfo(info)], from)
    expect(decodeAddress(recvmsg(a).name)).toMatchObject({ address: '127.0.0.2', port: to.port })
  })

  it('delivers the options of the header, and those for a reply', (context) => {
    const kinds = [ipOptions, returnOptions] as const
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1', ...kinds)
    const noop = Uint8Array.of(1, 1, 1, 0)
    send(a, [returnOptions(noop)], to)
    const { control } = receive(b, 'inet', kinds)
    expect(get(control, ipOptions)).toEqual(noop)
    expect(control.some(({ kind }) => kind === 'returnOptions')).toBe(true)
  })

  it('reports an error from a closed port, with the reporting address', (context) => {
    const { a, to } = udp(context, c.AF_INET, '127.0.0.1')
    asking(context, a, recvErr)
    const gone = owned(socket(c.AF_INET, c.SOCK_DGRAM, 0))
    bind(gone, encodeAddress({ address: '127.0.0.1', port: 0 }))
    const closed = { ...to, port: (decodeAddress(getsockname(gone)) as InetAddress).port }
    connect(gone, encodeAddress({ address: '127.0.0.1', port: 9 })) // takes nothing from others any more
    send(a, [], closed)
    poll([{ fd: a, events: 0 }], 2000)
    const { control, flags, data } = receive(a, 'inet', [recvErr], c.MSG_ERRQUEUE)
    expect(flags & c.MSG_ERRQUEUE).toBe(c.MSG_ERRQUEUE)
    expect(data.toString()).toBe('x')
    expect(get(control, recvErr)).toEqual({
      errno: c.ECONNREFUSED, name: 'ECONNREFUSED', origin: 'icmp', type: 3, code: 3, info: 0, data: 0,
      offender: { address: '127.0.0.1', port: 0 },
    })
  })

  it('delivers transmit timestamps, each with its id', (context) => {
    const { a, to } = udp(context, c.AF_INET, '127.0.0.1')
    setsockopt(a, c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD, c.SOF_TIMESTAMPING_SOFTWARE | c.SOF_TIMESTAMPING_OPT_ID)
    send(a, [timestamping(c.SOF_TIMESTAMPING_TX_SOFTWARE)], to)
    poll([{ fd: a, events: 0 }], 2000)
    const kinds = [timestamping, recvErr] as const
    const { control } = receive(a, 'inet', kinds, c.MSG_ERRQUEUE)
    expect(get(control, recvErr)).toMatchObject({ errno: c.ENOMSG, origin: 'timestamping', info: c.SCM_TSTAMP_SND, data: 0 })
    expect(Number(get(control, timestamping)!.software!.ns / 1_000_000n) / Date.now()).toBeCloseTo(1, 5)

    try {
      send(a, [timestamping(c.SOF_TIMESTAMPING_TX_SOFTWARE), timestampId(4711)], to)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EINVAL') return // before 6.13
      throw error
    }
    poll([{ fd: a, events: 0 }], 2000)
    expect(get(receive(a, 'inet', kinds, c.MSG_ERRQUEUE).control, recvErr)).toMatchObject({ data: 4711 })
  })

  it('divides data into segments by GSO, and reports their size by GRO', (context) => {
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1', gro)
    send(a, [segmentSize(4)], to, 'aaaabbbbcc')
    const { control, data } = receive(b, 'inet', [gro])
    if (data.length === 10) expect(get(control, gro)).toBe(4)
    else expect(data.toString()).toBe('aaaa')
  })

  it('reports the number of packets dropped because the buffer was full', (context) => {
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1', rxqOverflow)
    setsockopt(b, c.SOL_SOCKET, c.SO_RCVBUF, 1)
    for (let i = 0; i < 20; i++) send(a, [], to, 'y'.repeat(1000))
    let dropped: number | undefined
    for (let i = 0; i < 20 && dropped === undefined; i++) {
      try {
        dropped = get(receive(b, 'inet', [rxqOverflow], c.MSG_DONTWAIT).control, rxqOverflow)
      } catch {
        send(a, [], to)
      }
    }
    expect(dropped).toBeGreaterThan(0)
  })

  it('accepts txtime only with its option', (context) => {
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1')
    expect(() => send(a, [txTime(1n)], to)).toThrow(/EINVAL/)
    const option = new Uint8Array(8)
    new DataView(option.buffer).setInt32(0, c.CLOCK_MONOTONIC, true)
    try {
      setsockopt(a, c.SOL_SOCKET, c.SO_TXTIME, option)
    } catch (error) {
      return context.skip(String(error))
    }
    send(a, [txTime(process.hrtime.bigint())], to)
    expect(recvmsg(b).data.toString()).toBe('x')
  })

  it('accepts a protocol, without an effect', (context) => {
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1')
    try {
      send(a, [protocol(c.IPPROTO_UDP)], to)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EINVAL') context.skip('this kernel has no IP_PROTOCOL')
      throw error
    }
    expect(recvmsg(b).data.toString()).toBe('x')
  })

  withPeer('root', 'as root', () => {
    it('reports the size of fragments', (context) => {
      const { b, to } = udp(context, c.AF_INET, '127.0.0.1', fragmentSize)
      const raw = owned(socket(c.AF_INET, c.SOCK_RAW, c.IPPROTO_RAW))
      // A datagram in two fragments, of 36 and of 28 bytes: RFC 791 and 768 by hand.
      const datagram = Uint8Array.of(0, 9, to.port >> 8, to.port & 0xff, 0, 24, 0, 0, ...bytes('fragments are it'))
      for (const [start, end, more] of [[0, 16, 0x20], [16, 24, 0]] as const) {
        const part = datagram.subarray(start, end)
        const head =
          Uint8Array.of(0x45, 0, 0, 20 + part.length, 0x12, 0x34, more, start / 8, 64, c.IPPROTO_UDP, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1)
        sendmsg(raw, { buffers: [head, part], name: encodeAddress({ address: '127.0.0.1', port: 0 }) })
      }
      const { control, data } = receive(b, 'inet', [fragmentSize])
      expect(data.toString()).toBe('fragments are it')
      expect(get(control, fragmentSize)).toBe(36)
    })

    it('delivers mark and priority', (context) => {
      const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1', mark, priority)
      send(a, [mark(0xabcd), priority(7)], to)
      const { control } = receive(b, 'inet', [mark, priority])
      expect(get(control, mark)).toBe(0xabcd)
      expect(get(control, priority)).toBe(7)
    })
  })
})

describe('UDP over IPv6', () => {
  it('delivers packet info, hop limit, traffic class, flow information and original destination', (context) => {
    const kinds = [packetInfo6, hopLimit, trafficClass, flowInfo, originalDestination6] as const
    const { a, b, to } = udp(context, c.AF_INET6, '::1', ...kinds)
    send(a, [packetInfo6({ address: '::1' }), hopLimit(42), trafficClass(0x10), dontFragment(true)], to)
    const { control } = receive(b, 'inet6', kinds)
    expect(get(control, packetInfo6)).toEqual({ interfaceIndex: 1, address: '::1' })
    expect(get(control, hopLimit)).toBe(42)
    expect(get(control, trafficClass)).toBe(0x10)
    expect(get(control, originalDestination6)).toEqual(to)
    if (get(control, flowInfo) !== undefined) expect(get(control, flowInfo)! >>> 20 & 0xff).toBe(0x10)
  })

  it('reports an error from a closed port, with the reporting address', (context) => {
    const { a } = udp(context, c.AF_INET6, '::1')
    asking(context, a, recvErr6)
    const gone = owned(socket(c.AF_INET6, c.SOCK_DGRAM, 0))
    bind(gone, encodeAddress({ address: '::1', port: 0 }))
    const closed = decodeAddress(getsockname(gone)) as InetAddress
    connect(gone, encodeAddress({ address: '::1', port: 9 }))
    send(a, [], closed)
    poll([{ fd: a, events: 0 }], 2000)
    expect(get(receive(a, 'inet6', [recvErr6], c.MSG_ERRQUEUE).control, recvErr6)).toMatchObject({
      name: 'ECONNREFUSED', origin: 'icmp6', type: c.ICMPV6_DEST_UNREACH, code: c.ICMPV6_PORT_UNREACH,
      offender: { address: '::1', port: 0 },
    })
  })

  it('delivers the kinds of IPv4 for IPv4 peers on a dual-stack socket', (context) => {
    const kinds = [packetInfo6, packetInfo, ttl] as const
    const b = owned(socket(c.AF_INET6, c.SOCK_DGRAM, 0))
    bind(b, encodeAddress({ address: '::', port: 0 }))
    asking(context, b, ...kinds)
    const a = owned(socket(c.AF_INET, c.SOCK_DGRAM, 0))
    send(a, [ttl(9)], { address: '127.0.0.1', port: (decodeAddress(getsockname(b)) as InetAddress).port })
    const { control } = receive(b, 'inet6', kinds)
    expect(get(control, packetInfo6)!.address).toBe('::ffff:127.0.0.1')
    expect(get(control, packetInfo)!.localAddress).toBe('127.0.0.1')
    expect(get(control, ttl)).toBe(9)
  })

  it('reports the size of fragments', (context) => {
    const { a, b, to } = udp(context, c.AF_INET6, '::1', fragmentSize6)
    setsockopt(b, c.SOL_SOCKET, c.SO_RCVBUF, 1 << 20)
    // With its headers more than the 65536 bytes that loopback takes.
    send(a, [], to, 'z'.repeat(65_520))
    const { control, data } = receive(b, 'inet6', [fragmentSize6])
    expect(data).toHaveLength(65_520)
    // Of fragments of 65536 and 88 bytes the kernel says 88: it counts in 16 bits.
    expect(get(control, fragmentSize6)).toBeGreaterThan(0)
  })
})

it('TCP delivers tcpInq, the number of bytes left', (context) => {
  const server = owned(socket(c.AF_INET, c.SOCK_STREAM, 0))
  bind(server, encodeAddress({ address: '127.0.0.1', port: 0 }))
  listen(server, 1)
  const a = owned(socket(c.AF_INET, c.SOCK_STREAM, 0))
  connect(a, getsockname(server))
  const b = asking(context, owned(accept4(server).fd), tcpInq)
  send(a, [], undefined, 'abcdefgh')
  poll([{ fd: b, events: c.POLLIN }], 2000)
  const { control } = recvmsg(b, { size: 3, controlSize: CMSG_SPACE(4) })
  expect(decodeControl(control, { family: 'inet' })).toMatchObject([{ kind: 'tcpInq', value: 5 }])
})

it('netlink delivers the group of a message, and the credentials of the kernel', (context) => {
  const fd = owned(socket(c.AF_NETLINK, c.SOCK_RAW, c.NETLINK_ROUTE))
  asking(context, fd, netlinkPacketInfo, credentials)
  // struct nlmsghdr and struct rtgenmsg: RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP
  const request = new Uint8Array(20)
  const view = new DataView(request.buffer)
  view.setUint32(0, 20, true)
  view.setUint16(4, 18, true)
  view.setUint16(6, 0x301, true)
  sendmsg(fd, { buffers: [request] })
  const { control } = receive(fd, 'netlink', [netlinkPacketInfo, credentials])
  expect(get(control, netlinkPacketInfo)).toEqual({ group: 0 })
  expect(get(control, credentials)).toEqual({ pid: 0, uid: 0, gid: 0 })
})

withPeer(['root', 'python3'], 'a packet socket', () => {
  it('delivers the lengths and headers of a packet, as to Python', (context) => {
    const { a, b, to } = udp(context, c.AF_INET, '127.0.0.1')
    const program = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(('lo', 3))
s.setsockopt(${c.SOL_PACKET}, ${c.PACKET_AUXDATA}, 1)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.sendto(b'to be captured', ('127.0.0.1', ${to.port}))
while True:
    data, control, flags, name = s.recvmsg(2048, 256)
    if data.endswith(b'to be captured'):
        print(len(data), *(f'{level}:{type}:{bytes.hex()}' for level, type, bytes in control))
        break
`
    const { stdout, stderr } = spawnSync('python3', ['-c', program], { encoding: 'utf8', timeout: 10_000 })
    expect(stderr).toBe('')
    const [length, ...messages] = stdout.trim().split(' ')
    const items =
      messages.map((text) => text.split(':')).map(([level, type, hex]) => rawControl(Number(level), Number(type), Buffer.from(hex!, 'hex')))
    expect(get(decodeControl(encodeControl(items), { family: 'packet' }), packetAuxdata)).toMatchObject({
      length: Number(length), captured: Number(length), mac: expect.any(Number), net: expect.any(Number),
    })
    expect([a, b]).toHaveLength(2)
  })
})

describe('vsock', () => {
  it('loops back data without control messages', (context) => {
    let fd: number
    try {
      fd = owned(socket(c.AF_VSOCK, c.SOCK_STREAM, 0))
    } catch (error) {
      return context.skip(String(error))
    }
    // struct sockaddr_vm: port 4711, VMADDR_CID_LOCAL
    const name = new Uint8Array(16)
    const view = new DataView(name.buffer)
    view.setUint16(0, c.AF_VSOCK, true)
    view.setUint32(4, 4711, true)
    view.setUint32(8, c.VMADDR_CID_LOCAL, true)
    try {
      bind(fd, name)
      listen(fd, 1)
      const client = owned(socket(c.AF_VSOCK, c.SOCK_STREAM, 0))
      connect(client, name)
      const server = owned(accept4(fd).fd)
      send(client, [])
      expect(receive(server, 'vsock', [vsockRecvErr])).toMatchObject({ control: [], flags: 0 })
    } catch (error) {
      if (error instanceof SystemError) return context.skip(`vsock does not loop back here: ${error.message}`)
      throw error
    }
  })
})
