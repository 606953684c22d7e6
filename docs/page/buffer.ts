/**
 * The control buffer as a list of control messages with the texts of their fields, and its bytes under any ABI.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { leastSize } from '../../src/abi/c-layout.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { rawControl, type AnyControlMessage } from '../../src/control/define.ts'
import { encodeControl } from '../../src/control/encode.ts'
import { structOf } from '../../src/control/payload.ts'
import type { DissectedMessage } from '../../src/control/dissect.ts'
import { kinds } from '../../src/reference/search.ts'
import { hex } from '../../src/abi/bytes.ts'
import { bytesOfText, leavesOf, numberOf, textOfBytes, type Leaf } from './leaves.ts'

/** A control message by level, type and bytes. */
export const raw = 'raw'

/** A control message as the form has it. */
export interface Item {
  /** A kind of the catalogue, or {@link raw}. */
  readonly kind: string
  /** True if the payload has the layout that is sent, where it differs from the received one. */
  readonly alternative: boolean
  /** By path of the field; what is absent has its default. */
  readonly values: Readonly<Record<string, string>>
  /** The last valid texts of the fields whose texts are not valid now. */
  readonly lastValid?: Readonly<Record<string, string>>
}

/** The same as bytes. */
export interface EncodedItem {
  readonly item: Item
  readonly definition: AnyControlMessage | undefined
  readonly level: number
  readonly type: number
  readonly payload: Uint8Array
  readonly layout: AnyStruct | undefined
  /** By path, why a text is not valid. Its bytes are those of the last valid text, or of the default. */
  readonly problems: ReadonlyMap<string, string>
}

export const definitionOf = (kind: string): AnyControlMessage | undefined => kinds.find((one) => one.kind === kind)

/** Returns the layout of a payload; undefined for bytes, and for a kind without a payload. */
export function layoutOf({ kind, alternative }: Item, abi: Abi): AnyStruct | undefined {
  const definition = definitionOf(kind)
  const layout = alternative ? definition?.alternative : definition?.layout
  return layout === undefined ? undefined : structOf(layout, abi)
}

const bytesLeaf = (path: string): Leaf => ({ path, field: path, offset: 0, size: undefined, type: 'bytes', meaning: undefined })
const intLeaf = (path: string): Leaf => ({ path, field: path, offset: 0, size: Int32Array.BYTES_PER_ELEMENT, type: 'i32',
  meaning: undefined })
export const rawLevel: Leaf = intLeaf('cmsg_level')
export const rawType: Leaf = intLeaf('cmsg_type')

/** Returns the fields of a payload. */
export function fieldsOf(item: Item, abi: Abi): Leaf[] {
  const definition = definitionOf(item.kind)
  if (definition === undefined) return [bytesLeaf('data')]
  const layout = layoutOf(item, abi)
  if (layout !== undefined) return leavesOf(layout, definition.meaning, abi)
  // The others have a payload without a layout, or none.
  return definition.accepts?.(0, abi) && !definition.accepts(1, abi) ? [] : [bytesLeaf('data')]
}

// Values that show something, by kind and field or by field.
const extensionHeaders = ['hopOptions', 'destinationOptions', 'routingHeader', 'routingDestinationOptions', 'hopOptions2292',
  'destinationOptions2292', 'routingHeader2292']
const samples: Readonly<Record<string, string>> = {
  // With its length of 0, a header is 8 bytes.
  ...Object.fromEntries(extensionHeaders.map((kind) => [`${kind} data`, '00 00 00 00 00 00'])),
  'algIv ivlen': '16', 'algIv iv': '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f', 'rxrpcSetCallTimeout timeouts': '30',
  'ttl value': '64', 'hopLimit value': '64',
  'pidfd value': '5', 'segmentSize value': '1200', 'raw cmsg_level': 'SOL_SOCKET', 'raw cmsg_type': 'SCM_RIGHTS', 'raw data': '03 00 00 00',
  pid: '4711', uid: '1000', gid: '1000', fd: '3', tv_sec: '1700000000', label: 'system_u:system_r:init_t:s0', ipi_ifindex: '2',
  ipi6_ifindex: '2', ipi_spec_dst: '192.0.2.1', ipi_addr: '192.0.2.1',
  ipi6_addr: '2001:db8::1', sin_family: 'AF_INET', sin6_family: 'AF_INET6', sin_addr: '192.0.2.1', sin6_addr: '2001:db8::1',
}

/** Returns the text of a field. */
export function textOf(item: Item, leaf: Leaf): string {
  return item.values[leaf.path] ?? defaultText(item, leaf)
}

function defaultText(item: Item, leaf: Leaf): string {
  const zero = leaf.meaning === 'ipv4' ? '0.0.0.0'
    : leaf.meaning === 'ipv6' ? '::' : typeof leaf.type === 'string' && leaf.type !== 'bytes' && leaf.type !== 'text' ? '0' : ''
  return samples[`${item.kind} ${leaf.field}`] ?? samples[leaf.field] ?? zero
}

export function encodeItem(item: Item, abi: Abi): EncodedItem {
  const definition = definitionOf(item.kind)
  const layout = layoutOf(item, abi)
  const problems = new Map<string, string>()
  const read = <T>(leaf: Leaf, parse: (text: string) => T): T => {
    try {
      return parse(textOf(item, leaf))
    } catch (error) {
      problems.set(leaf.path, (error as Error).message)
    }
    try {
      return parse(item.lastValid?.[leaf.path] ?? defaultText(item, leaf))
    } catch {
      // It was valid for another target.
      return parse(defaultText(item, leaf))
    }
  }
  const parts = fieldsOf(item, abi).map((leaf) => ({ leaf, bytes: read(leaf, (text) => bytesOfText(text, leaf, abi)) }))
  // A flexible array may begin within the struct, where that would be padded.
  const tail = parts.find(({ leaf }) => leaf.size === undefined)
  const payload = new Uint8Array(tail === undefined ? layout?.size ?? 0 : tail.leaf.offset + tail.bytes.length)
  for (const { leaf, bytes } of parts) payload.set(bytes, leaf.offset)
  const number = (leaf: Leaf): number => read(leaf, (text) => {
    const value = numberOf(text)
    bytesOfText(String(value), leaf, abi)
    return Number(value)
  })
  return { item, definition, level: definition?.level ?? number(rawLevel), type: definition?.type ?? number(rawType), payload, layout,
    problems }
}

/** Returns the bytes of the whole buffer, Σ CMSG_SPACE. */
export const encodeItems = (items: readonly EncodedItem[], abi: Abi): Uint8Array =>
  encodeControl(items.map(({ level, type, payload }) => rawControl(level, type, payload)), { abi })

/** Sets the text of a field. If it is not valid, the last valid one is kept beside it. */
export function withValue(item: Item, path: string, text: string, abi: Abi): Item {
  const next = { ...item, values: { ...item.values, [path]: text } }
  if (!encodeItem(next, abi).problems.has(path)) return next
  const leaf = [rawLevel, rawType, ...fieldsOf(item, abi)].find((one) => one.path === path)
  if (leaf === undefined || encodeItem(item, abi).problems.has(path)) return next
  return { ...next, lastValid: { ...item.lastValid, [path]: textOf(item, leaf) } }
}

/** Returns the control message that was read, as the form has it. */
export function itemOf({ definition, layout, level, type, data, end }: DissectedMessage, control: Uint8Array, abi: Abi): Item {
  const payload = control.subarray(data, end)
  const smallest = layout === undefined ? 0 : layout.flexible ? leastSize(layout) : layout.size
  if (definition !== undefined && payload.length >= smallest) {
    const alternative = definition.alternative !== undefined && layout === structOf(definition.alternative, abi)
    const plain: Item = { kind: definition.kind, alternative, values: {} }
    const values = Object.fromEntries(fieldsOf(plain, abi).map((leaf) => [leaf.path,
      textOfBytes(payload.slice(leaf.offset, leaf.size === undefined ? undefined : leaf.offset + leaf.size), leaf, abi)]))
    const item = { ...plain, values }
    // A payload with a hole that is not zero can be written only as bytes.
    if (hex(encodeItem(item, abi).payload) === hex(payload)) return item
  }
  return { kind: raw, alternative: false, values: { cmsg_level: String(level), cmsg_type: String(type), data: hex(payload, ' ') } }
}
