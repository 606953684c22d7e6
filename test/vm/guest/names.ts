/**
 * Sockets that cannot be asked for their peer's name: they are shown all the same.
 * @module
 */
import { inspect } from 'node:util'
import { MessageSocket } from 'cmsg'
import * as libc from 'cmsg/libc'
import { assert, equal, run } from '../support/checks.ts'
import { constants } from '../support/layout.ts'

const {
  AF_ALG, AF_CAN, AF_NETLINK, AF_PACKET, AF_RDS, AF_RXRPC, AF_TIPC, AF_VSOCK, AF_XDP, AF_INET, SOCK_RAW, SOCK_DGRAM, SOCK_SEQPACKET,
  SOCK_STREAM,
} = constants

const sockets: Readonly<Record<string, readonly [family: number, type: number, protocol?: number]>> = {
  AF_ALG: [AF_ALG, SOCK_SEQPACKET], AF_CAN: [AF_CAN, SOCK_RAW, 1], AF_NETLINK: [AF_NETLINK, SOCK_RAW], AF_PACKET: [AF_PACKET, SOCK_RAW],
  AF_RDS: [AF_RDS, SOCK_SEQPACKET], AF_RXRPC: [AF_RXRPC, SOCK_DGRAM, AF_INET], AF_TIPC: [AF_TIPC, SOCK_STREAM],
  AF_VSOCK: [AF_VSOCK, SOCK_STREAM],
  AF_XDP: [AF_XDP, SOCK_RAW],
}

await run(Object.fromEntries(Object.entries(sockets).map(([name, [family, type, protocol]]) => [name, async () => {
  const socket = MessageSocket.adopt(libc.socket(family, type, protocol))
  const shown = inspect(socket)
  assert(/^MessageSocket \{/.test(shown), `it is shown as ${shown}`)
  void socket.remoteAddress
  await socket.close()
  equal(socket.closed, true)
}])))
