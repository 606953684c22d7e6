/**
 * Marks the packets of a seqpacket connection with a timestamp, which the end of the connection does not have. Unlike
 * SO_PASSCRED, this gives an unbound peer no name.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { succeeded } from '../../arguments.ts'
import { setsockopt } from '../../libc/options.ts'
import { intOption } from '../../native/syscalls.ts'

const { SOL_SOCKET, SO_PASSCRED, SO_TIMESTAMP_OLD, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_OLD, SO_TIMESTAMPNS_NEW } = constants

/** Options that give every packet a timestamp. They exclude each other. */
export const timestampOptions: readonly number[] = [SO_TIMESTAMP_OLD, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_OLD, SO_TIMESTAMPNS_NEW]

/** True if every packet already has a timestamp. An older kernel has only some of the options. */
const hasTimestamps = (fd: number): boolean => timestampOptions.some((option) => {
  const value = intOption(fd, SOL_SOCKET, option)
  return succeeded(value === -errno.ENOPROTOOPT ? 0 : value, 'getsockopt') !== 0
})

/** True if every packet has a control message, which the end does not have: credentials or a timestamp. */
export const isMarked = (fd: number): boolean => intOption(fd, SOL_SOCKET, SO_PASSCRED) > 0 || hasTimestamps(fd)

/** Marks the packets of a socket, unless they have timestamps or cannot have any. Returns true if it set the mark. */
export function setMark(fd: number): boolean {
  if (hasTimestamps(fd)) return false
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_OLD, 1)
  // gVisor accepts options that it does not implement. If the option cannot be read, the result of setsockopt is trusted.
  return intOption(fd, SOL_SOCKET, SO_TIMESTAMP_OLD) !== 0
}

export const removeMark = (fd: number): void => { setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP_OLD, 0) }
