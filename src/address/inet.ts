/**
 * `struct sockaddr_in` and `struct sockaddr_in6`.
 * @see https://man7.org/linux/man-pages/man7/ip.7.html
 * @see https://man7.org/linux/man-pages/man7/ipv6.7.html
 * @module
 */
import { AF_INET, AF_INET6 } from '../../generated/constants.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { invalidAddress, invalidType, show } from '../misuse.ts'
import { addressInteger } from './integer.ts'

/** An IPv4 or IPv6 address with its port. `scopeId` and `flowinfo` are IPv6's, 0 if absent. */
export interface InetAddress {
  /** `127.0.0.1`, `::1`; or with its interface, `fe80::1%2`. Sockets also accept and return its name, `fe80::1%eth0`. */
  readonly address: string
  readonly port: number
  /** The number of the interface that a link-local address belongs to. */
  readonly scopeId?: number | undefined
  readonly flowinfo?: number | undefined
}

/** Writes a `struct sockaddr_in` or `struct sockaddr_in6`. */
export function encodeInet({ address, port, scopeId = 0, flowinfo = 0 }: InetAddress): Uint8Array {
  if (typeof address !== 'string') throw invalidType(`Cannot use ${show(address)} as an IP address: expected a string`)
  addressInteger('a port', port, 16)
  addressInteger('the scopeId of an address', scopeId, 32)
  addressInteger('the flowinfo of an address', flowinfo, 32)
  const v6 = address.includes(':')
  const zone = v6 ? zoneOf(address) : undefined
  const ip = v6 ? parseIPv6(zone === undefined ? address : address.slice(0, -1 - zone.length)) : parseIPv4(address)
  if (ip === undefined) {
    throw invalidAddress(`Cannot use ${show(address)} as an IP address: expected a numeric address, since host names are not looked up`)
  }
  if (!v6) {
    if (scopeId !== 0 || flowinfo !== 0) {
      throw invalidAddress(`Cannot use the IPv4 address ${address} with a scopeId or flowinfo: only IPv6 addresses have them`)
    }
    const bytes = new Uint8Array(structs.sockaddr_in.size)
    structs.sockaddr_in.write(viewOf(bytes), 0, { sin_family: AF_INET, sin_port: port, sin_addr: ip, sin_zero: new Uint8Array(0) })
    return bytes
  }
  const bytes = new Uint8Array(structs.sockaddr_in6.size)
  structs.sockaddr_in6.write(viewOf(bytes), 0, {
    sin6_family: AF_INET6, sin6_port: port, sin6_flowinfo: flowinfo, sin6_addr: ip,
    sin6_scope_id: zone === undefined ? scopeId : scopeOf(zone, scopeId),
  })
  return bytes
}

/** Returns the interface after an IPv6 address: `eth0` for `fe80::1%eth0`. */
export function zoneOf(address: unknown): string | undefined {
  const at = typeof address === 'string' ? address.indexOf('%') : -1
  return at < 0 ? undefined : (address as string).slice(at + 1)
}

function scopeOf(zone: string, scopeId: number): number {
  if (!/^\d+$/.test(zone)) {
    // Addresses that a socket returns have both.
    if (scopeId !== 0 && zone !== '') return scopeId
    throw invalidAddress(
      `Cannot use the zone ${show(zone)} of an IPv6 address here: interfaces are not looked up by name; use their number, or scopeId`,
    )
  }
  const number = addressInteger('the zone of an IPv6 address', Number(zone), 32)
  if (scopeId !== 0 && scopeId !== number) {
    throw invalidAddress(`Cannot use an IPv6 address with the zone ${number} and the scopeId ${scopeId}: they differ`)
  }
  return number
}

/** True for fe80::/10 in its canonical notation: lower case, no leading zeros. */
export const isLinkLocal = (address: string): boolean => /^fe[89ab][0-9a-f]:/.test(address)

/** Reads a `struct sockaddr_in`. */
export function decodeIPv4(view: DataView): InetAddress {
  const { sin_addr, sin_port } = structs.sockaddr_in.read(view)
  return { address: formatIPv4(sin_addr), port: sin_port }
}

/** Reads a `struct sockaddr_in6`. */
export function decodeIPv6(view: DataView): InetAddress {
  const { sin6_addr, sin6_port, sin6_scope_id, sin6_flowinfo } = structs.sockaddr_in6.read(view)
  return {
    address: formatIPv6(sin6_addr), port: sin6_port,
    ...(sin6_scope_id === 0 ? {} : { scopeId: sin6_scope_id }), ...(sin6_flowinfo === 0 ? {} : { flowinfo: sin6_flowinfo }),
  }
}

/** Formats an address, with the number of the interface if its name is not known. */
export function formatInet({ address, port, scopeId = 0 }: InetAddress): string {
  if (typeof address !== 'string') throw invalidType(`Cannot format ${show(address)} as an IP address: expected a string`)
  addressInteger('a port', port, 16)
  addressInteger('the scopeId of an address', scopeId, 32)
  if (!address.includes(':')) return `${address}:${port}`
  return `[${address}${scopeId === 0 || address.includes('%') ? '' : `%${scopeId}`}]:${port}`
}

/** Returns the four bytes of an IPv4 address, or undefined if the text is not one. */
export function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  // Leading zeros are refused: inet_aton reads them as octal, which has caused security holes.
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
    ? Uint8Array.from(parts, Number) : undefined
}

export const formatIPv4 = (bytes: Uint8Array): string => bytes.join('.')

/** Returns the 16 bytes of an IPv6 address, or undefined if the text is not one. */
export function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')).flatMap((part, i, all): (number | undefined)[] => {
    if (/^[0-9a-f]{1,4}$/i.test(part)) return [parseInt(part, 16)]
    const v4 = i === all.length - 1 ? parseIPv4(part) : undefined
    return v4 === undefined ? [undefined] : [v4[0]! * 256 + v4[1]!, v4[2]! * 256 + v4[3]!]
  }))
  // An IPv4 part is only allowed at the end of the whole address, not before `::`.
  if (halves.length === 2 && halves[0]!.includes('.')) return undefined
  const [head, tail = []] = groups as [(number | undefined)[], (number | undefined)[]?]
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const words = [...head, ...Array<number>(missing).fill(0), ...tail]
  if (words.includes(undefined)) return undefined
  return Uint8Array.from((words as number[]).flatMap((word) => [word >> 8, word & 0xff]))
}

/** Formats as in RFC 5952: lower case, the longest run of zero groups as `::`, IPv4-mapped addresses in IPv4 notation. */
export function formatIPv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!)
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) return `::ffff:${formatIPv4(bytes.subarray(12))}`
  let [start, length] = [-1, 1]
  for (let from = 0; from < 8; from++) {
    let run = 0
    while (from + run < 8 && words[from + run] === 0) run++
    if (run > length) [start, length] = [from, run]
    from += run
  }
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(':')
  return start < 0 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`
}
