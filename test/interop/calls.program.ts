/**
 * Messages one after the other, each awaited and answered: started by calls.test.ts under strace. `calls.program.ts TYPE
 * COUNT`. Before those that count, and after them, it shuts down descriptor -1, which is easy to find in a trace.
 */
import { MessageSocket, SystemError, credentials, type SocketType } from '../../src/index.ts'
import { constants, recvmsg, sendmsg, shutdown, socketpair } from '../../src/libc.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SHUT_RDWR, INT_MAX } = constants
const [type, count] = [process.argv[2] as SocketType, Number(process.argv[3])]

const [peer, fd] = socketpair(AF_UNIX, { datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET, stream: SOCK_STREAM }[type])
const socket = MessageSocket.adopt(fd, { receive: [credentials] })
const answer = Buffer.from('ACK')

async function exchange(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    sendmsg(peer, { buffers: [Buffer.from(`message ${i}`)] })
    const message = await socket.receive()
    if (String(message?.data) !== `message ${i}` || message?.get(credentials)?.pid !== process.pid) throw new Error('not what was sent')
    await socket.send(answer)
    if (String(recvmsg(peer, { size: 10 }).data) !== 'ACK') throw new Error('not the answer')
  }
}

function mark(): void {
  try {
    shutdown(INT_MAX, SHUT_RDWR)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
  }
}

await exchange(100)
mark()
await exchange(count)
mark()
await socket.close()
