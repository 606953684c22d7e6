/**
 * Which credentials are nobody's.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants } from '../../../generated/constants.ts'
import type { Credentials } from '../../control/socket.ts'

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
