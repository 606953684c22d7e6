/**
 * examples/client.ts on the event loop.
 *
 *   npx tsx examples/evented-client.ts SERVERPATH CLIENTPATH [--count N]
 */
import { MessageSocket } from 'cmsg'
import { encodePacket } from './packet.ts'
import { parse, usage } from './usage.ts'

const call = 'evented-client SERVERPATH CLIENTPATH [--count N]'
const { values, positionals: [serverPath = usage(call), clientPath = usage(call)] } = parse(call, {
  count: { type: 'string', default: '1' },
})

await using client = MessageSocket.bind(clientPath, { type: 'datagram', unlink: true })

for (let index = 0; index < Number(values.count); index++) {
  await client.send(encodePacket(index), { to: serverPath })
  const answer = await client.receive({ signal: AbortSignal.timeout(10_000) })
  if (String(answer?.data) !== 'ACK') throw new Error(`expected ACK, got ${String(answer?.data)}`)
  console.log(`ack index=${index}`)
}
