/**
 * What a socket can be told when it is made.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { hostAbi } from '../../abi/abi.ts'
import { viewOf } from '../../abi/bytes.ts'
import { decodeAddress, formatAddress } from '../../address/address.ts'
import type { AnyControlMessage, Family } from '../../control/define.ts'
import { invalidAddress, invalidType, show } from '../../errors.ts'
import { integer } from '../../arguments.ts'
import type { Settings } from './settings.ts'

const types = { datagram: constants.SOCK_DGRAM, seqpacket: constants.SOCK_SEQPACKET, stream: constants.SOCK_STREAM } as const
/** Those of new sockets. */
const newTypes = { ...types, raw: constants.SOCK_RAW } as const
const families = {
  unix: constants.AF_UNIX, inet: constants.AF_INET, inet6: constants.AF_INET6, vsock: constants.AF_VSOCK, netlink: constants.AF_NETLINK,
  packet: constants.AF_PACKET,
} as const
/** Families whose sockets are made elsewhere and adopted here. */
const adoptable: Readonly<Partial<Record<Family, number>>> = {
  ...families, bluetooth: constants.AF_BLUETOOTH,
  can: constants.AF_CAN, alg: constants.AF_ALG, tipc: constants.AF_TIPC, rds: constants.AF_RDS, rxrpc: constants.AF_RXRPC,
  llc: constants.AF_LLC, iucv: constants.AF_IUCV, ieee802154: constants.AF_IEEE802154, isdn: constants.AF_ISDN,
}

/**
 * `SOCK_DGRAM`, `SOCK_SEQPACKET` or `SOCK_STREAM`. The first two keep messages apart; the last two have connections.
 * @useDeclaredType
 */
export type SocketType = keyof typeof types
/**
 * `AF_UNIX`, `AF_INET`, `AF_INET6`, `AF_VSOCK`, `AF_NETLINK` or `AF_PACKET`. A socket of any other family is adopted: {@link MessageSocket.adopt}.
 * @useDeclaredType
 */
export type SocketFamily = keyof typeof families

/** Options that every way to make a socket takes. */
export interface ReceiveKinds<D extends AnyControlMessage> {
  /**
   * The control messages to receive. For each, its option is turned on and its room reserved, and `message.get` knows
   * its type. Nothing else is turned on.
   */
  readonly receive?: readonly D[]
  /**
   * Room for the data of a message, bytes, from 1 to 1 GiB; 65536 if absent. The rest of a longer message is cut off by the
   * kernel; `message.truncated` says so, and `message.length` how long it was.
   */
  readonly messageSize?: number
  /**
   * A Unix socket: with `false`, whoever sends descriptors gets EPERM, and none arrives (SO_PASSRIGHTS, Linux 6.16).
   * Left alone if absent.
   */
  readonly passRights?: boolean
  /**
   * The number of messages that the socket may take from the kernel beyond those that were asked for, so that a system call
   * serves many. 256 if absent for Unix and Internet sockets that this library made or accepted, 0 for adopted ones and
   * other families. It does not apply to streams. One system call takes at most 256 messages, and 17 MiB.
   *
   * Messages that were read ahead are this process's: another holder of the descriptor never sees them, so set it to 0 on a
   * socket that others receive from too. Passing the socket itself on, `rights([socket])`, sets it to 0;
   * `detach` hands over the messages that were read ahead already.
   *
   * Descriptors in such messages are limited over all sockets of the thread: to an eighth of RLIMIT_NOFILE, and 1,024.
   */
  readonly readAhead?: number
}

/** Options of a socket that is new. */
export interface MakeOptions<D extends AnyControlMessage> extends ReceiveKinds<D>, Settings {
  /** The type. `'raw'`, `SOCK_RAW`, is for packets of IP, and of an interface with their header; on netlink it is as `'datagram'`. */
  readonly type: SocketType | 'raw'
  /**
   * The protocol, as `socket(2)` takes it: `NETLINK_ROUTE`, `IPPROTO_ICMP`, …; 0, which chooses the usual one, if absent. That
   * of a packet socket is `ETH_P_*` in network order; `{ interfaceIndex, protocol }` in `bind` says the same.
   */
  readonly protocol?: number
}

/** Options of {@link MessageSocket.open}. */
export interface OpenOptions<D extends AnyControlMessage> extends MakeOptions<D> {
  readonly family: SocketFamily
}

/** Options of {@link MessageSocket.bind}. */
export interface BindOptions {
  /**
   * For a pathname: replace a socket file that is there and that nobody is bound to any more, and remove ours at close.
   * False if absent: then such a file is EADDRINUSE.
   */
  readonly unlink?: boolean
  /**
   * For a pathname: the permissions of the socket file, up to 0o777, 0o600 for instance, whatever the umask. To send there,
   * or to connect, a process needs write permission. They are never wider than this, not even at first. Those of the umask
   * if absent.
   */
  readonly mode?: number
  /** For a stream or seqpacket socket: the number of connections that may wait to be accepted (`listen(2)`). */
  readonly backlog?: number
}

const defaultSize = 65536
const largestSize = 1 << 30

const choose = <T extends string>(what: string, value: T, table: Readonly<Record<T, number>>): number => {
  if (!Object.hasOwn(table, value)) throw invalidType(`Cannot make a socket of ${what} ${show(value)}: expected ${Object.keys(table).map((name) => `'${name}'`).join(', ')}`)
  return table[value]
}
/** The type of a pair. */
export const typeNumber = (type: SocketType): number => choose('type', type, types)
/** The type of a new socket. */
export const newTypeNumber = (type: SocketType | 'raw'): number => choose('type', type, newTypes)
/** The name of a type, or its number where it has none. */
export const typeName = (number: number): string | number => Object.entries(newTypes).find(([, one]) => one === number)?.[0] ?? number
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
