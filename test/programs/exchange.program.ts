/**
 * Sends itself messages at a path, with its credentials and descriptors, and prints what it means to have sent and received.
 * Started by strace.test.ts under strace, which says what it did.
 */
import { MessageSocket, credentials, rights } from '../../src/index.ts'

const path = process.argv[2]!
const b = MessageSocket.bind(path, { type: 'datagram', receive: [credentials, rights] })
const a = await MessageSocket.connect(path, { type: 'datagram' })
const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() }
await a.send('the data', { control: [credentials(me), rights([0, b])] })
await a.send('without')
using first = (await b.receive())!
using second = (await b.receive())!
console.log(JSON.stringify({
  me, sent: [0, b.fd],
  received: [first, second].map((message) => ({
    data: String(message.data), credentials: message.get(credentials), fds: message.get(rights)?.map(({ fd }) => fd) ?? [],
  })),
}))
await a.close()
await b.close()
