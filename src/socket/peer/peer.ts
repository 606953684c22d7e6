/**
 * Who is at the other end: of a MessageSocket, of Node's own sockets, or of a descriptor.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { structs } from '../../abi/structs.ts'
import { viewOf } from '../../abi/bytes.ts'
import type { Credentials } from '../../control/socket.ts'
import { SystemError, unsupported } from '../../errors.ts'
import { descriptor } from '../../arguments.ts'
import { getsockopt } from '../../libc/options.ts'
import { fdOf, type Descriptor } from '../../descriptors/descriptor.ts'
import { Pidfd } from '../../identity/pidfd.ts'

const { SOL_SOCKET, SO_PEERCRED, SO_PEERPIDFD, SO_PEERGROUPS, SO_PEERSEC } = constants
const { ucred } = structs

const fdOfPeer = (syscall: string, socket: Descriptor): number => descriptor(syscall, fdOf(socket))

/** Nobody: what `struct ucred` holds where the kernel knows of no peer. It is not root, though a careless reader takes pid 0 for it. */
const nobody = 2 ** 32 - 1

/**
 * `SO_PEERCRED`: who is at the other end of a connected Unix socket, as it was when the connection was made (or the
 * pair, or for the client's side, when the listener began to listen): its pid and *effective* ids. Linux 2.2.
 *
 * `undefined` where nobody is known: not connected; or a datagram socket that was connected by name, of which the
 * kernel says {0, -1, -1}.
 *
 * @param socket a `net.Socket` (connected or accepted), a MessageSocket, whatever has an `fd`, or a number
 * @throws SystemError ENOTSOCK, EBADF
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
  const bytes = getsockopt(fdOfPeer('peerCredentials', socket), SOL_SOCKET, SO_PEERCRED, ucred.size)
  const { pid, uid, gid } = ucred.read(viewOf(bytes))
  return uid === nobody && gid === nobody ? undefined : { pid, uid, gid }
}

/**
 * `SO_PEERPIDFD`: the process at the other end of a connected Unix socket, which no other can be mistaken for. Linux 6.5.
 * It is the caller's to close. `undefined` where none is known.
 *
 * @param socket as for {@link peerCredentials}
 * @throws Error `ERR_CMSG_UNSUPPORTED`: an older kernel; SystemError ESRCH: before 6.16, the process has ended; EMFILE
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export function peerPidfd(socket: Descriptor): Pidfd | undefined {
  try {
    return new Pidfd(getsockopt(fdOfPeer('peerPidfd', socket), SOL_SOCKET, SO_PEERPIDFD))
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (error.code === 'ENODATA') return undefined
    throw error.code === 'ENOPROTOOPT' ? unsupported(`Cannot get the pidfd of a peer: this kernel does not support SO_PEERPIDFD (Linux 6.5; ${error.message})`, error) : error
  }
}

const gidSize = Uint32Array.BYTES_PER_ELEMENT
const fewGroups = 64
/** The kernel's limit, NGROUPS_MAX. */
const mostGroups = constants.NGROUPS_MAX

/**
 * `SO_PEERGROUPS`: the supplementary groups of the process at the other end of a connected Unix socket, as they were
 * when the connection was made; any number of them. Linux 4.13. `undefined` where nobody is known.
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
  const view = viewOf(atLeast((size) => getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, size), fewGroups * gidSize, mostGroups * gidSize) ?? new Uint8Array(0))
  if (view.byteLength === 0 && peerCredentials(fd) === undefined) return undefined
  return Array.from({ length: view.byteLength / gidSize }, (_, i) => view.getUint32(i * gidSize, true))
}

/**
 * `SO_PEERSEC`: the security label (SELinux, Smack, AppArmor) of the other end of a connected Unix socket. Linux 2.6.2.
 * `undefined` where no security module gives one.
 *
 * @param socket as for {@link peerCredentials}
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export function peerSecurity(socket: Descriptor): string | undefined {
  const fd = fdOfPeer('peerSecurity', socket)
  const label = atLeast((size) => getsockopt(fd, SOL_SOCKET, SO_PEERSEC, size), 256, 65536)
  // Some modules count a NUL at the end, some do not.
  return label === undefined ? undefined : label.toString('utf8').replace(/\0+$/, '')
}

/** An option of unknown size: ask again with more room for as long as the kernel says ERANGE. */
function atLeast(get: (size: number) => Buffer, size: number, largest: number): Buffer | undefined {
  for (; ; size = Math.min(size * 4, largest)) {
    try {
      return get(size)
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      if (error.code === 'ENODATA' || error.code === 'ENOPROTOOPT') return undefined
      if (error.code !== 'ERANGE' || size === largest) throw error
    }
  }
}
