/**
 * The work of a socket with events and callbacks, as users of unix-dgram do it: the same program for unix-dgram itself and
 * for the drop-in. Neither is asked for credentials.
 * @module
 */
import { checkData, Meter, ready, task, waitForGo } from './peer.ts'

type Sent = (error?: Error & { readonly code: unknown }) => void

/** As much of unix-dgram as is used here. */
export interface UnixDgram {
  createSocket(type: 'unix_dgram', listener?: (data: Buffer) => void): {
    bind(path: string): void
    connect(path: string): void
    send(data: Buffer, callback?: Sent): void
    on(event: 'error', listener: (error: Error) => void): unknown
    once(event: 'writable', listener: () => void): unknown
    close(): void
  }
}

/** Receives by the event `message`. */
export function receive({ createSocket }: UnixDgram): void {
  const meter = new Meter()
  const socket = createSocket('unix_dgram', (data) => {
    checkData(data, meter.done)
    meter.add(1)
    if (!meter.over) return
    meter.print()
    socket.close()
  })
  socket.bind(task.socket)
  ready()
}

/** Sends with a callback each time, and after `congestion` goes on when `writable` comes. */
export function send({ createSocket }: UnixDgram): void {
  const meter = new Meter()
  const packet = Buffer.alloc(task.size)
  const socket = createSocket('unix_dgram')
  socket.on('error', (error) => { throw error })
  waitForGo()
  socket.connect(task.socket)
  let full = false
  const sent: Sent = (error) => {
    if (error === undefined) meter.add(1)
    else if (error.code === 1) full = true
    else throw error
  }
  const work = (): void => {
    full = false
    while (!full && !meter.over) {
      packet.writeInt32LE(meter.done)
      socket.send(packet, sent)
    }
    if (full) {
      socket.once('writable', work)
    } else {
      meter.print()
      socket.close()
    }
  }
  work()
}
