/**
 * `cmsg/libc`: the system calls under their C names, with numbers and bytes as arguments and SystemErrors. It includes the codec.
 * @module cmsg/libc
 */
export * from './codec.ts'
export { encodeAddress } from './libc/addresses.ts'
export { SystemError, type ErrorCode, type SystemErrorInfo } from './errors.ts'
export { engineInUse as engine, type EngineInUse, type EngineName } from './native/engine.ts'
export {
  RECEIVE_FLAGS, recvmmsg, recvmsg, SEND_FLAGS, sendmmsg, sendmsg,
  type ReceivedMessage, type ReceiveManyOptions, type ReceiveOptions, type SendMessage,
} from './libc/messages.ts'
export { MessageBatch } from './libc/message-batch.ts'
export { ioctl, memfd_create, pipe2 } from './libc/files.ts'
export { if_indextoname, if_nametoindex } from './libc/interfaces.ts'
export { getsockopt, setsockopt } from './libc/options.ts'
export {
  accept4, bind, close, connect, dup, fcntl, getpeername, getsockname, listen, poll, shutdown, socket, socketpair, type PollEntry,
} from './libc/sockets.ts'
