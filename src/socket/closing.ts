/**
 * How long the close of a socket may take.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { structs } from '../abi/structs.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

const { AF_UNIX, AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, POLLIN } = constants
const { pollfd } = structs

/**
 * Tells if the close of a socket may take as long as a peer likes. A Unix socket closes what is in its queue, which may be
 * a TCP socket with SO_LINGER, and it does so whoever reads; once it has `ended` there is nothing more to come. TCP itself
 * and others that keep a connection may linger. Of families that are not known here it is assumed.
 */
export function closeMayBlock(fd: number, { family, type }: { readonly family: number; readonly type: number }, ended: boolean): boolean {
  if (family === AF_UNIX) return !ended && isReadable(fd)
  const isInternet = family === AF_INET || family === AF_INET6
  return !(isInternet && (type === SOCK_DGRAM || type === SOCK_RAW))
}

function isReadable(fd: number): boolean {
  const { address, view } = scratch(pollfd.size)
  pollfd.write(view, 0, { fd, events: POLLIN, revents: 0 })
  return sys.poll(address, 1, 0) !== 0 && (view.getUint16(pollfd.fields.revents.offset, true) & POLLIN) !== 0
}
