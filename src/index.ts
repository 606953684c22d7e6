/**
 * `cmsg`: sockets that send and receive messages with ancillary data, on the event loop. It includes the codec, with a different
 * `rights`, whose received descriptors have an owner.
 * @module cmsg
 */
import { createSocket } from './dgram/create-socket.ts'
import { UServer } from './usocket/server.ts'
import { USocket } from './usocket/socket.ts'

export * from './codec.ts'
export { encodeAddress } from './libc/addresses.ts'
export { if_indextoname, if_nametoindex } from './libc/interfaces.ts'
export { SystemError, type ErrorCode, type SystemErrorInfo } from './errors.ts'
export { engineInUse as engine, type EngineInUse, type EngineName } from './native/engine.ts'
export { Message } from './socket/receiving/message.ts'
export { MessageSocket } from './socket/message-socket.ts'
export { MessageDuplex, type ToDuplexOptions, type WriteCallback } from './socket/duplex/message-duplex.ts'
export type { UServerOptions } from './usocket/server.ts'
export type { URead, USocketOptions, UWrite } from './usocket/socket.ts'
export type { GroupOptions } from './socket/options/multicast.ts'
export type { Adoptable } from './socket/adoptable.ts'
export type {
  Abortable, AdoptOptions, BindTo, ConnectTo, Counters, Data, MessagesOptions, MessageToSend, PairOptions, ReceiveOptions, SendOptions,
} from './socket/types.ts'
export type { BindOptions, MakeOptions, OpenOptions, ReceiveKinds, SocketFamily, SocketType } from './socket/options/options.ts'
export type { Settings } from './socket/options/settings.ts'
export type { DroppedTraffic, ReceivedTraffic, ReceiveQueue, TrafficMessage, TruncatedTraffic, WaitingTraffic } from './socket/traffic.ts'
export { OwnedFd } from './descriptors/owned-fd.ts'
export type { Descriptor } from './descriptors/descriptor.ts'
export { Pidfd, pidfd, type ProcessInfo } from './identity/pidfd.ts'
export { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './socket/peer/peer.ts'
export { rights } from './descriptors/rights.ts'
export type { EmittingSocket } from './dgram/emitting-socket.ts'
export type { DatagramEvents, DatagramOptions, DatagramSocket, SendCallback } from './dgram/datagram-socket.ts'
export type { MessageInfo } from './dgram/message-info.ts'
export type { UnixDgramCall, UnixDgramError } from './dgram/unix-dgram-error.ts'
export type { UnixDgramCallback, UnixDgramEvents, UnixDgramSocket } from './dgram/unix-dgram-socket.ts'
export { createSocket, UServer, USocket }

/** For `import unix from 'unix-dgram'` and `import usocket from 'usocket'`, when this package replaces them. */
export default {
  /** The same as the named export. */
  createSocket,
  /** The same as the named export. */
  UServer,
  /** The same as the named export. */
  USocket,
}
