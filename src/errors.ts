/**
 * The errors of this package: failed system calls ({@link SystemError}), and misuse by the caller, which is a `TypeError` or
 * `RangeError` with one of the {@link ErrorCode}s. What a peer sends never raises either.
 * @module
 */
import { errno } from '../generated/errno.ts'

/**
 * Codes of errors for misuse. Match on `error.code`; the message says what was attempted, with what, and what the limit is.
 *
 * | code | class | meaning |
 * |---|---|---|
 * | `ERR_CMSG_INVALID_ARG_TYPE` | `TypeError` | a value of the wrong type |
 * | `ERR_CMSG_OUT_OF_RANGE` | `RangeError` | the right type, but an impossible value |
 * | `ERR_CMSG_INVALID_ADDRESS` | `RangeError` | an address that no socket can have: too long, a NUL in a pathname, … |
 * | `ERR_CMSG_INVALID_DEFINITION` | `TypeError` | an invalid definition of a struct or control message |
 * | `ERR_CMSG_INVALID_ENVIRONMENT` | `RangeError` | a variable of the environment that cannot be: `LISTEN_FDS=many` |
 * | `ERR_CMSG_UNSUPPORTED` | `Error` | this system does not support it: not Linux, no binary of ffi-rs, … |
 * | `ERR_CMSG_CLOSED` | `Error` | the socket is closed, or the descriptor was taken or closed |
 * | `ERR_CMSG_BACKLOG` | `Error` | too much data is waiting to be sent, or messages wait at `detach`: await the sends, or `flush` |
 */
export type ErrorCode =
  | 'ERR_CMSG_INVALID_ARG_TYPE'
  | 'ERR_CMSG_OUT_OF_RANGE'
  | 'ERR_CMSG_INVALID_ADDRESS'
  | 'ERR_CMSG_INVALID_DEFINITION'
  | 'ERR_CMSG_INVALID_ENVIRONMENT'
  | 'ERR_CMSG_UNSUPPORTED'
  | 'ERR_CMSG_CLOSED'
  | 'ERR_CMSG_BACKLOG'

const withCode = <E extends Error>(error: E, code: ErrorCode): E & { code: ErrorCode } => Object.assign(error, { code })

export const invalidType = (message: string): TypeError => withCode(new TypeError(message), 'ERR_CMSG_INVALID_ARG_TYPE')
export const outOfRange = (message: string): RangeError => withCode(new RangeError(message), 'ERR_CMSG_OUT_OF_RANGE')
export const invalidAddress = (message: string): RangeError => withCode(new RangeError(message), 'ERR_CMSG_INVALID_ADDRESS')
export const invalidDefinition = (message: string): TypeError =>
  withCode(new TypeError(message), 'ERR_CMSG_INVALID_DEFINITION')
export const invalidEnvironment = (message: string): RangeError => withCode(new RangeError(message), 'ERR_CMSG_INVALID_ENVIRONMENT')
export const unsupported = (message: string, cause?: unknown): Error =>
  withCode(new Error(message, cause === undefined ? undefined : { cause }), 'ERR_CMSG_UNSUPPORTED')

export const closed = (message: string, cause?: unknown): Error =>
  withCode(new Error(message, cause === undefined ? undefined : { cause }), 'ERR_CMSG_CLOSED')
export const backlog = (message: string): Error => withCode(new Error(message), 'ERR_CMSG_BACKLOG')

/** Returns the value of `body`, or `undefined` if it throws. */
export function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** Describes a value for an error message: short, on one line, with its type. */
export function show(value: unknown): string {
  try {
    return describe(value)
  } catch {
    return `a value (${typeof value}) that throws when inspected`
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'bigint') return `${cut(String(value))}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${nameOf(value)}(${value.byteLength})`
  if (typeof value === 'object' && value !== null) return `an object (${nameOf(value)})`
  return String(value)
}

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
const nameOf = (value: object): string => cut(String(value.constructor?.name ?? 'no prototype'))

// Three numbers have two names. These are the ones that Node does not report, so programs can match the same codes as with Node.
const aliases = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'EOPNOTSUPP'])
const names = new Map<number, string>(
  Object.entries(errno).flatMap(([name, number]) => (aliases.has(name) ? [] : [[number, name] as const])),
)

/** Returns the name of a positive errno: `EAGAIN` for 11. Without a name it is `E` and the number: `E525`. */
export const errnoName = (number: number): string => names.get(number) ?? `E${number}`

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
  /** What this errno means for this call, and what to do about it. */
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
    super(`${syscall} ${code}${where}${hint === undefined ? '' : `: ${hint}`}`)
    this.errno = -errno
    this.code = code
    this.syscall = syscall
    if (address !== undefined) this.address = address
    if (port !== undefined) this.port = port
  }
}
// On the prototype, because an own property would be printed with every error.
Object.defineProperty(SystemError.prototype, 'name', { value: 'SystemError', configurable: true, writable: true })
