/**
 * Sockets of the families beside Unix and IP, and options by the names of node:dgram.
 */
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import {
  MessageSocket, constants, encodeAddress, formatAddress, if_indextoname, if_nametoindex, structs, type OpenOptions, type SystemError,
} from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'

const {
  NETLINK_ROUTE, NLM_F_REQUEST, NLM_F_DUMP, RTM_GETLINK, RTM_NEWLINK, RTMGRP_LINK, IPPROTO_ICMP, IPPROTO_ICMPV6, SOL_SOCKET, SOL_IP,
  SOL_IPV6, SOL_ICMPV6, SO_PROTOCOL, SO_TYPE, SO_DOMAIN, SO_REUSEADDR, SO_REUSEPORT, SO_RCVBUF, SO_SNDBUF, SO_BROADCAST, IP_TTL,
  IPV6_UNICAST_HOPS, IPV6_V6ONLY, SOCK_RAW, AF_PACKET, ETH_P_IP, ICMPV6_FILTER, ICMPV6_ECHO_REPLY, ICMPV6_ECHO_REQUEST, VMADDR_CID_ANY,
  VMADDR_CID_LOCAL, IP_MSFILTER, IP_ADD_SOURCE_MEMBERSHIP,
} = constants

const loopback = if_nametoindex('lo')

/** struct nlmsghdr and struct rtgenmsg, which ask for all interfaces. */
function linkRequest(): Uint8Array {
  const { nlmsghdr } = structs
  const bytes = new Uint8Array(nlmsghdr.size + 4)
  nlmsghdr.write(new DataView(bytes.buffer), 0, {
    nlmsg_len: bytes.length, nlmsg_type: RTM_GETLINK, nlmsg_flags: NLM_F_REQUEST | NLM_F_DUMP, nlmsg_seq: 1, nlmsg_pid: 0,
  })
  return bytes
}

describe('netlink', () => {
  it('is opened with its protocol, and gets replies from the kernel', async () => {
    await using route = MessageSocket.open({ family: 'netlink', type: 'raw', protocol: NETLINK_ROUTE })
    expect(route.getOption(SOL_SOCKET, SO_PROTOCOL)).toBe(NETLINK_ROUTE)
    await route.send(linkRequest(), { to: { portId: 0 } })
    const answer = (await route.receive())!
    expect(structs.nlmsghdr.read(new DataView(answer.data.buffer, answer.data.byteOffset)).nlmsg_type).toBe(RTM_NEWLINK)
    expect(answer.address).toEqual({ portId: 0, groups: 0 })
    expect(route.address).toEqual({ portId: expect.any(Number) as unknown, groups: 0 })
  })

  it('binds to groups and a port id, and reports the process that has it', async () => {
    await using monitor = MessageSocket.bind({ portId: 0, groups: RTMGRP_LINK }, { type: 'raw', protocol: NETLINK_ROUTE })
    const { address } = monitor
    expect(address).toMatchObject({ groups: RTMGRP_LINK })
    expect(() => MessageSocket.bind(address, { type: 'raw', protocol: NETLINK_ROUTE })).toThrow(`bind EADDRINUSE ${formatAddress(address)}`)
    expect(formatAddress(address)).toMatch(/^netlink:\d+ groups 0x1$/)
  })

  it('sends from one socket to the address of another', async () => {
    await using a = MessageSocket.open({ family: 'netlink', type: 'datagram', protocol: constants.NETLINK_USERSOCK })
    await using b = MessageSocket.bind({ portId: 0 }, { type: 'datagram', protocol: constants.NETLINK_USERSOCK })
    await a.send('hello', { to: b.address })
    const message = (await b.receive())!
    expect([String(message.data), message.address]).toEqual(['hello', a.address])
  })
})

withPeer('root', 'a flooded netlink monitor', () => {
  it.each([0, 256])('gets one error, and a new loop continues with all queued messages (readAhead: %i)', async (readAhead) => {
    const usersock = { type: 'raw', protocol: constants.NETLINK_USERSOCK } as const
    // Of its own: this file runs twice at a time, and the groups are those of the network namespace.
    const to = { portId: 0, groups: 2 ** (process.pid % 31) }
    await using monitor = MessageSocket.bind(to, { ...usersock, recvBufferSize: 20_000, readAhead })
    await using sender = MessageSocket.open({ family: 'netlink', ...usersock })
    // The kernel gives it to the group, drops it where there is no room, and then to the port 0, which this protocol does not have.
    const tellGroup = (i: number): Promise<void> =>
      expect(sender.send(new Uint8Array(Uint32Array.of(16, 0, 0, i).buffer), { to })).rejects.toThrow(/ECONNREFUSED/)
    for (let i = 0; i < 1000; i++) await tellGroup(i)
    const seen: number[] = []
    const codes: string[] = []
    while (codes.length + seen.filter((i) => i === 5000).length < 2) {
      try {
        for await (const { data } of monitor) {
          seen.push(data.readUInt32LE(12))
          if (seen.at(-1) === 5000) break
          // The last of the flood: what is sent now arrives again.
          if (monitor.getOption(SOL_SOCKET, constants.SO_MEMINFO, 4).readUInt32LE() === 0) await tellGroup(5000)
        }
      } catch (error) {
        codes.push((error as SystemError).code)
      }
    }
    expect(codes).toEqual(['ENOBUFS'])
    expect(seen.length).toBeGreaterThan(10)
    expect(seen.slice(0, -1)).toEqual(Array.from({ length: seen.length - 1 }, (_, i) => i))
  })
})

withPeer('root', 'packet and raw sockets', () => {
  it('receive the traffic of an interface, with headers and without', async () => {
    await using raw = MessageSocket.bind({ interfaceIndex: loopback, protocol: ETH_P_IP }, { type: 'raw' })
    await using cooked = MessageSocket.bind({ interfaceIndex: loopback, protocol: ETH_P_IP }, { type: 'datagram' })
    expect([raw.getOption(SOL_SOCKET, SO_DOMAIN), raw.getOption(SOL_SOCKET, SO_TYPE)]).toEqual([AF_PACKET, SOCK_RAW])
    expect(raw.address).toMatchObject({ interfaceIndex: loopback, protocol: ETH_P_IP, hardwareType: 772 })
    await using udp = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const text = `seen ${Math.random()}`
    const seen = async (socket: MessageSocket): Promise<number> => {
      for await (const { data, address } of socket) {
        if (!data.toString('latin1').endsWith(text)) continue
        expect(address).toMatchObject({ interfaceIndex: loopback, protocol: ETH_P_IP, hardwareAddress: new Uint8Array(6) })
        return data.length - text.length
      }
      throw new Error('it ended')
    }
    const both = Promise.all([seen(raw), seen(cooked)])
    await udp.send(text, { to: udp.address })
    expect(await both).toEqual([14 + 20 + 8, 20 + 8])
  })

  it('ping, with a filter for received packets', async () => {
    await using raw = MessageSocket.open({ family: 'inet6', type: 'raw', protocol: IPPROTO_ICMPV6, ttl: 7 })
    // All are blocked but the reply.
    const filter = Uint32Array.from({ length: 8 }, (_, i) => (i === ICMPV6_ECHO_REPLY >> 5 ? ~(1 << (ICMPV6_ECHO_REPLY & 31)) : ~0))
    raw.setOption(SOL_ICMPV6, ICMPV6_FILTER, new Uint8Array(filter.buffer))
    const echo = Uint8Array.of(ICMPV6_ECHO_REQUEST, 0, 0, 0, process.pid >> 8 & 255, process.pid & 255, 0, 1)
    await raw.send(echo, { to: { address: '::1', port: 0 } })
    const reply = (await raw.receive())!
    expect([reply.data[0], reply.data.subarray(4)]).toEqual([ICMPV6_ECHO_REPLY, Buffer.from(echo.subarray(4))])
  })

  it('of IPv4 have their protocol', async () => {
    await using raw = MessageSocket.open({ family: 'inet', type: 'raw', protocol: IPPROTO_ICMP })
    expect([raw.getOption(SOL_SOCKET, SO_TYPE), raw.getOption(SOL_SOCKET, SO_PROTOCOL)]).toEqual([SOCK_RAW, IPPROTO_ICMP])
  })
})

describe('vsock', () => {
  it('is bound, and loops back if the kernel supports that', async (context) => {
    let server: MessageSocket
    try {
      server = MessageSocket.bind({ cid: VMADDR_CID_ANY, port: 20_000 + process.pid % 40_000 }, { type: 'stream' })
    } catch (error) {
      return context.skip(`no vsock here: ${String(error)}`)
    }
    await using listening = server
    expect(listening.address).toEqual({ cid: VMADDR_CID_ANY, port: 20_000 + process.pid % 40_000 })
    let client: MessageSocket
    try {
      client = await MessageSocket.connect({ cid: VMADDR_CID_LOCAL, port: 20_000 + process.pid % 40_000 }, { type: 'stream' })
    } catch (error) {
      expect((error as SystemError).message).toMatch(/^connect E\w+ vsock:1:\d+$/)
      return context.skip(`vsock does not loop back here: ${String(error)}`)
    }
    await using connected = client
    await using accepted = await listening.accept()
    await connected.send('over a vsock')
    expect(String((await accepted.receive())!.data)).toBe('over a vsock')
    expect(connected.remoteAddress).toMatchObject({ cid: VMADDR_CID_LOCAL })
  })
})

describe('options under the names of node:dgram', () => {
  it('are set before the socket is bound', async () => {
    const options = { reuseAddr: true, reusePort: true, recvBufferSize: 30_000, sendBufferSize: 40_000, ttl: 33, broadcast: true } as const
    await using v4 = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', ...options })
    expect([SO_REUSEADDR, SO_REUSEPORT, SO_RCVBUF, SO_SNDBUF, SO_BROADCAST].map((option) => v4.getOption(SOL_SOCKET, option))).toEqual([
      1, 1, 60_000, 80_000, 1,
    ])
    expect(v4.getOption(SOL_IP, IP_TTL)).toBe(33)
    await using second = MessageSocket.bind(v4.address, { type: 'datagram', ...options })
    expect(second.address).toEqual(v4.address)
    await using v6 = MessageSocket.open({ family: 'inet6', type: 'datagram', ttl: 44, ipv6Only: true })
    expect([v6.getOption(SOL_IPV6, IPV6_UNICAST_HOPS), v6.getOption(SOL_IPV6, IPV6_V6ONLY)]).toEqual([44, 1])
    await using connected = await MessageSocket.connect(v4.address, { type: 'datagram', ttl: 9, reuseAddr: false })
    expect([connected.getOption(SOL_IP, IP_TTL), connected.getOption(SOL_SOCKET, SO_REUSEADDR)]).toEqual([9, 0])
  })

  it('stay unchanged if they are absent', async () => {
    await using socket = MessageSocket.open({ family: 'inet6', type: 'datagram' })
    await using theirs = await new Promise<AsyncDisposable & { size: number }>((resolve) => {
      const node = createSocket('udp6').bind(0, () => {
        resolve({ size: node.getRecvBufferSize(), [Symbol.asyncDispose]: () => new Promise((done) => { node.close(() => { done() }) }) })
      })
    })
    expect(socket.getOption(SOL_SOCKET, SO_RCVBUF)).toBe(theirs.size)
    expect(socket.getOption(SOL_IPV6, IPV6_V6ONLY)).toBe(0)
  })

  it.each<[string, object, string, RegExp]>([
    ['ttl of a Unix socket', { family: 'unix', type: 'datagram', ttl: 1 }, 'ERR_CMSG_OUT_OF_RANGE',
      /Cannot set ttl on a socket of family 'unix': expected 'inet' or 'inet6'/],
    ['ipv6Only of an IPv4 socket', { family: 'inet', type: 'datagram', ipv6Only: true }, 'ERR_CMSG_OUT_OF_RANGE',
      /ipv6Only.*'inet': expected 'inet6'/],
    ['a ttl of 0', { family: 'inet', type: 'datagram', ttl: 0 }, 'ERR_CMSG_OUT_OF_RANGE',
      /Cannot create a socket with ttl 0: expected an integer from 1 to 255/],
    ['a number for true', { family: 'inet', type: 'datagram', broadcast: 1 }, 'ERR_CMSG_INVALID_ARG_TYPE',
      /broadcast 1: expected true or false/],
    ['a text for a number', { family: 'inet', type: 'datagram', recvBufferSize: '1' }, 'ERR_CMSG_INVALID_ARG_TYPE',
      /recvBufferSize "1": expected a number/],
    ['a protocol that is not a number', { family: 'netlink', type: 'raw', protocol: 'route' }, 'ERR_CMSG_INVALID_ARG_TYPE',
      /Cannot create a socket with protocol "route"/],
    ['a raw Unix socket', { family: 'unix', type: 'raw' }, 'ERR_CMSG_OUT_OF_RANGE', /Unix socket of type 'raw'/],
    ['a family that is adopted', { family: 'can', type: 'raw' }, 'ERR_CMSG_INVALID_ARG_TYPE',
      /family "can": expected .*'netlink', 'packet'/],
  ])('refuse %s', (_, options, code, message) => {
    expect(() => MessageSocket.open(options as OpenOptions<never>)).toThrow(expect.objectContaining({ code }))
    expect(() => MessageSocket.open(options as OpenOptions<never>)).toThrow(message)
  })

  it('leave nothing open if the kernel refuses', () => {
    expect(() => MessageSocket.open({ family: 'netlink', type: 'raw', protocol: 999 })).toThrow(/^socket EPROTONOSUPPORT/)
  })
})

describe('getOption with a question', () => {
  it('passes the question to the kernel', async () => {
    await using socket = MessageSocket.open({ family: 'inet', type: 'datagram' })
    const { ip_mreq_source, ip_msfilter } = structs
    const [group, lo, source] = [Uint8Array.of(232, 1, 2, 4), Uint8Array.of(127, 0, 0, 1), Uint8Array.of(127, 0, 0, 8)]
    const join = new Uint8Array(ip_mreq_source.size)
    ip_mreq_source.write(new DataView(join.buffer), 0, { imr_multiaddr: group, imr_interface: lo, imr_sourceaddr: source })
    socket.setOption(SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, join)
    const question = new Uint8Array(ip_msfilter.size)
    ip_msfilter.write(new DataView(question.buffer), 0, {
      imsf_multiaddr: group, imsf_interface: lo, imsf_fmode: 0, imsf_numsrc: 1, imsf_slist: new Uint8Array(4),
    })
    expect(socket.getOption(SOL_IP, IP_MSFILTER, question).subarray(ip_msfilter.fields.imsf_slist.offset)).toEqual(Buffer.from(source))
  })
})

const linkLocal = Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
  entries!.filter(({ address }) => address.startsWith('fe80:')).map(({ address }) => ({ name, address })))[0]

describe('the interface of an IPv6 address', () => {
  it('is looked up by its name, or is a number', () => {
    const at = structs.sockaddr_in6.fields.sin6_scope_id.offset
    const scopeOf = (address: string, scopeId?: number): number =>
      Buffer.from(encodeAddress({ address, port: 1, ...(scopeId === undefined ? {} : { scopeId }) })).readUInt32LE(at)
    expect([scopeOf('fe80::1%lo'), scopeOf('fe80::1%7'), scopeOf('fe80::1'), scopeOf('fe80::1', 5), scopeOf('fe80::1%gone', 5)]).toEqual([
      loopback, 7, 0, 5, 5,
    ])
    expect(() => encodeAddress({ address: 'fe80::1%no-such', port: 1 })).toThrow(/^if_nametoindex ENODEV/)
    expect(if_indextoname(loopback)).toBe('lo')
  })

  it('is accepted and returned as by node:dgram', async (context) => {
    if (linkLocal === undefined) return context.skip('no interface has a link-local address')
    const address = `${linkLocal.address}%${linkLocal.name}`
    await using socket = MessageSocket.bind({ address, port: 0 }, { type: 'datagram' })
    const own = socket.address as { address: string; port: number; scopeId: number }
    expect(own).toEqual({ address, port: own.port, scopeId: if_nametoindex(linkLocal.name) })
    expect(formatAddress(own)).toBe(`[${address}]:${own.port}`)
    const node = createSocket('udp6')
    node.bind(0, linkLocal.address + '%' + linkLocal.name)
    await once(node, 'listening')
    try {
      expect(node.address().address).toBe(address)
      node.send('from node', own.port, address)
      const message = (await socket.receive())!
      expect(message.address).toEqual({ address: node.address().address, port: node.address().port, scopeId: own.scopeId })
      const heard = once(node, 'message') as Promise<[Buffer, { address: string; port: number }]>
      await socket.send('back', { to: message.address })
      const [data, rinfo] = await heard
      expect([String(data), rinfo.address, rinfo.port]).toEqual(['back', own.address, own.port])
    } finally {
      node.close()
    }
  })
})

describe('a path that starts with @', () => {
  it('is not an abstract name, and the error explains it', async () => {
    await using socket = MessageSocket.open({ family: 'unix', type: 'datagram' })
    const hint = /ENOENT @demo: this is a path in the file system; the abstract name is \{ abstract: "demo" \}$/
    await expect(socket.send('x', { to: '@demo' })).rejects.toThrow(hint)
    await expect(socket.connect('@demo')).rejects.toThrow(hint)
    await expect(socket.connect('/no/such@demo')).rejects.toThrow(/^connect ENOENT \/no\/such@demo$/)
  })
})

// What sysfs says of the same interfaces is the oracle.
describe('if_nametoindex and if_indextoname', () => {
  it('agree with the kernel', () => {
    const { stdout, error } = spawnSync('sh', ['-c', 'for i in /sys/class/net/*/ifindex; do echo "$i $(cat "$i")"; done'], {
      encoding: 'utf8',
    })
    expect(error).toBeUndefined()
    const lines = stdout.trim().split('\n').map((line) => /^\/sys\/class\/net\/(.*)\/ifindex (\d+)$/.exec(line)!)
    expect(lines.length).toBeGreaterThan(0)
    for (const [, name, index] of lines) expect([if_nametoindex(name!), if_indextoname(Number(index))]).toEqual([Number(index), name])
  })
})
