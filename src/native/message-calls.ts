/**
 * The system calls that send and receive messages. A sandbox may refuse `sendmmsg` and `recvmmsg`, and an old kernel or C library has
 * neither. Then their messages are sent or received one by one.
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { engine } from './engine.ts'
import { isRefusal, receiveFlags, sendFlags, withoutRefused } from './refused-flags.ts'
import { intOption, restart, uninterrupted } from './syscalls.ts'

const { ENOSYS, EPERM } = errno
const {
  SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SOCK_STREAM, IPPROTO_SCTP, SOL_TLS, TLS_RX, MSG_TRUNC, MSG_ERRQUEUE, MSG_WAITFORONE,
  MSG_DONTWAIT, MSG_OOB, AF_INET, AF_INET6, AF_SMC,
} = constants

// These functions are called once per message, so they avoid lookups by name and rest parameters.

/** The number of a system call on this CPU. */
const syscallNumber = (name: 'SYS_sendmsg' | 'SYS_sendmmsg'): number => constantsByTarget[name][hostAbi().target]

/** sendmsg(2). */
export function sendmsg(fd: number, msg: number, flags: number): number {
  const sent = sendmsgOnce(fd, msg, flags)
  return isRefusal(sent) ? withoutRefused(sent, fd, flags, sendFlags, (flags) => sendmsgOnce(fd, msg, flags)) : sent
}

/**
 * musl's sendmsg copies the control data to an array of about 1 KiB on its stack and returns ENOMEM for more, but 253 descriptors
 * with credentials are larger; its sendmmsg loops over sendmsg. With musl, the kernel is called directly.
 */
function sendmsgOnce(fd: number, msg: number, flags: number): number {
  const { call, musl } = engine()
  return musl
    ? restart('syscall', syscallNumber('SYS_sendmsg'), fd, msg, flags, 0, 0, 0)
    : uninterrupted(() => call.sendmsg(fd, msg, flags))
}

/** recvmsg(2). */
export function recvmsg(fd: number, msg: number, flags: number): number {
  const { call } = engine()
  const received = uninterrupted(() => call.recvmsg(fd, msg, flags))
  return isRefusal(received)
    ? withoutRefused(received, fd, flags, receiveFlags, (flags) => uninterrupted(() => call.recvmsg(fd, msg, flags))) : received
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
function rememberIfUnavailable(name: keyof typeof unavailable, result: number, instead: number): number {
  unavailable[name] = instead !== result
  return instead
}

/** sendmmsg(2). Returns the number of messages sent. */
export function sendmmsg(fd: number, messages: MessageVector, count: number, flags: number): number {
  if (unavailable.sendmmsg) return sendOneByOne(fd, messages, count, flags)
  messages.syscall = 'sendmmsg'
  let sent = sendmmsgOnce(fd, messages.address(0), count, flags)
  if (isRefusal(sent)) sent = withoutRefused(sent, fd, flags, sendFlags, (flags) => sendmmsgOnce(fd, messages.address(0), count, flags))
  return mayBeUnavailable(sent) ? rememberIfUnavailable('sendmmsg', sent, sendOneByOne(fd, messages, count, flags)) : sent
}

function sendmmsgOnce(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, musl } = engine()
  return musl
    ? restart('syscall', syscallNumber('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0)
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
  return mayBeUnavailable(received) ? rememberIfUnavailable('recvmmsg', received, receiveOneByOne(fd, messages, count, flags)) : received
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
