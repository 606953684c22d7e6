/**
 * Checks that a socket can become a stream.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { unsupported } from '../../errors.ts'
import { poll } from '../../libc/sockets.ts'
import { isConnected } from '../network-reports.ts'

const { POLLHUP, POLLRDHUP } = constants

/** Checks that a socket is a connected stream socket. @throws Error `ERR_CMSG_UNSUPPORTED` */
export function checkStream(fd: number, isStream: boolean, listens: boolean): void {
  if (isStream && !listens && !isUnconnected(fd)) return
  throw unsupported('Cannot make a stream from this socket: only a connected stream socket carries a stream of bytes')
}

/**
 * True if a stream socket has never been connected. A connection that was reset has no peer either, but the kernel reports that
 * nothing more will be received on it; and one that is being made has not hung up.
 */
function isUnconnected(fd: number): boolean {
  return !isConnected(fd) && (poll([{ fd, events: POLLRDHUP }], 0)[0]!.revents & (POLLHUP | POLLRDHUP)) === POLLHUP
}
