/**
 * recvmmsg() and sendmmsg(): more packets than one batch holds, in one direction through our batch programs and in the
 * other through those in C. The modes are those of the C program: examples/batch-*.ts know one.
 * @module
 */
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { ackLines, openServer, packetLines, startClient, we } from './conversation.ts'
import { clients, modes, servers } from './programs.ts'

// Three batches of the C programs, the last one not full.
const COUNT = 20

const pairs = [
  { server: servers.oursInBatches, client: clients.oursInBatches, modes: [modes[0]] },
  { server: servers.oursInBatches, client: clients.cInBatches, modes },
  { server: servers.cInBatches, client: clients.oursInBatches, modes },
]

for (const { server: host, client: guest, modes } of pairs) {
  withPeer([...host.needs, ...guest.needs], `${host.name} and ${guest.name}`, () => {
    it.each(modes)('%s: deliver every packet of a batch with its sender, in order', async (_, flags) => {
      const inC = (needs: readonly string[]): readonly string[] => (needs.includes('cc') ? flags : [])
      const server = await openServer(host, { count: COUNT, flags: inC(host.needs) })
      const client = startClient(guest, server, { count: COUNT, flags: inC(guest.needs) })
      expect(await client.process.output()).toEqual(ackLines(COUNT))
      expect(await server.process.output()).toEqual(['ready', ...packetLines(COUNT, client, { pid: client.pid, ...we })])
    })
  })
}
