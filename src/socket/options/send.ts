/**
 * Checks control messages before sending: refuses what the kernel would silently drop.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { structs } from '../../abi/structs.ts'
import { familyOf } from '../../address/address.ts'
import { builtins } from '../../control/catalogue.ts'
import {
  inFamily, type AnyControlMessage, type ControlItem, type Destination, type Family, type MessagePart,
} from '../../control/define.ts'
import { lookupFor } from '../../control/lookup.ts'
import { describeSockets, isAmong, socketTypeName } from '../../control/sockets.ts'
import { attempt, outOfRange, unsupported } from '../../errors.ts'
import { getsockname } from '../../libc/sockets.ts'
import { isOn } from './kinds.ts'

const { SOL_SOCKET, SCM_RIGHTS, SCM_MAX_FD, AF_INET, AF_INET6, SOCK_RAW } = constants

/** The sending socket and the destination. */
export interface SendingOn {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`, if it is known. */
  readonly protocol?: number | undefined
  /** The destination's `struct sockaddr`, or that of a connected socket's peer; `undefined` if it is not known. */
  readonly to?: Uint8Array | undefined
  /** The descriptor, if options may be read. */
  readonly fd?: number | undefined
}

const definitions: readonly AnyControlMessage[] = builtins
/** The built-in definition for an item that was created by `rawControl`. */
const known = ({ kind, level, type }: ControlItem, family: Family | undefined): AnyControlMessage | undefined =>
  (kind === 'unknown' ? lookupFor(definitions, family)(level, type)?.source as AnyControlMessage | undefined : undefined)

/** Families that silently drop unknown control messages. */
const dropping: readonly unknown[] = ['unix', 'inet', 'inet6']
/** True for levels whose number means the same in every family, unlike those of IP, TCP and UDP. */
const isUnique = (level: number): boolean => level === SOL_SOCKET || level > constants.SOL_UDP

/**
 * Checks the control messages of a message.
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
    const drops = item.kind === 'unknown' && isUnique(level) && dropping.includes(family)
    const elsewhere = definition === undefined && drops ? known(item, undefined) : undefined
    const { kind, family: of, takenBy } = definition ?? elsewhere ?? item
    if (family !== undefined && !inFamily(of, family)) {
      const families = [of].flat().join(', ')
      throw outOfRange(`Cannot send ${kind} on a socket of family ${family}: the kernel would drop it; only ${families} sockets take it`)
    }
    if (takenBy === undefined) continue
    destination ??= destinationOf(to, family, type, fd)
    const isSet = fd === undefined ? undefined : (option: { level: number; option: number }) => isOn(fd, option)
    if (isAmong(takenBy, { family, type, protocol, destination, ...(isSet && { isOn: isSet }) })) continue
    const where = destination === undefined ? '' : ` to an ${destination === 'ipv4' ? 'IPv4' : 'IPv6'} address`
    const what = family === undefined ? '' : ` of family ${family}`
    throw unsupported(`Cannot send ${kind} on a ${socketTypeName(type)} socket${what}${where}: the kernel would drop it; `
      + `only ${describeSockets(takenBy, family)} take it`)
  }
  // The kernel delivers several SCM_RIGHTS as one.
  if (descriptors > SCM_MAX_FD) {
    throw outOfRange(`Cannot send ${descriptors} file descriptors in one message: the kernel's limit is ${SCM_MAX_FD}`)
  }
}

/** The part of a stream message that an item belongs to. Items created by `rawControl` follow their built-in definition. */
export const partOf = (item: ControlItem, family: Family | undefined): MessagePart => item.part ?? known(item, family)?.part ?? 'first'

const { fields: { sin6_addr }, size: sockaddrIn6Size } = structs.sockaddr_in6
const familyBytes = structs.sockaddr.fields.sa_family.size
/** `::ffff:0:0/96` */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const

/** The IP version that carries a message to an address. `fd` is the sending socket, if it may be asked for its own address. */
export function destinationOf(
  to: Uint8Array | undefined, family: Family | undefined, type: number, fd?: number,
): Destination | undefined {
  if (family === 'inet') return 'ipv4'
  if (family !== 'inet6') return undefined
  if (type === SOCK_RAW) return 'ipv6'
  if (to === undefined || to.length < familyBytes) return undefined
  // An IPv6 socket also accepts plain IPv4 addresses.
  const its = familyOf(to)
  if (its === AF_INET) return 'ipv4'
  if (its !== AF_INET6 || to.length < sockaddrIn6Size) return undefined
  const address = to.subarray(sin6_addr.offset, sin6_addr.offset + sin6_addr.size)
  // The unspecified address ("this host") is ::1, but 127.0.0.1 for a socket that is bound to an IPv4-mapped address.
  if (address.every((byte) => byte === 0)) {
    return fd === undefined ? undefined : destinationOf(attempt(() => getsockname(fd)), family, type) ?? 'ipv6'
  }
  return mappedPrefix.every((byte, i) => address[i] === byte) ? 'ipv4' : 'ipv6'
}
