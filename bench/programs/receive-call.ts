/**
 * One `recvmsg` of cmsg/libc a message, and its control messages decoded: the C loop, written as it is in C.
 */
import { CMSG_SPACE, constants, credentials, decodeControl, recvmsg, structs } from 'cmsg/libc'
import { Meter, checkData, fail, openDescriptor, ready, task } from './peer.ts'

const { MSG_TRUNC, MSG_CTRUNC } = constants

const meter = new Meter()
const fd = openDescriptor()
const room = { size: task.size, controlSize: CMSG_SPACE(structs.ucred.size), nameSize: 0 }
const kinds = { definitions: [credentials] } as const
ready()
while (!meter.over) {
  const { data, control, flags } = recvmsg(fd, room)
  if ((flags & (MSG_TRUNC | MSG_CTRUNC)) !== 0) fail(meter.done, 'cut off')
  checkData(data, meter.done)
  const [message] = decodeControl(control, kinds)
  if (message?.kind !== 'credentials' || message.value.pid !== task.from) fail(meter.done, 'from another process')
  meter.add(1)
}
meter.print()
