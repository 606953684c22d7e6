/**
 * Gives each received descriptor an owner, for control messages that carry descriptors.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { cmsghdrOf, walkControl, type VisitControl } from '../../abi/cmsg.ts'
import type { AnyControlMessage } from '../../control/define.ts'
import { owning, type OwnedFd } from '../../descriptors/owned-fd.ts'
import { ownPidfd, pidfd } from '../../identity/pidfd.ts'
import { ownRights, rights } from '../../descriptors/rights.ts'

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD } = constants

/** One received control message with descriptors: the value for the user, and the descriptors to close. */
export interface Owned {
  /** Its index among the control messages of the message. */
  readonly index: number
  readonly definition: AnyControlMessage
  /** `undefined` if the payload is too short. */
  readonly value: unknown
  readonly fds: readonly OwnedFd[]
}

/** The definitions whose payload is descriptors, which the kernel has already installed in this process. */
const carriers: readonly {
  readonly definition: AnyControlMessage
  readonly own: (view: DataView, start: number, end: number) => { readonly value: unknown; readonly fds: readonly OwnedFd[] }
}[] = [
  { definition: rights, own: ownRights },
  { definition: pidfd, own: ownPidfd },
]

/** True if the values of a definition own descriptors. */
export const isOwning = (definition: AnyControlMessage): boolean => (definition as { [owning]?: unknown })[owning] === true

/** True if the definitions include this kind, from this or from another copy of the package. */
export const isAskedFor = ({ definition: { level, type } }: Owned, definitions: readonly AnyControlMessage[]): boolean =>
  definitions.some((definition) => isOwning(definition) && definition.level === level && definition.type === type)

/** Gives every descriptor in the control bytes of an AF_UNIX socket an owner. Returns `undefined` if there are none. */
export function ownDescriptors(view: DataView, from: number, to: number): readonly Owned[] | undefined {
  index = 0
  bytes = view
  walkControl(view, from, to, header, own)
  const owned = found
  // Do not keep the memory or the owners of a message alive from here.
  found = bytes = undefined
  return owned
}

// Most messages carry none, and this runs for every message: hence no closure.
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

/** The same definitions, with those replaced that would create a second owner for a descriptor. */
export const withoutOwning = (definitions: readonly AnyControlMessage[]): readonly AnyControlMessage[] =>
  definitions.map((definition) => (isOwning(definition)
    ? Object.assign(() => { throw new Error('not to be sent') }, { ...definition, decode: () => undefined }) : definition))
