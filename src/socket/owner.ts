/**
 * Control messages that carry descriptors: as they are received, each descriptor is given an owner.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import type { AnyControlMessage } from '../control/define.ts'
import type { OwnedFd } from './owned-fd.ts'
import { ownPidfd, pidfd } from './pidfd.ts'
import { ownRights, rights } from './rights.ts'

/** What came with one control message: the value for the user, and what of it must be closed. */
export interface Owned {
  readonly definition: AnyControlMessage
  readonly value: unknown
  readonly fds: readonly OwnedFd[]
}

/** The definitions whose payload is descriptors, ints that the kernel has installed in this process by the time it is read. */
const carriers: readonly { readonly definition: AnyControlMessage; readonly own: (data: Uint8Array) => Omit<Owned, 'definition'> }[] = [
  { definition: rights, own: ownRights },
  { definition: pidfd, own: ownPidfd },
]

/** Give every descriptor in the control bytes of an AF_UNIX socket its owner: by the place of its control message. */
export function ownDescriptors(control: Uint8Array): ReadonlyMap<number, Owned> | undefined {
  let owned: Map<number, Owned> | undefined
  let index = 0
  walkControl(viewOf(control), 0, control.length, cmsghdrOf(hostAbi()), (level, type, start, end) => {
    if (level === constants.SOL_SOCKET) {
      const carrier = carriers.find(({ definition }) => definition.type === type)
      if (carrier !== undefined) (owned ??= new Map()).set(index, { definition: carrier.definition, ...carrier.own(control.subarray(start, end)) })
    }
    index++
  })
  return owned
}

/** The same definitions, but for those that would make another owner of a descriptor that has one. */
export const withoutOwning = (definitions: readonly AnyControlMessage[]): readonly AnyControlMessage[] =>
  definitions.map((definition) => (carriers.some((carrier) => carrier.definition === definition)
    ? Object.assign(() => { throw new Error('not to be sent') }, { ...definition, decode: () => undefined }) : definition))
