/**
 * What Python sends is received here, and what is sent here Python receives: its socket module is the judge of both.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, it, onTestFinished } from 'vitest'
import {
  MessageSocket, constants, hopLimit, mark, packetInfo, packetInfo6, priority, segmentSize, tos, trafficClass, ttl, type AnyControlMessage,
  type ControlItem, type InetAddress,
} from '../../src/index.ts'
import { withPeer } from '../support/peers.ts'

const c = constants

/** A Python program with a socket `s` bound to loopback, which has printed its port; and a function for its next line. */
async function python(v6: boolean, setup: string, rest: string): Promise<{ port: number; line(): Promise<string> }> {
  const program = `
import socket, struct
s = socket.socket(socket.AF_INET${v6 ? '6' : ''}, socket.SOCK_DGRAM)
s.bind(('${v6 ? '::1' : '127.0.0.1'}', 0))
${setup}
print(s.getsockname()[1], flush=True)
${rest}
`
  const child = spawn('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => { child.kill() })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => (await lines.next()).value as string
  return { port: Number(await line()), line }
}

/** Receive `count` messages, and print the data and each control message as level:type:bytes. */
const receive = (count = 1): string => `
for _ in range(${count}):
    data, control, flags, name = s.recvmsg(70000, 4096)
    print(data.decode(), name[0], *sorted(f'{level}:{type}:{bytes.hex()}' for level, type, bytes in control), flush=True)
`
const int = (n: number): string => Buffer.from(Int32Array.of(n).buffer).toString('hex')
const sorted = (...messages: readonly (readonly [level: number, type: number, hex: string])[]): string =>
  messages.map((one) => one.join(':')).sort().join(' ')

withPeer('python3', 'Python', () => {
  it('receives our source address, time to live and type of service over IPv4', async () => {
    const options = [c.IP_RECVTTL, c.IP_RECVTOS, c.IP_PKTINFO].map((option) => `s.setsockopt(0, ${option}, 1)`)
    const peer = await python(false, options.join('\n'), receive())
    await using socket = MessageSocket.open({ family: 'inet', type: 'datagram' })
    await socket.send('hello', {
      to: { address: '127.0.0.1', port: peer.port }, control: [packetInfo({ localAddress: '127.0.0.9' }), ttl(42), tos(0x28)],
    })
    const info = `${int(1)}7f0000017f000001`
    expect(await peer.line())
      .toBe(`hello 127.0.0.9 ${sorted([c.SOL_IP, c.IP_TTL, int(42)], [c.SOL_IP, c.IP_TOS, '28'], [c.SOL_IP, c.IP_PKTINFO, info])}`)
  })

  it('receives our hop limit, traffic class and source address over IPv6', async () => {
    const options = [c.IPV6_RECVHOPLIMIT, c.IPV6_RECVTCLASS, c.IPV6_RECVPKTINFO].map((option) => `s.setsockopt(41, ${option}, 1)`)
    const peer = await python(true, options.join('\n'), receive())
    await using socket = MessageSocket.open({ family: 'inet6', type: 'datagram' })
    await socket.send('hello', {
      to: { address: '::1', port: peer.port },
      control: [packetInfo6({ address: '::1', interfaceIndex: 1 }), hopLimit(42), trafficClass(0x28)],
    })
    const info = `${'0'.repeat(31)}1${int(1)}`
    const level = c.SOL_IPV6
    const received = sorted([level, c.IPV6_HOPLIMIT, int(42)], [level, c.IPV6_TCLASS, int(0x28)], [level, c.IPV6_PKTINFO, info])
    expect(await peer.line()).toBe(`hello ::1 ${received}`)
  })

  it('receives the segments that the kernel cuts', async () => {
    const peer = await python(false, '', receive(3))
    await using socket = MessageSocket.open({ family: 'inet', type: 'datagram' })
    await socket.send('aaaabbbbcc', { to: { address: '127.0.0.1', port: peer.port }, control: [segmentSize(4)] })
    expect([await peer.line(), await peer.line(), await peer.line()]).toEqual(['aaaa 127.0.0.1', 'bbbb 127.0.0.1', 'cc 127.0.0.1'])
  })

  it.each([
    ['IPv4', false, [packetInfo, ttl, tos], [
      [packetInfo, { interfaceIndex: 1, localAddress: '127.0.0.1', address: '127.0.0.1' }], [ttl, 17], [tos, 0x48],
    ], `[(0, ${c.IP_TTL}, struct.pack('@i', 17)), (0, ${c.IP_TOS}, struct.pack('@i', 0x48))]`],
    ['IPv6', true, [packetInfo6, hopLimit, trafficClass], [
      [packetInfo6, { interfaceIndex: 1, address: '::1' }], [hopLimit, 17], [trafficClass, 0x48],
    ], `[(41, ${c.IPV6_HOPLIMIT}, struct.pack('@i', 17)), (41, ${c.IPV6_TCLASS}, struct.pack('@i', 0x48))]`],
  ] as const)('sends control messages over %s that are received here', async (_, v6, kinds, expected, control) => {
    await using socket = MessageSocket.bind({ address: v6 ? '::1' : '127.0.0.1', port: 0 }, {
      type: 'datagram', receive: kinds as readonly AnyControlMessage[],
    })
    const { address, port } = socket.address as InetAddress
    await python(v6, '', `s.sendmsg([b'from python'], ${control}, 0, ('${address}', ${port}))`)
    const message = (await socket.receive())!
    expect(String(message.data)).toBe('from python')
    for (const [kind, value] of expected) expect(message.get(kind as AnyControlMessage)).toEqual(value)
  })
})

withPeer(['python3', 'root'], 'Python, as root', () => {
  it.for([
    ['mark', c.SO_RCVMARK, c.SO_MARK, mark(0x1234), 0x1234], ['priority', c.SO_RCVPRIORITY, c.SO_PRIORITY, priority(7), 7],
  ] as [string, number, number, ControlItem, number][])(
    'receives the %s of a packet', async ([name, option, type, item, value], context) => {
      const peer = await python(false, `
try: s.setsockopt(1, ${option}, 1)
except OSError: print('no', flush=True)`, receive())
      if (Number.isNaN(peer.port)) return context.skip(`this kernel has no ${name} to receive`)
      await using socket = MessageSocket.open({ family: 'inet', type: 'datagram' })
      await socket.send(name, { to: { address: '127.0.0.1', port: peer.port }, control: [item] })
      expect(await peer.line()).toBe(`${name} 127.0.0.1 ${c.SOL_SOCKET}:${type}:${int(value)}`)
    })
})
