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

const { EINTR, EISCONN, EINVAL, EOPNOTSUPP } = errnos
const { SOL_SOCKET, SO_DOMAIN, MSG_CMSG_CLOEXEC, AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP } = constants

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

// These four are called once for each message: not by name, and their arguments are passed as they are.

/** sendmsg(2). */
export function sendmsg(fd: number, msg: number, flags: number): number {
  const { call, musl } = engine()
  return musl ? restart('syscall', number('SYS_sendmsg'), fd, msg, flags, 0, 0, 0) : uninterrupted(() => call.sendmsg(fd, msg, flags))
}

/** sendmmsg(2). */
export function sendmmsg(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, musl } = engine()
  return musl ? restart('syscall', number('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0) : uninterrupted(() => call.sendmmsg(fd, msgvec, count, flags))
}

/**
 * Families of which some protocol's recvmsg refuses every flag it does not know, MSG_CMSG_CLOEXEC too: net/packet/af_packet.c,
 * net/can/isotp.c and j1939/socket.c, net/key/af_key.c, net/phonet, net/mctp/af_mctp.c. None of them passes descriptors.
 */
const flagRefusing = new Set<number>([AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP])

/** Whether it is for MSG_CMSG_CLOEXEC that a receive failed: it has taken nothing then, and may be done without. */
const isRefused = (result: number, fd: number, flags: number): boolean =>
  (result === -EINVAL || result === -EOPNOTSUPP) && (flags & MSG_CMSG_CLOEXEC) !== 0 && flagRefusing.has(domainOf(fd))

const intSize = Int32Array.BYTES_PER_ELEMENT
/** `SO_DOMAIN`: the family of a socket, or minus errno. */
function domainOf(fd: number): number {
  const { address, view } = scratch(2 * intSize)
  view.setUint32(intSize, intSize, true)
  const result = call('getsockopt', fd, SOL_SOCKET, SO_DOMAIN, address, address + intSize)
  return result < 0 ? result : view.getInt32(0, true)
}

/** recvmsg(2). */
export function recvmsg(fd: number, msg: number, flags: number): number {
  const { call } = engine()
  const received = uninterrupted(() => call.recvmsg(fd, msg, flags))
  return isRefused(received, fd, flags) ? uninterrupted(() => call.recvmsg(fd, msg, flags & ~MSG_CMSG_CLOEXEC)) : received
}

/** recvmmsg(2), without its timeout: the kernel looks at it only after a message has come. */
export function recvmmsg(fd: number, msgvec: number, count: number, flags: number): number {
  const { call } = engine()
  const received = uninterrupted(() => call.recvmmsg(fd, msgvec, count, flags, 0))
  return isRefused(received, fd, flags) ? uninterrupted(() => call.recvmmsg(fd, msgvec, count, flags & ~MSG_CMSG_CLOEXEC, 0)) : received
}
