/**
 * UDP: groups, broadcast, errors and transmit times as somebody uses them who has a MessageSocket.
 */
import { spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { constants } from '../../generated/constants.ts'
import {
  MessageSocket, packetInfo, packetInfo6, recvErr, recvErr6, structs, timestampId, timestamping, type Address, type InetAddress,
} from '../../src/index.ts'
import { close, connect, getsockname, if_indextoname, if_nametoindex, shutdown, socket, bind } from '../../src/libc.ts'
import { encodeAddress } from '../../src/codec.ts'
import { messagesPerTurn } from '../../src/readiness/turn.ts'
import { withPeer } from '../support/peers.ts'
import { outcome, text } from './helpers.ts'

const {
  SOL_SOCKET, SO_BROADCAST, SO_REUSEADDR, SO_TIMESTAMPING_OLD, SOL_IP, IP_MULTICAST_IF, IP_MULTICAST_TTL, MSG_ERRQUEUE,
  SOF_TIMESTAMPING_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_OPT_ID, SOF_TIMESTAMPING_OPT_TSONLY, AF_INET, AF_INET6,
  SOCK_DGRAM, SHUT_RDWR,
} = constants

/**
 * On the loopback device IPv6 has no route to groups: what is joined there is looked up with the kernel, and not sent to.
 */
const versions = [
  { family: 'inet', group: '239.77.1.2', other: '239.77.1.3', host: '127.0.0.1', stranger: '127.0.0.9', info: packetInfo },
  { family: 'inet6', group: 'ff15::77:1', other: 'ff15::77:2', host: '::1', stranger: '::2', info: packetInfo6 },
] as const

const portOf = (one: { readonly address: Address }): number => (one.address as InetAddress).port

/** A sender whose multicast goes over the loopback device. */
function sender(host: string): MessageSocket {
  const one = MessageSocket.bind({ address: host, port: 0 }, { type: 'datagram' })
  const request = new Uint8Array(structs.ip_mreqn.size)
  structs.ip_mreqn.write(new DataView(request.buffer), 0, {
    imr_multiaddr: new Uint8Array(4), imr_address: new Uint8Array(4), imr_ifindex: 1,
  })
  one.setOption(SOL_IP, IP_MULTICAST_IF, request)
  return one
}

/** How many sockets are members of a group on the loopback device, as the kernel counts. */
function memberships(family: 'inet' | 'inet6', group: string): number {
  const bytes = encodeAddress({ address: group, port: 0 })
  if (family === 'inet6') {
    const address = Buffer.from(bytes.subarray(8, 24)).toString('hex')
    return Number(new RegExp(`^1\\s+lo\\s+${address}\\s+(\\d+)`, 'm').exec(readFileSync('/proc/net/igmp6', 'latin1'))?.[1] ?? 0)
  }
  // As a number in the byte order of this machine, below the line of the device.
  const address = Buffer.from(bytes.subarray(4, 8)).reverse().toString('hex').toUpperCase()
  const loopback = readFileSync('/proc/net/igmp', 'latin1').split(/^(?=\d)/m).find((part) => /^1\s+lo\s/.test(part)) ?? ''
  return Number(new RegExp(`^\\s+${address}\\s+(\\d+)`, 'm').exec(loopback)?.[1] ?? 0)
}

describe.each(versions)('a multicast group of $family', ({ family, group, other, host, stranger, info }) => {
  const receiver = (): MessageSocket<typeof packetInfo | typeof packetInfo6> => {
    const one = MessageSocket.open<typeof packetInfo | typeof packetInfo6>({ family, type: 'datagram', receive: [info] })
    one.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
    return one
  }

  it('is joined by name or number, and left, as the kernel\'s list shows', async () => {
    const joined = (): number => Number(memberships(family, group))
    const before = joined()
    await using first = receiver()
    await using second = receiver()
    first.joinGroup(group, { interface: 'lo' })
    second.joinGroup(group, { interface: 1 })
    expect(joined()).toBe(before + 2)
    second.leaveGroup(group, { interface: 'lo' })
    expect(joined()).toBe(before + 1)
    expect(() => second.leaveGroup(group, { interface: 1 })).toThrow(`setsockopt EADDRNOTAVAIL ${group}`)
    first.joinGroup(other, { interface: 'lo', source: stranger })
    expect(memberships(family, other)).toBe(1)
    first.leaveGroup(other, { interface: 'lo', source: stranger })
    expect(memberships(family, other)).toBe(0)
    await first.close()
    expect(joined()).toBe(before)
  })

  it('is refused with a reason', async () => {
    await using one = receiver()
    expect(() => one.joinGroup(host, { interface: 'lo' })).toThrow(`setsockopt EINVAL ${host}`)
    expect(() => one.joinGroup(group, { interface: 'nosuch0' })).toThrow(/if_nametoindex ENODEV/)
    expect(() => one.joinGroup(group, { interface: 'a name that is too long' })).toThrow(/1 to 15 bytes/)
    expect(() => one.joinGroup(group, { interface: 4711 })).toThrow(/setsockopt ENODEV/)
    expect(() => one.joinGroup('all of you')).toThrow(/Cannot use "all of you" as an IP address/)
    expect(() => one.joinGroup(group, { source: family === 'inet' ? '::1' : '127.0.0.1' })).toThrow(/of different families/)
    one.joinGroup(group, { interface: 'lo' })
    expect(() => one.joinGroup(group, { interface: 'lo' })).toThrow(/setsockopt EADDRINUSE/)
  })
})

describe('a multicast group on the loopback device', () => {
  const [{ group, other, host, stranger, info }] = versions
  const receiver = (): MessageSocket<typeof packetInfo> => {
    const one = MessageSocket.open({ family: 'inet', type: 'datagram', receive: [info] })
    one.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
    return one
  }

  it('is joined by name or number, received by all members, and left', async () => {
    await using first = receiver()
    await using second = receiver()
    await using from = sender(host)
    first.bind({ address: '0.0.0.0', port: 0 })
    second.bind({ address: '0.0.0.0', port: portOf(first) })
    first.joinGroup(group, { interface: 'lo' })
    second.joinGroup(group, { interface: 1 })
    const to = { address: group, port: portOf(first) }
    await from.send('to all', { to })
    for (const one of [first, second]) {
      const message = (await one.receive())!
      expect([String(message.data), message.get(info)!.address]).toEqual(['to all', group])
    }
    second.leaveGroup(group, { interface: 1 })
    second.joinGroup(other, { interface: 'lo' })
    await from.send('to one group', { to })
    await from.send('to the other', { to: { ...to, address: other } })
    expect(String((await first.receive())!.data)).toBe('to one group')
    // What it left is heard no more by its interface: a socket bound to any address hears what others of the machine joined.
    let heard: string | undefined
    while (heard !== 'to the other') heard = String((await second.receive())!.data)
  })

  it('is received from one source only', async () => {
    await using one = receiver()
    one.bind({ address: group, port: 0 })
    one.joinGroup(group, { interface: 'lo', source: host })
    await using from = sender(host)
    const to = { address: group, port: portOf(one) }
    await using unwanted = sender(stranger)
    await unwanted.send('not from me', { to })
    await from.send('from me', { to })
    expect(String((await one.receive())!.data)).toBe('from me')
    one.leaveGroup(group, { interface: 'lo', source: host })
    expect(() => one.leaveGroup(group, { interface: 'lo', source: host })).toThrow(/setsockopt E\w+ /)
  })
})

withPeer('python3', 'multicast groups, with Python', () => {
  const [{ group, host, info }] = versions

  it('receive messages from Python', async () => {
    await using one = MessageSocket.open({ family: 'inet', type: 'datagram', receive: [info] })
    one.bind({ address: '0.0.0.0', port: 0 })
    one.joinGroup(group, { interface: 'lo' })
    python(`
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('${host}'))
s.sendto(b'from python', ('${group}', ${portOf(one)}))
`)
    const message = (await one.receive())!
    expect([String(message.data), message.get(info)]).toEqual([
      'from python', expect.objectContaining({ interfaceIndex: 1, address: group }),
    ])
  })

  it('are received by Python', async () => {
    const lines = python(`
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 0))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('${group}') + socket.inet_aton('${host}'))
print(s.getsockname()[1], flush=True)
data, address = s.recvfrom(100)
print(data.decode(), address[0], flush=True)
`)
    const port = Number(await lines())
    await using from = sender(host)
    from.setOption(SOL_IP, IP_MULTICAST_TTL, 1)
    await from.send('hello', { to: { address: group, port } })
    expect(await lines()).toBe(`hello ${host}`)
  })
})

/** A Python program, and a function for its next line. */
function python(program: string): () => Promise<string | undefined> {
  const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => { child.kill() })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => (await lines.next()).value as string | undefined
}

describe('broadcast', () => {
  it('needs SO_BROADCAST, and reaches every socket', async () => {
    await using one = MessageSocket.bind({ address: '0.0.0.0', port: 0 }, { type: 'datagram', receive: [packetInfo] })
    await using from = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    const to = { address: '127.255.255.255', port: portOf(one) }
    await expect(from.send('may I?', { to })).rejects.toMatchObject({ code: 'EACCES', address: to.address })
    from.setOption(SOL_SOCKET, SO_BROADCAST, true)
    await from.send('to all', { to })
    const message = (await one.receive())!
    // Where it was sent to, and the address of this host to answer from.
    expect([String(message.data), message.get(packetInfo)]).toEqual([
      'to all', { interfaceIndex: 1, localAddress: '127.0.0.1', address: to.address },
    ])
  })
})

describe('interfaces', () => {
  it('have names and numbers', () => {
    expect([if_nametoindex('lo'), if_indextoname(1)]).toEqual([1, 'lo'])
    expect(() => if_indextoname(0)).toThrow(/if_indextoname ENXIO/)
    expect(() => if_nametoindex('')).toThrow(RangeError)
    expect(() => if_nametoindex(1 as never)).toThrow(TypeError)
  })
})

describe.each([
  { family: 'inet', host: '127.0.0.1', kind: recvErr, domain: AF_INET, origin: 'icmp' },
  { family: 'inet6', host: '::1', kind: recvErr6, domain: AF_INET6, origin: 'icmp6' },
] as const)('the error queue of $family', ({ host, kind, domain, origin }) => {
  /** An address where a port is taken by a socket that hears only somebody else: refused, and nobody else gets it meanwhile. */
  function refusing(): InetAddress {
    const fd = socket(domain, SOCK_DGRAM)
    onTestFinished(() => { close(fd) })
    bind(fd, encodeAddress({ address: host, port: 0 }))
    const address = addressOf(fd)
    connect(fd, encodeAddress({ address: host, port: 9 }))
    return address
  }
  const addressOf = (fd: number): InetAddress => {
    const { buffer, byteOffset } = getsockname(fd)
    return { address: host, port: new DataView(buffer, byteOffset).getUint16(2) }
  }
  type Kinds = typeof recvErr | typeof recvErr6 | typeof timestamping

  it('reports the error, its origin, the data and the destination, and does not disturb waiting receives', async () => {
    await using one = MessageSocket.bind<Kinds>({ address: host, port: 0 }, { type: 'datagram', receive: [kind] })
    const message = one.receive()
    const error = one.receive({ flags: MSG_ERRQUEUE })
    const to = refusing()
    await one.send('is anybody there?', { to })
    const report = (await error)!
    expect(report.get(kind)).toMatchObject({ name: 'ECONNREFUSED', origin, offender: { address: host, port: 0 } })
    expect([String(report.data), report.address, report.flags, report.truncated, report.controlTruncated]).toEqual([
      'is anybody there?', to, MSG_ERRQUEUE, false, false,
    ])
    await one.send('to myself', { to: one.address })
    expect(String((await message)!.data)).toBe('to myself')
  })

  it('reports the times of sent messages, each with its id', async () => {
    await using one = MessageSocket.bind<Kinds>({ address: host, port: 0 }, { type: 'datagram', receive: [timestamping, kind] })
    const before = BigInt(Date.now() - 1) * 1_000_000n
    const first = one.receive({ flags: MSG_ERRQUEUE })
    await one.send('when?', { to: one.address, control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE)] })
    const report = (await first)!
    expect(report.get(kind)).toMatchObject({ name: 'ENOMSG', origin: 'timestamping', info: constants.SCM_TSTAMP_SND })
    expect(report.get(timestamping)!.software!.ns).toBeGreaterThan(before)
    expect(report.controlTruncated).toBe(false)
    // The packet comes back with its time: with its headers, unless only the time is asked for.
    expect(report.data.toString('latin1').endsWith('when?')).toBe(true)
    // It was received too, and has the other time, once the kernel has begun to take it: it does so a little later.
    let received = (await one.receive())!.get(timestamping)
    for (let i = 0; i < 10_000 && received === undefined; i++) {
      await one.send('once more', { to: one.address })
      received = (await one.receive())!.get(timestamping)
    }
    expect(received!.software!.ns).toBeGreaterThan(before)

    one.setOption(SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY)
    for (const id of [0, 1]) {
      await one.send('again', { to: one.address, control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE)] })
      const { data, ...rest } =
        await one.receive({ flags: MSG_ERRQUEUE }).then((message) => ({ data: message!.data, error: message!.get(kind) }))
      expect([data.length, rest.error]).toEqual([0, expect.objectContaining({ data: id })])
    }
    try {
      await one.send('with an id', { to: one.address, control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE), timestampId(4711)] })
    } catch (error) {
      // Before Linux 6.13.
      expect(error).toMatchObject({ code: 'EINVAL' })
      return
    }
    expect((await one.receive({ flags: MSG_ERRQUEUE }))!.get(kind)).toMatchObject({ data: 4711 })
  })
})

it('a socket that was shut down in both directions ends each receive, and gets what arrives later', async () => {
  await using peer = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
  await using one = await MessageSocket.connect(peer.address, { type: 'datagram' })
  const to = one.address
  const waiting = one.receive()
  shutdown(one.fd, SHUT_RDWR)
  expect(await waiting).toBeUndefined()
  expect(one.ended).toBe(false)
  await peer.send('late', { to })
  expect(text(one.receiveNow())).toBe('late')
  expect(await one.receive()).toBeUndefined()
})

it('an error found after the messages of a receiveMany rejects the next receive, also if it ends the turn', async () => {
  await using other = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
  const send = (count: number): void => { for (let i = 0; i < count; i++) other.sendNow('x', { to: other.address }) }
  const batch = 256
  // One of these numbers of messages leaves just enough of the turn's budget to find the error.
  for (let between = messagesPerTurn - batch - 8; between <= messagesPerTurn - batch; between++) {
    await using one = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram', messageSize: 64 })
    const peer = MessageSocket.bind({ address: '127.0.0.1', port: 0 }, { type: 'datagram' })
    await one.connect(peer.address)
    const to = one.address
    for (let i = 0; i < batch; i++) await peer.send('x', { to })
    await peer.close()
    const onReceived = (): void => {
      send(between)
      // The peer has gone, so this message causes the error.
      one.sendNow('x')
    }
    // A spent budget is renewed in the next turn.
    send(messagesPerTurn)
    await new Promise(setImmediate)
    subscribe('cmsg:received', onReceived)
    const [first, second] = [one.receiveMany({ max: 1000 }), outcome(one.receive())]
    expect(await first).toHaveLength(batch)
    unsubscribe('cmsg:received', onReceived)
    expect([between, await Promise.race([second, after(1000, 'still waits')])]).toEqual([between, 'ECONNREFUSED'])
  }
})
