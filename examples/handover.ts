/**
 * A server that is replaced without one connection being refused: the listening socket itself goes to the new process.
 * Start it, and to replace it start it again: whoever serves at PATH hands over, and ends when its last connection does.
 *
 *   npx tsx examples/handover.ts PATH [--port N]
 */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { MessageSocket, SystemError, rights } from 'cmsg'

const { values, positionals: [path] } = parseArgs({ allowPositionals: true, options: { port: { type: 'string', default: '0' } } })
if (path === undefined) throw new Error('usage: handover PATH [--port N]')

const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.once('data', () => socket.end(`served by ${process.pid}\n`))
})

const predecessor = await findPredecessor(path)
if (predecessor === undefined) {
  server.listen(Number(values.port), '127.0.0.1')
  await once(server, 'listening')
} else {
  using message = await predecessor.receive()
  const [listening] = message?.get(rights) ?? []
  if (listening === undefined) throw new Error(`${path} hands nothing over`)
  server.listen({ fd: listening.take() })
  await once(server, 'listening')
  // For a moment both accept; the kernel gives each connection to one of them.
  await predecessor.send('taken over')
  await predecessor.close()
}
console.log(`serving on port ${(server.address() as AddressInfo).port}`)

await handOver(path)
console.log('handed over')
server.close()

async function findPredecessor(path: string) {
  try {
    return await MessageSocket.connect(path, { type: 'seqpacket', receive: [rights] })
  } catch (error) {
    if (error instanceof SystemError && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')) return undefined
    throw error
  }
}

/** Wait for a successor, and until it has taken over. */
async function handOver(path: string): Promise<void> {
  for (let done = false; !done;) {
    const door = MessageSocket.bind(path, { type: 'seqpacket', unlink: true })
    const successor = await door.accept()
    // Before anything else: the path is the successor's from now on.
    await door.close()
    try {
      if (successor.peerCredentials()?.uid === process.getuid!()) {
        await successor.send('take over', { control: [rights([server])] })
        done = (await successor.receive()) !== undefined
      }
    } catch (error) {
      // It may fail, and then we serve on.
      console.error('not handed over:', (error as Error).message)
    }
    await successor.close()
  }
}
