/**
 * Tries to signal whoever sends to an abstract name: prints how it was refused. Started by pidfd.test.ts.
 */
import { MessageSocket, pidfd, type Pidfd, type SystemError } from '../../src/index.ts'

await using socket = MessageSocket.bind({ abstract: process.argv[2]! }, { type: 'datagram', receive: [pidfd] })
console.log('ready')
using message = await socket.receive()
try {
  (message!.get(pidfd) as Pidfd).signal(0)
  console.log('{}')
} catch (error) {
  const { code, syscall } = error as SystemError
  console.log(JSON.stringify({ code, syscall }))
}
