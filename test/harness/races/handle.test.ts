/**
 * Races with peers, in windows that strace opens wide. `torture.ts` is the same for longer.
 * @module
 */
import { withPeer } from '../../support/peers.ts'
import { tests } from '../peers/suite.ts'
import { races } from './races.ts'

withPeer(['python3', 'strace'], 'races, waiting by handle', () => { tests(races, 'handle') })
