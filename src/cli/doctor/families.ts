/**
 * Finds out for `cmsg doctor` which families of sockets the kernel has, and caches the result.
 *
 * For socket() with a family that it does not have, the kernel runs modprobe, on every call. So each family is tested once, and only
 * if /proc/net/protocols lists it as loaded, unless the user wants modules to be loaded.
 * @module
 */
import { readFileSync } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import type { Family } from '../../control/define.ts'
import { attempt } from '../../errors.ts'
import { close, socket } from '../../libc/sockets.ts'

const { SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOL_SCTP, IPPROTO_TCP, IPPROTO_UDP } = constants

/** Arguments of socket(). */
export interface SocketKind { readonly domain: number; readonly type: number; readonly protocol: number }

/** The reason for a family that this kernel does not have. */
export const absent = 'this system has no such sockets'

/** The reason for a family that was not tested. */
export const notLoaded = 'not loaded: --load-modules tests it'

/** The names of a family's protocols in /proc/net/protocols, if they do not begin with that of the family. */
const protocolNames: Partial<Record<Family, RegExp>> = {
  inet: /^(UDP|TCP|RAW)$/, inet6: /^(UDP|TCP|RAW)v6$/, vsock: /VSOCK/, bluetooth: /^(HCI|L2CAP|RFCOMM|SCO)$/, iucv: /IUCV/,
  ieee802154: /^IEEE-802/, isdn: /^misdn/i,
}

/** Families that have no protocol 0, or several protocols with different options: the first protocols are tested. */
const withProtocols: readonly Family[] = ['bluetooth', 'can', 'rxrpc', 'isdn']
const firstProtocols = Array.from({ length: 8 }, (_, i) => i)
/** Kinds of UDP and TCP are for sockets whose protocol is given. */
const protocolsOf = (family: Family): readonly number[] =>
  (withProtocols.includes(family) ? firstProtocols : family === 'inet' || family === 'inet6' ? [0, IPPROTO_UDP, IPPROTO_TCP] : [0])

let protocols: readonly string[] | undefined

/** Returns the loaded protocols, or `undefined` if /proc cannot be read. */
const loadedProtocols = (): readonly string[] | undefined =>
  (protocols ??= attempt(() => readFileSync('/proc/net/protocols', 'latin1').split('\n').slice(1).map((line) => line.split(' ')[0]!)))

/** The sockets of one family. */
export class FamilySockets {
  readonly family: Family
  /** The reason why there are none. */
  readonly absence: string | undefined
  readonly #domain: number
  #all: readonly SocketKind[] | undefined
  #sctp: readonly SocketKind[] | undefined

  constructor(family: Family, load: boolean) {
    this.family = family
    this.#domain = constants[`AF_${family.toUpperCase()}` as keyof typeof constants] as number
    const names = protocolNames[family] ?? new RegExp(`^${family}`, 'i')
    const isLoaded = loadedProtocols()?.some((name) => names.test(name))
    this.absence = isLoaded === false && !load ? notLoaded : this.#isThere() ? undefined : absent
  }

  /** Each type and protocol that the family has. */
  get all(): readonly SocketKind[] {
    return this.#all ??= this.#opening([SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM], protocolsOf(this.family))
  }

  /** Sockets of SCTP, if it is loaded. */
  get sctp(): readonly SocketKind[] {
    return this.#sctp ??= loadedProtocols()?.some((name) => /^SCTP/.test(name)) === false ? [] : this.#opening([SOCK_SEQPACKET], [SOL_SCTP])
  }

  /** Only EAFNOSUPPORT means that the family is missing: other errors concern the type. */
  #isThere(): boolean {
    try {
      close(socket(this.#domain, SOCK_DGRAM))
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT'
    }
    return true
  }

  #opening(types: readonly number[], protocols: readonly number[]): SocketKind[] {
    return types.flatMap((type) => protocols.map((protocol) => ({ domain: this.#domain, type, protocol })))
      .filter(({ domain, type, protocol }) => attempt(() => { close(socket(domain, type, protocol)); return true }) === true)
  }
}
