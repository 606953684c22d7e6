/**
 * Control messages that carry descriptors: as they are received, each descriptor is given an owner.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl, type VisitControl } from '../abi/cmsg.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { close, dup } from '../libc/sockets.ts'
import type { OwnedFd } from './owned-fd.ts'
import { ownPidfd, pidfd } from './pidfd.ts'
import { ownRights, rights } from './rights.ts'

const intSize = Int32Array.BYTES_PER_ELEMENT
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
export const isOwning = (definition: AnyControlMessage): boolean => carriers.some((carrier) => carrier.definition === definition)

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

/** The descriptors in control bytes, each with where it is. */
function descriptorsIn(control: Uint8Array): { at: number; fd: number }[] {
  const view = viewOf(control)
  const found: { at: number; fd: number }[] = []
  walkControl(view, 0, control.length, cmsghdrOf(hostAbi()), (level, type, start, end) => {
    if (level !== SOL_SOCKET || !carriers.some(({ definition }) => definition.type === type)) return
    for (let at = start; at + intSize <= end; at += intSize) {
      const fd = view.getInt32(at, hostAbi().littleEndian)
      if (fd >= 0) found.push({ at, fd })
    }
  })
  return found
}

/** Control bytes with duplicates of the descriptors in them, for {@link closeDescriptors}. @throws SystemError EMFILE, EBADF */
export function duplicateDescriptors(control: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(control)
  const kept: number[] = []
  try {
    for (const { at, fd } of descriptorsIn(control)) {
      kept.push(dup(fd))
      viewOf(copy).setInt32(at, kept.at(-1)!, hostAbi().littleEndian)
    }
  } catch (error) {
    for (const fd of kept) close(fd)
    throw error
  }
  return copy
}

/** Close the descriptors in control bytes. */
export function closeDescriptors(control: Uint8Array): void {
  for (const { fd } of descriptorsIn(control)) close(fd)
}

/** The same definitions, but for those that would make another owner of a descriptor that has one. */
export const withoutOwning = (definitions: readonly AnyControlMessage[]): readonly AnyControlMessage[] =>
  definitions.map((definition) => (isOwning(definition)
    ? Object.assign(() => { throw new Error('not to be sent') }, { ...definition, decode: () => undefined }) : definition))
