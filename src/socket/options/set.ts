/**
 * Set an option, and see that it is set: gVisor says yes to options that it does not have.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { SystemError } from '../../errors.ts'
import { getsockopt, setsockopt } from '../../libc/options.ts'

const { SOL_SOCKET, SOL_IP, SOL_IPV6 } = constants

/** Every kernel that can set an option of these levels can read it. Elsewhere some cannot be read: UDP_GRO before 5.13, two of RDS. */
const alwaysReadable: readonly number[] = [SOL_SOCKET, SOL_IP, SOL_IPV6]

/** An option that is not what it was set to. */
export class NotSet extends Error {
  readonly code = 'ERR_CMSG_UNSUPPORTED'
}

/** An option of flags or of a truth value, with its C name. `readable` is false where it cannot be read. */
export interface OptionToSet {
  readonly level: number
  readonly option: number
  readonly value: number
  readonly name?: string | undefined
  readonly readable?: boolean
}

/** @throws SystemError of setsockopt; {@link NotSet} where that has done nothing */
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
  if (value === 0 ? got !== 0 : (got & value) !== value) throw new NotSet(`setsockopt accepted ${name}, ${value}, but did nothing: it is ${got}`)
}
