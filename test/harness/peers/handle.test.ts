/**
 * Hostile peers: each does what it can to a victim in a process of its own, while a healthy client beside it wants to be
 * served. `torture.ts` is the same for longer.
 * @module
 */
import { withPeer } from '../../support/peers.ts'
import { attacks, rootAttacks } from './attacks.ts'
import { tests } from './suite.ts'

withPeer('python3', 'hostile peers, waiting by handle', () => { tests(attacks, 'handle') })
withPeer(['python3', 'root'], 'hostile peers of a victim with privileges, waiting by handle', () => { tests(rootAttacks, 'handle') })
