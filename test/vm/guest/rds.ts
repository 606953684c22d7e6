/**
 * RDS over the loopback device: it refuses MSG_NOSIGNAL.
 * @see https://docs.kernel.org/networking/rds.html
 * @module
 */
import { MessageSocket, encodeAddress, rdsPathLatency, type AnyControlMessage } from 'cmsg'
import * as libc from 'cmsg/libc'
import { equal, run } from '../support/checks.ts'
import { constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_RDS, SOCK_SEQPACKET } = constants

const address = '127.0.0.1'
let nextPort = 10_000

function bound<D extends AnyControlMessage>(receive: readonly D[]): { socket: MessageSocket<D>; port: number } {
  const port = nextPort++
  const fd = libc.socket(AF_RDS, SOCK_SEQPACKET)
  libc.bind(fd, encodeAddress({ address, port }))
  return { socket: MessageSocket.adopt(fd, { receive }), port }
}

await run({
  async 'receives, with the sender and the time that it took'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([rdsPathLatency])
    const from = await peer.call<number>('bind')
    const waiting = socket.receive()
    await peer.call('send', 'hello', address, port)
    const message = (await waiting)!
    equal([message.data, message.address], [Buffer.from('hello'), { address, port: from }])
    const [latency] = message.get(rdsPathLatency)!
    equal([latency?.position, typeof latency?.ns], [0, 'bigint'])
    await socket.close()
  },

  async 'receives an empty message, and what follows'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([])
    await peer.call('bind')
    for (const text of ['', 'after']) await peer.call('send', text, address, port)
    for (const text of ['', 'after']) equal((await socket.receive())?.data, Buffer.from(text))
    await socket.close()
  },

  async 'says of a message that is cut off how long it was'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([])
    await peer.call('bind')
    for (const text of ['too long', 'whole']) await peer.call('send', text, address, port)
    const cut = (await socket.receive({ size: 3 }))!
    equal([cut.data, cut.length, cut.truncated], [Buffer.from('too'), 8, true])
    const whole = (await socket.receive())!
    equal([whole.data, whole.length, whole.truncated], [Buffer.from('whole'), 5, false])
    await socket.close()
  },

  async 'sends, although MSG_NOSIGNAL is refused'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([])
    const to = { address, port: await peer.call<number>('bind') }
    for (const text of ['one', 'two']) {
      await socket.send(text, { to })
      equal(await peer.call('receive'), [text, address, port])
    }
    await socket.close()
  },

  // sendmmsg marks all messages but the last with MSG_BATCH, which is refused, too.
  async 'sends many, although sendmmsg takes only one'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([])
    const to = { address, port: await peer.call<number>('bind') }
    equal(await socket.sendMany([{ data: 'one', to }, { data: 'two', to }]), 2)
    for (const text of ['one', 'two']) equal(await peer.call('receive'), [text, address, port])
    await socket.close()
  },

  async 'sends by raw calls'() {
    const peer = new Peer('rds')
    const { socket, port } = bound([])
    const name = encodeAddress({ address, port: await peer.call<number>('bind') })
    equal(libc.sendmsg(socket.fd, { name, buffers: [Buffer.from('raw')] }), 3)
    equal(await peer.call('receive'), ['raw', address, port])
    equal(libc.sendmmsg(socket.fd, [{ name, buffers: [Buffer.from('many')] }]), 1)
    equal(await peer.call('receive'), ['many', address, port])
    await socket.close()
  },
})
