/**
 * Sends by relative pathnames from a working directory that changes, while sockets of other owners have these names in the new one.
 * It says which messages the sockets in the new directory got, and how many the first one got.
 *
 *     relative.program.ts DIRECTORY OTHER
 */
import { MessageSocket } from '../../src/index.ts'

const [directory, other] = process.argv.slice(2) as [string, string]
const texts = (socket: MessageSocket): string[] => {
  const found: string[] = []
  for (let message; (message = socket.receiveNow()) !== undefined;) found.push(String(message.data))
  return found
}

const stranger = MessageSocket.bind(`${other}/server`, { type: 'datagram' })
process.chdir(directory)
const server = MessageSocket.bind('server', { type: 'datagram' })

// Messages that wait.
const client = MessageSocket.open({ family: 'unix', type: 'datagram' })
const sends: Promise<number>[] = []
for (let i = 0; i < 40; i++) sends.push(client.send('queued', { to: 'server' }))
process.chdir(other)
let received = 0
while (received < sends.length) {
  await server.receive()
  received++
}
await Promise.all(sends)

// A reconnection, of a socket that has connected by a relative name, and of one whose peer has bound a relative name.
process.chdir(directory)
const connected = await MessageSocket.connect('server', { type: 'datagram' })
const adopted = MessageSocket.adopt((await MessageSocket.connect(`${directory}/server`, { type: 'datagram' })).detach().fd)
await server.close()
process.chdir(other)
const codes: unknown[] = []
for (const socket of [connected, adopted, connected, adopted]) {
  codes.push(await socket.send('secret').catch((error: NodeJS.ErrnoException) => error.code))
}
console.log(JSON.stringify({ received, codes, stranger: texts(stranger) }))
for (const socket of [stranger, client, connected, adopted]) await socket.close()
