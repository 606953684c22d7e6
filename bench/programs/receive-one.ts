/**
 * One `recvmsg` a message into a MessageBatch of one, its fields read where the kernel put them.
 */
import { CMSG_SPACE, MessageBatch, constants, structs } from 'cmsg/libc'
import { Meter, fail, openDescriptor, ready, task } from './peer.ts'

const { MSG_TRUNC, MSG_CTRUNC, SOL_SOCKET, SCM_CREDENTIALS } = constants

const meter = new Meter()
const fd = openDescriptor()
const batch = new MessageBatch({ count: 1, size: task.size, controlSize: CMSG_SPACE(structs.ucred.size), nameSize: 0 })
ready()
while (!meter.over) {
  const length = batch.receiveOne(fd)
  if (length !== task.size || (batch.flags(0) & (MSG_TRUNC | MSG_CTRUNC)) !== 0) fail(meter.done, 'of the wrong size, or cut off')
  if (batch.int32(0, 0) !== meter.done) fail(meter.done, 'out of sequence')
  const ucred = batch.findControl(0, SOL_SOCKET, SCM_CREDENTIALS)
  if (ucred < 0 || batch.controlInt32(0, ucred) !== task.from) fail(meter.done, 'from another process')
  meter.add(1)
}
meter.print()
