/**
 * Asks for every kind on sockets that the system has, and prints what became of it, as JSON. Run by accepted.test.ts, which
 * has setsockopt accept everything and do nothing.
 */
import * as codec from 'cmsg/codec'
import type { AnyControlMessage } from 'cmsg/codec'
import { MessageSocket, type SocketFamily } from 'cmsg'

const said = (attempt: () => MessageSocket): string => {
  try {
    attempt()[Symbol.dispose]()
    return 'received'
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return `${code}: ${message}`
  }
}

const isDefinition = (value: unknown): value is AnyControlMessage => typeof value === 'function' && 'decode' in value

const kinds: Record<string, string> = {}
for (const family of ['unix', 'inet', 'inet6'] as const satisfies readonly SocketFamily[]) {
  for (const definition of (Object.values(codec) as unknown[]).filter(isDefinition)) {
    const { kind, family: its = family, receive } = definition
    if (receive?.option === undefined || ![its].flat().includes(family)) continue
    kinds[`${family} ${kind}`] = said(() => MessageSocket.open({ family, type: 'datagram', receive: [definition] }))
  }
}
const passRights = said(() => MessageSocket.open({ family: 'unix', type: 'datagram', passRights: false }))

// A timestamp tells an empty packet from the end, where it can be turned on.
const [a, b] = MessageSocket.pair({ type: 'seqpacket' })
await a.send('')
await a.send('after an empty packet')
const packets = [await b.receive(), await b.receive()].map((message) => String(message?.data))
await a.close()
packets.push(String(await b.receive()))
console.log(JSON.stringify({ kinds, passRights, packets }))
