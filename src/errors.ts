/**
 * The errors of this package: {@link SystemError} for failed system calls, and errors for misuse by the caller. What a peer sends
 * never raises either. The files of `cmsg/codec` import misuse.ts directly, which keeps SystemError out of their bundles.
 * @module
 */
export { errnoName } from './errno-name.ts'
export {
  invalidType, outOfRange, invalidAddress, invalidDefinition, invalidEnvironment, unsupported, closed, backlog, attempt, cannot, count,
  object, show, type ErrorCode,
} from './misuse.ts'
export { SystemError, type SystemErrorInfo } from './system-error.ts'
