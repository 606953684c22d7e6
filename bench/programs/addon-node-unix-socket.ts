/**
 * The npm package node-unix-socket, on a pathname. It knows no credentials.
 */
import { createRequire } from 'node:module'
import { Meter, checkData, ready, task } from './peer.ts'

interface NodeUnixSocket {
  DgramSocket: new () => { bind(path: string): void; close(): void; on(event: 'data', listener: (data: Buffer) => void): void }
}

const { DgramSocket } = createRequire(import.meta.url)('node-unix-socket') as NodeUnixSocket
const meter = new Meter()
const socket = new DgramSocket()
socket.on('data', (data) => {
  checkData(data, meter.done)
  meter.add(1)
  if (!meter.over) return
  meter.print()
  socket.close()
})
socket.bind(task.socket)
ready()
