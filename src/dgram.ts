/**
 * `cmsg/dgram`: Unix datagram sockets with events and callbacks, as unix-dgram and node:dgram have them.
 * @module cmsg/dgram
 */
import { createSocket } from './dgram/create-socket.ts'

export { createSocket } from './dgram/create-socket.ts'
export type { EmittingSocket } from './dgram/emitting-socket.ts'
export type { DatagramEvents, DatagramOptions, DatagramSocket, SendCallback } from './dgram/datagram-socket.ts'
export type { MessageInfo } from './dgram/message-info.ts'
export type { UnixDgramCall, UnixDgramError } from './dgram/unix-dgram-error.ts'
export type { UnixDgramCallback, UnixDgramEvents, UnixDgramSocket } from './dgram/unix-dgram-socket.ts'

/** For `import unix from 'unix-dgram'`. */
export default {
  /** As the export of this name. */
  createSocket,
}
