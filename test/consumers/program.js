// What the consumers build and run: a message with credentials, received while the program waits, by the ES module's names.
import { MessageSocket, credentials, engine } from 'cmsg'
import { createSocket } from 'cmsg/dgram'
import { socketpair, close, constants, CMSG_SPACE } from 'cmsg/libc'

async function main() {
  const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [credentials] })
  const received = b.receive()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await a.send('hello')
  const message = await received
  socketpair(constants.AF_UNIX, constants.SOCK_DGRAM).forEach((fd) => close(fd))
  console.log(`${message.data} ${message.get(credentials).pid === process.pid} ${CMSG_SPACE(12)} ${typeof createSocket} ${engine.name}`)
  await Promise.all([a.close(), b.close()])
}

main().catch((error) => {
  console.log(`${error.code}: ${error.message}`)
  process.exitCode = 1
})
