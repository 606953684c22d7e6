/**
 * SO_PEEK_OFF: a peek begins at an offset into the queue, and moves it.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { intOption } from './syscalls.ts'

const { SOL_SOCKET, SO_PEEK_OFF, SO_DOMAIN, SO_TYPE, AF_INET, AF_INET6, SOCK_DGRAM, MSG_PEEK, MSG_TRUNC } = constants

/** True if SO_PEEK_OFF is on. */
export const hasPeekOffset = (fd: number): boolean => intOption(fd, SOL_SOCKET, SO_PEEK_OFF) >= 0

/**
 * Returns the flags for a receive: without MSG_TRUNC for a peek on UDP with SO_PEEK_OFF. With the flag, the kernel returns the length
 * of the whole datagram, although it wrote only what follows the offset. The memory beyond it still holds an earlier message, even one
 * of another socket. The kernel also moves the offset by that length, over bytes that were not shown.
 */
export function peekFlags(fd: number, flags: number): number {
  if ((flags & MSG_PEEK) === 0 || (flags & MSG_TRUNC) === 0 || !hasPeekOffset(fd)) return flags
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  const isUdp = (domain === AF_INET || domain === AF_INET6) && intOption(fd, SOL_SOCKET, SO_TYPE) === SOCK_DGRAM
  return isUdp ? flags & ~MSG_TRUNC : flags
}
