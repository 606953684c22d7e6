/**
 * The errors of this package: what a system call refused ({@link SystemError}), and misuse by the caller, which is a
 * `TypeError` or a `RangeError` with one of the {@link ErrorCode}s. What a peer sends never raises either.
 * @module
 */
import { errno } from '../generated/errno.ts'

/**
 * Codes of misuse. Match on `error.code`; the message says what was attempted, with what, and the limit.
 *
 * | code | class | meaning |
 * |---|---|---|
 * | `ERR_CMSG_INVALID_ARG_TYPE` | `TypeError` | a value of the wrong type |
 * | `ERR_CMSG_OUT_OF_RANGE` | `RangeError` | the right type, an impossible value |
 * | `ERR_CMSG_INVALID_ADDRESS` | `RangeError` | an address no socket can have: too long, a NUL in a pathname, … |
 * | `ERR_CMSG_INVALID_DEFINITION` | `TypeError` | a struct or control message that cannot be as it is defined |
 * | `ERR_CMSG_INVALID_ENVIRONMENT` | `RangeError` | a variable of the environment that cannot be: `LISTEN_FDS=many` |
 * | `ERR_CMSG_UNSUPPORTED` | `Error` | this system cannot do it: not Linux, no binary of ffi-rs, … |
 * | `ERR_CMSG_CLOSED` | `Error` | a socket that is closed, or a descriptor that was taken or closed |
 * | `ERR_CMSG_BACKLOG` | `Error` | too much waits to be sent already, or something does at `detach`: await the sends, or `flush` |
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

/** Its value, or `undefined` where it throws. */
export function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** A value as it is shown in a message: short, on one line, with its type visible. */
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

// Three numbers have two names. Node reports EAGAIN, EDEADLK and ENOTSUP, so a program may match what it matches already.
const aliases = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'EOPNOTSUPP'])
const names = new Map<number, string>(
  Object.entries(errno).flatMap(([name, number]) => (aliases.has(name) ? [] : [[number, name] as const])),
)

/** The name of an errno, given positive: `EAGAIN` for 11. What has no name is shown as a number: `E525`. */
export const errnoName = (number: number): string => names.get(number) ?? `E${number}`

const { ENOSYS } = errno
const noSuchCall = 'the kernel, a sandbox or the C library of this process does not provide this call'

/** What a {@link SystemError} is made of. */
export interface SystemErrorInfo {
  /** The C name of the call. */
  readonly syscall: string
  /** errno, positive as in C. */
  readonly errno: number
  /** The address the call was about. */
  readonly address?: string | undefined
  /** The port, where the address has one. */
  readonly port?: number | undefined
  /** What this errno means for this very call, and what to do about it. */
  readonly hint?: string | undefined
}

/**
 * A system call that failed, shaped like the errors of `node:net`: `errno` is negative, `code` is its name, and the
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
  /** The address of the call, if it had one: a pathname, `@` and an abstract name, or an IP address. */
  declare readonly address?: string
  /** The port that goes with `address`. */
  declare readonly port?: number

  /** What a system call refused, with its errno, positive as in C. */
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
// On the prototype, not on each error: an own property would be printed with every one of them.
Object.defineProperty(SystemError.prototype, 'name', { value: 'SystemError', configurable: true, writable: true })
