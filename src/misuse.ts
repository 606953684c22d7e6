/**
 * Errors of misuse by the caller: a `TypeError` or a `RangeError` with one of the {@link ErrorCode}s.
 * @module
 */
/**
 * Codes of errors for misuse. Match on `error.code`; the message says what was attempted, with what, and what the limit is.
 *
 * | code | class | meaning |
 * |---|---|---|
 * | `ERR_CMSG_INVALID_ARG_TYPE` | `TypeError` | a value of the wrong type |
 * | `ERR_CMSG_OUT_OF_RANGE` | `RangeError` | the right type, but an impossible value |
 * | `ERR_CMSG_INVALID_ADDRESS` | `RangeError` | an address that no socket can have: too long, a NUL in a pathname, … |
 * | `ERR_CMSG_INVALID_DEFINITION` | `TypeError` | an invalid definition of a struct or control message |
 * | `ERR_CMSG_INVALID_ENVIRONMENT` | `RangeError` | an invalid environment variable: `LISTEN_FDS=many` |
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

type Create = <E extends Error>(make: () => E) => E
let create: Create = (make) => make()

/** Replaces the way in which errors of misuse are created. A bundle of the codec does not contain the code that trims stack traces. */
export function createBy(replacement: Create): void {
  create = replacement
}

const withCode = <E extends Error>(make: () => E, code: ErrorCode): E & { code: ErrorCode } => Object.assign(create(make), { code })

export const invalidType = (message: string): TypeError => withCode(() => new TypeError(message), 'ERR_CMSG_INVALID_ARG_TYPE')
export const outOfRange = (message: string): RangeError => withCode(() => new RangeError(message), 'ERR_CMSG_OUT_OF_RANGE')
export const invalidAddress = (message: string): RangeError => withCode(() => new RangeError(message), 'ERR_CMSG_INVALID_ADDRESS')
export const invalidDefinition = (message: string): TypeError =>
  withCode(() => new TypeError(message), 'ERR_CMSG_INVALID_DEFINITION')
export const invalidEnvironment = (message: string): RangeError => withCode(() => new RangeError(message), 'ERR_CMSG_INVALID_ENVIRONMENT')
export const unsupported = (message: string, cause?: unknown): Error =>
  withCode(() => new Error(message, cause === undefined ? undefined : { cause }), 'ERR_CMSG_UNSUPPORTED')

export const closed = (message: string, cause?: unknown): Error =>
  withCode(() => new Error(message, cause === undefined ? undefined : { cause }), 'ERR_CMSG_CLOSED')
export const backlog = (message: string): Error => withCode(() => new Error(message), 'ERR_CMSG_BACKLOG')

/** Returns the value of `body`, or `undefined` if it throws. */
export function attempt<T>(body: () => T): T | undefined {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** Begins the message of an error: the operation is the name of a function, or more than one word: `Cannot create a socket`. */
export const cannot = (operation: string): string => (operation.includes(' ') ? `Cannot ${operation}` : `Cannot call ${operation}`)

/** Checks an object with properties. Bytes and arrays passed by mistake would look like an object without any. */
export function object<T extends object>(operation: string, name: string, value: T, expected = 'an object'): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw invalidType(`${cannot(operation)} with ${name} ${show(value)}: expected ${expected}`)
  }
  return value
}

/** A number and its noun: `1 byte`, `2 bytes`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

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
  if (typeof value === 'object' && value !== null) return isPlain(value) ? keysOf(value) : `an object (${nameOf(value)})`
  return String(value)
}

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype

/** Describes an object by its keys only, since a value may be long or secret. */
function keysOf(value: object): string {
  const keys = cut(Object.keys(value).join(', '))
  return keys === '' ? 'an object {}' : `an object { ${keys} }`
}

const nameOf = (value: object): string => cut(String(value.constructor?.name ?? 'no prototype'))
