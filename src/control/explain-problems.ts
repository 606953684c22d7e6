/**
 * Finds mistakes in a control buffer, and guesses what was meant.
 * @module
 */
import { SOL_SOCKET, SCM_RIGHTS, SCM_MAX_FD } from '../../generated/constants.ts'
import { abis, type Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { CMSG_LEN, cmsghdrOf, walkControl, type CmsghdrLayout } from '../abi/cmsg.ts'
import { leastSize } from '../abi/c-layout.ts'
import { intSize } from '../abi/scalars.ts'
import { count } from '../misuse.ts'
import { inFamily, type AnyControlMessage } from './define.ts'
import { accepts, nameOf, paddingOf, type DissectedMessage, type Dissection, type Region } from './dissect.ts'

type Definitions = readonly AnyControlMessage[]

/** A mistake, and the offset of the byte where it is. */
export interface Problem { readonly at: number; readonly text: string }

/** Returns the mistakes in a control message: values that the kernel refuses, and values that were probably not meant. */
export function problemsOf(message: DissectedMessage, dissection: Dissection): Problem[] {
  const { control, known, family, abi } = dissection
  const { definition, complete, level, type, at, data, end, next } = message
  if (!complete) return headerProblems(message, dissection)
  const problems: Problem[] = []
  const typeAt = at + cmsghdrOf(abi).cmsg_type
  if (definition === undefined) {
    const hint = optionHint(known, level, type) ?? 'the kernel may be newer, or these bytes are not a header'
    problems.push({ at: typeAt, text: `no control message is known with level ${level} and type ${type}: ${hint}` })
  } else {
    if (family !== undefined && !inFamily(definition.family, family)) {
      const others = `a socket of family ${family} does not know it, and may silently ignore it`
      problems.push({ at: typeAt, text: `${nameOf(definition)} is for ${familiesOf(definition)} sockets; ${others}` })
    }
    problems.push(...payloadProblems(message, definition, abi), ...rightsProblems(definition, control.subarray(data, end), data, abi))
  }
  if (hasNonZero(control.subarray(end, next))) {
    problems.push({ at: end, text: 'the padding is not zero: the kernel ignores it, but it may contain private memory' })
  }
  return problems
}

/** The families of a definition, as text. */
export const familiesOf = ({ family }: AnyControlMessage): string => (family === undefined ? 'all' : [family].flat().join(', '))

/** The word size and byte order of an ABI, as text. */
export const shapeText = ({ wordSize, littleEndian }: Abi): string => `${wordSize * 8}-bit ${littleEndian ? 'little' : 'big'}-endian`

const hasNonZero = (bytes: Uint8Array): boolean => bytes.some((byte) => byte !== 0)

function payloadProblems({ layout, fits, at, data, end, regions }: DissectedMessage, definition: AnyControlMessage, abi: Abi): Problem[] {
  const length = end - data
  const wrongLength = (text: string): Problem[] => [{ at: at + cmsghdrOf(abi).cmsg_len, text }]
  const name = nameOf(definition)
  if (layout === undefined) return fits ? [] : wrongLength(`${name} cannot have a payload of ${count(length, 'byte')}`)
  const sizes = `${name} takes ${count(layout.size, 'byte')}, but there are ${length}`
  if (!fits && length < leastSize(layout)) {
    return wrongLength(`too short: ${sizes}: cut off (MSG_CTRUNC), or cmsg_len is not CMSG_LEN(${layout.size})`)
  }
  if (!fits) {
    const isPadded = length === layout.size + paddingOf(layout.size, abi)
    return wrongLength(`too long: ${sizes}${isPadded ? ': cmsg_len is CMSG_SPACE instead of CMSG_LEN' : ''}`)
  }
  const rest = regions.find(({ part }) => part === 'bytes')
  if (rest === undefined) return []
  const bytes = rest.end - rest.start
  const text = layout.flexible
    ? `${count(bytes, 'byte')} after the last whole element`
    : `${count(bytes, 'byte')} after the known fields of ${layout.name}: the kernel may be newer`
  return [{ at: rest.start, text }]
}

/** An unknown type is often the number of the option that turns the kind on: IP_RECVTTL for IP_TTL. */
function optionHint(known: Definitions, level: number, type: number): string | undefined {
  const meant = known.find(({ level: of, receive }) => receive?.option === type && (receive.optionLevel ?? of) === level)
  return meant === undefined
    ? undefined
    : `${type} is the option that turns on ${nameOf(meant)}, whose type as a control message is ${meant.type}`
}

/** Finds descriptors in SCM_RIGHTS that the kernel refuses, or accepts although they were probably not meant. */
function rightsProblems({ level, type }: AnyControlMessage, payload: Uint8Array, data: number, { wordSize, littleEndian }: Abi): Problem[] {
  if (level !== SOL_SOCKET || type !== SCM_RIGHTS) return []
  const view = viewOf(payload)
  const fds = Array.from({ length: Math.floor(payload.length / intSize) }, (_, i) => view.getInt32(i * intSize, littleEndian))
  const problems: Problem[] = []
  const problem = (index: number, text: string): void => { problems.push({ at: data + index * intSize, text }) }
  const negative = fds.findIndex((fd) => fd < 0)
  if (negative >= 0) problem(negative, `${fds[negative]} is not a descriptor: sendmsg fails with EBADF`)
  if (fds.length > SCM_MAX_FD) {
    problem(SCM_MAX_FD, `${fds.length} descriptors exceed the limit of ${SCM_MAX_FD} in one message: sendmsg fails with EINVAL`)
  }
  if (fds.length > 1 && fds.at(-1) === 0 && payload.length % wordSize === 0) {
    problem(fds.length - 1, `the last of ${fds.length} descriptors is 0, standard input: `
      + `it is where the padding after ${fds.length - 1} would be, if cmsg_len is CMSG_SPACE instead of CMSG_LEN`)
  }
  return problems
}

// ── A header with an impossible cmsg_len ────────────────────────────────────────────────────────────────────────────

function headerProblems({ definition, at, regions }: DissectedMessage, { control, known, abi }: Dissection): Problem[] {
  const header = cmsghdrOf(abi)
  const left = control.length - at
  const length = BigInt(regions.find(({ part }) => part === 'cmsg_len')!.value)
  const problems: Problem[] = []
  const problem = (text: string, offset = at + header.cmsg_len): void => { problems.push({ at: offset, text }) }
  problem(length < BigInt(header.size)
    ? `cmsg_len ${length} is less than the header's ${header.size} bytes: nothing after this can be read, and sendmsg fails with EINVAL`
    : `cmsg_len ${length} is more than the ${left} bytes that are left: cut off, or this is not a header; sendmsg fails with EINVAL`)
  const meant = length < BigInt(header.size) ? payloadSizeHint(definition, Number(length), abi) : undefined
  if (meant !== undefined) problem(meant)
  if (!hasNonZero(control.subarray(at))) {
    problem(`all ${left} bytes from here are zero: the buffer is larger than its contents; `
      + `msg_controllen must be ${at}, the sum of CMSG_SPACE`)
  } else if (header.wordSize === 8) {
    const low = Number(length & 0xffffffffn)
    if (length > 0xffffffffn && low >= header.size && low <= left) {
      problem(`its lower 32 bits, ${low}, would fit: the upper half was never written, as by code for musl's 32-bit cmsg_len`)
    }
  }
  const unpadded = unalignedHeader(control, at, header, known, abi)
  if (unpadded !== undefined) {
    problem(`a plausible header begins at ${unpadded}, where the payload before it ends: `
      + 'it was not aligned (CMSG_SPACE, CMSG_NXTHDR)', unpadded)
  }
  return problems
}

/** `cmsg_len` is the payload's own size: CMSG_LEN was forgotten. */
function payloadSizeHint(definition: AnyControlMessage | undefined, length: number, abi: Abi): string | undefined {
  if (definition === undefined || length === 0 || !accepts(definition, length, abi)) return undefined
  return `${length} would be the size of a payload of ${nameOf(definition)}: `
    + `cmsg_len includes the header, and is CMSG_LEN(${length}), ${CMSG_LEN(length, abi)}`
}

/** Finds a header that directly follows the previous payload, without padding. */
function unalignedHeader(control: Uint8Array, at: number, header: CmsghdrLayout, known: Definitions, abi: Abi): number | undefined {
  for (let start = at - 1; start > at - header.wordSize && start >= header.size; start--) {
    if (isPlausible(control.subarray(start), header, known, abi)) return start
  }
  return undefined
}

/** Returns true if the bytes begin with a complete known control message with a valid payload. */
function isPlausible(bytes: Uint8Array, header: CmsghdrLayout, known: Definitions, abi: Abi): boolean {
  let first: boolean | undefined
  walkControl(viewOf(bytes), 0, bytes.length, header, (level, type, start, end, complete) => {
    first ??= complete && isKnown(known, level, type, end - start, abi)
  })
  return first === true
}

const isKnown = (known: Definitions, level: number, type: number, length: number, abi: Abi): boolean =>
  known.some((one) => one.level === level && one.type === type && accepts(one, length, abi))

// ── The whole buffer ────────────────────────────────────────────────────────────────────────────────────────────────

/** Returns an ABI under which all of the bytes make sense, if the headers are impossible under that of the dissection. */
export function otherAbi({ control, abi, known, messages }: Dissection): Abi | undefined {
  if (messages.every(({ complete }) => complete)) return undefined
  const others = [abis['x86_64-linux-gnu'], abis['arm-linux-gnueabihf'], abis['s390x-linux-gnu']]
  return others.find((other) => {
    if (other.wordSize === abi.wordSize && other.littleEndian === abi.littleEndian) return false
    let sense: boolean | undefined
    walkControl(viewOf(control), 0, control.length, cmsghdrOf(other), (level, type, start, end, complete) => {
      sense = sense !== false && complete && isKnown(known, level, type, end - start, other)
    })
    return sense === true
  })
}

/** Explains the bytes after the last control message, which are too few for a header. */
export function trailingProblem({ start, end }: Region, { control, abi }: Dissection): Problem {
  const rest = end - start
  const what = start === 0
    ? `${count(rest, 'byte')}, too few for a header of ${cmsghdrOf(abi).size}: the kernel sees no control message here`
    : `${count(rest, 'trailing byte')}, too few for a header: ignored by the kernel`
  return { at: start, text: `${what}${hasNonZero(control.subarray(start, end)) ? '; not zero' : ''}` }
}
