/**
 * The calls as the kernel has them: a result from 0 up, or minus errno. EINTR is retried here, where C programs forget
 * it, and nowhere else.
 * @module
 */
import { constantsByTarget } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { loadLibc, type Libc } from './ffi.ts'

type Calls = Libc['call']

const { EINTR, EISCONN } = errnos

/** Call once: the result, or minus errno. */
export function call<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  const libc = loadLibc()
  const result = (libc.call[name] as (...args: number[]) => number)(...args)
  return result < 0 ? -libc.errno() : result
}

/** Call until it is not interrupted by a signal. */
export function restart<N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): number {
  let result: number
  do result = call(name, ...args)
  while (result === -EINTR)
  return result
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

/** sendmsg(2). */
export const sendmsg = (fd: number, msg: number, flags: number): number =>
  loadLibc().musl ? restart('syscall', number('SYS_sendmsg'), fd, msg, flags, 0, 0, 0) : restart('sendmsg', fd, msg, flags)

/** sendmmsg(2). */
export const sendmmsg = (fd: number, msgvec: number, count: number, flags: number): number =>
  loadLibc().musl ? restart('syscall', number('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0) : restart('sendmmsg', fd, msgvec, count, flags)

/** recvmsg(2). */
export const recvmsg = (fd: number, msg: number, flags: number): number => restart('recvmsg', fd, msg, flags)

/** recvmmsg(2), without its timeout: the kernel looks at it only after a message has come. */
export const recvmmsg = (fd: number, msgvec: number, count: number, flags: number): number =>
  restart('recvmmsg', fd, msgvec, count, flags, 0)

