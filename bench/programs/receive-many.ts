/**
 * `receiveMany`, awaited: what is there, as Message objects.
 */
import { Meter, check, openSocket, ready } from './peer.ts'

const meter = new Meter()
const socket = openSocket()
ready()
while (!meter.over) {
  const messages = await socket.receiveMany()
  for (let i = 0; i < messages.length; i++) check(messages[i]!, meter.done + i)
  meter.add(messages.length)
}
meter.print()
await socket.close()
