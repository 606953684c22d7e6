/**
 * Receives messages on the event loop, and says which strategy they came by. The argument is what handles are made to
 * lack here, as those of other runtimes do.
 */
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { MessageSocket } from '../../src/index.ts'
import { strategy } from '../../src/readiness/strategy.ts'

interface Handle { readStart?: () => number; readStop(): number; onread: () => void }

/** What is taken away from the handle of a socket. */
const lacks: Record<string, (handle: Handle) => void> = {
  nothing: () => {},
  'a way to start': (handle) => { Object.defineProperty(handle, 'readStart', { value: undefined }) },
  'every wake': (handle) => { Object.defineProperty(handle, 'readStart', { value: () => 0 }) },
  'all wakes but one': (handle) => {
    const start = handle.readStart!.bind(handle)
    Object.defineProperty(handle, 'readStart', {
      value: () => {
        const { onread } = handle
        handle.onread = () => {
          handle.readStop()
          onread()
        }
        return start()
      },
    })
  },
}

const [lacking = 'nothing', closeEarly] = process.argv.slice(2)
const Original = net.Socket
net.Socket = function (options: net.SocketConstructorOpts & { manualStart?: boolean }) {
  const socket = new Original(options)
  if (options.manualStart === true) lacks[lacking]!((socket as unknown as { _handle: Handle })._handle)
  return socket
} as unknown as typeof net.Socket
syncBuiltinESMExports()

if (closeEarly !== undefined) {
  // A socket that comes and goes before anything is decided.
  const [a, b] = MessageSocket.pair({ type: 'datagram' })
  const waiting = b.receive().catch(({ code }: { code: string }) => { console.log(code) })
  await Promise.all([a.close(), b.close(), waiting])
}
const [a, b] = MessageSocket.pair({ type: 'datagram' })
let received = ''
for (let i = 0; i < 10; i++) {
  const waiting = b.receive()
  await a.send(String(i))
  received += String((await waiting)?.data)
}
console.log(received, strategy())
await a.close()
await b.close()
