/**
 * One `sendmsg` of cmsg/libc a message.
 */
import { sendmsg } from 'cmsg/libc'
import { Meter, task, waitForGo } from './peer.ts'

const meter = new Meter()
const fd = Number(task.socket)
const packet = Buffer.alloc(task.size)
const message = { buffers: [packet] }
waitForGo()
while (!meter.over) {
  packet.writeInt32LE(meter.done)
  sendmsg(fd, message)
  meter.add(1)
}
meter.print()
