/**
 * `cmsg/dgram`: Unix datagram sockets with events and callbacks, as unix-dgram and node:dgram have them.
 *
 * All of it is from `cmsg`: whoever imports one has loaded the other, and a library that is cut into more pieces takes
 * longer to import.
 * @module cmsg/dgram
 */
export { createSocket, default } from './index.ts'
export type {
  DatagramEvents, DatagramOptions, DatagramSocket, EmittingSocket, MessageInfo, SendCallback, UnixDgramCall, UnixDgramCallback, UnixDgramError,
  UnixDgramEvents, UnixDgramSocket,
} from './index.ts'
