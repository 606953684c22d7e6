/**
 * System calls with the kernel's convention: they return a result of 0 or more, or minus errno. EINTR is retried by the functions of
 * this file, and nowhere else.
 * @module
 */
import { errno as errnos } from '../../generated/errno.ts'
import { intSize } from '../abi/scalars.ts'
import { engine, type Calls } from './engine.ts'
import { scratch } from './memory.ts'

const { EINTR, EISCONN } = errnos

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

/**
 * Repeats a call while a signal interrupts it. Returns the result or minus errno. On a blocking socket, each repetition waits for the
 * whole time of SO_RCVTIMEO or SO_SNDTIMEO again: a shorter wait would take a system call to set it, and change the socket for all
 * processes that share it.
 */
export function uninterrupted(attempt: () => number): number {
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

/** Returns an int option of a socket, such as `SO_DOMAIN` (its family), or minus errno. */
export function intOption(fd: number, level: number, option: number): number {
  const { address, view } = scratch(2 * intSize)
  view.setUint32(intSize, intSize, true)
  const result = call('getsockopt', fd, level, option, address, address + intSize)
  return result < 0 ? result : view.getInt32(0, true)
}
