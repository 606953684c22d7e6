/**
 * The kinds a socket may be asked for, as the kernel has it: what is refused never comes, and what is not refused does.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  constants, credentials, decodeControl, defineControlMessage, encodeAddress, gro, hopLimit, inq, mark, packetInfo, pathMtu, pidfd,
  priority, recvErr, rxqOverflow, rights, tcpInq, timestamp, timestampNew, timestampNs, timestamping, timestampingNew,
  timestampingPacketInfo, timestampingStats, ttl, wifiStatus, type AnyControlMessage, type Family,
} from '../../src/codec.ts'
import {
  accept4, bind, close, connect, getsockname, getsockopt, listen, recvmsg, sendmsg, setsockopt, socket, socketpair,
} from '../../src/libc.ts'
import { checkKinds } from '../../src/socket/options/kinds.ts'
import { areCredentialsOn, enableKinds } from '../../src/socket/options/setup.ts'
import { withPeer } from '../support/peers.ts'

const c = constants
const owned = (fd: number): number => {
  onTestFinished(() => close(fd))
  return fd
}
const { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET } = c
const unsupported = expect.objectContaining({ code: 'ERR_CMSG_UNSUPPORTED' }) as Error
const invalid = expect.objectContaining({ code: 'ERR_CMSG_INVALID_DEFINITION' }) as Error

describe('kinds that sockets of a type do not deliver are refused', () => {
  it.each([
    ['inq', inq, 'unix', SOCK_DGRAM, undefined, /Cannot receive inq on a datagram socket of family unix: only stream sockets.* deliver it/],
    ['inq', inq, 'unix', SOCK_SEQPACKET, undefined, /stream sockets/],
    ['timestamp', timestamp, 'unix', SOCK_STREAM, undefined, /datagram and seqpacket sockets/],
    ['timestampNs', timestampNs, 'unix', SOCK_STREAM, undefined, /datagram and seqpacket sockets/],
    ['timestamping', timestamping, 'unix', SOCK_STREAM, undefined, /datagram and seqpacket sockets/],
    ['timestamping alone', timestamping, 'unix', SOCK_DGRAM, undefined, /that have SO_TIMESTAMP_OLD or .* on/],
    ['timestamp', timestamp, 'netlink', c.SOCK_RAW, undefined, /inet/],
    ['wifiStatus', wifiStatus, 'vsock', SOCK_STREAM, undefined, /packet/],
    ['timestampingPacketInfo', timestampingPacketInfo, 'vsock', SOCK_STREAM, undefined, /packet/],
    ['ttl', ttl, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw sockets/],
    ['hopLimit', hopLimit, 'inet6', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw sockets/],
    ['packetInfo', packetInfo, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /IP_RECVERR/],
    ['rxqOverflow', rxqOverflow, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw/],
    ['mark', mark, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw/],
    ['priority', priority, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw/],
    ['pathMtu', pathMtu, 'inet6', SOCK_STREAM, c.IPPROTO_TCP, /datagram and raw/],
    ['gro', gro, 'inet', SOCK_STREAM, c.IPPROTO_TCP, /datagram sockets of UDP/],
    ['tcpInq', tcpInq, 'inet', SOCK_DGRAM, c.IPPROTO_UDP, /stream sockets of TCP and MPTCP/],
  ] as [string, AnyControlMessage, Family, number, number
    | undefined, RegExp][])('%s on %s %s', (_, kind, family, type, protocol, message) => {
    const check = () => checkKinds([kind], { family, type, protocol })
    expect(check).toThrow(message)
    expect(check).toThrow(unsupported)
  })

  it('but delivered kinds are not', () => {
    checkKinds([credentials, rights, pidfd, inq], { family: 'unix', type: SOCK_STREAM })
    checkKinds([credentials, timestampNs, timestamping], { family: 'unix', type: SOCK_SEQPACKET })
    checkKinds([ttl, packetInfo, recvErr], { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })
    checkKinds([ttl, timestamping, rxqOverflow, mark], { family: 'inet', type: SOCK_DGRAM, protocol: c.IPPROTO_UDP })
    checkKinds([tcpInq, timestampNs, timestamping], { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_MPTCP })
    checkKinds([wifiStatus, timestampingPacketInfo], { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })
    checkKinds([timestampNs], { family: undefined, type: SOCK_STREAM })
  })

  it('nor are options that an adopted socket already has', () => {
    const [a, b] = socketpair(c.AF_UNIX, SOCK_DGRAM).map(owned) as [number, number]
    expect(() => checkKinds([timestamping], { family: 'unix', type: SOCK_DGRAM, fd: b })).toThrow(unsupported)
    setsockopt(b, c.SOL_SOCKET, c.SO_TIMESTAMPNS_OLD, 1)
    checkKinds([timestamping], { family: 'unix', type: SOCK_DGRAM, fd: b })
    enableKinds(b, [timestamping], { family: 'unix', type: SOCK_DGRAM, when: 'adopted' })
    sendmsg(a, { buffers: [Buffer.from('x')] })
    expect(decodeControl(recvmsg(b, { controlSize: 200 }).control, { family: 'unix' }).map(({ kind }) => kind)).toContain('timestamping')
  })

  it('as specified by a user\'s definition', () => {
    const mine = defineControlMessage({
      kind: 'mine', level: 500, type: 1, layout: 'i32', receive: {}, deliveredBy: [{ family: 'unix', type: 'seqpacket' }],
    })
    expect(() => checkKinds([mine], { family: 'unix', type: SOCK_DGRAM }))
      .toThrow('Cannot receive mine on a datagram socket of family unix: only seqpacket sockets')
    checkKinds([mine], { family: 'unix', type: SOCK_SEQPACKET })
  })
})

describe('kinds that share an option slot are refused together', () => {
  it.each([
    ['timestamp and timestampNs', [timestamp, timestampNs]], ['timestamp and timestampNew', [timestamp, timestampNew]],
    ['timestamping and timestampingNew', [timestampNs, timestamping, timestampingNew]],
    ['timestampingNew and timestampingStats', [timestampNs, timestampingNew, timestampingStats]],
  ] as [string, AnyControlMessage[]][])('%s', (_, kinds) => {
    expect(() => checkKinds(kinds, { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP }))
      .toThrow(/Cannot receive both .*both use the option slot SO_TIMESTAMP/)
    expect(() => checkKinds(kinds, { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })).toThrow(unsupported)
  })

  it('but not those that share an option', () => {
    checkKinds([timestampNs, timestamping, timestampingStats], { family: 'inet', type: SOCK_STREAM, protocol: c.IPPROTO_TCP })
  })
})

describe('definitions without a size are refused before there is a socket', () => {
  it.each([
    ['none', Object.assign(() => undefined, { kind: 'mine', level: 500, type: 1, minSize: 0, decode: () => 1, receive: {} })],
    ['a fraction',
      Object.assign(() => undefined, { kind: 'mine', level: 500, type: 1, minSize: 0, decode: () => 1, receive: { size: 1.5 } })],
    ['more than there is', defineControlMessage({ kind: 'mine', level: 500, type: 1, decode: () => 1, receive: { size: 2 ** 40 } })],
    ['a layout that throws',
      defineControlMessage({ kind: 'mine', level: 500, type: 1, layout: (): never => { throw new Error('no such layout') }, receive: {} })],
    ['a getter that throws', Object.assign(() => undefined, {
      kind: 'mine', level: 500, type: 1, minSize: 0, decode: () => 1,
      receive: { get size(): number { throw new Error('no such size') } },
    })],
  ] as unknown as [string, AnyControlMessage][])('%s', (_, definition) => {
    expect(() => checkKinds([definition], { family: 'unix', type: SOCK_DGRAM })).toThrow(invalid)
  })

  it('but not where the size is undefined and the layout has it', () => {
    const mine = defineControlMessage({ kind: 'mine', level: 500, type: 1, layout: 'i32', receive: { size: undefined } as never })
    expect(mine.receive!.size).toBe(4)
    checkKinds([mine], { family: 'unix', type: SOCK_DGRAM })
  })
})

describe('enabling a kind', () => {
  const tcp = (family: number, address: string): { listener: number; connectTo: () => [number, number] } => {
    const listener = owned(socket(family, SOCK_STREAM))
    bind(listener, encodeAddress({ address, port: 0 }))
    return {
      listener,
      connectTo: () => {
        const client = owned(socket(family, SOCK_STREAM))
        connect(client, getsockname(listener))
        return [client, owned(accept4(listener).fd)]
      },
    }
  }

  it('on an IPv6 socket turns on both options of a kind', () => {
    for (const [kind, ...options] of [
      [recvErr, [c.SOL_IP, c.IP_RECVERR], [c.SOL_IPV6, c.IPV6_RECVERR]],
      [hopLimit, [c.SOL_IP, c.IP_RECVTTL], [c.SOL_IPV6, c.IPV6_RECVHOPLIMIT]],
      [ttl, [c.SOL_IP, c.IP_RECVTTL], [c.SOL_IPV6, c.IPV6_RECVHOPLIMIT]],
    ] as [AnyControlMessage, ...[number, number][]][]) {
      const fd = owned(socket(c.AF_INET6, SOCK_DGRAM))
      enableKinds(fd, [kind], { family: 'inet6', type: SOCK_DGRAM, when: 'created' })
      expect(options.map(([level, option]) => getsockopt(fd, level, option)), kind.kind).toEqual([1, 1])
    }
  })

  withPeer('root', 'as root', () => {
    it('on a raw IPv6 socket turns on the only option', () => {
      const raw = owned(socket(c.AF_INET6, c.SOCK_RAW, c.IPPROTO_ICMPV6))
      enableKinds(raw, [hopLimit, ttl], { family: 'inet6', type: c.SOCK_RAW, when: 'created' })
      expect(getsockopt(raw, c.SOL_IPV6, c.IPV6_RECVHOPLIMIT)).toBe(1)
    })
  })

  it('on a Unix listener is repeated on accepted sockets, which do not inherit all options', () => {
    const name = encodeAddress({ abstract: `cmsg-kinds-${process.pid}` })
    for (const [type, kinds] of [
      [SOCK_SEQPACKET, [credentials, timestampNs]], [SOCK_STREAM, [credentials, inq]],
    ] as [number, AnyControlMessage[]][]) {
      const listener = socket(c.AF_UNIX, type)
      enableKinds(listener, kinds, { family: 'unix', type, when: 'created' })
      bind(listener, name)
      listen(listener)
      const client = owned(socket(c.AF_UNIX, type))
      connect(client, name)
      const fd = owned(accept4(listener).fd)
      close(listener)
      const received = (): unknown[] => {
        sendmsg(client, { buffers: [Buffer.from('x')] })
        return decodeControl(recvmsg(fd, { controlSize: 200 }).control, { family: 'unix' }).map(({ kind }) => kind)
      }
      expect(received()).toEqual(['credentials'])
      enableKinds(fd, kinds, { family: 'unix', type, when: 'accepted' })
      expect(received().sort()).toEqual(kinds.map(({ kind }) => kind).sort())
    }
  })

  it('waits for the connection if the kernel requires it', () => {
    const kinds = [timestamping, timestampingStats]
    const { listener, connectTo } = tcp(c.AF_INET, '127.0.0.1')
    enableKinds(listener, kinds, { family: 'inet', type: SOCK_STREAM, when: 'created' })
    expect(getsockopt(listener, c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD)).toBe(timestamping.receive!.value)
    listen(listener)
    const [client, server] = connectTo()
    const both = timestamping.receive!.value! | timestampingStats.receive!.value!
    for (const [fd, when] of [[client, 'connected'], [server, 'accepted']] as const) {
      enableKinds(fd, kinds, { family: 'inet', type: SOCK_STREAM, when })
      expect(getsockopt(fd, c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD)).toBe(both)
    }
    // Of a socket that is adopted, the kernel knows whether it is connected.
    const unconnected = owned(socket(c.AF_INET, SOCK_STREAM))
    enableKinds(unconnected, kinds, { family: 'inet', type: SOCK_STREAM, when: 'adopted' })
    expect(getsockopt(unconnected, c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD)).toBe(timestamping.receive!.value)
    const [other] = connectTo()
    enableKinds(other, kinds, { family: 'inet', type: SOCK_STREAM, when: 'adopted' })
    expect(getsockopt(other, c.SOL_SOCKET, c.SO_TIMESTAMPING_OLD)).toBe(both)
  })

  it('fails with ERR_CMSG_UNSUPPORTED if the kernel refuses it, with any errno', () => {
    const early = defineControlMessage({
      kind: 'early', level: c.SOL_SOCKET, type: 99, layout: 'i32',
      receive: { option: c.SO_TIMESTAMPING_OLD, value: c.SOF_TIMESTAMPING_OPT_ID },
    })
    const fd = owned(socket(c.AF_INET, SOCK_STREAM))
    expect(() => enableKinds(fd, [early], { family: 'inet', type: SOCK_STREAM, when: 'created' }))
      .toThrow(/Cannot receive early: .*not in this state \(setsockopt EINVAL\)/)
    expect(() => enableKinds(fd, [early], { family: 'inet', type: SOCK_STREAM, when: 'created' })).toThrow(unsupported)
    expect(() => enableKinds(fd, [gro], { family: 'inet', type: SOCK_STREAM, when: 'created' })).toThrow(unsupported)
    expect(() => enableKinds(fd, [credentials], { family: 'inet', type: SOCK_STREAM, when: 'created' })).toThrow(unsupported)
  })

  it('fails with ERR_CMSG_UNSUPPORTED if the option was set but is not on', (context) => {
    let fd: number
    try {
      fd = owned(socket(c.AF_INET, SOCK_STREAM, c.IPPROTO_MPTCP))
    } catch {
      return context.skip('this kernel has no MPTCP')
    }
    // MPTCP says yes to SO_RXQ_OVFL, and leaves it off.
    expect(() => enableKinds(fd, [rxqOverflow], { family: 'inet', type: SOCK_STREAM, when: 'created' }))
      .toThrow(/Cannot receive rxqOverflow.*SO_RXQ_OVFL, 1, but had no effect: it is 0/)
  })

  it('recognizes that credentials were already asked for', () => {
    const [, b] = socketpair(c.AF_UNIX, SOCK_DGRAM).map(owned) as [number, number]
    expect(areCredentialsOn(b)).toBe(false)
    enableKinds(b, [credentials], { family: 'unix', type: SOCK_DGRAM, when: 'created' })
    expect(areCredentialsOn(b)).toBe(true)
  })
})
