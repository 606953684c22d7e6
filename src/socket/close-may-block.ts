/**
 * Decides whether closing one of this library's sockets may block, by its family and state. For received descriptors,
 * descriptors/close-kind.ts decides, by file type.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

const { AF_UNIX, AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, POLLIN } = constants
const { pollfd } = structs

/**
 * True if a peer can delay the close of a socket. Closing a Unix socket closes the descriptors in its queue, which may be a TCP
 * socket with SO_LINGER; once the connection has `ended`, nothing more can arrive. TCP and other connections may linger
 * themselves. Sockets of unknown families are assumed to block.
 */
export function closeMayBlock(
  fd: number, { family, type }: { readonly family: number; readonly type: number }, ended: boolean,
): boolean {
  if (family === AF_UNIX) return !ended && isReadable(fd)
  const isInternet = family === AF_INET || family === AF_INET6
  return !(isInternet && (type === SOCK_DGRAM || type === SOCK_RAW))
}

function isReadable(fd: number): boolean {
  const { address, view } = scratch(pollfd.size)
  pollfd.write(view, 0, { fd, events: POLLIN, revents: 0 })
  return sys.poll(address, 1, 0) !== 0 && (view.getUint16(pollfd.fields.revents.offset, true) & POLLIN) !== 0
}
