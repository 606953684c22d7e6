/**
 * Recognizes placeholder credentials, which belong to no process.
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
 * True for the credentials that the kernel fills in if none were recorded: pid 0 and the overflow ids. A sender in another
 * pid namespace *and* unmapped in the user namespace looks the same, except that it has a pidfd if one was asked for. A
 * socket that asked for credentials before it could be reached never gets placeholders.
 */
export const isPlaceholder = ({ pid, uid, gid }: Credentials, hasPidfd: boolean): boolean =>
  pid === 0 && !hasPidfd && uid === overflowId('overflowuid') && gid === overflowId('overflowgid')

/** Properties of a socket that receives credentials. */
export interface CredentialsOf {
  readonly family: Family | undefined
  /** Credentials were asked for when the socket was created, adopted or accepted. */
  readonly asked: boolean
  /** SO_PASSCRED was on before that, or before the socket could be reached. */
  readonly credentialsWereOn: boolean
}

/**
 * True if messages of a socket may have placeholder credentials ({@link isPlaceholder}). Netlink credentials are always real:
 * in a user namespace, the kernel's own are { 0, 65534, 65534 }. So are those of a Unix socket that already had SO_PASSCRED on.
 */
export const mayHavePlaceholders = ({ family, asked, credentialsWereOn }: CredentialsOf): boolean =>
  family === 'unix' && (!asked || !credentialsWereOn)
