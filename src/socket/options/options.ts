/**
 * What a socket can be told when it is made.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { hostAbi } from '../../abi/abi.ts'
import { viewOf } from '../../abi/bytes.ts'
import { CMSG_SPACE } from '../../abi/cmsg.ts'
import { decodeAddress, formatAddress } from '../../address/address.ts'
import { rights } from '../../control/socket.ts'
import { inFamily, type AnyControlMessage, type ControlItem, type Family } from '../../control/define.ts'
import { invalidAddress, invalidDefinition, invalidType, outOfRange, show, SystemError, unsupported } from '../../errors.ts'
import { integer } from '../../arguments.ts'
import { setsockopt } from '../../libc/options.ts'

const types = { datagram: constants.SOCK_DGRAM, seqpacket: constants.SOCK_SEQPACKET, stream: constants.SOCK_STREAM } as const
const families = { unix: constants.AF_UNIX, inet: constants.AF_INET, inet6: constants.AF_INET6 } as const
/** Families whose sockets are made elsewhere and adopted here. */
const adoptable: Readonly<Partial<Record<Family, number>>> = {
  ...families, netlink: constants.AF_NETLINK, packet: constants.AF_PACKET, vsock: constants.AF_VSOCK, bluetooth: constants.AF_BLUETOOTH,
  can: constants.AF_CAN, alg: constants.AF_ALG, tipc: constants.AF_TIPC, rds: constants.AF_RDS, rxrpc: constants.AF_RXRPC,
  llc: constants.AF_LLC, iucv: constants.AF_IUCV, ieee802154: constants.AF_IEEE802154, isdn: constants.AF_ISDN,
}

/**
 * `SOCK_DGRAM`, `SOCK_SEQPACKET` or `SOCK_STREAM`. The first two keep messages apart; the last two have connections.
 * @useDeclaredType
 */
export type SocketType = keyof typeof types
/**
 * `AF_UNIX`, `AF_INET` or `AF_INET6`. A socket of any other family is adopted: {@link MessageSocket.adopt}.
 * @useDeclaredType
 */
export type SocketFamily = keyof typeof families

/** What every way to make a socket takes. */
export interface ReceiveKinds<D extends AnyControlMessage> {
  /**
   * The control messages to receive. For each, its option is turned on and its room reserved, and `message.get` knows
   * its type. Nothing else is turned on.
   */
  readonly receive?: readonly D[]
  /** Room for the data of a message, bytes; 65536 if absent. What is longer is cut off, and reported as `truncated`. */
  readonly messageSize?: number
  /**
   * A Unix socket: with `false`, whoever sends descriptors gets EPERM, and none arrives (SO_PASSRIGHTS, Linux 6.16).
   * Left alone if absent.
   */
  readonly passRights?: boolean
  /**
   * Messages that may be taken from the kernel beyond those that were asked for. 256 if absent for our own Unix and
   * Internet sockets, 0 for adopted ones and all others. Streams never read ahead.
   */
  readonly readAhead?: number
}

/** What {@link MessageSocket.open} takes. */
export interface OpenOptions<D extends AnyControlMessage> extends ReceiveKinds<D> {
  readonly family: SocketFamily
  readonly type: SocketType
}

/** What `bind` takes. */
export interface BindOptions {
  /**
   * A pathname: replace a socket file that is there and that nobody is bound to any more, and remove it at close.
   * Without it such a file is EADDRINUSE.
   */
  readonly unlink?: boolean
  /**
   * A pathname: the permissions of the socket file, 0o600 for instance, whatever the umask. To send there, or to connect, a
   * process needs write permission. They are never wider than this, not even at first.
   */
  readonly mode?: number
  /** A stream or seqpacket socket: how many connections may wait to be accepted. */
  readonly backlog?: number
}

const defaultSize = 65536
const largestSize = 1 << 30

const choose = <T extends string>(what: string, value: T, table: Readonly<Record<T, number>>): number => {
  if (!Object.hasOwn(table, value)) throw invalidType(`Cannot make a socket of ${what} ${show(value)}: expected ${Object.keys(table).map((name) => `'${name}'`).join(', ')}`)
  return table[value]
}
export const typeNumber = (type: SocketType): number => choose('type', type, types)
/** The name of a type, or its number where it has none. */
export const typeName = (number: number): SocketType | number => (Object.keys(types) as SocketType[]).find((name) => types[name] === number) ?? number
export const familyNumber = (family: SocketFamily): number => choose('family', family, families)
/** The family of a number, if its control messages are known. */
export const familyName = (number: number): Family | undefined =>
  (Object.keys(adoptable) as Family[]).find((name) => adoptable[name] === number)

/** The family of a socket for an address. */
export function addressFamily(name: Uint8Array): number {
  const family = viewOf(name).getUint16(0, hostAbi().littleEndian)
  if (!Object.values<number>(families).includes(family)) throw invalidAddress(`Cannot make a socket for ${formatAddress(decodeAddress(name))}: adopt() takes one of any family`)
  return family
}

/** The room for data. */
export const messageSize = ({ messageSize = defaultSize }: ReceiveKinds<AnyControlMessage>): number => integer('recvmsg', 'messageSize', messageSize, 1, largestSize)

/** The definitions a socket is to receive, checked against its family and each other. */
export function definitionsOf<D extends AnyControlMessage>({ receive = [] }: ReceiveKinds<D>, family: Family | undefined): readonly D[] {
  if (!Array.isArray(receive)) throw invalidType(`Cannot receive ${show(receive)}: expected an array of definitions, such as [credentials]`)
  const definitions = receive as readonly D[]
  definitions.forEach((definition, i) => {
    if (typeof definition?.decode !== 'function') throw invalidType(`Cannot receive ${show(definition)}: expected a definition, such as credentials`)
    const { kind, level, type } = definition
    if (family !== undefined && !inFamily(definition.family, family)) throw invalidDefinition(`Cannot receive ${kind} on a socket of family ${family}: only ${[definition.family].flat().join(', ')} has it`)
    if (definition.receive === undefined) throw invalidDefinition(`Cannot receive ${kind}: its definition does not say how, { receive: { size, option } }`)
    const twice = definitions.slice(0, i).find((other) => other.kind === kind || (other.level === level && other.type === type))
    if (twice !== undefined) throw invalidDefinition(`Cannot receive both ${twice.kind} and ${kind}: they have the same ${twice.kind === kind ? 'kind' : 'level and type'}`)
  })
  return definitions
}

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD, SCM_INQ, SCM_MAX_FD, SO_PASSRIGHTS } = constants

/**
 * The room for control messages: the exact sum. But what the kernel puts behind descriptors must not be pushed out by
 * ones that nobody asked for, or a sender could hide who it is: then they get their room too, and are closed.
 */
export function controlRoom(definitions: readonly AnyControlMessage[]): number {
  const sum = definitions.reduce((sum, { receive }) => sum + CMSG_SPACE(receive!.size), 0)
  const has = (...types: number[]): boolean => definitions.some(({ level, type }) => level === SOL_SOCKET && types.includes(type))
  return has(SCM_PIDFD, SCM_INQ) && !has(SCM_RIGHTS) ? sum + CMSG_SPACE(rights.receive!.size) : sum
}

/** Turn on what each definition needs, and what else was asked for. */
export function turnOn(fd: number, definitions: readonly AnyControlMessage[], passRights: boolean | undefined): void {
  for (const { kind, level, receive } of definitions) {
    if (receive?.option === undefined) continue
    // Kinds that share an option of flags are turned on together.
    const same = definitions.filter((other) => other.receive?.option === receive.option && (other.receive?.optionLevel ?? other.level) === (receive.optionLevel ?? level))
    turn(fd, receive.optionLevel ?? level, receive.option, same.reduce((bits, other) => bits | (other.receive?.value ?? 1), 0), `receive ${kind}`)
  }
  if (passRights !== undefined) turn(fd, SOL_SOCKET, SO_PASSRIGHTS, Number(passRights), 'refuse descriptors, passRights: false')
}

function turn(fd: number, level: number, option: number, value: number, attempt: string): void {
  try {
    setsockopt(fd, level, option, value)
  } catch (error) {
    if (!(error instanceof SystemError) || (error.code !== 'ENOPROTOOPT' && error.code !== 'ENOTSUP')) throw error
    throw unsupported(`Cannot ${attempt}: this kernel has not got it, or not for sockets of this kind (${error.message})`, error)
  }
}

/** Refuse what the kernel would drop without a word, or with one that does not tell why. */
export function checkSend(items: readonly ControlItem[], family: Family | undefined): void {
  let descriptors = 0
  for (const { kind, family: of, level, type, value } of items) {
    if (level === SOL_SOCKET && type === SCM_RIGHTS && Array.isArray(value)) descriptors += value.length
    if (family !== undefined && !inFamily(of, family)) throw outOfRange(`Cannot send ${kind} on a socket of family ${family}: the kernel would drop it; only ${[of].flat().join(', ')} has it`)
  }
  // One control message or several, the receiver gets one.
  if (descriptors > SCM_MAX_FD) throw outOfRange(`Cannot send ${descriptors} file descriptors in one message: the kernel's limit is ${SCM_MAX_FD}`)
}
