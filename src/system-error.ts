/**
 * The error of a system call that failed.
 * @module
 */
import { errno } from '../generated/errno.ts'
import { errnoName } from './errno-name.ts'
import { createBy } from './misuse.ts'
import { createTraced, fromCaller, withoutFrames } from './stack.ts'

const { ENOSYS } = errno
const noSuchCall = 'the kernel, a sandbox or the C library of this process does not provide this call'

/** The arguments of {@link SystemError}. */
export interface SystemErrorInfo {
  /** The C name of the call. */
  readonly syscall: string
  /** errno, positive as in C. */
  readonly errno: number
  /** The address that the call was for. */
  readonly address?: string | undefined
  /** The port, if the address has one. */
  readonly port?: number | undefined
  /** The meaning of this errno for this call, and a remedy. */
  readonly hint?: string | undefined
}

/**
 * The error of a failed system call, shaped like the errors of `node:net`: `errno` is negative, `code` is its name, and the
 * message reads `sendmsg EMSGSIZE /run/demo.sock`. Match on `code`.
 *
 * @example
 * import { SystemError, close } from 'cmsg/libc'
 *
 * try {
 *   close(1_000_000)
 * } catch (error) {
 *   if (!(error instanceof SystemError)) throw error
 *   console.log(error.message, error.code, error.errno, error.syscall) // close EBADF EBADF -9 close
 * }
 */
export class SystemError extends Error {
  /** Negative, as everywhere in Node: -11 for EAGAIN. */
  readonly errno: number
  /** The name of the errno: `'EAGAIN'`. */
  readonly code: string
  /** The C name of the call: `'sendmsg'`. */
  readonly syscall: string
  /** The address that the call was for, if any: a pathname, `@` and an abstract name, or an IP address. */
  declare readonly address?: string
  /** The port that goes with `address`. */
  declare readonly port?: number

  /** Creates the error of a system call from its positive errno. */
  constructor({ syscall, errno, address, port, hint = errno === ENOSYS ? noSuchCall : undefined }: SystemErrorInfo) {
    const code = errnoName(errno)
    const where = address === undefined ? '' : port === undefined ? ` ${address}` : ` ${address}:${port}`
    const limit = withoutFrames()
    super(`${syscall} ${code}${where}${hint === undefined ? '' : `: ${hint}`}`)
    this.errno = -errno
    this.code = code
    this.syscall = syscall
    if (address !== undefined) this.address = address
    if (port !== undefined) this.port = port
    fromCaller(this, limit)
  }
}
// Here, because everything but the codec needs SystemError.
createBy(createTraced)

// On the prototype, because an own property would be printed with every error.
Object.defineProperty(SystemError.prototype, 'name', { value: 'SystemError', configurable: true, writable: true })
