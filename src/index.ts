/**
 * `cmsg`: sockets that send and receive messages with their ancillary data, on the event loop. The codec comes along,
 * with a `rights` of its own: what a socket receives has an owner.
 * @module cmsg
 */
export * from './codec.ts'
export { SystemError, type ErrorCode, type SystemErrorInfo } from './errors.ts'
export { Message } from './socket/receiving/message.ts'
export { MessageSocket } from './socket/message-socket.ts'
export { MessageDuplex, type ToDuplexOptions, type WriteCallback } from './socket/duplex/message-duplex.ts'
export * from './usocket.ts'
export type { GroupOptions } from './socket/options/multicast.ts'
export type { Adoptable } from './socket/adoptable.ts'
export type { Abortable, AdoptOptions, BindTo, ConnectTo, Counters, Data, MessagesOptions, MessageToSend, ReceiveOptions, SendOptions } from './socket/types.ts'
export type { BindOptions, OpenOptions, ReceiveKinds, SocketFamily, SocketType } from './socket/options/options.ts'
export { OwnedFd } from './descriptors/owned-fd.ts'
export type { Descriptor } from './descriptors/descriptor.ts'
export { Pidfd, pidfd, type ProcessInfo } from './identity/pidfd.ts'
export { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './socket/peer/peer.ts'
export { rights } from './descriptors/rights.ts'
