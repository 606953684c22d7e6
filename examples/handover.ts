/**
 * A server that can be replaced without refusing a connection: the listening socket itself is passed to the new process.
 * Start it again to replace it: the process that serves at PATH hands over, and exits when its last connection ends.
 *
 *   npx tsx examples/handover.ts PATH [--port N]
 */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { MessageSocket, SystemError, rights } from 'cmsg'
import { parse, usage } from './usage.ts'

const call = 'handover PATH [--port N]'
const { values, positionals: [path = usage(call)] } = parse(call, { port: { type: 'string', default: '0' } })

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
  // For a moment both processes accept; the kernel gives each connection to one of them.
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

/** Waits for a successor, and until it has taken over. */
async function handOver(path: string): Promise<void> {
  for (let done = false; !done;) {
    const door = MessageSocket.bind(path, { type: 'seqpacket', unlink: true })
    const successor = await door.accept()
    // Comes first: from now on the path belongs to the successor.
    await door.close()
    try {
      if (successor.peerCredentials()?.uid === process.geteuid!()) {
        await successor.send('take over', { control: [rights([server])] })
        done = (await successor.receive()) !== undefined
      }
    } catch (error) {
      // If the successor fails, this process continues to serve.
      console.error('not handed over:', (error as Error).message)
    }
    await successor.close()
  }
}
