/**
 * The server with the plain calls of cmsg/libc: one `recvmsg`, one `sendmsg`.
 */
import { CMSG_SPACE, credentials, decodeControl, recvmsg, sendmsg, structs } from 'cmsg/libc'
import { Meter, checkData, fail, openDescriptor, ready, task } from './peer.ts'

const meter = new Meter()
const fd = openDescriptor()
const room = { size: task.size, controlSize: CMSG_SPACE(structs.ucred.size) }
const buffers = [Buffer.from('ACK')]
const kinds = { definitions: [credentials] } as const
ready()
while (!meter.over) {
  const { data, name, control } = recvmsg(fd, room)
  checkData(data, meter.done)
  const [message] = decodeControl(control, kinds)
  if (message?.kind !== 'credentials' || message.value.pid !== task.from) fail(meter.done, 'from another process')
  sendmsg(fd, { buffers, name })
  meter.add(1)
}
meter.print()
