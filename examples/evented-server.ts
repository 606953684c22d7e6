/**
 * examples/server.ts on the event loop: waiting does not block the thread.
 *
 *   npx tsx examples/evented-server.ts PATH [--count N]
 */
import { MessageSocket, credentials, formatAddress } from 'cmsg'
import { decodePacket, isPacket } from './packet.ts'
import { parse, usage } from './usage.ts'

const call = 'evented-server PATH [--count N]'
const { values, positionals: [path = usage(call)] } = parse(call, { count: { type: 'string', default: '1' } })

await using server = MessageSocket.bind(path, { type: 'datagram', receive: [credentials], unlink: true })
console.log('ready')

let left = Number(values.count)
for await (const message of server) {
  if (!isPacket(message.data)) continue
  const { index, msg } = decodePacket(message.data)
  const sender = message.get(credentials)
  console.log(`index=${index} msg=${msg} pid=${sender?.pid} uid=${sender?.uid} gid=${sender?.gid} from=${formatAddress(message.address)}`)
  // A sender without an address cannot receive a reply. Not awaited: a client that has gone or does not read must not block the
  // others.
  if (!('unnamed' in message.address)) {
    server.send('ACK', { to: message.address }).catch((error: Error & { code?: string }) => { console.error('no reply:', error.code) })
  }
  if (--left === 0) break
}
