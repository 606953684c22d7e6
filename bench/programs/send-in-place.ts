/**
 * A MessageBatch laid out and sent with sendmmsg, `batch` messages in a call.
 */
import { MessageBatch } from 'cmsg/libc'
import { Meter, task, waitForGo } from './peer.ts'

const meter = new Meter()
const batch = new MessageBatch({ count: task.batch, size: task.size, nameSize: 0 })
const packet = Buffer.alloc(task.size)
const message = { buffers: [packet] }
waitForGo()
while (!meter.over) {
  const count = Math.min(task.batch, meter.total - meter.done)
  for (let i = 0; i < count; i++) {
    packet.writeInt32LE(meter.done + i)
    batch.set(i, message)
  }
  // A blocking socket takes all of them.
  meter.add(batch.send(Number(task.socket), count))
}
meter.print()
