/**
 * `cmsg/dgram`: Unix datagram sockets with events and callbacks, as unix-dgram and node:dgram have them.
 *
 * It only re-exports from `cmsg`, because splitting the library into more files would make importing it slower.
 * @module cmsg/dgram
 */
export { createSocket, default } from './index.ts'
export type {
  DatagramEvents, DatagramOptions, DatagramSocket, EmittingSocket, MessageInfo, SendCallback, UnixDgramCall, UnixDgramCallback,
  UnixDgramError, UnixDgramEvents, UnixDgramSocket,
} from './index.ts'
