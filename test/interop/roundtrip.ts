/**
 * Sends credentials and descriptors through a socket pair, and prints as JSON what it meant to send and what it understood
 * it received. strace.test.ts runs it and compares both with what strace saw.
 * @module
 */
import {
  CMSG_SPACE, close, constants, credentials, decodeControl, encodeControl, recvmsg, rights, sendmsg, setsockopt, socketpair, structs,
} from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOL_SOCKET, SO_PASSCRED } = constants

const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
setsockopt(b, SOL_SOCKET, SO_PASSCRED, 1)

const sent = {
  credentials: { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() },
  rights: [a, 1, b],
}
const control = encodeControl([credentials(sent.credentials), rights(sent.rights)])
sendmsg(a, { buffers: [Buffer.from('take '), Buffer.from('these')], control })

const message = recvmsg(b, { size: 64, controlSize: CMSG_SPACE(structs.ucred.size) + CMSG_SPACE(4 * sent.rights.length) })
const received = Object.fromEntries(
  decodeControl(message.control, { definitions: [credentials, rights] }).map((item) => [item.kind, 'value' in item ? item.value : item]),
)
console.log(JSON.stringify({ sent, received, data: String(message.data) }))

close(a)
close(b)
