/**
 * `cmsg`: sockets that send and receive messages with their ancillary data.
 * @module
 */
export * from './codec.ts'
export { SystemError, type ErrorCode } from './errors.ts'
