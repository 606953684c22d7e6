/**
 * Which process sent me this datagram?
 *
 *   npx tsx examples/server.ts PATH [--nonblocking] [--connected] [--count N]
 *
 * Receives N packets (default 1), prints the sender of each, and replies with ACK.
 * --nonblocking: the socket never blocks; poll() waits.
 * --connected: connects to the sender of the first packet, receives only from it, and replies without an address.
 */
import { rmSync } from 'node:fs'
import {
  CMSG_SPACE, SystemError, bind, connect, constants, credentials, decodeAddress, decodeControl, encodeAddress, formatAddress, recvmsg,
  sendmsg, setsockopt, socket, structs,
} from 'cmsg/libc'
import { decodePacket, isPacket, packet } from './packet.ts'
import { parse, usage } from './usage.ts'
import { untilReceived } from './waiting.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOL_SOCKET, SO_PASSCRED, MSG_DONTWAIT } = constants

const call = 'server PATH [--nonblocking] [--connected] [--count N]'
const { values, positionals: [path = usage(call)] } = parse(call, {
  nonblocking: { type: 'boolean', default: false }, connected: { type: 'boolean', default: false },
  count: { type: 'string', default: '1' },
})

const fd = socket(AF_UNIX, SOCK_DGRAM | (values.nonblocking ? SOCK_NONBLOCK : 0))
setsockopt(fd, SOL_SOCKET, SO_PASSCRED, 1) // the kernel adds the sender's credentials to every message
rmSync(path, { force: true })
bind(fd, encodeAddress(path))
process.on('exit', () => rmSync(path, { force: true }))
console.log('ready')

for (let left = Number(values.count), connected = false; left > 0;) {
  const { data, name, control } = untilReceived(fd, () => recvmsg(fd, { size: packet.size, controlSize: CMSG_SPACE(structs.ucred.size) }))

  if (!isPacket(data)) continue
  left--
  const { index, msg } = decodePacket(data)
  const sender = decodeAddress(name)
  const [first] = decodeControl(control, { definitions: [credentials] })
  if (first?.kind !== 'credentials') throw new Error('the kernel sent no credentials')
  const { pid, uid, gid } = first.value
  console.log(`index=${index} msg=${msg} pid=${pid} uid=${uid} gid=${gid} from=${formatAddress(sender)}`)

  if ('unnamed' in sender) continue // no address to reply to
  try {
    if (values.connected && !connected) connect(fd, name)
    connected = values.connected
    // Never waits, even on a blocking socket: a client that does not read must not block the others.
    sendmsg(fd, { buffers: [Buffer.from('ACK')], name: connected ? undefined : name }, MSG_DONTWAIT)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    console.error('no reply:', error.code) // the client has gone (ECONNREFUSED, ENOENT), or has not read earlier replies (EAGAIN)
  }
}
