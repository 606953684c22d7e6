/**
 * Sockets of other families than the three that MessageSocket makes: adopted, awaited, and asked for their own kinds.
 */
import { describe, expect, it } from 'vitest'
import { constants } from '../../generated/constants.ts'
import {
  MessageSocket, credentials, netlinkPacketInfo, packetAuxdata, packetInfo, packetTxTimestamp, timestampNs, timestamping, ttl,
} from '../../src/index.ts'
import { SystemError, bind, close, listen, recvmmsg, recvmsg, socket } from '../../src/libc.ts'
import { withPeer } from '../support/peers.ts'

const {
  AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_VSOCK, SOCK_RAW, SOCK_STREAM, IPPROTO_ICMPV6, MSG_DONTWAIT, MSG_ERRQUEUE,
  MSG_PEEK, NETLINK_ROUTE, NETLINK_USERSOCK, SOL_SOCKET, SO_RCVBUF, SOF_TIMESTAMPING_TX_SOFTWARE, VMADDR_CID_ANY, VMADDR_CID_LOCAL,
} = constants

const loopback = 1

// Protocols that no other program here uses: the loopback device is everybody's, and a socket that sees all of it loses packets.
const etherType = 0x9000 + process.pid % 0x1000
const experiment = 253 // RFC 3692

/** `text` in an Ethernet frame to nobody. */
function frame(text: string): Uint8Array {
  return Buffer.concat([new Uint8Array(12), Uint8Array.of(etherType >> 8, etherType & 0xff), Buffer.from(text)])
}

/** Binds a packet socket to frames of `etherType` on the loopback device: struct sockaddr_ll. */
function bindToFrames(fd: number): void {
  const name = new Uint8Array(20)
  const view = new DataView(name.buffer)
  view.setUint16(0, AF_PACKET, true)
  view.setUint16(2, etherType)
  view.setInt32(4, loopback, true)
  bind(fd, name)
}

/** A packet socket that has no protocol yet, so that nothing arrives: packet(7). */
function packetSocket(): number {
  return socket(AF_PACKET, SOCK_RAW, 0)
}

function boundPacketSocket(): number {
  const fd = packetSocket()
  bindToFrames(fd)
  return fd
}

withPeer('root', 'AF_PACKET, which refuses MSG_CMSG_CLOEXEC with EINVAL', () => {
  it('is awaited, with lengths, headers and times of packets', async () => {
    await using capture = MessageSocket.adopt(boundPacketSocket(), { receive: [packetAuxdata, timestampNs] })
    await using wire = MessageSocket.adopt(boundPacketSocket())
    const sent = frame('captured')
    const waiting = capture.receive()
    await wire.send(sent)
    const message = (await waiting)!
    expect(message.data).toEqual(Buffer.from(sent))
    const auxdata = message.get(packetAuxdata)!
    expect(auxdata).toMatchObject({ length: sent.length, captured: sent.length })
    expect(auxdata).not.toHaveProperty('vlanTci')
    expect(Math.abs(Number(message.get(timestampNs)!.ns / 1_000_000n) - Date.now())).toBeLessThan(60_000)
    expect(message.address).toMatchObject({
      interfaceIndex: loopback, protocol: etherType, hardwareType: 772, hardwareAddress: new Uint8Array(6),
    })
    expect(message.flags).toBe(0)
  })

  it('reports that a packet was sent', async () => {
    await using wire = MessageSocket.adopt(boundPacketSocket(), { receive: [packetTxTimestamp, timestamping] })
    const waiting = wire.receive({ flags: MSG_ERRQUEUE })
    await wire.send(frame('reported'), { control: [timestamping(SOF_TIMESTAMPING_TX_SOFTWARE)] })
    const report = (await waiting)!
    expect(report.get(packetTxTimestamp)).toMatchObject({ name: 'ENOMSG', origin: 'timestamping', info: constants.SCM_TSTAMP_SND })
    expect(report.get(timestamping)!.software!.sec).toBeGreaterThan(1_700_000_000n)
  })

  it('is received from by raw calls, one and many, and by a batch', async () => {
    const fd = packetSocket()
    try {
      expect(() => recvmsg(fd, { size: 100, controlSize: 100 }, MSG_DONTWAIT | MSG_PEEK)).toThrow(/EAGAIN/)
      bindToFrames(fd)
      await using wire = MessageSocket.adopt(boundPacketSocket())
      for (const text of ['one', 'two']) await wire.send(frame(text))
      expect(recvmsg(fd, {}, MSG_DONTWAIT).data).toEqual(Buffer.from(frame('one')))
      expect(recvmmsg(fd, { count: 1, size: 200 }, MSG_DONTWAIT)).toEqual([expect.objectContaining({ data: Buffer.from(frame('two')) })])
    } finally {
      close(fd)
    }
  })

  it('reports the kernel\'s error if another flag is refused', () => {
    const fd = packetSocket()
    try {
      expect(() => recvmsg(fd, { size: 1 }, constants.MSG_OOB)).toThrow(/recvmsg EINVAL/)
    } finally {
      close(fd)
    }
  })
})

describe('AF_NETLINK', () => {
  it('is awaited, with its group and the kernel as the sender', async () => {
    await using route = MessageSocket.adopt(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), { receive: [netlinkPacketInfo, credentials] })
    // struct nlmsghdr and struct rtgenmsg: RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP
    const request = new Uint8Array(20)
    const view = new DataView(request.buffer)
    view.setUint32(0, request.length, true)
    view.setUint16(4, 18, true)
    view.setUint16(6, 0x301, true)
    const waiting = route.receive()
    await route.send(request)
    const answer = (await waiting)!
    expect(answer.get(netlinkPacketInfo)).toEqual({ group: 0 })
    // The kernel is nobody: no pid, and root's numbers.
    expect(answer.control).toContainEqual(expect.objectContaining({ kind: 'credentials', value: { pid: 0, uid: 0, gid: 0 } }))
    expect(answer.data.readUInt16LE(4)).toBe(16) // RTM_NEWLINK
  })

  it('is retried if a peer had no room, which poll does not report', async () => {
    await using sender = MessageSocket.adopt(socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK))
    await using receiver = MessageSocket.adopt(socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK))
    receiver.bind({ family: AF_NETLINK, data: new Uint8Array(10) })
    receiver.setOption(SOL_SOCKET, SO_RCVBUF, 4096)
    const to = receiver.address
    const data = Buffer.alloc(512)
    data.writeUInt32LE(data.length) // nlmsg_len
    let sent = 0
    while (sender.sendNow(data, { to }) !== undefined) sent++
    let settled = false
    const waiting = sender.send(data, { to }).finally(() => { settled = true })
    // Until only changes are told, and then there are none.
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    expect([sent > 0, settled]).toEqual([true, false])
    for (let i = 0; i < sent; i++) await receiver.receive()
    expect(await waiting).toBe(data.length)
    expect((await receiver.receive())!.data).toEqual(data)
  })
})

withPeer('root', 'raw sockets', () => {
  it('of IPv4 are awaited, with the header and its kinds', async () => {
    await using raw = MessageSocket.adopt(socket(AF_INET, SOCK_RAW, experiment), { receive: [packetInfo, ttl] })
    const text = `to a raw socket ${Math.random()}`
    const waiting = raw.receive()
    await raw.send(text, { to: { address: '127.0.0.1', port: 0 }, control: [ttl(17)] })
    for (let message = await waiting; ; message = await raw.receive()) {
      // Those of the same test on another strategy arrive as well.
      if (!message!.data.toString('latin1').endsWith(text)) continue
      expect(message!.data).toHaveLength(20 + text.length)
      expect([message!.get(ttl), message!.get(packetInfo)!.address]).toEqual([17, '127.0.0.1'])
      return
    }
  })

  it('of IPv6 are awaited', async () => {
    await using raw = MessageSocket.adopt(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6))
    const waiting = raw.receive()
    // Echo request; the kernel fills in the checksum, and answers.
    const echo = Uint8Array.of(128, 0, 0, 0, 0x12, 0x34, 0, 1)
    await raw.send(echo, { to: { address: '::1', port: 0 } })
    const types = new Set<number>()
    for (let data = (await waiting)!.data; ; data = (await raw.receive())!.data) {
      if (data.readUInt16BE(4) === 0x1234) types.add(data[0]!)
      if (types.size === 2) break
    }
    expect(types).toEqual(new Set([128, 129]))
  })
})

describe('AF_VSOCK', () => {
  it('loops back: a connection is accepted, and a message awaited', async (context) => {
    const name = (cid: number, port: number): Uint8Array => {
      const bytes = new Uint8Array(16) // struct sockaddr_vm
      const view = new DataView(bytes.buffer)
      view.setUint16(0, AF_VSOCK, true)
      view.setUint32(4, port, true)
      view.setUint32(8, cid, true)
      return bytes
    }
    const port = 10_000 + process.pid % 50_000
    let listener: number
    try {
      listener = socket(AF_VSOCK, SOCK_STREAM)
      bind(listener, name(VMADDR_CID_ANY, port))
      listen(listener)
    } catch (error) {
      return context.skip(`no vsock here: ${String(error)}`)
    }
    await using server = MessageSocket.adopt(listener)
    await using client = MessageSocket.adopt(socket(AF_VSOCK, SOCK_STREAM))
    try {
      await client.connect({ family: AF_VSOCK, data: name(VMADDR_CID_LOCAL, port).subarray(2) })
    } catch (error) {
      if (error instanceof SystemError && error.code !== 'EINVAL') return context.skip(`vsock does not loop back here: ${error.message}`)
      throw error
    }
    await using connection = await server.accept()
    const waiting = connection.receive()
    await client.send('over a vsock')
    expect(String((await waiting)!.data)).toBe('over a vsock')
    const ended = connection.receive()
    await client.close()
    expect(await ended).toBeUndefined()
  })
})
