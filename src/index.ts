/**
 * `cmsg`: sockets that send and receive messages with their ancillary data, on the event loop. The codec comes along,
 * with a `rights` of its own: what a socket receives has an owner.
 * @module cmsg
 */
export * from './codec.ts'
export { SystemError, type ErrorCode, type SystemErrorInfo } from './errors.ts'
export { Message } from './socket/message.ts'
export { MessageSocket } from './socket/message-socket.ts'
export type { GroupOptions } from './socket/multicast.ts'
export type { Abortable, BindTo, ConnectTo, Data, MessageToSend, ReceiveOptions, SendOptions } from './socket/types.ts'
export type { BindOptions, OpenOptions, ReceiveKinds, SocketFamily, SocketType } from './socket/options.ts'
export { OwnedFd } from './socket/owned-fd.ts'
export type { Descriptor } from './socket/descriptor.ts'
export { Pidfd, pidfd, type ProcessInfo } from './socket/pidfd.ts'
export { peerCredentials, peerGroups, peerPidfd, peerSecurity } from './socket/peer.ts'
export { rights } from './socket/rights.ts'
