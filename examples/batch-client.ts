/**
 * The client of examples/batch-server.ts: all packets in one sendmmsg(), their ACKs with recvmmsg().
 *
 *   npx tsx examples/batch-client.ts SERVERPATH CLIENTPATH [--count N]
 */
import { rmSync } from 'node:fs'
import { bind, constants, encodeAddress, recvmmsg, sendmmsg, socket } from 'cmsg/libc'
import { encodePacket } from './packet.ts'
import { parse, usage } from './usage.ts'

const { AF_UNIX, SOCK_DGRAM, MSG_WAITFORONE } = constants

const call = 'batch-client SERVERPATH CLIENTPATH [--count N]'
const { values, positionals: [serverPath = usage(call), clientPath = usage(call)] } = parse(call, {
  count: { type: 'string', default: '1' },
})

const fd = socket(AF_UNIX, SOCK_DGRAM)
rmSync(clientPath, { force: true })
bind(fd, encodeAddress(clientPath))
process.on('exit', () => rmSync(clientPath, { force: true }))

const name = encodeAddress(serverPath)
const count = Number(values.count)

// Waits for the server's replies batch by batch: the server waits until this client reads them.
for (let done = 0; done < count; ) {
  const packets = Array.from({ length: Math.min(count - done, 8) }, (_, i) => ({ buffers: [encodePacket(done + i)], name }))
  for (let sent = 0; sent < packets.length; ) sent += sendmmsg(fd, packets.slice(sent))

  for (let acked = 0; acked < packets.length; ) {
    const answers = recvmmsg(fd, { count: packets.length - acked, size: 8 }, MSG_WAITFORONE)
    for (const { data } of answers) {
      if (String(data) !== 'ACK') throw new Error(`expected ACK, got ${JSON.stringify(String(data))}`)
      console.log(`ack index=${done + acked++}`)
    }
  }
  done += packets.length
}
