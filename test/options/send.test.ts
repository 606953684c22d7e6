/**
 * What is refused is really dropped by the kernel, and what is not refused has its effect.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  constants, decodeAddress, decodeControl, destinationOptions, devmemDmabuf, dontFragment, encodeAddress, encodeControl, flowInfo, hopLimit,
  mark, packetInfo, packetInfo6, priority, protocol, rawControl, credentials, defineControlMessage, returnOptions, rights, sctpSendInfo,
  segmentSize, timestampId, timestamping, tlsSetRecordType, tos, trafficClass, ttl, txTime, type ControlItem, type Family, type InetAddress,
} from '../../src/codec.ts'
import { SystemError, accept4, bind, close, connect, getsockname, listen, recvmsg, sendmsg, setsockopt, socket } from '../../src/libc.ts'
import { checkSend, destinationOf, partOf } from '../../src/socket/options/send.ts'
import { withPeer } from '../support/peers.ts'

const c = constants
const { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW } = c
const owned = (fd: number): number => {
  onTestFinished(() => close(fd))
  return fd
}
const refused = (item: ControlItem, on: Parameters<typeof checkSend>[1]): boolean => {
  try {
    checkSend([item], on)
    return false
  } catch (error) {
    expect(error).toMatchObject({
      code: 'ERR_CMSG_UNSUPPORTED',
      message: expect.stringMatching(/^Cannot send \w+ on a \w+ socket.*: the kernel would drop it; only .* take it$/) as string,
    })
    return true
  }
}

/** For each kind, an item, and one with which the kernel says EINVAL if it looks at it at all. */
const probes: readonly [string, ControlItem, ControlItem][] = [
  ['ttl', ttl(42), ttl(0)], ['tos', tos(0x10), rawControl(c.SOL_IP, c.IP_TOS, new Uint8Array(3))],
  ['packetInfo', packetInfo({ localAddress: '127.0.0.1' }), rawControl(c.SOL_IP, c.IP_PKTINFO, new Uint8Array(3))],
  ['hopLimit', hopLimit(42), hopLimit(4200)], ['trafficClass', trafficClass(0x20), trafficClass(4200)],
  ['dontFragment', dontFragment(true), rawControl(c.SOL_IPV6, c.IPV6_DONTFRAG, new Uint8Array(3))],
  ['flowInfo', flowInfo(0), rawControl(c.SOL_IPV6, c.IPV6_FLOWINFO, new Uint8Array(3))],
  ['packetInfo6', packetInfo6({}), rawControl(c.SOL_IPV6, c.IPV6_PKTINFO, new Uint8Array(3))],
  ['destinationOptions', destinationOptions(Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0)),
    rawControl(c.SOL_IPV6, c.IPV6_DSTOPTS, new Uint8Array(1))],
  ['segmentSize', segmentSize(1), rawControl(c.SOL_UDP, c.UDP_SEGMENT, new Uint8Array(3))],
]

/** A socket that is connected over loopback, and one of UDP on the other side. */
function sending(family: 'inet' | 'inet6', type: number, address: string, protocol = 0): number {
  const number = family === 'inet' ? c.AF_INET : c.AF_INET6
  const other = owned(socket(number, type, protocol))
  bind(other, encodeAddress(family === 'inet' ? { address, port: 0 } : { address: '::', port: 0 }))
  if (type === SOCK_STREAM) listen(other)
  const { port } = decodeAddress(getsockname(other)) as InetAddress
  const fd = owned(socket(number, type, protocol))
  connect(fd, encodeAddress({ address, port }))
  if (type === SOCK_STREAM) owned(accept4(other).fd)
  return fd
}

describe.each([
  ['UDP', 'inet', SOCK_DGRAM, '127.0.0.1', c.IPPROTO_UDP], ['UDP to IPv6', 'inet6', SOCK_DGRAM, '::1', c.IPPROTO_UDP],
  ['UDP to an IPv4-mapped address', 'inet6', SOCK_DGRAM, '::ffff:127.0.0.1', c.IPPROTO_UDP],
  ['TCP', 'inet', SOCK_STREAM, '127.0.0.1', c.IPPROTO_TCP],
  ['TCP over IPv6', 'inet6', SOCK_STREAM, '::1', c.IPPROTO_TCP], ['MPTCP', 'inet', SOCK_STREAM, '127.0.0.1', c.IPPROTO_MPTCP],
] as [string, 'inet' | 'inet6', number, string, number][])('%s', (_, family, type, address, ipproto) => {
  it.each(probes.filter(([, item]) => family === 'inet6'
    || [item.family].flat().includes('inet')))('%s is refused exactly where the kernel would ignore it', (_, item, wrong) => {
    const fd = sending(family, type, address, type === SOCK_STREAM ? ipproto : 0)
    let looksAt: boolean
    try {
      sendmsg(fd, { buffers: [Buffer.from('x')], control: encodeControl([wrong]) })
      looksAt = false
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'EINVAL') throw error
      looksAt = true
    }
    expect(refused(item, { family, type, protocol: ipproto, to: encodeAddress({ address, port: 9 }) })).toBe(!looksAt)
  })
})

describe('mark and priority', () => {
  it('are refused on TCP, where they have no effect, and have an effect on UDP', () => {
    for (const item of [mark(7), priority(3)]) {
      expect(refused(item, { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })).toBe(true)
      expect(refused(item, { family: 'inet', type: SOCK_DGRAM, protocol: c.IPPROTO_UDP })).toBe(false)
      expect(refused(item, { family: 'vsock', type: SOCK_STREAM })).toBe(true)
      expect(refused(item, { family: 'packet', type: SOCK_DGRAM })).toBe(false)
    }
    const receiver = owned(socket(c.AF_INET, SOCK_DGRAM))
    bind(receiver, encodeAddress({ address: '127.0.0.1', port: 0 }))
    setsockopt(receiver, c.SOL_SOCKET, c.SO_RCVPRIORITY, 1)
    sendmsg(owned(socket(c.AF_INET, SOCK_DGRAM)), {
      buffers: [Buffer.from('x')], name: getsockname(receiver), control: encodeControl([priority(3)]),
    })
    expect(decodeControl(recvmsg(receiver, { controlSize: 100 }).control, { family: 'inet' })).toMatchObject([
      { kind: 'priority', value: 3 },
    ])
  })
})

describe('depending on the socket', () => {
  it.each([
    ['protocol on UDP', protocol(17), 'inet', SOCK_DGRAM, c.IPPROTO_UDP, true],
    ['protocol on a raw socket', protocol(17), 'inet', SOCK_RAW, 17, false],
    ['returnOptions on TCP', returnOptions(Uint8Array.of(1, 1, 1, 0)), 'inet', SOCK_STREAM, c.IPPROTO_TCP, true],
    ['hopLimit on raw IPv6', hopLimit(1), 'inet6', SOCK_RAW, 58, false],
    ['ttl on raw IPv6', ttl(1), 'inet6', SOCK_RAW, 58, true],
    ['sctpSendInfo on TCP', sctpSendInfo({}), 'inet', SOCK_STREAM, c.IPPROTO_TCP, true],
    ['sctpSendInfo on SCTP', sctpSendInfo({}), 'inet', SOCK_SEQPACKET, c.IPPROTO_SCTP, false],
    ['timestamping on MPTCP', timestamping(16), 'inet', SOCK_STREAM, c.IPPROTO_MPTCP, true],
    ['timestamping on TCP', timestamping(16), 'inet', SOCK_STREAM, c.IPPROTO_TCP, false],
    ['timestamping on UDP', timestamping(16), 'inet', SOCK_DGRAM, c.IPPROTO_UDP, false],
    ['timestampId on UDP', timestampId(1), 'inet', SOCK_DGRAM, c.IPPROTO_UDP, false],
    ['txTime on TCP', txTime(1n), 'inet', SOCK_STREAM, c.IPPROTO_TCP, true],
    ['txTime on packet', txTime(1n), 'packet', SOCK_RAW, undefined, false],
    ['devmemDmabuf on UDP', devmemDmabuf(1), 'inet', SOCK_DGRAM, c.IPPROTO_UDP, true],
    ['devmemDmabuf on TCP', devmemDmabuf(1), 'inet', SOCK_STREAM, c.IPPROTO_TCP, false],
    ['hopLimit to an unknown destination', hopLimit(1), 'inet6', SOCK_DGRAM, c.IPPROTO_UDP, false],
    ['ttl where the family is not known', ttl(1), undefined, SOCK_DGRAM, undefined, false],
  ] as [string, ControlItem, Family
    | undefined, number, number | undefined, boolean][])('%s', (_, item, family, type, protocol, expected) => {
    expect(refused(item, { family, type, protocol })).toBe(expected)
  })

  it('a TLS record type needs a socket that has TLS', () => {
    const fd = sending('inet', SOCK_STREAM, '127.0.0.1')
    expect(refused(tlsSetRecordType('alert'), { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP, fd })).toBe(true)
    expect(refused(tlsSetRecordType('alert'), { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })).toBe(false)
  })

  withPeer('root', 'raw sockets', () => {
    it.each([
      ['inet', c.SOL_IP, c.IP_HDRINCL, [ttl(7), returnOptions(Uint8Array.of(1, 1, 1, 0))], [tos(0x10), packetInfo({})]],
      ['inet6', c.SOL_IPV6, c.IPV6_HDRINCL, [hopLimit(7)], [trafficClass(0x10), packetInfo6({})]],
    ] as const)('kinds for the header that choose no route are refused on a raw %s socket with the header', (
      family, level, option, header, others,
    ) => {
      const fd = owned(socket(family === 'inet' ? c.AF_INET : c.AF_INET6, SOCK_RAW, 253))
      const on = { family, type: SOCK_RAW, protocol: 253, fd }
      for (const item of [...header, ...others]) expect(refused(item, on)).toBe(false)
      if (family === 'inet') expect(refused(protocol(17), on)).toBe(true)
      setsockopt(fd, level, option, 1)
      for (const item of header) expect(refused(item, on)).toBe(true)
      for (const item of others) expect(refused(item, on)).toBe(false)
      if (family === 'inet') expect(refused(protocol(17), on)).toBe(false)
    })
  })

  it('the unspecified address is that of this host, of the protocol that the socket is bound to', () => {
    const to = encodeAddress({ address: '::', port: 9 })
    for (const [bound, right, wrong] of [
      [undefined, hopLimit(7), ttl(7)], ['::', hopLimit(7), ttl(7)], ['::ffff:127.0.0.1', ttl(7), hopLimit(7)],
    ] as const) {
      const fd = owned(socket(c.AF_INET6, SOCK_DGRAM))
      if (bound !== undefined) bind(fd, encodeAddress({ address: bound, port: 0 }))
      const on = { family: 'inet6', type: SOCK_DGRAM, protocol: c.IPPROTO_UDP, to, fd } as const
      expect([refused(right, on), refused(wrong, on)]).toEqual([false, true])
    }
  })

  it('a raw control message is checked like its kind', () => {
    expect(refused(rawControl(c.SOL_IP, c.IP_TTL, new Uint8Array(4)), { family: 'inet', type: SOCK_STREAM })).toBe(true)
    expect(() => checkSend([rawControl(c.SOL_SOCKET, c.SCM_RIGHTS, new Uint8Array(4))], { family: 'inet', type: SOCK_DGRAM }))
      .toThrow('Cannot send rights on a socket of family inet')
    expect(refused(rawControl(0x7001, 1, new Uint8Array(4)), { family: 'inet', type: SOCK_STREAM })).toBe(false)
    expect([
      rawControl(c.SOL_SOCKET, c.SCM_CREDENTIALS, new Uint8Array(12)), rawControl(c.SOL_SOCKET, c.SCM_RIGHTS, new Uint8Array(4)),
      rawControl(0x7001, 1, new Uint8Array(4)),
    ]
      .map((item) => partOf(item, 'unix'))).toEqual(['every', 'first', 'first'])
  })

  it('a user\'s definition is checked like a built-in one', () => {
    const mine = defineControlMessage({ kind: 'mine', level: 500, type: 1, layout: 'u32', takenBy: [{ type: 'seqpacket' }] })
    expect(refused(mine(1), { family: 'unix', type: SOCK_STREAM })).toBe(true)
    expect(refused(mine(1), { family: 'unix', type: SOCK_SEQPACKET })).toBe(false)
  })

  it('descriptors are limited per message, and other families are refused', () => {
    expect(() => checkSend([rights(new Array<number>(200).fill(0)), rights(new Array<number>(54).fill(0))],
      { family: 'unix', type: SOCK_DGRAM })).toThrow(RangeError)
    expect(() => checkSend([credentials({ pid: 1, uid: 0, gid: 0 })], { family: 'inet', type: SOCK_DGRAM })).toThrow(RangeError)
  })
})

it('IPv4 addresses and mapped ones are IPv4 destinations', () => {
  const to = (address: string): string | undefined => destinationOf(encodeAddress({ address, port: 1 }), 'inet6', SOCK_DGRAM)
  expect([to('::1'), to('::ffff:1.2.3.4'), to('1.2.3.4'), to('::'), to('::1.2.3.4'), to('ff02::1')]).toEqual([
    'ipv6', 'ipv4', 'ipv4', undefined, 'ipv6', 'ipv6',
  ])
  expect(destinationOf(new Uint8Array(1), 'inet6', SOCK_DGRAM)).toBeUndefined()
  expect(destinationOf(undefined, 'unix', SOCK_DGRAM)).toBeUndefined()
})
