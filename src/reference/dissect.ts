/**
 * Divides a control buffer into regions: headers, fields, holes and padding. This is the information of {@link explainControl}, for a
 * picture.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { CMSG_ALIGN, cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import type { AnyStruct } from '../abi/types.ts'
import { builtins } from '../control/catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from '../control/define.ts'
import { layoutOf } from '../control/explain.ts'
import { levelName } from '../control/names.ts'
import { errorNote, fieldRows } from '../control/explain-fields.ts'
import { hex } from './text.ts'

export type Part = 'cmsg_len' | 'cmsg_level' | 'cmsg_type' | 'field' | 'hole' | 'bytes' | 'padding' | 'trailing'

/** Bytes that belong together. */
export interface Region {
  readonly part: Part
  /** Offsets in the buffer. */
  readonly start: number
  readonly end: number
  /** The field's C name, with the way to it: `ts[0].tv_sec`. */
  readonly name: string
  readonly value: string
  readonly note?: string | undefined
}

/** A control message and its regions, in the order of memory. */
export interface DissectedMessage {
  readonly index: number
  readonly level: number
  readonly type: number
  readonly levelName: string | undefined
  /** Its definition; undefined if the catalogue does not have it, or its cmsg_len is impossible. */
  readonly definition: AnyControlMessage | undefined
  /** The layout of its payload. */
  readonly layout: AnyStruct | undefined
  /** Offsets of the header, the payload, the end of the payload, and the end of its padding. */
  readonly at: number
  readonly data: number
  readonly end: number
  readonly next: number
  /** True if its cmsg_len is possible. */
  readonly complete: boolean
  readonly regions: readonly Region[]
}

export interface Dissection {
  readonly messages: readonly DissectedMessage[]
  /** The bytes after the last control message, which are too few for a header. */
  readonly trailing: Region | undefined
}

/** Dissects a control buffer. Never throws, whatever the bytes are. */
export function dissect(control: Uint8Array, { abi = hostAbi(), family }: { readonly abi?: Abi; readonly family?: Family | undefined } = {}): Dissection {
  const header = cmsghdrOf(abi)
  const messages: DissectedMessage[] = []
  walkControl(viewOf(control), 0, control.length, header, (level, type, data, stop, complete) => {
    const at = data - header.size
    const end = complete ? stop : control.length
    const definition = complete ? definitionOf(level, type, family) : undefined
    const payload = control.subarray(data, end)
    const layout = definition === undefined ? undefined : layoutOf(definition, payload, abi)
    const next = Math.min(control.length, CMSG_ALIGN(end, abi))
    const name = levelName(level, family)
    messages.push({
      index: messages.length, level, type, levelName: name, definition, layout, at, data, end, next, complete,
      regions: [
        ...headerRegions(control, at, abi, complete ? `header ${header.size} + payload ${end - data}` : 'impossible: what follows cannot be told apart', name, definition),
        ...payloadRegions(definition, layout, payload, data, abi),
        ...(next > end ? [{ part: 'padding' as const, start: end, end: next, name: 'padding', value: hex(control.subarray(end, next), ' ') }] : []),
      ],
    })
  })
  const rest = messages.at(-1)?.next ?? 0
  const trailing = rest < control.length ? { part: 'trailing' as const, start: rest, end: control.length, name: 'trailing', value: hex(control.subarray(rest), ' '), note: 'too few bytes for a header' } : undefined
  return { messages, trailing }
}

function definitionOf(level: number, type: number, family: Family | undefined): AnyControlMessage | undefined {
  const all = (builtins as readonly AnyControlMessage[]).filter((one) => one.level === level && one.type === type)
  return all.find((one) => family === undefined || inFamily(one.family, family)) ?? all[0]
}

function headerRegions(control: Uint8Array, at: number, abi: Abi, lengthNote: string, level: string | undefined, definition: AnyControlMessage | undefined): Region[] {
  const header = cmsghdrOf(abi)
  const view = viewOf(control)
  const { littleEndian } = abi
  const length = header.wordSize === 8 ? view.getBigUint64(at + header.cmsg_len, littleEndian) : view.getUint32(at + header.cmsg_len, littleEndian)
  const region = (part: Part, offset: number, size: number, value: string, note: string | undefined): Region => ({ part, start: at + offset, end: at + offset + size, name: part, value, note })
  return [
    region('cmsg_len', header.cmsg_len, header.wordSize, String(length), lengthNote),
    region('cmsg_level', header.cmsg_level, Int32Array.BYTES_PER_ELEMENT, String(view.getInt32(at + header.cmsg_level, littleEndian)), level ?? 'no level is known by this number'),
    region('cmsg_type', header.cmsg_type, Int32Array.BYTES_PER_ELEMENT, String(view.getInt32(at + header.cmsg_type, littleEndian)), definition === undefined ? 'unknown' : definition.name ?? definition.kind),
  ]
}

function payloadRegions(definition: AnyControlMessage | undefined, layout: AnyStruct | undefined, payload: Uint8Array, base: number, abi: Abi): Region[] {
  const bytes = (start: number, end: number, part: 'hole' | 'bytes', name: string): Region[] =>
    (end > start ? [{ part, start: base + start, end: base + end, name, value: hex(payload.subarray(start, end), ' ') }] : [])
  if (definition === undefined || layout === undefined) return bytes(0, payload.length, 'bytes', 'data')
  const { rows, end } = fieldRows(layout, payload, base, definition.meaning, abi)
  const regions: Region[] = []
  let at = 0
  const fields = rows.filter(({ size = 0 }) => size > 0).sort((a, b) => a.at - b.at)
  for (const { at: start, size = 0, name, value, note } of fields) {
    regions.push(...bytes(at, start - base, 'hole', 'hole'), { part: 'field', start, end: start + size, name, value, note })
    at = start - base + size
  }
  const error = errorNote(layout, payload)
  if (error !== undefined && error !== '' && regions.length > 0) regions[0] = { ...regions[0]!, note: [regions[0]!.note, error].filter(Boolean).join('; ') }
  return [...regions, ...bytes(at, Math.max(at, end), 'hole', 'hole'), ...bytes(Math.max(at, end), payload.length, 'bytes', payload.length < layout.size ? 'cut off' : 'more')]
}
