/**
 * Control messages to be sent, checked: what the kernel would drop without a word is refused.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { structs } from '../../abi/structs.ts'
import { viewOf } from '../../abi/bytes.ts'
import { builtins } from '../../control/catalogue.ts'
import { inFamily, type AnyControlMessage, type ControlItem, type Destination, type Family, type MessagePart } from '../../control/define.ts'
import { lookupFor } from '../../control/lookup.ts'
import { describeSockets, isAmong, socketTypeName } from '../../control/sockets.ts'
import { outOfRange, unsupported } from '../../errors.ts'
import { isOn } from './kinds.ts'

const { SOL_SOCKET, SCM_RIGHTS, SCM_MAX_FD, AF_INET, AF_INET6, SOCK_RAW } = constants

/** The socket that sends, and where to. */
export interface SendingOn {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`, where it is known. */
  readonly protocol?: number | undefined
  /** The `struct sockaddr` it goes to, that of a connected socket's peer too; `undefined` where it is not known. */
  readonly to?: Uint8Array | undefined
  /** The descriptor, where options may be looked at. */
  readonly fd?: number | undefined
}

const definitions: readonly AnyControlMessage[] = builtins
/** The built-in definition of an item that was made of numbers and bytes. */
const known = ({ kind, level, type }: ControlItem, family: Family | undefined): AnyControlMessage | undefined =>
  (kind === 'unknown' ? lookupFor(definitions, family)(level, type) as AnyControlMessage | undefined : undefined)

/** Families that are known to drop what they do not know. */
const dropping: readonly unknown[] = ['unix', 'inet', 'inet6']
/** Levels above those whose numbers mean something else in every family: IP's, TCP's and UDP's. */
const isUnique = (level: number): boolean => level === SOL_SOCKET || level > constants.SOL_UDP

/**
 * @throws Error `ERR_CMSG_UNSUPPORTED` for what the kernel would drop; RangeError `ERR_CMSG_OUT_OF_RANGE` for too many descriptors,
 * and for the control messages of another family
 */
export function checkSend(items: readonly ControlItem[], { family, type, protocol, to, fd }: SendingOn): void {
  let descriptors = 0
  let destination: Destination | undefined
  for (const item of items) {
    const { level, type: itsType, value } = item
    if (level === SOL_SOCKET && itsType === SCM_RIGHTS && Array.isArray(value)) descriptors += value.length
    const definition = known(item, family)
    const elsewhere = definition === undefined && item.kind === 'unknown' && isUnique(level) && dropping.includes(family) ? known(item, undefined) : undefined
    const { kind, family: of, takenBy } = definition ?? elsewhere ?? item
    if (family !== undefined && !inFamily(of, family)) throw outOfRange(`Cannot send ${kind} on a socket of family ${family}: the kernel would drop it; only ${[of].flat().join(', ')} sockets take it`)
    if (takenBy === undefined) continue
    destination ??= destinationOf(to, family, type)
    const isSet = fd === undefined ? undefined : (option: { level: number; option: number }) => isOn(fd, option)
    if (isAmong(takenBy, { family, type, protocol, destination, ...(isSet && { isOn: isSet }) })) continue
    const where = destination === undefined ? '' : ` to an ${destination === 'ipv4' ? 'IPv4' : 'IPv6'} address`
    const what = family === undefined ? '' : ` of family ${family}`
    throw unsupported(`Cannot send ${kind} on a ${socketTypeName(type)} socket${what}${where}: the kernel would drop it; only ${describeSockets(takenBy, family)} take it`)
  }
  // One control message or several, the receiver gets one.
  if (descriptors > SCM_MAX_FD) throw outOfRange(`Cannot send ${descriptors} file descriptors in one message: the kernel's limit is ${SCM_MAX_FD}`)
}

/** The part of a stream's message that an item belongs to. One made of numbers and bytes belongs where its built-in definition says. */
export const partOf = (item: ControlItem, family: Family | undefined): MessagePart => item.part ?? known(item, family)?.part ?? 'first'

const { fields: { sin6_addr }, size: sockaddrIn6Size } = structs.sockaddr_in6
const familyBytes = structs.sockaddr.fields.sa_family.size
/** `::ffff:0:0/96` */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const

/** The protocol that carries a message to an address. */
export function destinationOf(to: Uint8Array | undefined, family: Family | undefined, type: number): Destination | undefined {
  if (family === 'inet') return 'ipv4'
  if (family !== 'inet6') return undefined
  if (type === SOCK_RAW) return 'ipv6'
  if (to === undefined || to.length < familyBytes) return undefined
  // A socket of IPv6 takes addresses of IPv4 as they are.
  const its = viewOf(to).getUint16(0, structs.sockaddr.abi.littleEndian)
  if (its === AF_INET) return 'ipv4'
  if (its !== AF_INET6 || to.length < sockaddrIn6Size) return undefined
  const address = to.subarray(sin6_addr.offset, sin6_addr.offset + sin6_addr.size)
  // "This host" is of either protocol, as the socket is bound.
  if (address.every((byte) => byte === 0)) return undefined
  return mappedPrefix.every((byte, i) => address[i] === byte) ? 'ipv4' : 'ipv6'
}
