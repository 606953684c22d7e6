/**
 * AF_RXRPC: calls. A server listens and receives on the same socket.
 * @see https://docs.kernel.org/networking/rxrpc.html
 * @module
 */
import { MessageSocket, encodeAddress, rxrpcAbort, rxrpcAck, rxrpcChargeAccept, rxrpcUserCallId, type Address } from 'cmsg'
import * as libc from 'cmsg/libc'
import { assert, equal, run } from '../support/checks.ts'
import { addressOf, bytesOf, constants } from '../support/layout.ts'
import { Peer } from '../support/peer.ts'

const { AF_INET, AF_RXRPC, SOCK_DGRAM, MSG_EOR } = constants

const kinds = [rxrpcUserCallId, rxrpcAbort, rxrpcAck]
type RxrpcSocket = MessageSocket<typeof kinds[number]>

/** struct sockaddr_rxrpc, with a struct sockaddr_in in room for a larger one */
function rxrpcAddress(service: number, port: number): Address {
  const transport = Buffer.alloc(28)
  transport.set(encodeAddress({ address: '127.0.0.1', port }))
  return addressOf(AF_RXRPC, bytesOf(
    { family: 'u16', service: 'u16', transport_type: 'u16', transport_len: 'u16', transport: ['u8', 28] },
    { family: AF_RXRPC, service, transport_type: SOCK_DGRAM, transport_len: 16, transport },
  ))
}

const opened = (prepare?: (fd: number) => void): RxrpcSocket => {
  const fd = libc.socket(AF_RXRPC, SOCK_DGRAM, AF_INET)
  prepare?.(fd)
  return MessageSocket.adopt(fd, { receive: kinds })
}

/** The next message, as python3 tells of it: see receive() in peers/rxrpc.py. */
async function received(socket: RxrpcSocket): Promise<object> {
  const message = (await socket.receive())!
  assert(message !== undefined, 'it is taken for the end')
  return {
    data: message.data.toString('latin1'), call: Number(message.get(rxrpcUserCallId)), last: (message.flags & MSG_EOR) !== 0,
    abort: message.get(rxrpcAbort) ?? null, acknowledged: message.get(rxrpcAck) ?? false,
  }
}

const plain = { last: false, abort: null, acknowledged: false }

/** Answer a call of python3. */
async function answers(socket: RxrpcSocket, service: number, port: number): Promise<void> {
  await socket.send('', { control: [rxrpcChargeAccept(), rxrpcUserCallId(11n)] })
  const peer = new Peer('rxrpc')
  await peer.call('connect', service, port)
  const waiting = received(socket)
  await peer.call('send', 'question', 7)
  const question = await waiting as { data: string; call: number }
  equal([question.data, question.call], ['question', 11])
  await socket.send('answer', { control: [rxrpcUserCallId(11n)] })
  equal(await peer.call('receive'), { ...plain, data: 'answer', call: 7, last: true })
  // Without a byte: the call is over.
  for (;;) {
    const after = await received(socket) as { data: string; acknowledged: boolean }
    equal(after.data, '')
    if (after.acknowledged) break
  }
}

await run({
  async 'calls, and is answered'() {
    const peer = new Peer('rxrpc')
    await peer.call('serve', 1, 7001, 5)
    const socket = opened()
    await socket.send('question', { to: rxrpcAddress(1, 7001), control: [rxrpcUserCallId(9n)] })
    const question = await peer.call<{ data: string; call: number }>('receive')
    equal([question.data, question.call], ['question', 5])
    await peer.call('send', 'answer', 5)
    equal(await received(socket), { ...plain, data: 'answer', call: 9, last: true })
    await socket.close()
  },

  async 'is told that the peer has aborted a call, by a message without data'() {
    const peer = new Peer('rxrpc')
    await peer.call('serve', 2, 7002, 6)
    const socket = opened()
    await socket.send('question', { to: rxrpcAddress(2, 7002), control: [rxrpcUserCallId(10n)] })
    await peer.call('receive')
    await peer.call('abort', 6, 123)
    const aborted = await received(socket) as { data: string; call: number; abort: number }
    equal([aborted.data, aborted.call, aborted.abort], ['', 10, 123])
    await socket.close()
  },

  async 'aborts a call'() {
    const peer = new Peer('rxrpc')
    await peer.call('serve', 3, 7003, 7)
    const socket = opened()
    await socket.send('question', { to: rxrpcAddress(3, 7003), control: [rxrpcUserCallId(12n)] })
    // Before the peer has read the question: the kernel sends no abort of a question that was read to its end. sendmsg returns 32 then,
    // the size of a packet of the protocol. The message has gone all the same, once.
    await socket.send('', { control: [rxrpcUserCallId(12n), rxrpcAbort(321)] })
    for (;;) {
      const { data, abort } = await peer.call<{ data: string; abort: number | null }>('receive')
      assert(data === '' || data === 'question', `received ${data}`)
      if (abort === null) continue
      equal(abort, 321)
      break
    }
    await socket.close()
  },

  async 'a socket that listens and is adopted receives and answers'() {
    const socket = opened((fd) => {
      libc.bind(fd, encodeAddress(rxrpcAddress(4, 7004)))
      libc.listen(fd, 5)
    })
    await answers(socket, 4, 7004)
    await socket.close()
  },

  async 'a socket that is told to listen receives and answers'() {
    const socket = opened((fd) => { libc.bind(fd, encodeAddress(rxrpcAddress(5, 7005))) })
    socket.listen(5)
    await answers(socket, 5, 7005)
    await socket.close()
  },
})
