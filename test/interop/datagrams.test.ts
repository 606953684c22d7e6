/**
 * The question this project began with, asked across languages: our server and client against the same programs in C and
 * Python, one packet a call, in all four modes.
 * @module
 */
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { ackLines, openServer, packetLines, startClient, we } from './conversation.ts'
import { clients, modes, servers } from './programs.ts'

const COUNT = 3

const pairs = [
  { server: servers.ours, client: clients.ours },
  { server: servers.ours, client: clients.c },
  { server: servers.c, client: clients.ours },
  { server: servers.ours, client: clients.python },
  { server: servers.python, client: clients.ours },
]

for (const { server: host, client: guest } of pairs) {
  withPeer([...host.needs, ...guest.needs], `${host.name} and ${guest.name}`, () => {
    it.each(modes)('%s: exchange packets with their senders, each acknowledged', async (_, flags) => {
      const server = await openServer(host, { count: COUNT, flags })
      const client = startClient(guest, server, { count: COUNT, flags })
      expect(await client.process.output()).toEqual(ackLines(COUNT))
      expect(await server.process.output()).toEqual(['ready', ...packetLines(COUNT, client, { pid: client.pid, ...we })])
    })
  })
}
