/**
 * Writes several times in one turn, and leaves in the same turn.
 *
 *   leaving.program PATH net|duplex|usocket exit|destroy
 */
import { once } from 'node:events'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import { MessageSocket } from '../../src/index.ts'
import { USocket } from '../../src/usocket.ts'

const [path, kind, how] = process.argv.slice(2) as [string, string, string]

async function connect(): Promise<Duplex> {
  if (kind === 'duplex') return (await MessageSocket.connect(path, { type: 'stream' })).toDuplex()
  const socket = kind === 'net' ? net.connect(path) : new USocket(path)
  await once(socket, kind === 'net' ? 'connect' : 'connected')
  return socket
}

const stream = await connect()
for (const text of ['one ', 'two ', 'three']) stream.write(text)
if (how === 'exit') process.exit()
stream.destroy()
