/**
 * Waiting by libuv: an epoll descriptor in the place of a socket that Node watches.
 *
 * A `net.Socket` is made on one end of a socketpair, the epoll descriptor is duplicated over its number, and reading is
 * started with a buffer of no bytes: libuv polls the descriptor, finds no room to read into, and says so (ENOBUFS)
 * without touching it: a level-triggered watch. Its handle is not public: who has none of this shape throws.
 * @module
 */
import { Socket } from 'node:net'
import { constants } from '../../generated/constants.ts'
import { unsupported } from '../errors.ts'
import { close, socketpair } from '../libc/sockets.ts'
import { succeeded } from '../arguments.ts'
import * as sys from '../native/syscalls.ts'
import type { Wakeup } from './epoll.ts'

interface Handle {
  onread: () => void
  readStart(): number
}

export function byHandle(epoll: number, wake: () => void): Wakeup {
  const [carrier, other] = socketpair(constants.AF_UNIX, constants.SOCK_STREAM | constants.SOCK_NONBLOCK)
  close(other)
  // manualStart is what net.connect uses for the same purpose; it is not in Node's types.
  const options = { fd: carrier, readable: true, writable: false, manualStart: true, onread: { buffer: new Uint8Array(0), callback: () => true } }
  const socket = new Socket(options)
  const handle = (socket as unknown as { _handle?: Partial<Handle> })._handle
  if (typeof handle?.readStart !== 'function') {
    socket.destroy()
    throw unsupported('this runtime has no stream handles like those of Node')
  }
  succeeded(sys.call('dup3', epoll, carrier, constants.O_CLOEXEC), 'dup3')
  socket.on('error', () => {})
  // It must return undefined: anything else is taken for a new buffer.
  handle.onread = () => { wake() }
  handle.readStart()
  socket.unref()
  return {
    ref: () => { socket.ref() },
    unref: () => { socket.unref() },
    rearm: () => {},
    close: () => { socket.destroy() },
  }
}
