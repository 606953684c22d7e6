/**
 * Control messages that carry descriptors: as they are received, each descriptor is given an owner.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { cmsghdrOf, walkControl, type VisitControl } from '../../abi/cmsg.ts'
import type { AnyControlMessage } from '../../control/define.ts'
import { owning, type OwnedFd } from '../../descriptors/owned-fd.ts'
import { ownPidfd, pidfd } from '../../identity/pidfd.ts'
import { ownRights, rights } from '../../descriptors/rights.ts'

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD } = constants

/** What came with one control message: the value for the user, and what of it must be closed. */
export interface Owned {
  /** Which of the control messages of its message. */
  readonly index: number
  readonly definition: AnyControlMessage
  /** `undefined` where the payload is too short to have one. */
  readonly value: unknown
  readonly fds: readonly OwnedFd[]
}

/** The definitions whose payload is descriptors, ints that the kernel has installed in this process by the time it is read. */
const carriers: readonly {
  readonly definition: AnyControlMessage
  readonly own: (view: DataView, start: number, end: number) => { readonly value: unknown; readonly fds: readonly OwnedFd[] }
}[] = [
  { definition: rights, own: ownRights },
  { definition: pidfd, own: ownPidfd },
]

/** Whether the values of a definition own descriptors. */
export const isOwning = (definition: AnyControlMessage): boolean => (definition as { [owning]?: unknown })[owning] === true

/** Whether the definitions ask for this: by ours, or by that of another copy of this package. */
export const isAskedFor = ({ definition: { level, type } }: Owned, definitions: readonly AnyControlMessage[]): boolean =>
  definitions.some((definition) => isOwning(definition) && definition.level === level && definition.type === type)

/** Give every descriptor in the control bytes of an AF_UNIX socket its owner. `undefined` where there is none. */
export function ownDescriptors(view: DataView, from: number, to: number): readonly Owned[] | undefined {
  index = 0
  bytes = view
  walkControl(view, from, to, header, own)
  const owned = found
  // Nothing here may keep the memory, or the owners, of a message that nobody has any more.
  found = bytes = undefined
  return owned
}

// Most messages carry none, and this is asked of every one: hence no closure.
const header = cmsghdrOf()
let index = 0
let bytes: DataView | undefined
let found: Owned[] | undefined
const own: VisitControl = (level, type, start, end, complete) => {
  if (level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)) {
    for (const carrier of carriers) {
      const { definition } = carrier
      if (definition.type !== type) continue
      const { value, fds } = carrier.own(bytes!, start, end)
      ;(found ??= []).push({ index, definition, value: complete && end - start >= definition.minSize ? value : undefined, fds })
    }
  }
  index++
}

/** The same definitions, but for those that would make another owner of a descriptor that has one. */
export const withoutOwning = (definitions: readonly AnyControlMessage[]): readonly AnyControlMessage[] =>
  definitions.map((definition) => (isOwning(definition)
    ? Object.assign(() => { throw new Error('not to be sent') }, { ...definition, decode: () => undefined }) : definition))
