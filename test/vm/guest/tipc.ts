/**
 * TIPC within one node: names of services, and messages that come back.
 * @see https://docs.kernel.org/networking/tipc.html
 * @module
 */
import {
  MessageSocket, encodeAddress, tipcDestinationName, tipcErrorInfo, tipcReturnedData, type Address, type AnyControlMessage, type Message,
} from 'cmsg'
import * as libc from 'cmsg/libc'
import { equal, run } from '../support/checks.ts'
import { addressOf, bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_TIPC, SOCK_RDM, SOCK_SEQPACKET, SOCK_STREAM, SOL_TIPC } = constants

const TIPC_DEST_DROPPABLE = 129
const nodeScope = 3
const everything = [tipcErrorInfo, tipcReturnedData, tipcDestinationName]

/** struct sockaddr_tipc */
const tipcAddress = (kind: number, a: number, b: number, c: number): Address =>
  addressOf(AF_TIPC, bytesOf({ family: 'u16', addrtype: 'u8', scope: 'i8', a: 'u32', b: 'u32', c: 'u32' }, {
    family: AF_TIPC, addrtype: kind, scope: nodeScope, a, b, c,
  }))
const range = (type: number, instance: number): Address => tipcAddress(1, type, instance, instance)
const service = (type: number, instance: number): Address => tipcAddress(2, type, instance, 0)

function opened<D extends AnyControlMessage>(type: number, receive: readonly D[], prepare?: (fd: number) => void): MessageSocket<D> {
  const fd = libc.socket(AF_TIPC, type)
  prepare?.(fd)
  return MessageSocket.adopt(fd, { receive })
}

/** A message as python3 tells of it: see described() in peers/tipc.py. */
function described(message: Message<typeof everything[number]> | undefined): object {
  if (message === undefined) return { ended: true }
  const errors: Readonly<Record<string | number, number>> = { noPort: constants.TIPC_ERR_NO_PORT, shutdown: constants.TIPC_CONN_SHUTDOWN }
  const info = message.get(tipcErrorInfo)
  const returned = message.get(tipcReturnedData)
  return {
    data: message.data.toString('latin1'),
    ...(info === undefined ? {} : { error: errors[info.error], length: info.length }),
    ...(returned === undefined ? {} : { returned: Buffer.from(returned).toString('latin1') }),
  }
}

/** A connection of ours, and the peer that has accepted it. */
async function connected(
  type: number, kind: string, number: number,
): Promise<{ peer: Peer; socket: MessageSocket<typeof everything[number]> }> {
  const peer = new Peer('tipc')
  await peer.call('listen', kind, number, 1)
  const socket = opened(type, everything)
  // The one is not over before the other.
  await Promise.all([peer.call('accept'), socket.connect(service(number, 1))])
  return { peer, socket }
}

/** Of a peer that closes, and leaves a message unread: a message without data. */
async function unread(type: number, kind: string, number: number): Promise<void> {
  const expected = await new Peer('tipc').call<object[]>('returned', kind, number)
  const { peer, socket } = await connected(type, kind, number + 1)
  await socket.send('unread')
  await peer.call('send', 'to be read')
  await peer.call('close')
  equal([described(await socket.receive()), described(await socket.receive())], expected)
  await socket.close()
}

/**
 * That the peer has closed is a message without data, too, with the reason. What follows is never an end to recvmsg, but
 * EAGAIN for ever, while poll has POLLIN and POLLHUP.
 */
async function ends(type: number, kind: string, number: number): Promise<void> {
  const { peer, socket } = await connected(type, kind, number)
  await peer.call('send', 'to be read')
  await peer.call('close')
  const texts: string[] = []
  for await (const message of socket) texts.push(String(message.data))
  equal(texts.join(''), 'to be read')
  equal(socket.ended, true)
  await socket.close()
}

await run({
  async 'receives with the name of the service, and answers'() {
    const peer = new Peer('tipc')
    const socket = opened(SOCK_RDM, everything, (fd) => { libc.bind(fd, encodeAddress(range(1000, 5))) })
    await peer.call('open_socket', 'SOCK_RDM')
    const waiting = socket.receive()
    await peer.call('send_to', 'to a service', 1000, 5)
    const message = (await waiting)!
    equal([message.data, message.get(tipcDestinationName)], [Buffer.from('to a service'), { type: 1000, lower: 5, upper: 5 }])
    await socket.send('answer', { to: message.address })
    equal(await peer.call('receive'), { data: 'answer' })
    await socket.close()
  },

  async 'sends to a service, and is answered'() {
    const peer = new Peer('tipc')
    await peer.call('bind', 'SOCK_RDM', 1001, 7)
    const socket = opened(SOCK_RDM, everything)
    await socket.send('hello', { to: service(1001, 7) })
    equal(await peer.call('answer', 'answer'), { data: 'hello', name: [1001, 7, 7] })
    const message = (await socket.receive())!
    equal([message.data, message.get(tipcDestinationName)], [Buffer.from('answer'), undefined])
    await socket.close()
  },

  async 'gets a message back that nobody takes, with the reason'() {
    const peer = new Peer('tipc')
    await peer.call('bind', 'SOCK_RDM', 1003, 1)
    const socket = opened(SOCK_RDM, everything, (fd) => { libc.setsockopt(fd, SOL_TIPC, TIPC_DEST_DROPPABLE, 0) })
    await socket.send('read', { to: service(1003, 1) })
    await peer.call('answer', 'from here')
    const { address } = (await socket.receive())!
    await peer.call('close')
    await socket.send('returned', { to: address })
    const message = (await socket.receive())!
    equal([message.data, message.get(tipcErrorInfo)], [Buffer.alloc(0), { error: 'noPort', length: 8 }])
    equal(message.get(tipcReturnedData), Buffer.from('returned'))
    await socket.close()
  },

  'a connection of packets: gets back what the peer left unread, as python3 does': () => unread(SOCK_SEQPACKET, 'SOCK_SEQPACKET', 1010),

  'a stream: gets back what the peer left unread, as python3 does': () => unread(SOCK_STREAM, 'SOCK_STREAM', 1020),

  'a connection of packets: ends when the peer has closed': () => ends(SOCK_SEQPACKET, 'SOCK_SEQPACKET', 1030),

  'a stream: ends when the peer has closed': () => ends(SOCK_STREAM, 'SOCK_STREAM', 1040),

  async 'a connection of packets: accepts, and exchanges messages'() {
    const peer = new Peer('tipc')
    const server = opened(SOCK_SEQPACKET, everything, (fd) => {
      libc.bind(fd, encodeAddress(range(1004, 1)))
      libc.listen(fd)
    })
    const waiting = server.accept()
    await peer.call('connect', 'SOCK_SEQPACKET', 1004, 1)
    const connection = await waiting
    for (const text of ['one', 'two']) await peer.call('send', text)
    for (const text of ['one', 'two']) equal((await connection.receive())?.data, Buffer.from(text))
    await connection.send('answer')
    equal(await peer.call('receive_on_connection'), { data: 'answer', name: [1004, 1, 1] })
    await connection.close()
    await server.close()
  },
})
