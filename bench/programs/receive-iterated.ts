/**
 * `for await`, as on the first page of the README.
 */
import { Meter, check, openSocket, ready } from './peer.ts'

const meter = new Meter()
const socket = openSocket()
ready()
for await (const message of socket) {
  check(message, meter.done)
  meter.add(1)
  if (meter.over) break
}
meter.print()
await socket.close()
