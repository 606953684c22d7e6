/**
 * The client of examples/server.ts. It sends no credentials: the kernel adds them.
 *
 *   npx tsx examples/client.ts SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]
 *
 * Sends N packets (default 1), and waits for the ACK of each.
 * --nonblocking: the socket never blocks; poll() waits.
 * --connected: connects to the server once, instead of passing its address with every packet.
 * --credentials: sends credentials other than its own, which the kernel allows root to do.
 */
import { rmSync } from 'node:fs'
import { bind, connect, constants, credentials, encodeAddress, encodeControl, recvmsg, sendmsg, socket } from 'cmsg/libc'
import { encodePacket } from './packet.ts'
import { parse, usage } from './usage.ts'
import { untilReceived, untilSent } from './waiting.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK } = constants

const call = 'client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]'
const { values, positionals: [serverPath = usage(call), clientPath = usage(call)] } = parse(call, {
  nonblocking: { type: 'boolean', default: false }, connected: { type: 'boolean', default: false },
  count: { type: 'string', default: '1' }, credentials: { type: 'string' },
})

const fd = socket(AF_UNIX, SOCK_DGRAM | (values.nonblocking ? SOCK_NONBLOCK : 0))
rmSync(clientPath, { force: true })
bind(fd, encodeAddress(clientPath)) // an address, so that the server can reply
process.on('exit', () => rmSync(clientPath, { force: true }))

const server = encodeAddress(serverPath)
if (values.connected) connect(fd, server)

const [pid = 0, uid = 0, gid = 0] = values.credentials?.split(':').map(Number) ?? []
const control = values.credentials === undefined ? undefined : encodeControl([credentials({ pid, uid, gid })])

for (let index = 0; index < Number(values.count); index++) {
  untilSent(() => sendmsg(fd, { buffers: [encodePacket(index)], name: values.connected ? undefined : server, control }))
  const { data } = untilReceived(fd, () => recvmsg(fd, { size: 8 }))
  if (String(data) !== 'ACK') throw new Error(`expected ACK, got ${JSON.stringify(String(data))}`)
  console.log(`ack index=${index}`)
}
