/**
 * The calls as the kernel has them: a result from 0 up, or minus errno. EINTR is retried here, where C programs forget
 * it, and nowhere else.
 * @module
 */
import { closeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno as errnos } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { loadLibc, type Libc } from './ffi.ts'

type Calls = Libc['call']

const { EBADF, EINTR, EISCONN } = errnos

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

// These four are called once for each message: not by name, and their arguments are passed as they are.

/** sendmsg(2). */
export function sendmsg(fd: number, msg: number, flags: number): number {
  const { call, errno, musl } = loadLibc()
  if (musl) return restart('syscall', number('SYS_sendmsg'), fd, msg, flags, 0, 0, 0)
  for (;;) {
    const sent = call.sendmsg(fd, msg, flags)
    if (sent >= 0) return sent
    const reason = errno()
    if (reason !== EINTR) return -reason
  }
}

/** sendmmsg(2). */
export function sendmmsg(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, errno, musl } = loadLibc()
  if (musl) return restart('syscall', number('SYS_sendmmsg'), fd, msgvec, count, flags, 0, 0)
  for (;;) {
    const sent = call.sendmmsg(fd, msgvec, count, flags)
    if (sent >= 0) return sent
    const reason = errno()
    if (reason !== EINTR) return -reason
  }
}

/** recvmsg(2). */
export function recvmsg(fd: number, msg: number, flags: number): number {
  const { call, errno } = loadLibc()
  for (;;) {
    const received = call.recvmsg(fd, msg, flags)
    if (received >= 0) return received
    const reason = errno()
    if (reason !== EINTR) return -reason
  }
}

/** recvmmsg(2), without its timeout: the kernel looks at it only after a message has come. */
export function recvmmsg(fd: number, msgvec: number, count: number, flags: number): number {
  const { call, errno } = loadLibc()
  for (;;) {
    const received = call.recvmmsg(fd, msgvec, count, flags, 0)
    if (received >= 0) return received
    const reason = errno()
    if (reason !== EINTR) return -reason
  }
}

let nodeCloses: boolean | undefined

/**
 * close(2), its result not looked at: for received descriptors, of which many may come at once. Node's own binding costs
 * a tenth of a call through ours. It is used on the main thread alone, as in a Worker it warns of descriptors that Node
 * has not opened; and where it closes what it has not opened: Deno's knows only its own.
 */
export function closeQuickly(fd: number): void {
  if (!(nodeCloses ??= isMainThread && canNodeClose())) {
    call('close', fd)
    return
  }
  try {
    closeSync(fd)
  } catch {
    // Not open any more: somebody else has closed it.
  }
}

function canNodeClose(): boolean {
  const fd = call('eventfd', 0, constants.EFD_CLOEXEC)
  if (fd < 0) return false
  try {
    closeSync(fd)
  } catch {
    // It does not know it.
    call('close', fd)
    return false
  }
  // If it is open, another thread may have got the number by now: it is not closed again.
  return call('fcntl', fd, constants.F_GETFD, 0) === -EBADF
}

