/**
 * System calls with the kernel's convention: they return a result of 0 or more, or minus errno. EINTR is retried here and nowhere
 * else.
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { intSize } from '../abi/scalars.ts'
import { engine, type Calls } from './engine.ts'
import { scratch } from './memory.ts'

const { EINTR, EISCONN, EINVAL, EOPNOTSUPP, ENOSYS, EPERM } = errnos
const {
  SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SOCK_STREAM, IPPROTO_SCTP, SOL_TLS, TLS_RX, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL, MSG_TRUNC,
  MSG_ERRQUEUE, MSG_WAITFORONE, MSG_DONTWAIT, MSG_OOB, AF_INET, AF_INET6, AF_SMC, AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP, AF_RDS,
  AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK,
} = constants

/** Calls once. Returns the result or minus errno. */
export function call<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  const libc = engine()
  const result = (libc.call[name] as (...args: number[]) => number)(...args)
  return result < 0 ? -libc.errno() : result
}

/** Calls a function that returns 0 or NULL on failure. Returns the result or minus errno. */
export function orErrno(name: 'if_nametoindex' | 'if_indextoname', ...args: number[]): number {
  const libc = engine()
  const result = (libc.call[name] as (...args: number[]) => number)(...args)
  return result === 0 ? -libc.errno() : result
}

/** Repeats a call while a signal interrupts it. Returns the result or minus errno. */
function uninterrupted(attempt: () => number): number {
  for (;;) {
    const result = attempt()
    if (result >= 0) return result
    const reason = engine().errno()
    if (reason !== EINTR) return -reason
  }
}

/** Calls a function again while a signal interrupts it. Returns the result or minus errno. */
export function restart<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  const called = engine().call[name] as (...args: number[]) => number
  return uninterrupted(() => called(...args))
}

/** connect(2). An interrupted call may have connected nevertheless; the second call then returns EISCONN. */
export function connect(fd: number, address: number, length: number): number {
  let result = call('connect', fd, address, length)
  if (result !== -EINTR) return result
  result = restart('connect', fd, address, length)
  return result === -EISCONN ? 0 : result
}

/** poll(2). After an interruption it continues for the remaining time. `timeout` is in milliseconds; negative means no timeout. */
export function poll(fds: number, count: number, timeout: number): number {
  const deadline = performance.now() + timeout
  let left = timeout
  for (;;) {
    const result = call('poll', fds, count, left)
    if (result !== -EINTR) return result
    if (timeout >= 0) left = Math.max(0, Math.ceil(deadline - performance.now()))
  }
}

// musl's sendmsg copies the control data to an array of about 1 KiB on its stack and returns ENOMEM for more, but 253 descriptors
// with credentials are larger; its sendmmsg loops over sendmsg. With musl, the kernel is called directly.
const number = (name: 'SYS_sendmsg' | 'SYS_sendmmsg'): number => constantsByTarget[name][hostAbi().target]

/** A flag, and the families with a protocol that refuses it as unknown. */
interface RefusedFlag {
  readonly flag: number
  readonly families: ReadonlySet<number>
}

/**
 * net/packet/af_packet.c, net/can/isotp.c and j1939/socket.c, net/key/af_key.c, net/phonet, net/mctp/af_mctp.c. None of them passes
 * descriptors. J1939 does not know MSG_TRUNC either, and returns the truncated length.
 */
const receiveFlags: readonly RefusedFlag[] = [
  { flag: MSG_CMSG_CLOEXEC, families: new Set([AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP]) },
  { flag: MSG_TRUNC, families: new Set([AF_CAN]) },
]

/**
 * net/rds/send.c, net/mctp/af_mctp.c, net/qrtr/af_qrtr.c, net/x25, net/ax25, net/netrom, net/rose, net/atm/common.c,
 * net/appletalk/ddp.c. Some of them raise SIGPIPE, which every runtime ignores.
 */
const sendFlags: readonly RefusedFlag[] = [
  {
    flag: MSG_NOSIGNAL,
    families: new Set([AF_RDS, AF_MCTP, AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK]),
  },
]

/** True if a call may have failed because of a flag. It then had no effect and may be repeated without the flag. */
const isRefusal = (result: number): boolean => result === -EINVAL || result === -EOPNOTSUPP

/** Repeats a call without the flags that the socket's family may have refused, one after another. */
function withoutRefused(
  result: number, fd: number, flags: number, refused: readonly RefusedFlag[], again: (flags: number) => number,
): number {
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  for (const { flag, families } of refused) {
    if ((flags & flag) === 0 || !families.has(domain)) continue
    flags &= ~flag
    result = again(flags)
    if (!isRefusal(result)) return result
  }
  return result
}

/** Returns an int option of a socket, such as `SO_DOMAIN` (its family), or minus errno. */
export function intOption(fd: number, level: number, option: number): number {
  const { address, view } = scratch(2 * intSize)
  view.setUint32(intSize, intSize, true)
  const result = call('getsockopt', fd, level, option, address, address + intSize)
  return result < 0 ? result : view.getInt32(0, true)
}

/**
 * True if a receive with these flags returns the number of bytes it discarded, and writes none: TCP, MPTCP and SMC do so with
 * MSG_TRUNC, alone or with MSG_OOB. The memory then still holds an earlier message, even one of another socket. SCTP writes the
 * data, and so does TLS over TCP, because tls_sw_recvmsg ignores the flag.
 */
export function discards(fd: number, flags: number): boolean {
  if ((flags & MSG_TRUNC) === 0 || (flags & MSG_ERRQUEUE) !== 0) return false
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  if (domain === AF_SMC) return true
  if ((domain !== AF_INET && domain !== AF_INET6) || intOption(fd, SOL_SOCKET, SO_TYPE) !== SOCK_STREAM) return false
  return intOption(fd, SOL_SOCKET, SO_PROTOCOL) !== IPPROTO_SCTP && intOption(fd, SOL_TLS, TLS_RX) < 0
}

// These are called once per message, so they avoid lookups by name and rest parameters.

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

// A sandbox may refuse recvmmsg and sendmmsg, and an old kernel or C library has neither. Then messages are sent one by one.

/** An array of `struct mmsghdr`. */
export interface MessageVector {
  /** The address of message `i`. */
  address(i: number): number
  /** The total size of the buffers of message `i`, in bytes. */
  dataSize(i: number): number
  /** `msg_flags` of message `i`. */
  flags(i: number): number
  /** Sets `msg_len` of message `i`. */
  setLength(i: number, length: number): void
  /** The last call made, which names its error. */
  syscall: 'recvmsg' | 'recvmmsg' | 'sendmsg' | 'sendmmsg'
}

/** The calls that this thread may not make: a system call filter applies to a thread and is never removed. */
const unavailable = { recvmmsg: false, sendmmsg: false }

/**
 * True if the call itself may have been refused, with ENOSYS, or with EPERM by a filter. EPERM may also be caused by the message
 * that is sent; then the single call fails with it, too.
 */
const mayBeUnavailable = (result: number): boolean => result === -ENOSYS || result === -EPERM

/** Records whether a call that failed with `result` is unavailable. `instead` is the result of sending or receiving one by one. */
function learned(name: keyof typeof unavailable, result: number, instead: number): number {
  unavailable[name] = instead !== result
  return instead
}

/** sendmmsg(2). Returns the number of messages sent. */
export function sendmmsg(fd: number, messages: MessageVector, count: number, flags: number): number {
  if (unavailable.sendmmsg) return sendOneByOne(fd, messages, count, flags)
  messages.syscall = 'sendmmsg'
  let sent = sendmmsgOnce(fd, messages.address(0), count, flags)
  if (isRefusal(sent)) sent = withoutRefused(sent, fd, flags, sendFlags, (flags) => sendmmsgOnce(fd, messages.address(0), count, flags))
  return mayBeUnavailable(sent) ? learned('sendmmsg', sent, sendOneByOne(fd, messages, count, flags)) : sent
}

function sendmmsgOnce(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, musl } = engine()
  return musl
    ? restart('syscall', number('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0)
    : uninterrupted(() => call.sendmmsg(fd, msgvec, count, flags))
}

/** Sends one by one like the kernel: only the first message's error is returned, and a partly sent message ends the loop. */
function sendOneByOne(fd: number, messages: MessageVector, count: number, flags: number): number {
  messages.syscall = 'sendmsg'
  for (let i = 0; i < count; i++) {
    const sent = sendmsg(fd, messages.address(i), flags)
    if (sent < 0) return i === 0 ? sent : i
    messages.setLength(i, sent)
    if (sent < messages.dataSize(i)) return i + 1
  }
  return count
}

/** recvmmsg(2), without its timeout, which the kernel checks only after receiving a message. Returns the number of messages. */
export function recvmmsg(fd: number, messages: MessageVector, count: number, flags: number): number {
  if (unavailable.recvmmsg) return receiveOneByOne(fd, messages, count, flags)
  messages.syscall = 'recvmmsg'
  let received = recvmmsgOnce(fd, messages.address(0), count, flags)
  if (isRefusal(received)) {
    received = withoutRefused(received, fd, flags, receiveFlags, (flags) => recvmmsgOnce(fd, messages.address(0), count, flags))
  }
  return mayBeUnavailable(received) ? learned('recvmmsg', received, receiveOneByOne(fd, messages, count, flags)) : received
}

function recvmmsgOnce(fd: number, msgvec: number, count: number, flags: number): number {
  const { call } = engine()
  return uninterrupted(() => call.recvmmsg(fd, msgvec, count, flags, 0))
}

/**
 * Receives one by one like the kernel: only the first message's error is returned, and it does not wait for more after the first
 * message with MSG_WAITFORONE, or after urgent data. A later error is lost unless it persists, whereas the kernel can keep it for
 * the next call.
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
