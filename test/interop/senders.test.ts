/**
 * Who a server says has sent: several processes at once, another user, credentials that a sender states.
 * @module
 */
import { describe, expect, it } from 'vitest'
import { ordinaryUser, OTHER, withPeer } from '../support/peers.ts'
import { idle } from '../support/processes.ts'
import { ackLines, openServer, packetLines, startClient, we } from './conversation.ts'
import { clients, servers, type Program } from './programs.ts'

/** Runs `body` for each server and client with what the two need. */
function forEachPair(
  pairs: readonly (readonly [Program, Program])[],
  body: (server: Program, client: Program) => void,
): void {
  for (const [server, client] of pairs) {
    withPeer([...server.needs, ...client.needs], `${server.name} and ${client.name}`, () => body(server, client))
  }
}

describe('several clients at once', () => {
  const CLIENTS = 4
  const COUNT = 25

  forEachPair([
    [servers.ours, clients.ours],
    [servers.ours, clients.c],
    [servers.oursInBatches, clients.c],
    [servers.oursInBatches, clients.cInBatches],
    [servers.cInBatches, clients.ours],
    [servers.python, clients.ours],
  ], (host, guest) => {
    it('are told apart by their pids', async () => {
      const server = await openServer(host, { count: CLIENTS * COUNT })
      const guests = Array.from({ length: CLIENTS }, (_, i) => startClient(guest, server, { count: COUNT, name: `c${i}` }))
      expect(new Set(guests.map((client) => client.pid)).size).toBe(CLIENTS)

      for (const client of guests) expect(await client.process.output()).toEqual(ackLines(COUNT))
      const lines = await server.process.output()
      expect(lines).toHaveLength(1 + CLIENTS * COUNT)
      for (const client of guests) {
        // The packets of one client stay in order, whatever comes in between.
        const own = lines.filter((line) => line.endsWith(`from=${client.path}`))
        expect(own).toEqual(packetLines(COUNT, client, { pid: client.pid, ...we }))
      }
    })
  })
})

withPeer(['root', 'an ordinary user'], 'a client of another user and group', () => {
  forEachPair([
    [servers.ours, clients.ours],
    [servers.ours, clients.c],
    [servers.oursInBatches, clients.cInBatches],
    [servers.c, clients.ours],
    [servers.cInBatches, clients.oursInBatches],
  ], (host, guest) => {
    it('is reported with its uid and gid', async () => {
      const server = await openServer(host, { count: 1, mode: 0o777 })
      const client = startClient(guest, server, { count: 1, under: ordinaryUser })
      expect(await client.process.output()).toEqual(ackLines(1))
      expect(await server.process.output()).toEqual(['ready', ...packetLines(1, client, { pid: client.pid, ...OTHER })])
    })
  })
})

describe('explicit credentials', () => {
  withPeer('root', 'as root', () => {
    forEachPair([
      [servers.ours, clients.ours],
      [servers.ours, clients.c],
      [servers.ours, clients.python],
      [servers.oursInBatches, clients.cInBatches],
      [servers.c, clients.ours],
      [servers.python, clients.ours],
    ], (host, guest) => {
      it('of another living process arrive unchanged', async () => {
        await using bystander = idle()
        // The highest id there is (4294967295 means "no id"): a signed 32 bit field would show.
        const stated = { pid: bystander.pid, uid: 4294967294, gid: 54321 }
        const server = await openServer(host, { count: 2 })
        const client = startClient(guest, server, {
          count: 2,
          flags: ['--credentials', `${stated.pid}:${stated.uid}:${stated.gid}`],
        })
        expect(client.pid).not.toBe(stated.pid)
        expect(await client.process.output()).toEqual(ackLines(2))
        expect(await server.process.output()).toEqual(['ready', ...packetLines(2, client, stated)])
      })
    })
  })

  withPeer('an ordinary user', 'as an ordinary user', () => {
    const user = ordinaryUser.length > 0 ? OTHER : we
    // A process cannot be told its own pid before it exists. The shell knows it as $$, and becomes the client.
    const stating = (credentials: string): string[] =>
      [...ordinaryUser, '/bin/sh', '-c', `exec "$0" "$@" --credentials ${credentials}`]

    it('of the user itself are accepted', async () => {
      const server = await openServer(servers.ours, { count: 1, mode: 0o777 })
      const client = startClient(clients.ours, server, { count: 1, under: stating(`$$:${user.uid}:${user.gid}`) })
      expect(await client.process.output()).toEqual(ackLines(1))
      expect(await server.process.output()).toEqual(['ready', ...packetLines(1, client, { pid: client.pid, ...user })])
    })

    it.each([
      ['another pid', `${process.pid}:${user.uid}:${user.gid}`],
      ['another uid', `$$:0:${user.gid}`],
      ['another gid', `$$:${user.uid}:0`],
    ])('of %s are refused, and the error says so', async (_, credentials) => {
      const server = await openServer(servers.ours, { count: 1, mode: 0o777 })
      const client = startClient(clients.ours, server, { count: 1, under: stating(credentials) })
      expect(await client.process.exit()).toBe(1)
      expect(client.process.stderr).toMatch(/sendmsg EPERM/)
      expect(client.process.lines).toEqual([])
      // Nothing has reached the server: it still waits.
      expect(server.process.lines).toEqual(['ready'])
      expect(server.process.ended).toBeUndefined()
    })
  })
})
