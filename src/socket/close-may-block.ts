/**
 * Decides whether closing one of this library's sockets may block, by its family and state. For received descriptors,
 * descriptors/close-kind.ts decides, by file type.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { attempt } from '../errors.ts'
import { getsockopt } from '../libc/options.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { isConnectionless } from './target.ts'

const {
  AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, SO_LINGER, SO_PROTOCOL, IPPROTO_TCP, POLLIN,
} = constants
const { pollfd, linger } = structs

/** The facts about a socket that decide. */
interface Closing {
  readonly family: number
  readonly type: number
  /** Its connection has ended: nothing more can arrive. */
  readonly ended: boolean
  /** Other processes may have it, and set its options at any moment. */
  readonly isShared: boolean
}

/**
 * True if a peer can delay the close of a socket. Closing a Unix socket closes the descriptors in its queue, which may be a TCP
 * socket with SO_LINGER. TCP and other connections may linger themselves. Sockets of unknown families are assumed to block.
 */
export function closeMayBlock(fd: number, { family, type, ended, isShared }: Closing): boolean {
  if (family === AF_UNIX) return !ended && isReadable(fd)
  if (family !== AF_INET && family !== AF_INET6) return true
  if (type === SOCK_STREAM) return isShared || !isQuickTcp(fd)
  return !isConnectionless(type)
}

/** True for a TCP socket that does not linger. One that listens never does, but closes the connections that nobody has accepted. */
const isQuickTcp = (fd: number): boolean =>
  sys.intOption(fd, SOL_SOCKET, SO_PROTOCOL) === IPPROTO_TCP
    && (sys.intOption(fd, SOL_SOCKET, SO_ACCEPTCONN) > 0 ? !isReadable(fd) : !lingers(fd))

function lingers(fd: number): boolean {
  const option = attempt(() => getsockopt(fd, SOL_SOCKET, SO_LINGER, linger.size))
  if (option === undefined) return true
  const { l_onoff, l_linger } = linger.read(viewOf(option), 0)
  return l_onoff !== 0 && l_linger !== 0
}

function isReadable(fd: number): boolean {
  const { address, view } = scratch(pollfd.size)
  pollfd.write(view, 0, { fd, events: POLLIN, revents: 0 })
  return sys.poll(address, 1, 0) !== 0 && (view.getUint16(pollfd.fields.revents.offset, true) & POLLIN) !== 0
}
