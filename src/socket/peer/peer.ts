/**
 * Identifies the peer of a MessageSocket, of one of Node's own sockets, or of a descriptor.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { structs } from '../../abi/structs.ts'
import { viewOf } from '../../abi/bytes.ts'
import type { Credentials } from '../../control/kinds/socket.ts'
import { SystemError, unsupported } from '../../errors.ts'
import { descriptor } from '../../arguments.ts'
import { getsockopt } from '../../libc/options.ts'
import { intOption } from '../../native/syscalls.ts'
import { fdOf, type Descriptor } from '../../descriptors/descriptor.ts'
import { Pidfd } from '../../identity/pidfd.ts'

const { SOL_SOCKET, SO_ACCEPTCONN, SO_PEERCRED, SO_PEERPIDFD, SO_PEERGROUPS, SO_PEERSEC } = constants
const { ucred } = structs

/** Returns undefined for a socket of Node that is destroyed, as it is once its peer has gone: a peer must not make a call throw. */
const fdOfPeer = (syscall: string, socket: Descriptor): number | undefined =>
  isDestroyed(socket) ? undefined : descriptor(syscall, fdOf(socket))

function isDestroyed(socket: Descriptor): boolean {
  try {
    return typeof socket === 'object' && socket !== null && !('fd' in socket) && (socket as { destroyed?: unknown }).destroyed === true
  } catch {
    // That of node:http2 throws once its session has ended.
    return true
  }
}

/** True for a listening socket, which has no peer: the kernel returns the process that called `listen`. */
const isListening = (fd: number): boolean => intOption(fd, SOL_SOCKET, SO_ACCEPTCONN) > 0

/** The uid and gid in `struct ucred` if the kernel knows no peer, (uid_t)-1. */
const unknownId = 2 ** 32 - 1

/**
 * `SO_PEERCRED` (Linux 2.2): the process at the other end of a connected Unix socket, with its pid and *effective* ids at the time
 * when the connection or the pair was created, or, seen from a client, when the listener called `listen`.
 *
 * Returns `undefined` if the peer is not known: the socket is not connected, or is a datagram socket that was connected by name,
 * for which the kernel returns {0, -1, -1}, or it listens, for which the kernel returns the process that called `listen`; or it is a
 * `net.Socket` that is destroyed. Node does that when its client goes away, so in a server call this before the first `await`,
 * or treat `undefined` as a client that has gone.
 *
 * @param socket a `net.Socket` (connected or accepted), a MessageSocket, any object with an `fd`, or a number
 * @throws SystemError ENOTSOCK, EBADF; RangeError: a MessageSocket that is closed, a `net.Socket` that is not connected yet
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import net from 'node:net'
 * import { once } from 'node:events'
 * import { peerCredentials } from 'cmsg'
 *
 * const server = net.createServer((socket) => {
 *   console.log(peerCredentials(socket)?.pid === process.pid) // true
 *   socket.end()
 *   server.close()
 * }).listen('\0cmsg-peer-example')
 * await once(server, 'listening')
 * net.connect('\0cmsg-peer-example').resume()
 */
export function peerCredentials(socket: Descriptor): Credentials | undefined {
  const fd = fdOfPeer('peerCredentials', socket)
  if (fd === undefined) return undefined
  const bytes = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred.size)
  if (isListening(fd)) return undefined
  const { pid, uid, gid } = ucred.read(viewOf(bytes))
  return uid === unknownId && gid === unknownId ? undefined : { pid, uid, gid }
}

/**
 * `SO_PEERPIDFD` (Linux 6.5): a pidfd that always refers to the process at the other end of a connected Unix socket. The caller must
 * close it. Returns `undefined` if the peer is not known.
 *
 * @param socket as for {@link peerCredentials}
 * @throws Error `ERR_CMSG_UNSUPPORTED`: an older kernel; SystemError ESRCH: before 6.16, the process has ended; EMFILE
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export function peerPidfd(socket: Descriptor): Pidfd | undefined {
  const fd = fdOfPeer('peerPidfd', socket)
  if (fd === undefined || isListening(fd)) return undefined
  try {
    return new Pidfd(getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD))
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ENODATA') return undefined
    if (error.code !== 'ENOPROTOOPT') throw error
    throw unsupported(`Cannot get the pidfd of a peer: this kernel does not support SO_PEERPIDFD (Linux 6.5; ${error.message})`, error)
  }
}

const gidSize = Uint32Array.BYTES_PER_ELEMENT
/** Space for this many groups is tried first; up to the kernel's limit if there are more. */
const usualGroups = 64
const maxGroups = constants.NGROUPS_MAX

/**
 * `SO_PEERGROUPS` (Linux 4.13): all supplementary groups of the process at the other end of a connected Unix socket, at the time
 * when the connection was created. Returns `undefined` if the peer is not known.
 *
 * @param socket as for {@link peerCredentials}
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { MessageSocket, peerGroups } from 'cmsg'
 *
 * const [a, b] = MessageSocket.pair({ type: 'stream' })
 * console.log(Array.isArray(peerGroups(a))) // true
 * await a.close()
 * await b.close()
 */
export function peerGroups(socket: Descriptor): number[] | undefined {
  const fd = fdOfPeer('peerGroups', socket)
  if (fd === undefined || isListening(fd)) return undefined
  const read = (size: number): Buffer => getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, size)
  const view = viewOf(readOption(read, usualGroups * gidSize, maxGroups * gidSize) ?? new Uint8Array(0))
  if (view.byteLength === 0 && peerCredentials(fd) === undefined) return undefined
  return Array.from({ length: view.byteLength / gidSize }, (_, i) => view.getUint32(i * gidSize, true))
}

/**
 * `SO_PEERSEC` (Linux 2.6.2): the security label (SELinux, Smack, AppArmor) of the other end of a connected Unix socket. Returns
 * `undefined` if no security module provides one, for a socket that listens, and for a `net.Socket` that is destroyed.
 *
 * @param socket as for {@link peerCredentials}
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export function peerSecurity(socket: Descriptor): string | undefined {
  const fd = fdOfPeer('peerSecurity', socket)
  if (fd === undefined || isListening(fd)) return undefined
  const label = readOption((size) => getsockopt(fd, SOL_SOCKET, SO_PEERSEC, size), 256, 65536)
  // Some modules include a NUL at the end, others do not.
  return label === undefined ? undefined : label.toString('utf8').replace(/\0+$/, '')
}

/** Reads an option of unknown size: tries again with a larger buffer while the kernel returns ERANGE. */
function readOption(get: (size: number) => Buffer, size: number, maxSize: number): Buffer | undefined {
  for (; ; size = Math.min(size * 4, maxSize)) {
    try {
      return get(size)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      if (error.code === 'ENODATA' || error.code === 'ENOPROTOOPT') return undefined
      if (error.code !== 'ERANGE' || size === maxSize) throw error
    }
  }
}
