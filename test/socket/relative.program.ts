/**
 * Sends and connects by relative pathnames from a working directory that changes, while other sockets have these names in the new one,
 * or that is renamed. It says which messages they got.
 *
 *     relative.program.ts DIRECTORY OTHER
 */
import { mkdirSync, renameSync } from 'node:fs'
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
// A connection that waits.
process.chdir(directory)
const [one, two] = [`${directory}/listener`, `${other}/listener`].map((path) => MessageSocket.bind(path, { type: 'stream', backlog: 0 }))
const first = await MessageSocket.connect('listener', { type: 'stream' })
const connecting = MessageSocket.connect('listener', { type: 'stream' })
process.chdir(other)
for (let i = 0; i < 2; i++) await (await one!.accept()).close()
await (await connecting).close()

// A directory that was renamed is the same one.
process.chdir(directory)
mkdirSync('before')
process.chdir('before')
const renamed = MessageSocket.bind('server', { type: 'datagram', readAhead: 0 })
renameSync('../before', '../after')
let filled = 0
while (client.sendNow('filling', { to: 'server' }) !== undefined) filled++
const waiting = client.send('waits', { to: 'server' })
for (let i = 0; i < filled; i++) await renamed.receive()
await waiting

console.log(JSON.stringify({ received, codes, stranger: texts(stranger), renamed: texts(renamed) }))
for (const socket of [stranger, client, connected, adopted, one!, two!, first, renamed]) await socket.close()
