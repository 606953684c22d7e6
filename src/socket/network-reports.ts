/**
 * Recognizes errors that the network reports later (ICMP), which do not belong to the call that returns them.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { intSize } from '../abi/scalars.ts'
import { storageSize } from '../address/address.ts'
import { recvErr } from '../control/kinds/ip.ts'
import { recvErr6 } from '../control/kinds/ipv6.ts'
import { SystemError } from '../errors.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { spend } from '../readiness/turn.ts'
import type { AnyMessage } from './receiving/message.ts'

const { AF_INET, AF_INET6, SOCK_STREAM } = constants

/** True if a socket is connected. */
export function isConnected(fd: number): boolean {
  const { address, view } = scratch(storageSize + intSize)
  view.setUint32(storageSize, storageSize, true)
  return sys.call('getpeername', fd, address, address + storageSize) >= 0
}

/** Errors after the end of a connection, which the kernel returns for every later send. */
const ends: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN'])

/** True for the error of a send after which nothing more can be sent on the connection. */
export const isEnd = (error: unknown, fd: number): boolean =>
  error instanceof SystemError && (ends.has(error.code) || !isConnected(fd))

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
/** The same for a packet that is too big, which is an error of the call itself that occurs each time, and may have no report. */
const maxRepeatsTooBig = 4

const isLocal = (report: AnyMessage): boolean => (report.get(recvErr) ?? report.get(recvErr6))?.origin === 'local'

/** True if reports show that a packet was too big for this host, so that a repeated call would fail too, and cause another report. */
const isTooBigHere = (result: number, reports: readonly AnyMessage[]): boolean =>
  result === -errno.EMSGSIZE && reports.length > 0 && reports.every(isLocal)

/**
 * Repeats a call that has failed with an error of an earlier packet, as long as it returns another one: each ICMP message that arrives
 * between two calls causes one. `onReport` moves reports out of the error queue, and returns them. An error without a report is that
 * of the call itself. If reports keep arriving, the result is EAGAIN.
 */
export function repeatAfterReport(failed: number, onReport: () => readonly AnyMessage[], attempt: () => number): number {
  if (isTooBigHere(failed, onReport())) return failed
  for (let repeats = 1; ; repeats++) {
    const result = attempt()
    spend(1, 0)
    if (!isOfNetwork(result)) return result
    const reports = onReport()
    if (reports.length === 0 || isTooBigHere(result, reports)) return result
    if (result === -errno.EMSGSIZE && repeats >= maxRepeatsTooBig) return result
    if (repeats === maxRepeats) return -errno.EAGAIN
  }
}
