/**
 * The errors of this package: {@link SystemError} for what a system call refused, and misuse by the caller. What a peer sends
 * never raises either. What `cmsg/codec` is made of imports misuse.ts, so that a bundle of it is without SystemError.
 * @module
 */
export { errnoName } from './errno-name.ts'
export {
  invalidType, outOfRange, invalidAddress, invalidDefinition, invalidEnvironment, unsupported, closed, backlog, attempt, show, type ErrorCode,
} from './misuse.ts'
export { SystemError, type SystemErrorInfo } from './system-error.ts'
