/**
 * Receives that return a length and write nothing.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { getsockopt } from './options.ts'

const { SOL_SOCKET, SO_TYPE, SO_DOMAIN, SOCK_STREAM, AF_INET, AF_INET6, AF_SMC, MSG_TRUNC } = constants

/** Placeholder until the raw calls have theirs. */
export const discards = (fd: number, flags: number): boolean =>
  (flags & MSG_TRUNC) !== 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE) === SOCK_STREAM && ([AF_INET, AF_INET6, AF_SMC] as number[]).includes(getsockopt(fd, SOL_SOCKET, SO_DOMAIN))
