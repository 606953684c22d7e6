/**
 * SCTP, one-to-one (SOCK_STREAM) and one-to-many (SOCK_SEQPACKET): both keep messages apart.
 * @see https://www.rfc-editor.org/rfc/rfc6458
 * @module
 */
import {
  MessageSocket, decodeAddress, encodeAddress, sctpInit, sctpNextInfo, sctpPrInfo, sctpReceiveInfo, sctpSendInfo, sctpSendReceiveInfo,
  type AnyControlMessage,
} from 'cmsg'
import * as libc from 'cmsg/libc'
import { assert, equal, run } from '../support/checks.ts'
import { constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_INET, SOCK_STREAM, SOCK_SEQPACKET, IPPROTO_SCTP, SOL_SCTP, SOL_SOCKET, SO_SNDBUFFORCE, SCTP_EVENTS, MSG_EOR } = constants

const localhost = { address: '127.0.0.1', port: 0 }

function sctpSocket<D extends AnyControlMessage>(
  type: number, receive: readonly D[], prepare?: (fd: number) => void,
): { socket: MessageSocket<D>; port: number } {
  const fd = libc.socket(AF_INET, type, IPPROTO_SCTP)
  libc.bind(fd, encodeAddress(localhost))
  prepare?.(fd)
  const { port } = decodeAddress(libc.getsockname(fd)) as { port: number }
  return { socket: MessageSocket.adopt(fd, { receive }), port }
}

/** An association with python3 through a socket of ours that connects. */
async function connected<D extends AnyControlMessage>(
  receive: readonly D[], prepare?: (fd: number) => void,
): Promise<{ peer: Peer; socket: MessageSocket<D> }> {
  const peer = new Peer('sctp')
  const port = await peer.call<number>('listen')
  const { socket } = sctpSocket(SOCK_STREAM, receive, prepare)
  await socket.connect({ address: '127.0.0.1', port })
  await peer.call('accept')
  return { peer, socket }
}

/** What most servers do on a one-to-many socket: answer every message on the stream it came on. */
async function answers(socket: MessageSocket<typeof sctpReceiveInfo>, peer: Peer, port: number): Promise<void> {
  const from = await peer.call<number>('connect', port)
  await peer.call('send', 'to one of many', 3, 51)
  const message = (await socket.receive())!
  const info = message.get(sctpReceiveInfo)!
  equal([message.data, info.stream, info.ppid], [Buffer.from('to one of many'), 3, 51])
  equal((message.address as { port: number }).port, from)
  assert((message.flags & MSG_EOR) !== 0, 'it is not marked as whole')
  await socket.send('by address', { to: message.address, control: [sctpSendInfo({ stream: 4, ppid: 52 })] })
  equal(await peer.call('receive'), ['by address', 4, 52])
  await socket.send('by association', { control: [sctpSendInfo({ stream: 5, association: info.association })] })
  equal(await peer.call('receive'), ['by association', 5, 0])
}

await run({
  async 'one to one: accepts, and exchanges messages on their streams until the end'() {
    const peer = new Peer('sctp')
    const { socket: server, port } = sctpSocket(SOCK_STREAM, [sctpReceiveInfo], (fd) => { libc.listen(fd) })
    const waiting = server.accept()
    await peer.call('connect', port)
    const connection = await waiting
    await peer.call('send', 'on stream 2', 2, 46)
    const message = (await connection.receive())!
    equal([message.data, message.get(sctpReceiveInfo)?.stream, message.get(sctpReceiveInfo)?.ppid], [Buffer.from('on stream 2'), 2, 46])
    await connection.send('answer', { control: [sctpSendInfo({ stream: 3, ppid: 47 }), sctpPrInfo({ policy: 0x10, value: 10_000 })] })
    equal(await peer.call('receive'), ['answer', 3, 47])
    await peer.call('close')
    equal(await connection.receive(), undefined)
    await connection.close()
    await server.close()
  },

  async 'one to one: connects, and knows the message after'() {
    const { peer, socket } = await connected([sctpReceiveInfo, sctpNextInfo])
    // It is known once it is there, which is a question of time.
    for (let round = 0, known = false; !known; round++) {
      assert(round < 20, 'it never was')
      await peer.call('send', 'first', 1, 7)
      await peer.call('send', 'second', 2, 8)
      const [first, second] = [(await socket.receive())!, (await socket.receive())!]
      equal([first.data, first.get(sctpReceiveInfo)?.stream], [Buffer.from('first'), 1])
      equal([second.data, second.get(sctpReceiveInfo)?.stream, second.get(sctpNextInfo)], [Buffer.from('second'), 2, undefined])
      const next = first.get(sctpNextInfo)
      known = next !== undefined
      if (known) equal([next?.stream, next?.ppid, next?.length], [2, 8, 6])
    }
    await socket.close()
  },

  async 'one to one: keeps a message larger than a part in one, on its stream'() {
    const { peer, socket } = await connected([], (fd) => { libc.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20) })
    const lengths = peer.call('receive_lengths', 400_000)
    await socket.send(Buffer.alloc(400_000, 'x'), { control: [sctpSendInfo({ stream: 6 })] })
    equal(await lengths, [[400_000, 6]])
    await socket.close()
  },

  async 'one to one: has what came before in struct sctp_sndrcvinfo, too'() {
    const { peer, socket } = await connected([sctpSendReceiveInfo])
    // struct sctp_event_subscribe: its first member is data_io_event.
    socket.setOption(SOL_SCTP, SCTP_EVENTS, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    await peer.call('send', 'on stream 4', 4, 9)
    const message = (await socket.receive())!
    equal([message.data, message.get(sctpSendReceiveInfo)?.stream, message.get(sctpSendReceiveInfo)?.ppid], [
      Buffer.from('on stream 4'), 4, 9,
    ])
    await socket.send('back', { control: [sctpSendReceiveInfo({ stream: 5, ppid: 10 })] })
    equal(await peer.call('receive'), ['back', 5, 10])
    await socket.close()
  },

  async 'one to many: a socket that listens and is adopted receives and answers'() {
    const { socket, port } = sctpSocket(SOCK_SEQPACKET, [sctpReceiveInfo], (fd) => { libc.listen(fd) })
    await answers(socket, new Peer('sctp'), port)
    await socket.close()
  },

  async 'one to many: a receive that waits is for the messages of every peer that it connects to'() {
    const peers = [new Peer('sctp'), new Peer('sctp')]
    const { socket } = sctpSocket(SOCK_SEQPACKET, [sctpReceiveInfo])
    const waiting = [socket.receive(), socket.receive()]
    for (const peer of peers) {
      await socket.connect({ address: '127.0.0.1', port: await peer.call<number>('listen') })
      await peer.call('accept')
    }
    for (const [i, peer] of peers.entries()) {
      await peer.call('send', `from ${i}`, 1, 7)
      equal((await waiting[i])!.data, Buffer.from(`from ${i}`))
    }
    await socket.close()
  },

  async 'one to many: a socket that is told to listen receives and answers'() {
    const { socket, port } = sctpSocket(SOCK_SEQPACKET, [sctpReceiveInfo])
    socket.listen()
    await answers(socket, new Peer('sctp'), port)
    await socket.close()
  },

  async 'one to many: serves the next peer when one has ended its association'() {
    const { socket, port } = sctpSocket(SOCK_SEQPACKET, [sctpReceiveInfo], (fd) => { libc.listen(fd) })
    for (const text of ['of the first', 'of the second']) {
      const peer = new Peer('sctp')
      await peer.call('connect', port)
      await peer.call('send', text, 0, 0)
      equal((await socket.receive())?.data, Buffer.from(text))
      await peer.call('close')
    }
    equal(socket.ended, false)
    await socket.close()
  },

  async 'one to many: opens an association with so many streams by its first message'() {
    const peer = new Peer('sctp')
    const port = await peer.call<number>('listen')
    const { socket } = sctpSocket(SOCK_SEQPACKET, [sctpReceiveInfo])
    await socket.send('hello', {
      to: { address: '127.0.0.1', port }, control: [sctpInit({ outgoingStreams: 3 }), sctpSendInfo({ stream: 2 })],
    })
    await peer.call('accept')
    equal(await peer.call('receive'), ['hello', 2, 0])
    equal((await peer.call<number[]>('streams'))[0], 3)
    await socket.close()
  },
})
