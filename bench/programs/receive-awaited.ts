/**
 * `receive`, each message awaited.
 */
import { Meter, check, fail, openSocket, ready } from './peer.ts'

const meter = new Meter()
const socket = openSocket()
ready()
while (!meter.over) {
  const message = await socket.receive()
  if (message === undefined) fail(meter.done, 'the end')
  check(message, meter.done)
  meter.add(1)
}
meter.print()
await socket.close()
