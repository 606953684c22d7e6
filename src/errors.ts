/**
 * The errors of this package: {@link SystemError} for failed system calls, and misuse by the caller. What a peer sends never raises
 * either. Modules of `cmsg/codec` import misuse.ts instead, so that bundles of the codec do not contain SystemError.
 * @module
 */
export { errnoName } from './errno-name.ts'
export {
  invalidType, outOfRange, invalidAddress, invalidDefinition, invalidEnvironment, unsupported, closed, backlog, attempt, show,
  type ErrorCode,
} from './misuse.ts'
export { SystemError, type SystemErrorInfo } from './system-error.ts'
