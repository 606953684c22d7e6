/**
 * Describes the sockets that a control message is for, by family, type, protocol, destination and options. Definitions contain them
 * as data; one function checks them before a kind is asked for or sent.
 * @module
 */
import { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET } from '../../generated/constants.ts'
import { invalidType, outOfRange, show } from '../misuse.ts'
import { constantName } from './names.ts'

/**
 * The address families whose control messages are told apart: (level, type) alone is ambiguous, level 0 is IP, HCI and 802.15.4.
 * @useDeclaredType
 */
export type Family = (typeof families)[number]
export const families = [
  'unix', 'inet', 'inet6', 'netlink', 'packet', 'vsock', 'bluetooth', 'can', 'alg', 'tipc', 'rds', 'rxrpc', 'llc', 'iucv', 'ieee802154',
  'isdn',
] as const

/** Returns true if a definition or an item belongs to a family. */
export const inFamily = (of: Family | readonly Family[] | undefined, family: Family): boolean =>
  of === undefined || of === family || (Array.isArray(of) && of.includes(family))

const typeNumbers = { stream: SOCK_STREAM, datagram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET, raw: SOCK_RAW, rdm: SOCK_RDM } as const
/**
 * Names of the socket types, `SOCK_*`.
 * @useDeclaredType
 */
export type AnySocketType = keyof typeof typeNumbers
export const socketTypes = /* @__PURE__ */ Object.keys(typeNumbers) as readonly AnySocketType[]

/** A socket option, and its C name for messages. */
export interface SocketOption {
  readonly level: number
  readonly option: number
  readonly name?: string
}

/** A set of sockets. Absent properties match any socket. */
export interface Sockets {
  readonly family?: Family | readonly Family[]
  readonly type?: AnySocketType | readonly AnySocketType[]
  /** `IPPROTO_*`. */
  readonly protocol?: number | readonly number[]
  /** The destination of a message that is sent. An IPv4-mapped address is IPv4. */
  readonly destination?: Destination
  /** One of these must be on. */
  readonly options?: readonly SocketOption[]
  /** None of these may be on. */
  readonly withoutOptions?: readonly SocketOption[]
}
/** The protocol that carries a message to its destination. */
export type Destination = 'ipv4' | 'ipv6'

/** The facts known about a socket. One that is `undefined` is not checked. */
export interface SocketFacts {
  readonly family: Family | undefined
  /** `SOCK_*`. */
  readonly type: number
  /** `IPPROTO_*`. */
  readonly protocol?: number | undefined
  readonly destination?: Destination | undefined
  /** Returns true if an option is on, or if this cannot be known. */
  isOn?(option: SocketOption): boolean
}

/** Returns true if a socket is one of these, or if a definition names none. */
export function isAmong(sockets: readonly Sockets[] | undefined, facts: SocketFacts): boolean {
  if (sockets === undefined) return true
  for (const one of sockets) if (matches(one, facts)) return true
  return false
}

function matches(sockets: Sockets, { family, type, protocol, destination, isOn }: SocketFacts): boolean {
  return (family === undefined || inFamily(sockets.family, family))
    && (sockets.type === undefined || [sockets.type].flat().some((name) => typeNumbers[name] === type))
    && (protocol === undefined || sockets.protocol === undefined || [sockets.protocol].flat().includes(protocol))
    && (destination === undefined || sockets.destination === undefined || sockets.destination === destination)
    && (isOn === undefined || sockets.options === undefined || sockets.options.some(isOn))
    && (isOn === undefined || sockets.withoutOptions === undefined || !sockets.withoutOptions.some(isOn))
}

/** Describes the sockets of a family: "stream sockets", "datagram and raw sockets to IPv4 addresses". */
export function describeSockets(sockets: readonly Sockets[], family: Family | undefined): string {
  const ofFamily = sockets.filter((one) => family === undefined || inFamily(one.family, family))
  return (ofFamily.length > 0 ? ofFamily : sockets).map(describe).join(', and ')
}

function describe({ family, type, protocol, destination, options, withoutOptions }: Sockets): string {
  const types = type === undefined ? '' : `${and([type].flat())} `
  const of = protocol === undefined
    ? family === undefined ? '' : ` of family ${and([family].flat())}`
    : ` of ${and([protocol].flat().map(protocolName))}`
  const to = destination === undefined ? '' : ` to ${destination === 'ipv4' ? 'IPv4' : 'IPv6'} addresses`
  const on = options === undefined ? '' : ` that have ${optionNames(options)} on`
  const off = withoutOptions === undefined ? '' : ` that do not have ${optionNames(withoutOptions)} on`
  return `${types}sockets${of}${to}${on}${off}`
}

const optionNames = (options: readonly SocketOption[]): string =>
  options.map(({ name, level, option }) => name ?? `option ${option} of level ${level}`).join(' or ')
const and = (names: readonly string[]): string => names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
const protocolName = (protocol: number): string => (constantName('IPPROTO_', protocol) ?? `IPPROTO_${protocol}`).slice('IPPROTO_'.length)

/** Returns the name of a type, `SOCK_*`, or its number if it has none. */
export const socketTypeName = (type: number): string => socketTypes.find((name) => typeNumbers[name] === type) ?? `type ${type}`

/** Returns true for a 32-bit integer, which levels, types and options must be. */
export const isInt = (n: unknown): boolean => typeof n === 'number' && (n | 0) === n

/** Checks the level and the type of a control message to send. @throws TypeError, RangeError */
export function checkNumbers(item: { readonly level: unknown; readonly type: unknown }, attempted: () => string): void {
  for (const name of ['level', 'type'] as const) {
    const n = item[name]
    if (isInt(n)) continue
    if (typeof n !== 'number') throw invalidType(`${attempted()} with ${name} ${show(n)}: expected a number`)
    throw outOfRange(`${attempted()} with ${name} ${n}: expected a 32-bit integer`)
  }
}

/** One value or a list of them, as a list. Holes become `undefined`: methods of arrays would skip them. */
const listOf = (given: unknown): unknown[] => (Array.isArray(given) ? Array.from(given as readonly unknown[]) : [given])

const isOption = (value: unknown): boolean => {
  const { level, option } = (value ?? {}) as Partial<SocketOption>
  return isInt(level) && isInt(option)
}

/** Refuses an invalid list of sockets in a definition. */
export function checkSockets(column: string, sockets: unknown, refuse: (reason: string) => never): void {
  if (sockets === undefined) return
  const shape = `${column} must be a list of { family, type, protocol, … }, not `
  if (!Array.isArray(sockets) || sockets.length === 0) refuse(shape + show(sockets))
  for (const one of sockets as readonly Partial<Record<keyof Sockets, unknown>>[]) {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) refuse(`${shape}of ${show(one)}`)
    const { family, type, protocol, destination } = one
    if (family !== undefined) checkFamilies(family, refuse)
    if (type !== undefined) {
      for (const name of listOf(type)) {
        if (!(socketTypes as readonly unknown[]).includes(name)) {
          refuse(`${show(name)} is not a type of sockets; there are ${socketTypes.join(', ')}`)
        }
      }
    }
    if (protocol !== undefined && !listOf(protocol).every(isInt)) {
      refuse(`the protocol of ${column} must be a number, IPPROTO_*, not ${show(protocol)}`)
    }
    if (destination !== undefined && destination !== 'ipv4' && destination !== 'ipv6') {
      refuse(`the destination of ${column} is 'ipv4' or 'ipv6', not ${show(destination)}`)
    }
    for (const name of ['options', 'withoutOptions'] as const) {
      const { [name]: options = [] } = one
      if (Array.isArray(options) && listOf(options).every(isOption)) continue
      refuse(`the ${name} of ${column} must be a list of { level, option }, not ${show(options)}`)
    }
  }
}

/** Checks the family or families of a definition. */
export function checkFamilies(family: unknown, refuse: (reason: string) => never): void {
  for (const one of listOf(family)) {
    if (!(families as readonly unknown[]).includes(one)) refuse(`${show(one)} is not a family; expected one of ${families.join(', ')}`)
  }
}
