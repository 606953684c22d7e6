/**
 * `receiveMany`, awaited: what is there, as Message objects.
 */
import { Meter, check, openSocket, ready } from './peer.ts'

const meter = new Meter()
const socket = openSocket()
ready()
while (!meter.over) {
  const messages = await socket.receiveMany()
  for (const [i, message] of messages.entries()) check(message, meter.done + i)
  meter.add(messages.length)
}
meter.print()
await socket.close()
