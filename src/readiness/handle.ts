/**
 * Waits through libuv, by putting an epoll descriptor in the place of a socket that Node watches.
 *
 * A `net.Socket` is created on one end of a socketpair, the epoll descriptor is duplicated over its number, and reading is started
 * with an empty buffer. When libuv finds the descriptor readable, it has no buffer to read into and reports ENOBUFS without touching
 * the descriptor: a level-triggered watch. The socket's handle is not public: if it does not have this shape, this throws.
 * @module
 */
import { Socket } from 'node:net'
import { constants } from '../../generated/constants.ts'
import { unsupported } from '../errors.ts'
import { socketpair } from '../libc/sockets.ts'
import { succeeded, systemError } from '../arguments.ts'
import * as sys from '../native/syscalls.ts'
import type { Wakeup } from './epoll.ts'

/** The part of Node's internal handle of a `net.Socket` that is used here. */
interface StreamHandle {
  onread: () => void
  readStart(): number
}

/** Calls `wake` when the epoll descriptor is readable, and `fail` when waiting has failed. */
export function byHandle(epoll: number, wake: () => void, fail: (error: Error) => void): Wakeup {
  const socket = carrier(epoll)
  let ended = false
  socket.on('error', () => {})
  // process._getActiveHandles() returns this socket, and programs destroy all sockets they find there.
  socket.on('close', () => {
    if (!ended) fail(unsupported('The handle that waits for sockets was closed by other code'))
    ended = true
  })
  const handle = handleOf(socket)!
  // It must return undefined: Node takes any other value for a new buffer.
  handle.onread = () => { wake() }
  const started = handle.readStart()
  if (started < 0) {
    ended = true
    socket.destroy()
    throw systemError(-started, 'readStart')
  }
  socket.unref()
  return {
    ref: () => { socket.ref() },
    unref: () => { socket.unref() },
    rearm: () => {},
    close: () => {
      ended = true
      socket.destroy()
    },
  }
}

const handleOf = (socket: Socket): StreamHandle | undefined => {
  const handle = (socket as unknown as { _handle?: Partial<StreamHandle> })._handle
  return typeof handle?.readStart === 'function' ? handle as StreamHandle : undefined
}

/** Creates a socket whose descriptor is the epoll descriptor. */
function carrier(epoll: number): Socket {
  const [fd, other] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM | constants.SOCK_NONBLOCK)
  sys.call('close', other)
  let socket: Socket | undefined
  try {
    // manualStart is what net.connect uses for the same purpose; it is not in Node's types.
    const options = { fd, readable: true, writable: false, manualStart: true, onread: { buffer: new Uint8Array(0), callback: () => true } }
    socket = new Socket(options)
    if (handleOf(socket) === undefined) throw unsupported('this runtime does not have stream handles like those of Node')
    succeeded(sys.restart('dup3', epoll, fd, constants.O_CLOEXEC), 'dup3')
    return socket
  } catch (error) {
    // Once created, the socket owns the descriptor.
    if (socket === undefined) sys.call('close', fd)
    else socket.destroy()
    throw error
  }
}
