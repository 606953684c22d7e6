/**
 * Run by manners.test.ts, on sockets that refuse a flag: one call of each kind, and what came of it.
 */
import { encodeAddress } from '../../src/codec.ts'
import {
  MessageBatch, accept4, bind, close, connect, constants, listen, recvmmsg, recvmsg, sendmmsg, sendmsg, socket, socketpair,
} from '../../src/libc.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, MSG_TRUNC, MSG_OOB, MSG_DONTWAIT } = constants
const attempt = (call: () => unknown): void => {
  try {
    console.log(JSON.stringify(call()))
  } catch (error) {
    console.log((error as { code: string }).code)
  }
}

const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
const buffers = [Buffer.from('abc')]
switch (process.env.MANNERS) {
  case 'rds':
    attempt(() => sendmsg(a, { buffers }))
    attempt(() => sendmmsg(a, [{ buffers }, { buffers }]))
    // What is refused for another reason stays refused.
    attempt(() => sendmsg(a, { buffers }, MSG_OOB))
    break
  case 'j1939':
    for (let i = 0; i < 4; i++) sendmsg(a, { buffers })
    attempt(() => recvmsg(b, { size: 2 }).length)
    attempt(() => recvmsg(b, { size: 2 }, MSG_TRUNC).length)
    attempt(() => recvmmsg(b, { count: 1, size: 2 }, MSG_TRUNC).map(({ length }) => length))
    attempt(() => new MessageBatch({ count: 1, size: 2 }).receiveOne(b, MSG_TRUNC | MSG_DONTWAIT))
    attempt(() => recvmsg(b, {}, MSG_DONTWAIT))
    break
  case 'alg': {
    const name = encodeAddress({ abstract: `cmsg-manners-${process.pid}` })
    const listener = socket(AF_UNIX, SOCK_STREAM)
    bind(listener, name)
    listen(listener)
    const clients = [0, 1].map(() => socket(AF_UNIX, SOCK_STREAM))
    for (const client of clients) connect(client, name)
    attempt(() => {
      const { fd, name } = accept4(listener)
      close(fd)
      return name.length
    })
    break
  }
}
