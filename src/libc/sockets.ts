/**
 * Sockets and descriptors: each function makes one system call, is named as in C, and throws a SystemError where C returns -1.
 * Descriptors are plain numbers here, which the caller must close. Every new descriptor is close-on-exec, so that no child process
 * inherits it by accident.
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { intSize } from '../abi/scalars.ts'
import { storageSize } from '../address/address.ts'
import { structs } from '../abi/structs.ts'
import { object, outOfRange, SystemError } from '../errors.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { descriptor, flagBits, integer, list, sockaddr, succeeded } from '../arguments.ts'

const { SOCK_CLOEXEC, F_DUPFD_CLOEXEC, POLLIN, SOL_SOCKET, SO_DOMAIN, AF_ALG } = constants
// The kernel lowers it to net.core.somaxconn.
const SOMAXCONN = constantsByTarget.SOMAXCONN[hostAbi().target]
const { pollfd } = structs

/**
 * socket(2): creates a socket. `SOCK_CLOEXEC` is always added to `type`; add `SOCK_NONBLOCK` for a socket that never waits.
 * @throws SystemError EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT; EMFILE: RLIMIT_NOFILE is reached
 * @see https://man7.org/linux/man-pages/man2/socket.2.html
 * @example
 * import { close, constants, fcntl, socket } from 'cmsg/libc'
 *
 * const fd = socket(constants.AF_UNIX, constants.SOCK_DGRAM | constants.SOCK_NONBLOCK)
 * fcntl(fd, constants.F_GETFD) // 1
 * close(fd)
 */
export function socket(family: number, type: number, protocol = 0): number {
  integer('socket', 'family', family)
  integer('socket', 'type', type)
  integer('socket', 'protocol', protocol)
  return succeeded(sys.call('socket', family, type | SOCK_CLOEXEC, protocol), 'socket')
}

/**
 * socketpair(2): creates two connected sockets. `SOCK_CLOEXEC` is always added to `type`.
 * @throws SystemError EOPNOTSUPP: the family has no pairs (only AF_UNIX and AF_TIPC have); EMFILE
 * @see https://man7.org/linux/man-pages/man2/socketpair.2.html
 * @example
 * import { close, constants, recvmsg, sendmsg, socketpair } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_SEQPACKET)
 * sendmsg(a, { buffers: [Buffer.from('hello')] })
 * console.log(String(recvmsg(b).data)) // hello
 * close(a)
 * close(b)
 */
export function socketpair(family: number, type: number, protocol = 0): [number, number] {
  integer('socketpair', 'family', family)
  integer('socketpair', 'type', type)
  integer('socketpair', 'protocol', protocol)
  const { address, view } = scratch(2 * intSize)
  succeeded(sys.call('socketpair', family, type | SOCK_CLOEXEC, protocol, address), 'socketpair')
  return [view.getInt32(0, true), view.getInt32(intSize, true)]
}

/** Copies a sockaddr to the scratch arena, and returns its address. */
function place(name: Uint8Array): number {
  const { address, bytes } = scratch(storageSize)
  bytes.set(name)
  return address
}

/**
 * bind(2): gives the socket a name, as returned by `encodeAddress`.
 * @throws SystemError EADDRINUSE: a socket is bound there, or a socket file was left behind; EACCES, ENOENT
 * @see https://man7.org/linux/man-pages/man2/bind.2.html
 * @example
 * import { bind, close, constants, decodeAddress, encodeAddress, getsockname, socket } from 'cmsg/libc'
 *
 * const fd = socket(constants.AF_INET, constants.SOCK_DGRAM)
 * bind(fd, encodeAddress({ address: '127.0.0.1', port: 0 }))
 * decodeAddress(getsockname(fd)) // { …, address: '127.0.0.1' }
 * close(fd)
 */
export function bind(fd: number, name: Uint8Array): void {
  descriptor('bind', fd)
  const given = sockaddr('bind', name)
  succeeded(sys.call('bind', fd, place(given), given.length), 'bind', given)
}

/**
 * connect(2): connects to a name. For a datagram socket, this sets the default destination of `sendmsg`.
 * @throws SystemError ECONNREFUSED: no socket is bound or listens there; ENOENT; EACCES; EPROTOTYPE: a socket of another type;
 * EAGAIN: the socket is a non-blocking Unix socket, and the listener's queue is full; EINPROGRESS
 * @see https://man7.org/linux/man-pages/man2/connect.2.html
 */
export function connect(fd: number, name: Uint8Array): void {
  descriptor('connect', fd)
  const given = sockaddr('connect', name)
  succeeded(sys.connect(fd, place(given), given.length), 'connect', given)
}

/**
 * listen(2): lets the socket accept connections. Up to `backlog` connections may wait.
 * @throws SystemError EOPNOTSUPP: not a stream or seqpacket socket; EADDRINUSE
 * @see https://man7.org/linux/man-pages/man2/listen.2.html
 */
export function listen(fd: number, backlog: number = SOMAXCONN): void {
  descriptor('listen', fd)
  integer('listen', 'backlog', backlog, 0)
  succeeded(sys.call('listen', fd, backlog), 'listen')
}

/**
 * accept4(2): returns the next connection and the name of its peer. `SOCK_CLOEXEC` is always added to `flags`; add `SOCK_NONBLOCK`
 * for a connection that never waits. Options such as SO_PASSCRED are inherited from the listener. The name is empty if the family
 * has none (AF_ALG).
 * @throws SystemError EAGAIN: none is waiting; EMFILE; ECONNABORTED
 * @see https://man7.org/linux/man-pages/man2/accept.2.html
 * @example
 * import { accept4, bind, close, connect, constants, encodeAddress, getsockname, listen, recvmsg, sendmsg, socket } from 'cmsg/libc'
 *
 * const { AF_UNIX, SOCK_SEQPACKET } = constants
 * const server = socket(AF_UNIX, SOCK_SEQPACKET)
 * bind(server, encodeAddress({ unnamed: true })) // the kernel chooses a name
 * listen(server)
 * const client = socket(AF_UNIX, SOCK_SEQPACKET)
 * connect(client, getsockname(server))
 * sendmsg(client, { buffers: [Buffer.from('hello')] })
 * const { fd } = accept4(server)
 * console.log(String(recvmsg(fd).data)) // hello
 * for (const each of [fd, client, server]) close(each)
 */
export function accept4(fd: number, flags = 0): { fd: number; name: Buffer } {
  descriptor('accept4', fd)
  const bits = flagBits('accept4', flags) | SOCK_CLOEXEC
  try {
    return callForName('accept4', (address, length) => sys.restart('accept4', fd, address, length, bits), (fd, name) => ({ fd, name }))
  } catch (error) {
    // A family without names aborts a connection whose name is requested. In other families the peer has aborted it.
    if (!(error instanceof SystemError) || error.code !== 'ECONNABORTED' || sys.intOption(fd, SOL_SOCKET, SO_DOMAIN) !== AF_ALG) throw error
    return { fd: succeeded(sys.restart('accept4', fd, 0, 0, bits), 'accept4'), name: Buffer.alloc(0) }
  }
}

/** Makes a call that writes a name and its length to the scratch arena. */
function callForName<T>(syscall: string, call: (address: number, length: number) => number, result: (value: number, name: Buffer) => T): T {
  const { address, bytes, view } = scratch(storageSize + intSize)
  view.setUint32(storageSize, storageSize, true)
  const value = succeeded(call(address, address + storageSize), syscall)
  // The kernel returns the full length of the name, which may exceed the buffer.
  const length = Math.min(view.getUint32(storageSize, true), storageSize)
  return result(value, Buffer.from(bytes.subarray(0, length)))
}

/**
 * getsockname(2): returns the socket's own name; only the family (2 bytes) if it has none.
 * @see https://man7.org/linux/man-pages/man2/getsockname.2.html
 */
export function getsockname(fd: number): Buffer {
  descriptor('getsockname', fd)
  return callForName('getsockname', (address, length) => sys.call('getsockname', fd, address, length), (_, name) => name)
}

/**
 * getpeername(2): returns the name of the peer of a connected socket.
 * @throws SystemError ENOTCONN
 * @see https://man7.org/linux/man-pages/man2/getpeername.2.html
 */
export function getpeername(fd: number): Buffer {
  descriptor('getpeername', fd)
  return callForName('getpeername', (address, length) => sys.call('getpeername', fd, address, length), (_, name) => name)
}

/**
 * shutdown(2): ends one direction (`SHUT_RD`, `SHUT_WR`) or both (`SHUT_RDWR`).
 * @throws SystemError ENOTCONN
 * @see https://man7.org/linux/man-pages/man2/shutdown.2.html
 */
export function shutdown(fd: number, how: number): void {
  descriptor('shutdown', fd)
  integer('shutdown', 'how', how)
  succeeded(sys.call('shutdown', fd, how), 'shutdown')
}

/**
 * close(2). It is never repeated: on Linux the descriptor is closed even if a signal interrupts the call, and its number may be
 * reused at once. For the same reason, closing a descriptor twice may close another file.
 * @throws SystemError EBADF
 * @see https://man7.org/linux/man-pages/man2/close.2.html
 */
export function close(fd: number): void {
  descriptor('close', fd)
  const result = sys.call('close', fd)
  if (result !== -errno.EINTR) succeeded(result, 'close')
}

/**
 * dup(2) with close-on-exec, by fcntl(F_DUPFD_CLOEXEC): returns a second descriptor for the same open file.
 * @throws SystemError EBADF, EMFILE
 * @see https://man7.org/linux/man-pages/man2/dup.2.html
 */
export function dup(fd: number): number {
  descriptor('dup', fd)
  return succeeded(sys.call('fcntl', fd, F_DUPFD_CLOEXEC, 0), 'dup')
}

/**
 * fcntl(2), for commands whose argument is an int or nothing: `F_GETFL`, `F_SETFL`, `F_GETFD`, `F_SETFD`,
 * `F_DUPFD_CLOEXEC`, …
 * @returns what the command returns
 * @throws SystemError EBADF, EINVAL
 * @see https://man7.org/linux/man-pages/man2/fcntl.2.html
 */
export function fcntl(fd: number, command: number, argument = 0): number {
  descriptor('fcntl', fd)
  integer('fcntl', 'command', command)
  integer('fcntl', 'argument', argument)
  if (!intCommands.has(command)) {
    throw outOfRange(`Cannot call fcntl with command ${command}: it takes a pointer or is unknown; `
      + `the commands that take an int or nothing are ${[...intCommands].join(', ')}`)
  }
  return succeeded(sys.restart('fcntl', fd, command, argument), 'fcntl')
}

// Only known commands are allowed: with others, the kernel might write to a number that it takes for an address.
const intCommands: ReadonlySet<number> = new Set([
  constants.F_DUPFD, F_DUPFD_CLOEXEC, constants.F_GETFD, constants.F_SETFD, constants.F_GETFL, constants.F_SETFL,
  constants.F_GETOWN, constants.F_SETOWN, constants.F_GETSIG, constants.F_SETSIG, constants.F_GETPIPE_SZ, constants.F_SETPIPE_SZ,
  constants.F_ADD_SEALS, constants.F_GET_SEALS,
])

/** A descriptor for poll(2) to watch. */
export interface PollEntry {
  readonly fd: number
  /** `POLLIN`, `POLLOUT`, …; `POLLIN` if absent. POLLERR and POLLHUP are always reported. */
  readonly events?: number | undefined
}

/**
 * poll(2): waits until a descriptor is ready. Returns the entries, each with `revents`, which is 0 if nothing happened.
 * @param entries the descriptors, with the events to wait for
 * @param timeout in milliseconds; -1, the default, means no timeout. After a signal it continues for the remaining time
 * @see https://man7.org/linux/man-pages/man2/poll.2.html
 * @example
 * import { close, constants, poll, sendmsg, socketpair } from 'cmsg/libc'
 *
 * const [a, b] = socketpair(constants.AF_UNIX, constants.SOCK_DGRAM)
 * console.log(poll([{ fd: b }], 0)[0]?.revents) // 0
 * sendmsg(a, { buffers: [Buffer.from('hello')] })
 * console.log(poll([{ fd: b }])[0]?.revents === constants.POLLIN) // true
 * close(a)
 * close(b)
 */
export function poll<E extends PollEntry>(entries: readonly E[], timeout = -1): (E & { revents: number })[] {
  // All entries are read before the first is laid out, and all results before entries are copied: a getter may call poll itself.
  const watched = list('poll', 'entries', entries, 0, 1 << 20).map((entry, i) => {
    const { fd, events = POLLIN } = object('poll', `entries[${i}]`, entry)
    return { entry, fd: descriptor('poll', fd, `entries[${i}].fd`), events: integer('poll', `entries[${i}].events`, events, 0, 0x7fff) }
  })
  integer('poll', 'timeout', timeout, -1)
  const { address, view } = scratch(Math.max(1, watched.length) * pollfd.size)
  const { fd, events, revents } = pollfd.fields
  watched.forEach((entry, i) => {
    view.setInt32(i * pollfd.size + fd.offset, entry.fd, true)
    view.setInt16(i * pollfd.size + events.offset, entry.events, true)
    view.setInt16(i * pollfd.size + revents.offset, 0, true)
  })
  succeeded(sys.poll(address, watched.length, timeout), 'poll')
  const happened = watched.map((_, i) => view.getInt16(i * pollfd.size + revents.offset, true))
  return watched.map(({ entry }, i) => ({ ...entry, revents: happened[i]! }))
}

/** True if a descriptor has one of the events, an error or a hangup now. */
export const isReady = (fd: number, events: number): boolean => poll([{ fd, events }], 0)[0]!.revents !== 0
