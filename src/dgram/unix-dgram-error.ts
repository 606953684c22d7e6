/**
 * Errors like those of the npm package unix-dgram, with numeric codes.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import { setClassName } from '../inspect.ts'
import { SystemError } from '../errors.ts'
import { createTraced } from '../stack.ts'

/** The calls named by its errors, and `recv`, where unix-dgram crashes instead. */
export type UnixDgramCall = 'socket' | 'bind' | 'connect' | 'send' | 'recv' | 'close'

/** The code of errors about an address that no socket can have. */
const invalidAddress = 'ERR_CMSG_INVALID_ADDRESS'

/**
 * An error of a socket of `createSocket('unix_dgram')`: `code` and `errno` are both the negative errno, -111 for
 * ECONNREFUSED, and the message is `send -111`. `cause` is the error in words.
 */
export class UnixDgramError extends Error {
  static {
    setClassName(this, 'Error')
  }

  /** Negative, -111 for ECONNREFUSED; 1 for `congestion`. */
  readonly code: number
  /** The same as `code`; absent for `congestion`. */
  declare readonly errno?: number
  /** The call that failed; absent for `congestion`. */
  declare readonly syscall?: UnixDgramCall
  /** The error in words, with the address; absent for `congestion`. */
  declare readonly cause?: Error

  /** @internal */
  constructor(message: string, code: number, cause?: Error) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** The error for a full queue of a connected peer. */
export const congestion = (): UnixDgramError => createTraced(() => new UnixDgramError('congestion', 1))

const failed = (syscall: UnixDgramCall, number: number, cause: Error): UnixDgramError =>
  Object.assign(createTraced(() => new UnixDgramError(`${syscall} ${-number}`, -number, cause)), { errno: -number, syscall })

/** The error of a call, with unix-dgram's name for it. */
export const refused = (syscall: UnixDgramCall, number: number): UnixDgramError =>
  failed(syscall, number, new SystemError({ syscall, errno: number }))

/** Converts the error of a call. Errors for misuse are thrown unchanged. @throws TypeError, RangeError */
export function translated(syscall: UnixDgramCall, error: unknown): UnixDgramError {
  if (error instanceof SystemError) return failed(syscall, -error.errno, error)
  if (error instanceof RangeError && (error as { readonly code?: unknown }).code === invalidAddress) {
    // unix-dgram truncates the address, as C would.
    return failed(syscall, errno.ENAMETOOLONG, error)
  }
  throw error
}
