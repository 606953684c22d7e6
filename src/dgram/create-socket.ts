/**
 * `createSocket`, like that of unix-dgram and node:dgram.
 * @module
 */
import type { RemoteInfo, Socket, SocketOptions } from 'node:dgram'
import type { AnyControlMessage } from '../control/define.ts'
import { invalidType, show } from '../errors.ts'
import { DatagramSocket, type DatagramOptions } from './datagram-socket.ts'
import type { MessageInfo } from './message-info.ts'
import { UnixDgramSocket } from './unix-dgram-socket.ts'

const isUdp = (type: unknown): boolean => type === 'udp4' || type === 'udp6'

/**
 * Creates a datagram socket with events and callbacks. `createSocket('unix_dgram')` is a drop-in replacement for the npm package
 * unix-dgram; with an options object the socket behaves like those of node:dgram; `'udp4'` and `'udp6'` create a node:dgram socket.
 * `listener` is added for the `message` event. Listeners run in the async context in which the socket was created (AsyncLocalStorage).
 *
 * @throws TypeError `ERR_CMSG_INVALID_ARG_TYPE` for another type; {@link UnixDgramError} -24, or SystemError EMFILE
 * @example
 * import { createSocket } from 'cmsg/dgram'
 *
 * const server = createSocket('unix_dgram', (data, { path }) => {
 *   console.log(String(data), path) // PING /tmp/client.sock
 *   server.close()
 *   client.close()
 * })
 * server.bind('/tmp/server.sock')
 * const client = createSocket('unix_dgram')
 * client.bind('/tmp/client.sock')
 * client.connect('/tmp/server.sock')
 * client.send(Buffer.from('PING'))
 */
export function createSocket(type: 'unix_dgram', listener?: (data: Buffer, info: MessageInfo) => void): UnixDgramSocket
export function createSocket<D extends AnyControlMessage = never>(
  options: DatagramOptions<D>, listener?: (data: Buffer, info: MessageInfo<D>) => void,
): DatagramSocket<D>
export function createSocket(type: 'udp4' | 'udp6' | SocketOptions, listener?: (data: Buffer, info: RemoteInfo) => void): Socket
export function createSocket(
  given: 'unix_dgram' | 'udp4' | 'udp6' | SocketOptions | DatagramOptions<AnyControlMessage>,
  listener?: (data: Buffer, info: never) => void,
): UnixDgramSocket | DatagramSocket<AnyControlMessage> | Socket {
  const type: unknown = typeof given === 'object' && given !== null ? given.type : given
  // Loaded here, because most programs do not use it.
  if (isUdp(type)) {
    const onMessage = listener as ((data: Buffer, info: RemoteInfo) => void) | undefined
    return process.getBuiltinModule('node:dgram').createSocket(given as SocketOptions, onMessage)
  }
  if (type !== 'unix_dgram') throw invalidType(`Unsupported socket type: ${show(type)}`)
  const socket = typeof given === 'string' ? new UnixDgramSocket() : new DatagramSocket(given as DatagramOptions<AnyControlMessage>)
  if (typeof listener === 'function') (socket as NodeJS.EventEmitter).on('message', listener as (...args: unknown[]) => void)
  return socket
}
