/**
 * The npm package unix-dgram, on a pathname. It knows no credentials.
 */
import { createRequire } from 'node:module'
import { Meter, checkData, ready, task } from './peer.ts'

interface UnixDgram {
  createSocket(type: 'unix_dgram', listener: (data: Buffer) => void): { bind(path: string): void; close(): void }
}

const unix = createRequire(import.meta.url)('unix-dgram') as UnixDgram
const meter = new Meter()
const socket = unix.createSocket('unix_dgram', (data) => {
  checkData(data, meter.done)
  meter.add(1)
  if (!meter.over) return
  meter.print()
  socket.close()
})
socket.bind(task.socket)
ready()
