/**
 * MPTCP, and TCP beside it: with MSG_TRUNC the kernel discards bytes and writes none.
 * @module
 */
import { MessageSocket, encodeAddress, tcpInq } from 'cmsg'
import * as libc from 'cmsg/libc'
import { equal, run } from '../support/checks.ts'
import { constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_INET, SOCK_STREAM, IPPROTO_MPTCP, IPPROTO_TCP, MSG_TRUNC } = constants

async function connected(protocol: number): Promise<{ peer: Peer; socket: MessageSocket<typeof tcpInq> }> {
  const peer = new Peer('mptcp')
  const port = await peer.call<number>('listen', protocol)
  const fd = libc.socket(AF_INET, SOCK_STREAM, protocol)
  libc.connect(fd, encodeAddress({ address: '127.0.0.1', port }))
  await peer.call('accept')
  return { peer, socket: MessageSocket.adopt(fd, { receive: [tcpInq] }) }
}

/** `length` is new: the bytes of a message as sent, or here those that were discarded. */
const lengthOf = (message: object): unknown => (message as { readonly length?: number }).length

/** Bytes that another socket received before, into the same memory, must not be shown. */
async function discards(protocol: number): Promise<void> {
  const { peer: stranger, socket: other } = await connected(protocol)
  await stranger.call('send', 'a secret of another')
  equal((await other.receive({ size: 13 }))?.data, Buffer.from('a secret of a'))
  const { peer, socket } = await connected(protocol)
  await peer.call('send', 'discarded, kept')
  const message = (await socket.receive({ size: 13, flags: MSG_TRUNC }))!
  equal([message.data, lengthOf(message)], [Buffer.alloc(0), 11 + 2])
  equal((await socket.receive())?.data, Buffer.from('pt'))
  for (const each of [other, socket]) await each.close()
}

async function discardsRaw(protocol: number): Promise<void> {
  const { peer, socket } = await connected(protocol)
  await peer.call('send', 'a secret')
  libc.recvmsg(socket.fd, { size: 8 })
  await peer.call('send', 'discarded')
  const { data, length } = libc.recvmsg(socket.fd, { size: 8 }, MSG_TRUNC)
  equal([data, length], [Buffer.alloc(0), 8])
  equal(libc.recvmsg(socket.fd, { size: 8 }).data, Buffer.from('d'))
  await socket.close()
}

await run({
  'TCP: shows no bytes of others with MSG_TRUNC': () => discards(IPPROTO_TCP),
  'MPTCP: shows no bytes of others with MSG_TRUNC': () => discards(IPPROTO_MPTCP),
  'TCP: neither by raw calls': () => discardsRaw(IPPROTO_TCP),
  'MPTCP: neither by raw calls': () => discardsRaw(IPPROTO_MPTCP),

  async 'MPTCP: exchanges bytes, with how many are left, until the end'() {
    const { peer, socket } = await connected(IPPROTO_MPTCP)
    await socket.send('question')
    equal(await peer.call('receive'), 'question')
    const waiting = socket.receive({ size: 4 })
    await peer.call('send', 'answer')
    const message = (await waiting)!
    equal([message.data, message.get(tcpInq)], [Buffer.from('answ'), 2])
    equal((await socket.receive())?.data, Buffer.from('er'))
    await peer.call('close')
    equal(await socket.receive(), undefined)
    await socket.close()
  },
})
