/**
 * The server of the README: `for await`, and an awaited answer.
 */
import { Meter, check, openSocket, ready } from './peer.ts'

const meter = new Meter()
const socket = openSocket()
ready()
for await (const message of socket) {
  check(message, meter.done)
  await socket.send('ACK', { to: message.address })
  meter.add(1)
  if (meter.over) break
}
meter.print()
await socket.close()
