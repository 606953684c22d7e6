/**
 * Recognizes common mistakes in control bytes, and says what was probably meant.
 * @module
 */
import { SOL_SOCKET, SCM_RIGHTS, SCM_MAX_FD } from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { CMSG_LEN } from '../abi/cmsg.ts'
import { viewOf } from '../abi/bytes.ts'
import type { AnyControlMessage } from './define.ts'

const intSize = 4 // int, on every target

/** `cmsg_len` is the payload's own size: CMSG_LEN was forgotten. */
export function payloadSizeHint(definition: AnyControlMessage | undefined, length: number, accepted: boolean, abi: Abi): string | undefined {
  if (definition === undefined || length === 0 || !accepted) return undefined
  return `${length} would be the size of a payload of ${definition.name ?? definition.kind}: cmsg_len is that and the header, CMSG_LEN(${length}), ${CMSG_LEN(length, abi)}`
}

/** An unknown type is often the number of the option that turns the kind on: IP_RECVTTL for IP_TTL. */
export function optionHint(known: readonly AnyControlMessage[], level: number, type: number): string | undefined {
  const meant = known.find(({ level: of, receive }) => receive?.option === type && (receive.optionLevel ?? of) === level)
  return meant === undefined ? undefined : `${type} is the option that turns ${meant.name ?? meant.kind} on; as a control message that has type ${meant.type}`
}

/** Finds descriptors in SCM_RIGHTS that the kernel refuses, or accepts although they were probably not meant. */
export function rightsProblems({ level, type }: AnyControlMessage, payload: Uint8Array, { wordSize, littleEndian }: Abi): string[] {
  if (level !== SOL_SOCKET || type !== SCM_RIGHTS) return []
  const view = viewOf(payload)
  const fds = Array.from({ length: Math.floor(payload.length / intSize) }, (_, i) => view.getInt32(i * intSize, littleEndian))
  const problems: string[] = []
  const negative = fds.find((fd) => fd < 0)
  if (negative !== undefined) problems.push(`${negative} is not a descriptor: sendmsg says EBADF`)
  if (fds.length > SCM_MAX_FD) problems.push(`${fds.length} descriptors are more than the ${SCM_MAX_FD} of one message: sendmsg says EINVAL`)
  if (fds.length > 1 && fds.at(-1) === 0 && payload.length % wordSize === 0) {
    problems.push(`the last of ${fds.length} descriptors is 0, standard input: it lies where the padding of ${fds.length - 1} would, if CMSG_SPACE was put into cmsg_len instead of CMSG_LEN`)
  }
  return problems
}
