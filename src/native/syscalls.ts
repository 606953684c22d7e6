/**
 * The calls as the kernel has them: a result from 0 up, or minus errno. EINTR is retried here, where C programs forget
 * it, and nowhere else.
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { engine, type Calls } from './engine.ts'
import { scratch } from './memory.ts'

const { EINTR, EISCONN, EINVAL, EOPNOTSUPP, ENOSYS, EPERM } = errnos
const {
  SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SOCK_STREAM, IPPROTO_SCTP, SOL_TLS, TLS_RX, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL, MSG_TRUNC, MSG_ERRQUEUE, MSG_WAITFORONE, MSG_DONTWAIT, MSG_OOB, AF_INET, AF_INET6,
  AF_SMC, AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP, AF_RDS, AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK,
} = constants

/** Call once: the result, or minus errno. */
export function call<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  const libc = engine()
  const result = (libc.call[name] as (...args: number[]) => number)(...args)
  return result < 0 ? -libc.errno() : result
}

/** Call one that says 0, or NULL, where it fails: the result, or minus errno. */
export function orErrno(name: 'if_nametoindex' | 'if_indextoname', ...args: number[]): number {
  const libc = engine()
  const result = (libc.call[name] as (...args: number[]) => number)(...args)
  return result === 0 ? -libc.errno() : result
}

/** Try until it is not interrupted by a signal: the result, or minus errno. */
function uninterrupted(attempt: () => number): number {
  for (;;) {
    const result = attempt()
    if (result >= 0) return result
    const reason = engine().errno()
    if (reason !== EINTR) return -reason
  }
}

/** Call until it is not interrupted. */
export function restart<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  const called = engine().call[name] as (...args: number[]) => number
  return uninterrupted(() => called(...args))
}

/** connect(2), interrupted, may have connected all the same: then the second call says EISCONN. */
export function connect(fd: number, address: number, length: number): number {
  let result = call('connect', fd, address, length)
  if (result !== -EINTR) return result
  result = restart('connect', fd, address, length)
  return result === -EISCONN ? 0 : result
}

/** poll(2), interrupted, goes on for the time that is left. `timeout` in milliseconds, negative for ever. */
export function poll(fds: number, count: number, timeout: number): number {
  const deadline = performance.now() + timeout
  let left = timeout
  for (;;) {
    const result = call('poll', fds, count, left)
    if (result !== -EINTR) return result
    if (timeout >= 0) left = Math.max(0, Math.ceil(deadline - performance.now()))
  }
}

// musl's sendmsg copies the control data to an array of about 1 KiB on its stack and says ENOMEM beyond, where 253
// descriptors and credentials are more; its sendmmsg is a loop over that. There, the kernel is asked directly.
const number = (name: 'SYS_sendmsg' | 'SYS_sendmmsg'): number => constantsByTarget[name][hostAbi().target]

/** A flag, and the families of which some protocol refuses every flag that it does not know, and this one with them. */
interface RefusedFlag {
  readonly flag: number
  readonly families: ReadonlySet<number>
}

/**
 * net/packet/af_packet.c, net/can/isotp.c and j1939/socket.c, net/key/af_key.c, net/phonet, net/mctp/af_mctp.c. None of
 * them passes descriptors. J1939 does not know MSG_TRUNC either, and says how much it had room for.
 */
const receiveFlags: readonly RefusedFlag[] = [
  { flag: MSG_CMSG_CLOEXEC, families: new Set([AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP]) },
  { flag: MSG_TRUNC, families: new Set([AF_CAN]) },
]

/**
 * net/rds/send.c, net/mctp/af_mctp.c, net/qrtr/af_qrtr.c, net/x25, net/ax25, net/netrom, net/rose, net/atm/common.c,
 * net/appletalk/ddp.c. Those of them that raise SIGPIPE raise it in a program that ignores it: every runtime does.
 */
const sendFlags: readonly RefusedFlag[] = [
  { flag: MSG_NOSIGNAL, families: new Set([AF_RDS, AF_MCTP, AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK]) },
]

/** Tell if a call may have failed because of a flag: it has done nothing then, and may be repeated without it. */
const isRefusal = (result: number): boolean => result === -EINVAL || result === -EOPNOTSUPP

/** Call again without the flags that the socket's family may have refused, one after the other. */
function withoutRefused(result: number, fd: number, flags: number, refused: readonly RefusedFlag[], again: (flags: number) => number): number {
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  for (const { flag, families } of refused) {
    if ((flags & flag) === 0 || !families.has(domain)) continue
    flags &= ~flag
    result = again(flags)
    if (!isRefusal(result)) return result
  }
  return result
}

const intSize = Int32Array.BYTES_PER_ELEMENT
/** The int of a socket option, such as `SO_DOMAIN`, the family; or minus errno. */
export function intOption(fd: number, level: number, option: number): number {
  const { address, view } = scratch(2 * intSize)
  view.setUint32(intSize, intSize, true)
  const result = call('getsockopt', fd, level, option, address, address + intSize)
  return result < 0 ? result : view.getInt32(0, true)
}

/**
 * Tell if a receive with these flags returns how many bytes it discarded, and writes none: with MSG_TRUNC, alone or with
 * MSG_OOB, TCP, MPTCP and SMC do so. The memory then still holds an earlier message, even one of another socket. SCTP
 * writes, and so does TLS over TCP: tls_sw_recvmsg does not look at the flag.
 */
export function discards(fd: number, flags: number): boolean {
  if ((flags & MSG_TRUNC) === 0 || (flags & MSG_ERRQUEUE) !== 0) return false
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  if (domain === AF_SMC) return true
  if ((domain !== AF_INET && domain !== AF_INET6) || intOption(fd, SOL_SOCKET, SO_TYPE) !== SOCK_STREAM) return false
  return intOption(fd, SOL_SOCKET, SO_PROTOCOL) !== IPPROTO_SCTP && intOption(fd, SOL_TLS, TLS_RX) < 0
}

// These are called once for each message: not by name, and their arguments are passed as they are.

/** sendmsg(2). */
export function sendmsg(fd: number, msg: number, flags: number): number {
  const sent = sendmsgOnce(fd, msg, flags)
  return isRefusal(sent) ? withoutRefused(sent, fd, flags, sendFlags, (flags) => sendmsgOnce(fd, msg, flags)) : sent
}

function sendmsgOnce(fd: number, msg: number, flags: number): number {
  const { call, musl } = engine()
  return musl ? restart('syscall', number('SYS_sendmsg'), fd, msg, flags, 0, 0, 0) : uninterrupted(() => call.sendmsg(fd, msg, flags))
}

/** recvmsg(2). */
export function recvmsg(fd: number, msg: number, flags: number): number {
  const { call } = engine()
  const received = uninterrupted(() => call.recvmsg(fd, msg, flags))
  return isRefusal(received)
    ? withoutRefused(received, fd, flags, receiveFlags, (flags) => uninterrupted(() => call.recvmsg(fd, msg, flags))) : received
}

// A sandbox may refuse recvmmsg and sendmmsg, and an old kernel or C library has neither. Then messages go one by one.

/** An array of `struct mmsghdr`. */
export interface MessageVector {
  /** The address of message `i`. */
  address(i: number): number
  /** The bytes of the buffers of message `i`. */
  room(i: number): number
  /** `msg_flags` of message `i`. */
  flags(i: number): number
  /** Set `msg_len` of message `i`. */
  setLength(i: number, length: number): void
  /** The call that was made last: its error has this name. */
  syscall: 'recvmsg' | 'recvmmsg' | 'sendmsg' | 'sendmmsg'
}

/** The calls that this thread may not make: a filter of system calls applies to a thread, and is never taken off. */
const unavailable = { recvmmsg: false, sendmmsg: false }

/**
 * Tell if the call itself may have been refused: ENOSYS, or EPERM by a filter that was made so. EPERM is also an answer to
 * what is sent; then the single call gets it, too.
 */
const mayBeUnavailable = (result: number): boolean => result === -ENOSYS || result === -EPERM

/** `instead` of a call that failed with `result`: what messages that went one by one have returned. */
function learned(name: keyof typeof unavailable, result: number, instead: number): number {
  unavailable[name] = instead !== result
  return instead
}

/** sendmmsg(2): returns how many went. */
export function sendmmsg(fd: number, messages: MessageVector, count: number, flags: number): number {
  if (unavailable.sendmmsg) return sendOneByOne(fd, messages, count, flags)
  messages.syscall = 'sendmmsg'
  let sent = sendmmsgOnce(fd, messages.address(0), count, flags)
  if (isRefusal(sent)) sent = withoutRefused(sent, fd, flags, sendFlags, (flags) => sendmmsgOnce(fd, messages.address(0), count, flags))
  return mayBeUnavailable(sent) ? learned('sendmmsg', sent, sendOneByOne(fd, messages, count, flags)) : sent
}

function sendmmsgOnce(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, musl } = engine()
  return musl ? restart('syscall', number('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0) : uninterrupted(() => call.sendmmsg(fd, msgvec, count, flags))
}

/** As the kernel does it: an error is that of the first, and no more go after one of which a part went. */
function sendOneByOne(fd: number, messages: MessageVector, count: number, flags: number): number {
  messages.syscall = 'sendmsg'
  for (let i = 0; i < count; i++) {
    const sent = sendmsg(fd, messages.address(i), flags)
    if (sent < 0) return i === 0 ? sent : i
    messages.setLength(i, sent)
    if (sent < messages.room(i)) return i + 1
  }
  return count
}

/** recvmmsg(2), without its timeout: the kernel looks at it only after a message has come. Returns how many came. */
export function recvmmsg(fd: number, messages: MessageVector, count: number, flags: number): number {
  if (unavailable.recvmmsg) return receiveOneByOne(fd, messages, count, flags)
  messages.syscall = 'recvmmsg'
  let received = recvmmsgOnce(fd, messages.address(0), count, flags)
  if (isRefusal(received)) received = withoutRefused(received, fd, flags, receiveFlags, (flags) => recvmmsgOnce(fd, messages.address(0), count, flags))
  return mayBeUnavailable(received) ? learned('recvmmsg', received, receiveOneByOne(fd, messages, count, flags)) : received
}

function recvmmsgOnce(fd: number, msgvec: number, count: number, flags: number): number {
  const { call } = engine()
  return uninterrupted(() => call.recvmmsg(fd, msgvec, count, flags, 0))
}

/**
 * As the kernel does it: an error is that of the first, and none is waited for after MSG_WAITFORONE has had one, or after
 * urgent data. An error after some have come is lost, unless it lasts: the kernel can keep it for the next call.
 */
function receiveOneByOne(fd: number, messages: MessageVector, count: number, flags: number): number {
  messages.syscall = 'recvmsg'
  const first = flags & ~MSG_WAITFORONE
  const further = (flags & MSG_WAITFORONE) === 0 ? first : first | MSG_DONTWAIT
  for (let i = 0; i < count; i++) {
    const received = recvmsg(fd, messages.address(i), i === 0 ? first : further)
    if (received < 0) return i === 0 ? received : i
    messages.setLength(i, received)
    if ((messages.flags(i) & MSG_OOB) !== 0) return i + 1
  }
  return count
}
