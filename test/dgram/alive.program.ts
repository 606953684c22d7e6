/**
 * A socket in the manner of node:dgram, left to itself.
 */
import { join } from 'node:path'
import { createSocket } from '../../src/dgram.ts'
import { tempDir } from '../support/running.ts'

const mode = process.argv[2]
const socket = createSocket({ type: 'unix_dgram' })
if (mode !== 'unbound') socket.bind(join(tempDir(), 'socket'))
if (mode === 'unref') socket.unref()
setTimeout(() => { console.log(socket.fd >= 0 ? 'still here' : 'closed') }, 300).unref()
