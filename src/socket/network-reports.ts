/**
 * Recognizes errors that the network reports later (ICMP), which do not belong to the call that returns them.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { intSize } from '../abi/scalars.ts'
import { storageSize } from '../address/address.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

const { AF_INET, AF_INET6, SOCK_STREAM } = constants

/** True if a socket is connected. */
export function isConnected(fd: number): boolean {
  const { address, view } = scratch(storageSize + intSize)
  view.setUint32(storageSize, storageSize, true)
  return sys.call('getpeername', fd, address, address + storageSize) >= 0
}

/**
 * True if a failed call may have returned the error of an earlier packet to another destination: an unconnected socket with
 * IP_RECVERR on returns it once, as a pending error, and keeps the report itself in its error queue. The call is then repeated,
 * and a real error occurs again. A connected socket has only one peer, so its calls report the error.
 */
export const isNetworkReport = (
  { fd, family, type }: { readonly fd: number; readonly family: number; readonly type: number }, result: number,
): boolean =>
  result !== -errno.EAGAIN && type !== SOCK_STREAM && (family === AF_INET || family === AF_INET6) && !isConnected(fd)
