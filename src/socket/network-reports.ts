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
import { spend } from '../readiness/turn.ts'

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

/** The errors that ICMP and ICMPv6 messages cause. */
const ofNetwork: ReadonlySet<number> = new Set([
  errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENONET, errno.ENOPROTOOPT, errno.EPROTO,
  errno.EMSGSIZE, errno.EACCES, errno.EOPNOTSUPP,
])

/** True if a call has failed with an error that ICMP causes. */
const isOfNetwork = (result: number): boolean => ofNetwork.has(-result)

/** Maximum number of times that a call is repeated. Even a flood of ICMP rarely hits several calls in a row. */
export const maxRepeats = 32
/** The same for a packet that is too big. The kernel reports that of the call itself, too, which then fails each time. */
const maxRepeatsTooBig = 4

/**
 * Repeats a call that has returned an error of an earlier packet, as long as it returns another one: each ICMP message that arrives
 * between two calls causes one. `onReport` moves reports out of the error queue, and returns true if there were any. An error without
 * a report is that of the call itself. If reports keep arriving, the result is EAGAIN.
 */
export function repeatAfterReport(onReport: () => boolean, attempt: () => number): number {
  onReport()
  for (let repeats = 1; ; repeats++) {
    const result = attempt()
    spend(1, 0)
    if (!isOfNetwork(result) || !onReport()) return result
    if (result === -errno.EMSGSIZE && repeats >= maxRepeatsTooBig) return result
    if (repeats === maxRepeats) return -errno.EAGAIN
  }
}
