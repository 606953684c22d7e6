/**
 * examples/client.ts on the event loop.
 *
 *   npx tsx examples/evented-client.ts SERVERPATH CLIENTPATH [--count N]
 */
import { parseArgs } from 'node:util'
import { MessageSocket } from 'cmsg'
import { encodePacket } from './packet.ts'

const { values, positionals: [serverPath, clientPath] } = parseArgs({
  allowPositionals: true, options: { count: { type: 'string', default: '1' } },
})
if (serverPath === undefined || clientPath === undefined) throw new Error('usage: evented-client SERVERPATH CLIENTPATH [--count N]')

await using client = MessageSocket.bind(clientPath, { type: 'datagram', unlink: true })

for (let index = 0; index < Number(values.count); index++) {
  await client.send(encodePacket(index), { to: serverPath })
  const answer = await client.receive({ signal: AbortSignal.timeout(10_000) })
  if (String(answer?.data) !== 'ACK') throw new Error(`expected ACK, got ${String(answer?.data)}`)
  console.log(`ack index=${index}`)
}
