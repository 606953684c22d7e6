/**
 * The flags allowed for a socket's calls, and the reasons why others are refused.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { flagBits } from '../arguments.ts'
import { outOfRange, unsupported } from '../errors.ts'
import { sendFlags as rawSendFlags } from '../libc/messages.ts'

const {
  AF_UNIX, AF_INET, AF_INET6, AF_SMC, AF_NETLINK, AF_TIPC, AF_ALG, IPPROTO_MPTCP, MSG_PEEK, MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE,
  MSG_DONTWAIT, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC, MSG_WAITALL, MSG_WAITFORONE, MSG_DONTROUTE, MSG_EOR, MSG_CONFIRM, MSG_MORE, MSG_FASTOPEN,
} = constants

/** Flags that are always on, so passing them changes nothing. */
const always = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC

const receivable = MSG_PEEK | MSG_TRUNC | MSG_OOB | MSG_ERRQUEUE | always
const sendable = MSG_OOB | MSG_DONTROUTE | MSG_EOR | MSG_CONFIRM | MSG_MORE | MSG_FASTOPEN | always

/** Flags that the kernel accepts but that make no sense here. */
const reasons: readonly (readonly [flag: number, name: string, reason: string])[] = [
  [MSG_WAITALL, 'MSG_WAITALL', 'a socket on the event loop never waits in the kernel, '
    + 'so the call may return fewer bytes; receive until there are enough'],
  [MSG_WAITFORONE, 'MSG_WAITFORONE', 'receiveMany() already waits for one message and takes all that are available'],
]

/** Families without an error queue: their recvmsg ignores MSG_ERRQUEUE and returns data. */
const withoutErrorQueue: ReadonlySet<number> = new Set([AF_UNIX, AF_NETLINK, AF_TIPC, AF_ALG])

/** Families whose stream sockets can connect with the first message. */
const fastOpenFamilies: ReadonlySet<number> = new Set([AF_INET, AF_INET6, AF_SMC])

/** Families whose stream sockets have urgent data. */
const urgentFamilies: ReadonlySet<number> = new Set([AF_UNIX, AF_INET, AF_INET6, AF_SMC])

/** True if a socket has an error queue. */
export const hasErrorQueue = (family: number): boolean => !withoutErrorQueue.has(family)

/**
 * True if a socket has urgent data. Other sockets refuse MSG_OOB, or ignore it: they send the data as ordinary data, and return
 * ordinary data as urgent, but never report that urgent data has arrived.
 */
export const hasUrgentData = (family: number, isStream: boolean, protocol: number | undefined): boolean =>
  isStream && urgentFamilies.has(family) && protocol !== IPPROTO_MPTCP

/** True if MSG_FASTOPEN connects a socket. Others ignore the flag. */
export const hasFastOpen = (family: number, isStream: boolean): boolean => isStream && fastOpenFamilies.has(family)

/** The properties of a socket that decide which flags it takes. */
export interface FlaggedSocket {
  readonly hasErrorQueue: boolean
  readonly hasUrgentData: boolean
  readonly hasFastOpen: boolean
}

/** Checks the flags of a receive. @throws RangeError, Error `ERR_CMSG_UNSUPPORTED` */
export function receiveFlags(flags: number, socket: FlaggedSocket): number {
  const bits = allowed('receive', flagBits('receive', flags), receivable)
  checkUrgent('receive', bits, socket)
  if ((bits & MSG_ERRQUEUE) !== 0 && !socket.hasErrorQueue) {
    throw unsupported('Cannot receive with MSG_ERRQUEUE: '
      + 'sockets of this family have no error queue, so the kernel would return ordinary data')
  }
  if ((bits & MSG_ERRQUEUE) !== 0 && (bits & MSG_OOB) !== 0) {
    throw outOfRange('Cannot receive with both MSG_ERRQUEUE and MSG_OOB: they are different queues')
  }
  return bits & ~always
}

/** Checks the flags of a send. @throws RangeError, Error `ERR_CMSG_UNSUPPORTED` */
export function sendFlags(flags: number, socket: FlaggedSocket): number {
  const bits = allowed('send', rawSendFlags('send', flags), sendable)
  checkUrgent('send', bits, socket)
  if ((bits & MSG_FASTOPEN) !== 0 && !socket.hasFastOpen) {
    throw unsupported('Cannot send with MSG_FASTOPEN: only TCP connects with the first message, and other sockets ignore the flag')
  }
  return bits
}

function checkUrgent(call: string, bits: number, socket: FlaggedSocket): void {
  if ((bits & MSG_OOB) === 0 || socket.hasUrgentData) return
  throw unsupported(`Cannot ${call} with MSG_OOB: only stream sockets have urgent data (Unix, TCP, SMC), `
    + 'and on other sockets the kernel refuses or ignores the flag')
}

function allowed(call: string, bits: number, allow: number): number {
  const refused = bits & ~allow
  if (refused === 0) return bits
  const known = reasons.find(([flag]) => (refused & flag) !== 0)
  if (known !== undefined) throw outOfRange(`Cannot call ${call} with ${known[1]}: ${known[2]}`)
  throw outOfRange(`Cannot call ${call} with flags 0x${(refused >>> 0).toString(16)}: expected a combination of ${allowedNames(allow)}`)
}

const names = { MSG_PEEK, MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE, MSG_DONTROUTE, MSG_EOR, MSG_CONFIRM, MSG_MORE, MSG_FASTOPEN, MSG_DONTWAIT }
const allowedNames = (allow: number): string =>
  Object.entries(names).filter(([, flag]) => (allow & flag) !== 0).map(([name]) => name).join(', ')
