/**
 * Which credentials are nobody's.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import type { Family } from '../../control/define.ts'
import type { Credentials } from '../../control/kinds/socket.ts'

const { DEFAULT_OVERFLOWUID } = constants

const overflow = new Map<string, number>()
function overflowId(name: 'overflowuid' | 'overflowgid'): number {
  let id = overflow.get(name)
  if (id === undefined) {
    try {
      id = Number(readFileSync(`/proc/sys/kernel/${name}`, 'latin1'))
    } catch {
      id = DEFAULT_OVERFLOWUID
    }
    overflow.set(name, id)
  }
  return id
}

/**
 * Whether credentials are what the kernel puts in where none were recorded: pid 0 and the overflow ids. A sender in
 * another pid namespace *and* unmapped in the user namespace looks the same, except that it has a pidfd, where one was
 * asked for; and that a socket which asked before it could be reached never has to do with the former.
 */
export const isPlaceholder = ({ pid, uid, gid }: Credentials, hasPidfd: boolean): boolean =>
  pid === 0 && !hasPidfd && uid === overflowId('overflowuid') && gid === overflowId('overflowgid')

/** A socket that receives credentials. */
export interface CredentialsOf {
  readonly family: Family | undefined
  readonly adopted: boolean
  /** It was asked for them when it was made, or adopted. */
  readonly asked: boolean
  /** An adopted one had SO_PASSCRED on before. */
  readonly askedBefore: boolean
}

/**
 * Tell if {@link isPlaceholder} applies to the messages of a socket. Credentials of netlink are always as the kernel gives
 * them: in a user namespace its own are { 0, 65534, 65534 }. So are those of a Unix socket that has had SO_PASSCRED on.
 */
export const mayBePlaceholders = ({ family, adopted, asked, askedBefore }: CredentialsOf): boolean =>
  family === 'unix' && (!asked || (adopted && !askedBefore))
