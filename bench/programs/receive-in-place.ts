/**
 * recvmmsg, up to `batch` messages in a call, their fields read where the kernel put them.
 */
import { CMSG_SPACE, MessageBatch, constants, structs } from 'cmsg/libc'
import { Meter, fail, openDescriptor, packetSize, ready, task } from './peer.ts'

const { MSG_WAITFORONE, MSG_TRUNC, MSG_CTRUNC, SOL_SOCKET, SCM_CREDENTIALS } = constants
const { size, from } = task

const meter = new Meter()
const fd = openDescriptor()
const batch = new MessageBatch({ count: task.batch, size, controlSize: CMSG_SPACE(structs.ucred.size), nameSize: 0 })
ready()
while (!meter.over) {
  const count = batch.receive(fd, MSG_WAITFORONE)
  for (let i = 0, index = meter.done; i < count; i++, index++) {
    if (batch.length(i) !== size || (batch.flags(i) & (MSG_TRUNC | MSG_CTRUNC)) !== 0) fail(index, 'of the wrong size, or cut off')
    if (batch.int32(i, 0) !== index) fail(index, 'out of sequence')
    if (size > packetSize && batch.int32(i, size - 4) !== index) fail(index, 'out of sequence at its end')
    const ucred = batch.findControl(i, SOL_SOCKET, SCM_CREDENTIALS)
    if (ucred < 0 || batch.controlInt32(i, ucred) !== from) fail(index, 'from another process')
  }
  meter.add(count)
}
meter.print()
