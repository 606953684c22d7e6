/**
 * AF_VSOCK over its loopback: streams, packets, and notifications of a service.
 * @module
 */
import { MessageSocket, encodeAddress, type Address } from 'cmsg'
import * as libc from 'cmsg/libc'
import { notify } from 'cmsg/systemd'
import { equal, run } from '../support/checks.ts'
import { addressOf, bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_VSOCK, SOCK_STREAM, SOCK_SEQPACKET, VMADDR_CID_ANY, VMADDR_CID_LOCAL } = constants

/** struct sockaddr_vm */
const vsockAddress = (cid: number, port: number): Address =>
  addressOf(AF_VSOCK, bytesOf({ family: 'u16', zero: 'u16', port: 'u32', cid: 'u32', flags: 'u8', pad: ['u8', 3] }, {
    family: AF_VSOCK, zero: 0, port, cid, flags: 0, pad: new Uint8Array(3),
  }))

async function connects(type: number, kind: string, port: number): Promise<void> {
  const peer = new Peer('vsock')
  await peer.call('listen', kind, port)
  const socket = MessageSocket.adopt(libc.socket(AF_VSOCK, type))
  await socket.connect(vsockAddress(VMADDR_CID_LOCAL, port))
  await peer.call('accept')
  await exchange(peer, socket)
}

async function accepts(type: number, kind: string, port: number): Promise<void> {
  const peer = new Peer('vsock')
  const fd = libc.socket(AF_VSOCK, type)
  libc.bind(fd, encodeAddress(vsockAddress(VMADDR_CID_ANY, port)))
  libc.listen(fd)
  const server = MessageSocket.adopt(fd)
  const waiting = server.accept()
  await peer.call('connect', kind, port)
  await exchange(peer, await waiting)
  await server.close()
}

async function exchange(peer: Peer, socket: MessageSocket): Promise<void> {
  await socket.send('question')
  equal(await peer.call('receive'), 'question')
  const waiting = socket.receive()
  await peer.call('send', 'answer')
  equal((await waiting)?.data, Buffer.from('answer'))
  await peer.call('send', 'the last')
  await peer.call('close')
  equal((await socket.receive())?.data, Buffer.from('the last'))
  equal(await socket.receive(), undefined)
  await socket.close()
}

await run({
  'a stream: connects, and exchanges bytes until the end': () => connects(SOCK_STREAM, 'SOCK_STREAM', 5001),
  'a stream: accepts, and exchanges bytes until the end': () => accepts(SOCK_STREAM, 'SOCK_STREAM', 5002),
  'packets: connects, and exchanges them until the end': () => connects(SOCK_SEQPACKET, 'SOCK_SEQPACKET', 5003),
  'packets: accepts, and exchanges them until the end': () => accepts(SOCK_SEQPACKET, 'SOCK_SEQPACKET', 5004),

  async 'packets: keeps them apart, and says of one that is cut off'() {
    const peer = new Peer('vsock')
    await peer.call('listen', 'SOCK_SEQPACKET', 5005)
    const socket = MessageSocket.adopt(libc.socket(AF_VSOCK, SOCK_SEQPACKET))
    await socket.connect(vsockAddress(VMADDR_CID_LOCAL, 5005))
    await peer.call('accept')
    for (const text of ['one', 'too long', 'x'.repeat(100_000)]) await peer.call('send', text)
    equal((await socket.receive())?.data, Buffer.from('one'))
    const cut = (await socket.receive({ size: 3 }))!
    equal([cut.data, cut.length, cut.truncated], [Buffer.from('too'), 8, true])
    const large = (await socket.receive({ size: 200_000 }))!
    equal([large.data.length, large.truncated], [100_000, false])
    await socket.close()
  },

  // A kernel without datagrams here: the next type is tried.
  'a notification: packets': () => notifies('vsock', 'SOCK_SEQPACKET', 5006),
  'a notification: a stream, as it says': () => notifies('vsock-stream', 'SOCK_STREAM', 5007),
})

/** A service manager outside of the machine is told, and the promise resolves once it has read to the end. */
async function notifies(type: string, kind: string, port: number): Promise<void> {
  const peer = new Peer('vsock')
  await peer.call('listen', kind, port)
  process.env.NOTIFY_SOCKET = `${type}:${VMADDR_CID_LOCAL}:${port}`
  let resolved = false
  const waiting = notify({ READY: 1, STATUS: 'listening' })
  void waiting.then(() => { resolved = true })
  await peer.call('accept')
  equal(await peer.call('receive'), 'READY=1\nSTATUS=listening')
  equal(await peer.call('receive'), '')
  // As root it came from a port that is for root alone.
  equal((await peer.call('port')) as number < 1024, true)
  equal(resolved, false)
  await peer.call('close')
  equal(await waiting, true)
}
