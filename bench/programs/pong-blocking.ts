/**
 * The server, blocking: receives a packet, reads it in place, answers its sender with ACK.
 */
import { CMSG_SPACE, MessageBatch, constants, structs } from 'cmsg/libc'
import { Meter, fail, openDescriptor, ready, task } from './peer.ts'

const { SOL_SOCKET, SCM_CREDENTIALS } = constants

const meter = new Meter()
const fd = openDescriptor()
const request = new MessageBatch({ count: 1, size: task.size, controlSize: CMSG_SPACE(structs.ucred.size) })
const answer = new MessageBatch({ count: 1, size: 3 })
const buffers = [Buffer.from('ACK')]
ready()
while (!meter.over) {
  const length = request.receiveOne(fd)
  if (length !== task.size || request.int32(0, 0) !== meter.done) fail(meter.done, 'of the wrong size, or out of sequence')
  const ucred = request.findControl(0, SOL_SOCKET, SCM_CREDENTIALS)
  if (ucred < 0 || request.controlInt32(0, ucred) !== task.from) fail(meter.done, 'from another process')
  answer.set(0, { buffers, name: request.name(0) })
  answer.sendOne(fd)
  meter.add(1)
}
meter.print()
