/**
 * `recvmsg` into a buffer of the caller's: nothing is copied.
 */
import { CMSG_SPACE, constants, credentials, decodeControl, recvmsg, structs } from 'cmsg/libc'
import { Meter, checkData, fail, openDescriptor, ready, task } from './peer.ts'

const { MSG_TRUNC, MSG_CTRUNC } = constants

const meter = new Meter()
const fd = openDescriptor()
const buffer = Buffer.alloc(task.size)
const room = { buffers: [buffer], controlSize: CMSG_SPACE(structs.ucred.size), nameSize: 0 }
const kinds = { definitions: [credentials] } as const
ready()
while (!meter.over) {
  const { length, control, flags } = recvmsg(fd, room)
  if (length !== task.size || (flags & (MSG_TRUNC | MSG_CTRUNC)) !== 0) fail(meter.done, 'of the wrong size, or cut off')
  checkData(buffer, meter.done)
  const [message] = decodeControl(control, kinds)
  if (message?.kind !== 'credentials' || message.value.pid !== task.from) fail(meter.done, 'from another process')
  meter.add(1)
}
meter.print()
