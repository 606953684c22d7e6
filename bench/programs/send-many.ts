/**
 * `sendMany`, awaited: `batch` messages at once. As in C, the packets are made once and numbered anew.
 */
import { MessageSocket } from 'cmsg'
import { Meter, task, waitForGo } from './peer.ts'

const meter = new Meter()
const socket = MessageSocket.adopt(Number(task.socket))
const messages = Array.from({ length: task.batch }, () => ({ data: Buffer.alloc(task.size) }))
waitForGo()
while (!meter.over) {
  const now = meter.total - meter.done < messages.length ? messages.slice(0, meter.total - meter.done) : messages
  now.forEach(({ data }, i) => data.writeInt32LE(meter.done + i))
  meter.add(await socket.sendMany(now))
}
meter.print()
await socket.close()
