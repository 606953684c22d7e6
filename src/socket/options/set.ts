/**
 * Sets an option and verifies it: gVisor accepts options that it does not implement.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { SystemError } from '../../errors.ts'
import { getsockopt, setsockopt } from '../../libc/options.ts'

const { SOL_SOCKET, SOL_IP, SOL_IPV6 } = constants

/** Options of these levels can always be read. At other levels some cannot: UDP_GRO before Linux 5.13, two of RDS. */
const alwaysReadable: readonly number[] = [SOL_SOCKET, SOL_IP, SOL_IPV6]

/** The error for an option that does not have the value it was set to. */
export class NotSet extends Error {
  readonly code = 'ERR_CMSG_UNSUPPORTED'
}

/** An option with flags or a boolean, with its C name. `readable` is false if it cannot be read. */
export interface OptionToSet {
  readonly level: number
  readonly option: number
  readonly value: number
  readonly name?: string | undefined
  readonly readable?: boolean
}

/** Sets an option. @throws SystemError of setsockopt; {@link NotSet} if that had no effect */
export function setOption(fd: number, { level, option, value, name = `option ${option}`, readable = true }: OptionToSet): void {
  setsockopt(fd, level, option, value)
  if (!readable) return
  let got: number
  try {
    got = getsockopt(fd, level, option)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    if (!alwaysReadable.includes(level)) return
    if (error.code !== 'ENOPROTOOPT') throw error
    throw new NotSet(`setsockopt accepted ${name}, but it cannot be read: ${error.message}`)
  }
  if (value === 0 ? got !== 0 : (got & value) !== value) {
    throw new NotSet(`setsockopt accepted ${name}, ${value}, but had no effect: it is ${got}`)
  }
}
