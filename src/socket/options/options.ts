/**
 * The options with which a socket is created.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { decodeAddress, familyOf, formatAddress } from '../../address/address.ts'
import type { AnyControlMessage, Family } from '../../control/define.ts'
import { invalidAddress, invalidType, show } from '../../errors.ts'
import { integer } from '../../arguments.ts'
import { defaultDataSize } from '../../message/batch.ts'
import type { Settings } from './settings.ts'

const types = { datagram: constants.SOCK_DGRAM, seqpacket: constants.SOCK_SEQPACKET, stream: constants.SOCK_STREAM } as const
/** Those of new sockets. */
const newTypes = { ...types, raw: constants.SOCK_RAW } as const
const families = {
  unix: constants.AF_UNIX, inet: constants.AF_INET, inet6: constants.AF_INET6, vsock: constants.AF_VSOCK, netlink: constants.AF_NETLINK,
  packet: constants.AF_PACKET,
} as const
/** Families of sockets that can be adopted. */
const adoptable: Readonly<Partial<Record<Family, number>>> = {
  ...families, bluetooth: constants.AF_BLUETOOTH,
  can: constants.AF_CAN, alg: constants.AF_ALG, tipc: constants.AF_TIPC, rds: constants.AF_RDS, rxrpc: constants.AF_RXRPC,
  llc: constants.AF_LLC, iucv: constants.AF_IUCV, ieee802154: constants.AF_IEEE802154, isdn: constants.AF_ISDN,
}

/**
 * `SOCK_DGRAM`, `SOCK_SEQPACKET` or `SOCK_STREAM`. The first two preserve message boundaries; the last two have connections.
 * @useDeclaredType
 */
export type SocketType = keyof typeof types
/**
 * `AF_UNIX`, `AF_INET`, `AF_INET6`, `AF_VSOCK`, `AF_NETLINK` or `AF_PACKET`. A socket of any other family is adopted:
 * {@link MessageSocket.adopt}.
 * @useDeclaredType
 */
export type SocketFamily = keyof typeof families

/** Options for every way to create a socket. */
export interface ReceiveKinds<D extends AnyControlMessage> {
  /**
   * The kinds of control messages to receive. The option of each kind is turned on, space for it is reserved, and `message.get`
   * knows its type. Nothing else is turned on.
   */
  readonly receive?: readonly D[] | undefined
  /**
   * Buffer size for the data of a message, in bytes, from 1 to 1 GiB; 65536 if absent. The kernel cuts off the rest of a longer
   * message: `message.truncated` is then true, and `message.length` is the original length.
   */
  readonly messageSize?: number | undefined
  /**
   * For Unix sockets: with `false`, a peer that sends descriptors gets EPERM, and none arrive (SO_PASSRIGHTS, Linux 6.16).
   * The option is left unchanged if absent.
   */
  readonly passRights?: boolean | undefined
  /**
   * The number of messages that the socket may take from the kernel beyond those that were asked for, so that one system call
   * serves many receives. 256 if absent for Unix and Internet sockets that this library created or accepted, 0 for adopted
   * sockets and other families. It does not apply to streams. One system call takes at most 256 messages, and 17 MiB.
   *
   * Only this process sees messages that it has read ahead, so set this to 0 on a socket that other processes receive from too.
   * Passing the socket itself with `rights([socket])` sets it to 0; `detach` hands over the messages that were already read
   * ahead.
   *
   * The number of descriptors in such messages is limited, for all sockets of the thread together, to an eighth of
   * RLIMIT_NOFILE, and to 1,024.
   */
  readonly readAhead?: number | undefined
}

/** Options of a new socket. */
export interface MakeOptions<D extends AnyControlMessage> extends ReceiveKinds<D>, Settings {
  /**
   * The type. `'raw'`, `SOCK_RAW`, is for IP packets, and for packets of an interface with their header; on netlink it is the same
   * as `'datagram'`.
   */
  readonly type: SocketType | 'raw'
  /**
   * The protocol, as `socket(2)` takes it: `NETLINK_ROUTE`, `IPPROTO_ICMP`, …; 0, which chooses the usual one, if absent. The
   * protocol of a packet socket is `ETH_P_*` in network order; `{ interfaceIndex, protocol }` in `bind` sets it too.
   */
  readonly protocol?: number | undefined
}

/** Options of {@link MessageSocket.open}. */
export interface OpenOptions<D extends AnyControlMessage> extends MakeOptions<D> {
  readonly family: SocketFamily
}

/** Options of {@link MessageSocket.bind}. */
export interface BindOptions {
  /**
   * For a pathname: replaces an existing socket file that no socket is bound to any more, and removes the new file at close.
   * False if absent: an existing file is then an EADDRINUSE error.
   */
  readonly unlink?: boolean | undefined
  /**
   * For a pathname: the permissions of the socket file, such as 0o600, up to 0o777, regardless of the umask. They are never
   * wider than this, not even for a moment. To send to the socket or to connect, a process needs write permission. If absent,
   * the umask decides.
   */
  readonly mode?: number | undefined
  /** For a stream or seqpacket socket: the number of connections that may wait to be accepted (`listen(2)`). */
  readonly backlog?: number | undefined
}

export const maxMessageSize = 1 << 30

const choose = <T extends string>(what: string, value: T, table: Readonly<Record<T, number>>): number => {
  if (typeof value !== 'string' || !Object.hasOwn(table, value)) {
    const names = Object.keys(table).map((name) => `'${name}'`)
    throw invalidType(`Cannot create a socket of ${what} ${show(value)}: expected ${names.join(', ')}`)
  }
  return table[value]
}
/** The type of a pair. */
export const typeNumber = (type: SocketType): number => choose('type', type, types)
/** The type of a new socket. */
export const newTypeNumber = (type: SocketType | 'raw'): number => choose('type', type, newTypes)
/** The name of a type, or its number if it has none. */
export const typeName = (number: number): string | number => Object.entries(newTypes).find(([, one]) => one === number)?.[0] ?? number
export const familyNumber = (family: SocketFamily): number => choose('family', family, families)
/** The name of a family number, if its control messages are known. */
export const familyName = (number: number): Family | undefined =>
  (Object.keys(adoptable) as Family[]).find((name) => adoptable[name] === number)

const { AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP } = constants
const usualProtocols: Readonly<Record<number, number>> =
  { [SOCK_STREAM]: IPPROTO_TCP, [SOCK_DGRAM]: IPPROTO_UDP, [SOCK_SEQPACKET]: IPPROTO_SCTP }
/** The protocol that the kernel chooses for protocol 0; undefined if no control message depends on it. */
export const usualProtocol = (family: number, type: number): number | undefined =>
  family === AF_INET || family === AF_INET6 ? usualProtocols[type] : undefined

/** The family of the socket that an address needs. */
export function addressFamily(name: Uint8Array): number {
  const family = familyOf(name)
  if (!Object.values<number>(families).includes(family)) {
    throw invalidAddress(`Cannot create a socket for ${formatAddress(decodeAddress(name))}: `
      + 'create it elsewhere, and pass it to adopt(), which takes any family')
  }
  return family
}

/** The buffer size for the data of a message, checked. */
export const messageSize = ({ messageSize = defaultDataSize }: ReceiveKinds<AnyControlMessage>): number =>
  integer('create a socket', 'messageSize', messageSize, 1, maxMessageSize)
