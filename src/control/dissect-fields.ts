/**
 * Divides a payload into fields: offset, C name, value and meaning.
 * @module
 */
import {
  constants, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, SO_EE_ORIGIN_TIMESTAMPING, SO_EE_ORIGIN_ZEROCOPY, SO_EE_CODE_ZEROCOPY_COPIED,
  ICMP_DEST_UNREACH, ICMPV6_DEST_UNREACH,
} from '../../generated/constants.ts'
import type { Abi } from '../abi/abi.ts'
import { hex, isBytes, viewOf } from '../abi/bytes.ts'
import { sizeAndAlign } from '../abi/c-layout.ts'
import { printableJson } from '../abi/text.ts'
import type { AnyStruct, FieldLayout, FieldType, ScalarType } from '../abi/types.ts'
import { formatIPv4, formatIPv6 } from '../address/inet.ts'
import { errnoName } from '../errno-name.ts'
import type { Meaning } from './define.ts'
import { constantName } from './names.ts'

export type Part = 'cmsg_len' | 'cmsg_level' | 'cmsg_type' | 'field' | 'hole' | 'bytes' | 'summary' | 'padding' | 'trailing'

/** Bytes that belong together. */
export interface Region {
  readonly part: Part
  /** Offsets in the control buffer. They are equal for an empty array, and for a summary of the payload. */
  readonly start: number
  readonly end: number
  /** The field's C name, with the names of the structs that contain it: `ts[0].tv_sec`. */
  readonly name: string
  readonly value: string
  /** The meaning of the value. */
  readonly note?: string | undefined
}

/** Meanings of fields by name alone, in any struct. */
const common: Readonly<Record<string, Meaning>> = {
  sin_family: 'AF_', sin6_family: 'AF_', sin_addr: 'ipv4', sin6_addr: 'ipv6', ipi_spec_dst: 'ipv4', ipi_addr: 'ipv4', ipi6_addr: 'ipv6',
  s_addr: 'ipv4', s6_addr: 'ipv6', ipi_ifindex: 'interface', ipi6_ifindex: 'interface', if_index: 'interface', lpi_ifindex: 'interface',
  lpi_mac: 'mac', tv_sec: 'seconds', tv_usec: 'microseconds', tv_nsec: 'nanoseconds', ee_errno: 'errno', ee_origin: 'SO_EE_ORIGIN_',
  fd: 'fd',
  pid: 'pid', tp_status: 'TP_STATUS_|', ip6m_mtu: 'bytes', label: 'text',
}

/** Returns the meaning of a number in a field. */
export const meaningOf = (meanings: Meanings, field: string): Meaning | undefined => meanings?.[field] ?? common[field]

export type Meanings = Readonly<Record<string, Meaning>> | undefined

/**
 * Returns the fields of a struct that lie completely within `payload`, which begins at `base` of the buffer. The rest of the payload
 * begins at `end`.
 */
export function fieldRegions(
  struct: AnyStruct, payload: Uint8Array, base: number, meanings: Meanings, abi: Abi,
): { regions: Region[]; end: number } {
  // If the payload is too short, the rest is read as zeroes, and not shown.
  const whole = payload.length >= struct.size ? payload : pad(payload, struct.size)
  const regions: Region[] = []
  const end = addFields(regions, struct, viewOf(whole), 0, payload.length, base, '', meanings, abi)
  return { regions, end: Math.min(payload.length, Math.max(end, payload.length >= struct.size && !struct.flexible ? struct.size : 0)) }
}

const pad = (bytes: Uint8Array, size: number): Uint8Array => {
  const padded = new Uint8Array(size)
  padded.set(bytes)
  return padded
}

function addFields(
  regions: Region[], struct: AnyStruct, view: DataView, at: number, available: number, base: number, prefix: string, meanings: Meanings,
  abi: Abi,
): number {
  const values = struct.read(view, at) as Record<string, unknown>
  let end = at
  for (const [field, layout] of Object.entries(struct.fields)) {
    const start = at + layout.offset
    const size = isTail(layout.type) ? Math.max(0, available - start) : layout.size
    if (start + size > available) return end
    end = addField(regions, prefix + field, field, layout, values[field], view, start, available, base, meanings, abi)
  }
  return end
}

const isTail = (type: FieldType): boolean => Array.isArray(type) && type.length === 1
const isStruct = (type: unknown): type is AnyStruct => typeof type === 'object' && type !== null && 'read' in type

function addField(
  regions: Region[], name: string, field: string, { type, size }: FieldLayout, value: unknown, view: DataView, start: number,
  available: number, base: number,
  meanings: Meanings, abi: Abi,
): number {
  const meaning = meaningOf(meanings, field)
  if (isStruct(type)) {
    addFields(regions, type, view, start, available, base, `${name}.`, meanings, abi)
    return start + size
  }
  if (Array.isArray(type) && type[0] !== 'u8' && type[0] !== 'char') {
    const [element] = type as readonly [FieldType]
    const list = value as unknown[]
    const each = sizeAndAlign(element as ScalarType, abi)!.size
    list.forEach((one, i) => {
      const layout = { type: element, size: each, offset: 0 }
      addField(regions, `${name}[${i}]`, field, layout, one, view, start + i * each, available, base, meanings, abi)
    })
    return start + list.length * each
  }
  const length = isBytes(value) ? value.length : typeof value === 'string' && isTail(type) ? Math.max(size, available - start) : size
  regions.push({ part: 'field', start: base + start, end: base + start + length, name, ...valueText(value, meaning) })
  return start + length
}

function valueText(value: unknown, meaning: Meaning | undefined): { value: string; note?: string | undefined } {
  if (typeof value === 'string') return { value: printableJson(JSON.stringify(value)) }
  if (isBytes(value)) {
    if (meaning === 'ipv4' && value.length === 4) return { value: formatIPv4(value) }
    if (meaning === 'ipv6' && value.length === 16) return { value: formatIPv6(value) }
    if (meaning === 'mac') return { value: hex(value, ':') }
    return { value: value.length === 0 ? '(no bytes)' : hex(value, ' ') }
  }
  const number = value as number | bigint
  return meaning === 'hex'
    ? { value: `0x${number.toString(16)}`, note: String(number) }
    : { value: String(number), note: noteOf(number, meaning) }
}

function noteOf(number: number | bigint, meaning: Meaning | undefined): string | undefined {
  switch (meaning) {
    case undefined: return undefined
    case 'errno': return number === 0 ? 'no error' : errnoName(Math.abs(Number(number)))
    case 'fd': return number < 0 ? `not a descriptor; as an errno, ${errnoName(-Number(number))}` : 'file descriptor'
    case 'pid': return number === 0 ? "unknown: not recorded, or not visible in the receiver's pid namespace" : undefined
    case 'interface': return number === 0 ? 'any interface' : 'interface'
    case 'seconds': return dateText(number)
    case 'microseconds': case 'nanoseconds': case 'bytes': return meaning
    case 'ipv4': case 'ipv6': case 'mac': case 'text': case 'hex': return undefined
    default: return meaning.endsWith('|') ? flagNames(meaning.slice(0, -1), Number(number)) : constantName(meaning, Number(number))
  }
}

/** Returns seconds since 1970 as a date, or `undefined` if they are not a valid date. */
function dateText(number: number | bigint): string | undefined {
  const date = new Date(Number(number) * 1000)
  return number === 0n || Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace('.000Z', 'Z')
}

function flagNames(prefix: string, flags: number): string {
  const names: string[] = []
  let rest = flags >>> 0
  for (let bit = 1; rest !== 0 && bit !== 0; bit = (bit << 1) >>> 0) {
    const name = (rest & bit) === 0 ? undefined : constantName(prefix, bit)
    if (name === undefined) continue
    names.push(name)
    rest = (rest & ~bit) >>> 0
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`)
  return names.length === 0 ? 'none' : names.join(' | ')
}

const icmpTypes = ['ICMP_DEST_UNREACH', 'ICMP_SOURCE_QUENCH', 'ICMP_REDIRECT', 'ICMP_TIME_EXCEEDED', 'ICMP_PARAMETERPROB'] as const
const icmpCodes = [
  'ICMP_NET_UNREACH', 'ICMP_HOST_UNREACH', 'ICMP_PROT_UNREACH', 'ICMP_PORT_UNREACH', 'ICMP_FRAG_NEEDED', 'ICMP_SR_FAILED',
  'ICMP_NET_UNKNOWN', 'ICMP_HOST_UNKNOWN', 'ICMP_HOST_ISOLATED', 'ICMP_NET_ANO', 'ICMP_HOST_ANO', 'ICMP_NET_UNR_TOS', 'ICMP_HOST_UNR_TOS',
  'ICMP_PKT_FILTERED', 'ICMP_PREC_VIOLATION', 'ICMP_PREC_CUTOFF',
] as const
const icmp6Types = ['ICMPV6_DEST_UNREACH', 'ICMPV6_PKT_TOOBIG', 'ICMPV6_TIME_EXCEED', 'ICMPV6_PARAMPROB'] as const
const icmp6Codes = [
  'ICMPV6_NOROUTE', 'ICMPV6_ADM_PROHIBITED', 'ICMPV6_NOT_NEIGHBOUR', 'ICMPV6_ADDR_UNREACH', 'ICMPV6_PORT_UNREACH', 'ICMPV6_POLICY_FAIL',
  'ICMPV6_REJECT_ROUTE',
] as const
const nameIn = (names: readonly (keyof typeof constants)[], number: number): string | undefined =>
  names.find((name) => constants[name] === number)

const listed = (...names: readonly (string | undefined)[]): string | undefined =>
  names.filter((name) => name !== undefined).join(', ') || undefined

/** Explains a `struct sock_extended_err`, whose type, code, info and data depend on the origin. */
export function errorNote(struct: AnyStruct, payload: Uint8Array): string | undefined {
  const ee = 'ee' in struct.fields ? struct.fields.ee!.type as AnyStruct : struct
  if (!('ee_origin' in ee.fields) || payload.length < ee.size) return undefined
  const { ee_origin, ee_type, ee_code, ee_info, ee_data } = ee.read(viewOf(payload)) as Record<string, number>
  switch (ee_origin) {
    case SO_EE_ORIGIN_ICMP:
      return listed(nameIn(icmpTypes, ee_type!), ee_type === ICMP_DEST_UNREACH ? nameIn(icmpCodes, ee_code!) : undefined)
    case SO_EE_ORIGIN_ICMP6:
      return listed(nameIn(icmp6Types, ee_type!), ee_type === ICMPV6_DEST_UNREACH ? nameIn(icmp6Codes, ee_code!) : undefined)
    case SO_EE_ORIGIN_TIMESTAMPING: return `${constantName('SCM_TSTAMP_', ee_info!) ?? 'a transmit time'} of the packet with id ${ee_data}`
    case SO_EE_ORIGIN_ZEROCOPY:
      return `the memory of sends ${ee_info} to ${ee_data} may be reused`
        + (ee_code === SO_EE_CODE_ZEROCOPY_COPIED ? '; the data was copied after all' : '')
    default: return undefined
  }
}
