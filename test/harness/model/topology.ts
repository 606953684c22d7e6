/**
 * The sockets of a run, and who sends to whom.
 * @module
 */
import fc from 'fast-check'
import { credentials, pidfd, rights, type SocketType } from '../../../src/index.ts'
import { PacketChannel, StreamChannel } from './channel.ts'
import type { Endpoint, Kinds, Receives } from './endpoint.ts'

export interface Topology {
  readonly shape: 'pair' | 'bound'
  readonly type: SocketType
  readonly receives: Receives
  /** Undefined for the default. Today's sockets do not know it. */
  readonly readAhead: number | undefined
}

const receives: fc.Arbitrary<Receives> = fc.record({ credentials: fc.boolean(), rights: fc.boolean(), pidfd: fc.boolean() })
/** Mostly everything: then everything can be checked. */
const oftenAll = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Receives>({ credentials: true, rights: true, pidfd: false }) }, { weight: 1, arbitrary: receives },
)

export const topologies: fc.Arbitrary<Topology> = fc.record({
  shape: fc.constantFrom('pair' as const, 'bound' as const),
  type: fc.constantFrom<SocketType[]>('datagram', 'seqpacket', 'stream'),
  receives: oftenAll,
  readAhead: fc.constantFrom(undefined, undefined, 0, 1, 5),
})

export const showTopology = ({ shape, type, receives, readAhead }: Topology): string => {
  const kinds = Object.entries(receives).filter(([, on]) => on).map(([kind]) => kind)
  const ahead = readAhead === undefined ? '' : `, readAhead ${readAhead}`
  return `${shape === 'pair' ? 'a pair' : 'bound paths'} of type ${type}, receive [${kinds.join(', ')}]${ahead}`
}

export const kindsOf = (receives: Receives): Kinds[] => [
  ...(receives.credentials ? [credentials] : []), ...(receives.rights ? [rights] : []), ...(receives.pidfd ? [pidfd] : []),
]

export const optionsOf = ({ receives, readAhead }: Topology): { receive: Kinds[]; readAhead?: number } =>
  ({ receive: kindsOf(receives), ...(readAhead === undefined ? {} : { readAhead }) })

/** What `from` sends can arrive at `to`. */
export function channel(from: Endpoint, to: Endpoint): void {
  const it = to.packets ? new PacketChannel(from, to) : new StreamChannel(from, to)
  from.outgoing.push(it)
  to.incoming.push(it)
}
