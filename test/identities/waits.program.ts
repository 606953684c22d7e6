/**
 * Waits for the end of whoever sends to an abstract name, and for nothing else. Started by pidfd.test.ts.
 */
import { MessageSocket, pidfd, type Pidfd } from '../../src/index.ts'

const socket = MessageSocket.bind({ abstract: process.argv[2]! }, { type: 'datagram', receive: [pidfd] })
console.log('ready')
const handle = (await socket.receive())!.get(pidfd) as Pidfd
void handle.exited().then(async () => {
  console.log('it has ended')
  handle.close()
  await socket.close()
})
// Keeps nothing alive: it is heard of if something else does.
setTimeout(() => console.log('still here'), 100).unref()
