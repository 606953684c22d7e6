/**
 * Divides a control buffer into regions: headers, fields, holes and padding, each with its value and meaning. `explainControl`
 * renders them as text, and the page as a picture.
 * @module
 */
import { hostAbi, type Abi } from '../abi/abi.ts'
import { hex, viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { leastSize } from '../abi/c-layout.ts'
import { intSize } from '../abi/scalars.ts'
import { printable, printableJson } from '../abi/text.ts'
import type { AnyStruct } from '../abi/types.ts'
import { show } from '../misuse.ts'
import { builtins } from './catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'
import { errorNote, fieldRegions, type Part, type Region } from './dissect-fields.ts'
import { levelName } from './names.ts'
import { structOf } from './payload.ts'

export type { Part, Region }

/** A control message and its regions. */
export interface DissectedMessage {
  readonly index: number
  readonly level: number
  readonly type: number
  readonly levelName: string | undefined
  /** True if its cmsg_len is possible. If not, its payload is the rest of the buffer. */
  readonly complete: boolean
  /** Its definition: the first one of the family, or otherwise of any family; `undefined` if none has its level and type. */
  readonly definition: AnyControlMessage | undefined
  /** The other definitions that its level and type could mean. */
  readonly others: readonly AnyControlMessage[]
  /** The layout of its payload. */
  readonly layout: AnyStruct | undefined
  /** True if the definition accepts a payload of this size. */
  readonly fits: boolean
  /** Offsets of the header, the payload, the end of the payload, and the end of its padding. */
  readonly at: number
  readonly data: number
  readonly end: number
  readonly next: number
  /** The header, the fields in C's order, the rest of the payload, the padding, and the holes. */
  readonly regions: readonly Region[]
}

export interface Dissection {
  readonly control: Uint8Array
  readonly abi: Abi
  readonly family: Family | undefined
  /** The definitions that the control messages were looked up in. */
  readonly known: readonly AnyControlMessage[]
  readonly messages: readonly DissectedMessage[]
  /** The bytes after the last control message, which are too few for a header. */
  readonly trailing: Region | undefined
}

/** Options of {@link dissect}. */
export interface DissectOptions {
  readonly abi?: Abi | undefined
  readonly family?: Family | undefined
  /** Definitions to know besides the built-in ones. */
  readonly definitions?: readonly AnyControlMessage[] | undefined
}

/** Dissects a control buffer. Never throws because of the bytes. */
export function dissect(control: Uint8Array, { abi = hostAbi(), family, definitions = [] }: DissectOptions = {}): Dissection {
  const known = [...new Set([...definitions, ...builtins as readonly AnyControlMessage[]])]
  const header = cmsghdrOf(abi)
  const messages: DissectedMessage[] = []
  walkControl(viewOf(control), 0, control.length, header, (level, type, data, end, complete) => {
    const place = { index: messages.length, level, type, levelName: levelName(level, family), complete, at: data - header.size, data, end }
    const next = Math.min(control.length, end + paddingOf(end, abi))
    const found = definitionsOf(known, level, type, family)
    const payload = dissectPayload(found.definition, control, place, abi)
    const regions = [
      ...headerRegions(control, place, found.definition, abi), ...payload.regions, ...bytesRegion('padding', 'padding', control, end, next),
      ...payload.holes,
    ]
    messages.push({ ...place, next, ...found, layout: payload.layout, fits: payload.fits, regions })
  })
  const [trailing] = bytesRegion('trailing', 'trailing', control, messages.at(-1)?.next ?? 0, control.length)
  return { control, abi, family, known, messages, trailing }
}

/** The name of a definition in C, or its kind. */
export const nameOf = ({ name, kind }: AnyControlMessage): string => name ?? kind

/** Returns true if a definition accepts a payload of `length` bytes. */
export const accepts = ({ accepts, minSize }: AnyControlMessage, length: number, abi: Abi): boolean =>
  accepts?.(length, abi) ?? length >= minSize

/** The number of bytes from `n` to the next multiple of a word. */
export const paddingOf = (n: number, { wordSize }: Abi): number => Math.ceil(n / wordSize) * wordSize - n

function definitionsOf(
  known: readonly AnyControlMessage[], level: number, type: number, family: Family | undefined,
): Pick<DissectedMessage, 'definition' | 'others'> {
  const matching = known.filter((one) => one.level === level && one.type === type)
  const [definition = matching[0], ...others] = matching.filter((one) => family === undefined || inFamily(one.family, family))
  return { definition, others }
}

type Place = Pick<DissectedMessage, 'levelName' | 'complete' | 'at' | 'data' | 'end'>

function headerRegions(
  control: Uint8Array, { levelName, complete, at, data, end }: Place, definition: AnyControlMessage | undefined, abi: Abi,
): Region[] {
  const { size, cmsg_len, cmsg_level, cmsg_type } = cmsghdrOf(abi)
  const { wordSize, littleEndian } = abi
  const view = viewOf(control)
  const length = wordSize === 8 ? view.getBigUint64(at + cmsg_len, littleEndian) : view.getUint32(at + cmsg_len, littleEndian)
  const region = (part: Part, offset: number, size: number, value: number | bigint, note: string | undefined): Region =>
    ({ part, start: at + offset, end: at + offset + size, name: part, value: String(value), note })
  const notes = complete ? { level: 'no known level has this number', type: 'unknown' } : undefined
  return [
    region('cmsg_len', cmsg_len, wordSize, length, complete ? `header ${size} + payload ${end - data}` : 'impossible'),
    region('cmsg_level', cmsg_level, intSize, view.getInt32(at + cmsg_level, littleEndian), levelName ?? notes?.level),
    region(
      'cmsg_type', cmsg_type, intSize, view.getInt32(at + cmsg_type, littleEndian),
      definition === undefined ? notes?.type : nameOf(definition),
    ),
  ]
}

interface DissectedPayload {
  readonly layout: AnyStruct | undefined
  readonly fits: boolean
  readonly regions: readonly Region[]
  readonly holes: readonly Region[]
}

function dissectPayload(
  definition: AnyControlMessage | undefined, control: Uint8Array, { complete, data, end }: Place, abi: Abi,
): DissectedPayload {
  if (definition === undefined || !complete) {
    return {
      layout: undefined, fits: false, regions: bytesRegion('bytes', complete ? 'payload' : 'the rest', control, data, end), holes: [],
    }
  }
  const payload = control.subarray(data, end)
  const layout = layoutOf(definition, payload, abi)
  const fits = accepts(definition, payload.length, abi)
    || (definition.alternative !== undefined && layout !== undefined && layout.size === payload.length)
  if (layout === undefined) {
    const value = fits ? valueOf(definition, payload, abi) : undefined
    return { layout, fits, holes: [], regions: [...bytesRegion('bytes', 'payload', control, data, end), ...summary(data, 'value', value)] }
  }
  const { regions: fields, end: known } = fieldRegions(layout, payload, data, definition.meaning, abi)
  const rest = payload.length < leastSize(layout) ? 'cut off' : 'more'
  return {
    layout, fits, holes: holesBetween(fields, control, data, data + known),
    regions: [
      ...fields, ...bytesRegion('bytes', rest, control, data + known, end), ...summary(data, '', undefined, errorNote(layout, payload)),
    ],
  }
}

/** Returns the layout of a payload: the usual one, or the alternative if only that fits. */
function layoutOf({ layout, alternative, direction }: AnyControlMessage, payload: Uint8Array, abi: Abi): AnyStruct | undefined {
  const usual = layout === undefined ? undefined : structOf(layout, abi)
  const other = alternative === undefined ? undefined : structOf(alternative, abi)
  if (usual === undefined || other === undefined || direction === undefined) return usual
  return payload.length === other.size || (payload.length < usual.size && payload.length > other.size) ? other : usual
}

function valueOf(definition: AnyControlMessage, payload: Uint8Array, abi: Abi): string {
  try {
    const value = definition.decode(payload, abi)
    const json = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)) as string | undefined
    return json === undefined ? 'undefined' : printableJson(json)
  } catch (error) {
    return `(decode throws: ${printable(error instanceof Error ? error.message : show(error))})`
  }
}

/** Returns the meaning of a payload as a whole, if it has one. */
const summary = (at: number, name: string, value: string | undefined, note?: string): Region[] =>
  (value === undefined && note === undefined ? [] : [{ part: 'summary', start: at, end: at, name, value: value ?? '', note }])

/** Returns the bytes from `start` to `end` as a region, if there are any. */
const bytesRegion = (part: Part, name: string, control: Uint8Array, start: number, end: number): Region[] =>
  (end > start ? [{ part, start, end, name, value: hex(control.subarray(start, end), ' ') }] : [])

function holesBetween(fields: readonly Region[], control: Uint8Array, start: number, end: number): Region[] {
  const holes: Region[] = []
  let at = start
  for (const field of [...fields].sort((a, b) => a.start - b.start)) {
    holes.push(...bytesRegion('hole', 'hole', control, at, field.start))
    at = Math.max(at, field.end)
  }
  return [...holes, ...bytesRegion('hole', 'hole', control, at, end)]
}
