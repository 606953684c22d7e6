/**
 * A socket in the manner of node:dgram, left to itself.
 */
import { join } from 'node:path'
import { createSocket } from '../../src/dgram.ts'
import { credentials, rights, type AnyControlMessage } from '../../src/index.ts'
import { tempDir } from '../support/running.ts'

const mode = process.argv[2]
const kinds: Record<string, AnyControlMessage[]> = {
  credentials: [credentials], named: [credentials], 'named by a connect': [credentials], rights: [rights],
}
const socket = createSocket({ type: 'unix_dgram', receive: kinds[mode!] ?? [] })
if (mode === 'bound' || mode === 'unref') socket.bind(join(tempDir(), 'socket'))
// With credentials on, the kernel names the sender.
if (mode === 'named' || mode === 'rights') socket.send('x', '/no/such/socket', () => {})
if (mode === 'named by a connect') socket.connect('/no/such/socket', () => {})
if (mode === 'unref') socket.unref()
setTimeout(() => { console.log(socket.fd >= 0 ? 'still here' : 'closed') }, 300).unref()
