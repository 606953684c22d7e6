/**
 * `explainControl`: explains control bytes as text, to find out what a program sent, or why the kernel returns EINVAL.
 * @module
 */
import { abis, hostAbi, type Abi } from '../abi/abi.ts'
import { isBytes, plainView, viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl, type CmsghdrLayout } from '../abi/cmsg.ts'
import { leastSize } from '../abi/c-layout.ts'
import type { AnyStruct } from '../abi/types.ts'
import { show } from '../misuse.ts'
import { builtins } from './catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'
import { errorNote, fieldRows, hex, hexRows, type Row } from './explain-fields.ts'
import { optionHint, payloadSizeHint, rightsProblems } from './explain-hints.ts'
import { levelName } from './names.ts'
import { structOf } from './payload.ts'

/** Options of {@link explainControl}. */
export interface ExplainOptions {
  /** The family of the socket the bytes are of: it decides where a (level, type) has two meanings. */
  readonly family?: Family
  /** The ABI of the program whose bytes they are; the host's if absent. */
  readonly abi?: Abi
  /** Definitions to know besides the built-in ones. */
  readonly definitions?: readonly AnyControlMessage[]
}

/**
 * Control bytes as text: each header and each field with its offset, name, value and meaning, padding, unknown bytes in
 * hexadecimal; and, in lines that begin with `!!`, what is wrong: what is too short or too long, what the kernel refuses,
 * what was probably meant. Never throws, whatever it is given. The text is for people, and changes.
 *
 * @example
 * import { credentials, encodeControl, explainControl } from 'cmsg/codec'
 *
 * console.log(explainControl(encodeControl([credentials({ pid: 4711, uid: 0, gid: 0 })])))
 * // 32 bytes of control messages, 64-bit little-endian
 * //
 * // [0] SOL_SOCKET SCM_CREDENTIALS: credentials
 * //    0  cmsg_len    28    header 16 + payload 12
 * //    8  cmsg_level  1     SOL_SOCKET
 * //   12  cmsg_type   2     SCM_CREDENTIALS
 * //   16  pid         4711
 * //   20  uid         0
 * //   24  gid         0
 * //   28  padding     00 00 00 00
 */
export function explainControl(control: Uint8Array, options: ExplainOptions = {}): string {
  try {
    return explain(control, options ?? {})
  } catch (error) {
    // A proxy, or a user's definition that throws.
    return `Cannot explain this: ${error instanceof Error ? error.message : show(error)}`
  }
}

function explain(given: Uint8Array, { family, abi = hostAbi(), definitions = [] }: ExplainOptions): string {
  if (!isBytes(given)) return `Cannot explain ${show(given)}: it is no Uint8Array`
  const control = plainView(given)
  const header = cmsghdrOf(abi)
  const known = [...definitions, ...builtins as readonly AnyControlMessage[]]
  const out = [`${control.length} bytes of control messages, ${shapeText(abi)}${family === undefined ? '' : `, family ${family}`}`]
  let count = 0
  let end = 0
  let sound = true
  walkControl(viewOf(control), 0, control.length, header, (level, type, start, stop, complete) => {
    const message = { control, header, abi, family, known, index: count++, level, type, at: start - header.size, start, stop }
    if (complete) {
      out.push('', ...explainMessage(message))
      end = Math.min(control.length, aligned(stop, header.wordSize))
    } else {
      sound = false
      out.push('', ...explainBroken(message, end))
      end = control.length
    }
  })
  if (end < control.length || control.length === 0) out.push('', ...explainRest(control, end, header))
  if (!sound) out.push(...explainOtherAbi(control, abi, known))
  return `${out.join('\n')}\n`
}

interface Message {
  readonly control: Uint8Array
  readonly header: CmsghdrLayout
  readonly abi: Abi
  readonly family: Family | undefined
  readonly known: readonly AnyControlMessage[]
  readonly index: number
  readonly level: number
  readonly type: number
  /** Offsets in the buffer: of the header, of the payload, and where that ends. */
  readonly at: number
  readonly start: number
  readonly stop: number
}

function explainMessage(message: Message): string[] {
  const { control, header, abi, family, known, level, type, at, start, stop } = message
  const all = known.filter((one) => one.level === level && one.type === type)
  const fitting = all.filter((one) => family === undefined || inFamily(one.family, family))
  const definition = fitting[0] ?? all[0]
  const payload = control.subarray(start, stop)
  const rows = headerRows(message, definition)
  const wrong: string[] = []
  const notes: string[] = []
  if (definition === undefined) {
    rows.push(...hexRows('payload', payload, start))
    wrong.push(`no control message is known with level ${level} and type ${type}: ${optionHint(known, level, type) ?? 'the kernel may be newer, or the header not a header'}`)
  } else {
    if (fitting.length === 0) {
      wrong.push(`${nameOf(definition)} is of ${familiesOf(definition)} sockets; one of family ${family} does not know it, and may ignore it without a word`)
    } else if (fitting.length > 1) {
      notes.push(`without a family this may also be ${fitting.slice(1).map((one) => `${nameOf(one)} (${familiesOf(one)})`).join(' or ')}`)
    }
    const { rows: more, problems } = explainPayload(definition, payload, start, abi)
    rows.push(...more)
    wrong.push(...problems, ...rightsProblems(definition, payload, abi))
  }
  const paddingEnd = Math.min(control.length, aligned(stop, header.wordSize))
  if (paddingEnd > stop) {
    const padding = control.subarray(stop, paddingEnd)
    rows.push({ at: stop, name: 'padding', value: hex(padding) })
    if (padding.some((byte) => byte !== 0)) wrong.push('the padding is not zero: nobody reads it, but it may be memory that was to stay private')
  }
  const facts = definition === undefined ? '' : `: ${definition.kind}${definition.since === undefined ? '' : `, since Linux ${definition.since}`}`
  const heading = `[${message.index}] ${levelName(level, family) ?? `level ${level}`} ${definition === undefined ? `type ${type}` : nameOf(definition)}${facts}`
  return [heading, ...rowsText(rows), ...notes.map((what) => `  (${what})`), ...wrong.map((what) => `  !! ${at}: ${what}`)]
}

function headerRows({ header, level, type, at, start, stop, family }: Message, definition: AnyControlMessage | undefined): Row[] {
  return [
    { at: at + header.cmsg_len, name: 'cmsg_len', value: String(stop - at), note: `header ${header.size} + payload ${stop - start}` },
    { at: at + header.cmsg_level, name: 'cmsg_level', value: String(level), note: levelName(level, family) ?? 'no level is known by this number' },
    { at: at + header.cmsg_type, name: 'cmsg_type', value: String(type), note: definition === undefined ? 'unknown' : nameOf(definition) },
  ]
}

function explainPayload(definition: AnyControlMessage, payload: Uint8Array, start: number, abi: Abi): { rows: Row[]; problems: string[] } {
  const problems: string[] = []
  const layout = layoutOf(definition, payload, abi)
  const fits = accepts(definition, payload.length, abi) || (definition.alternative !== undefined && layout !== undefined && layout.size === payload.length)
  if (layout === undefined) {
    const rows = hexRows('payload', payload, start)
    const value = fits ? valueOf(definition, payload, abi) : undefined
    if (value !== undefined) rows.push({ at: start, name: 'value', value })
    if (!fits) problems.push(`a payload of ${payload.length} bytes is not what ${nameOf(definition)} has`)
    return { rows, problems }
  }
  const { rows, end } = fieldRows(layout, payload, start, definition.meaning, abi)
  const rest = payload.subarray(end)
  rows.push(...hexRows(payload.length < leastSize(layout) ? 'cut off' : 'more', rest, start + end))
  const note = errorNote(layout, payload)
  if (note !== undefined && note !== '') rows.push({ at: start, name: '', value: '', note })
  if (payload.length < leastSize(layout) && !fits) {
    problems.push(`too short: ${nameOf(definition)} takes ${layout.size} bytes, ${payload.length} are there: cut off (MSG_CTRUNC), or cmsg_len is not CMSG_LEN(${layout.size})`)
  } else if (!fits) {
    problems.push(`too long: ${nameOf(definition)} takes ${layout.size} bytes, ${payload.length} are there${payload.length === layout.size + paddingOf(layout.size, abi) ? ': CMSG_SPACE was put into cmsg_len instead of CMSG_LEN' : ''}`)
  } else if (rest.length > 0) {
    problems.push(layout.flexible ? `${rest.length} bytes after the last whole element` : `${rest.length} bytes more than is known of ${layout.name}: the kernel may be newer`)
  }
  return { rows, problems }
}

const accepts = ({ accepts, minSize }: AnyControlMessage, length: number, abi: Abi): boolean => accepts?.(length, abi) ?? length >= minSize

/** Returns the layout of a payload: the usual one, or the alternative if only that fits. */
export function layoutOf({ layout, alternative, direction }: AnyControlMessage, payload: Uint8Array, abi: Abi): AnyStruct | undefined {
  const usual = layout === undefined ? undefined : structOf(layout, abi)
  const other = alternative === undefined ? undefined : structOf(alternative, abi)
  if (usual === undefined || other === undefined || direction === undefined) return usual
  return payload.length === other.size || (payload.length < usual.size && payload.length > other.size) ? other : usual
}

function valueOf(definition: AnyControlMessage, payload: Uint8Array, abi: Abi): string {
  try {
    return JSON.stringify(definition.decode(payload, abi), (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'undefined'
  } catch (error) {
    return `(its decode throws: ${error instanceof Error ? error.message : show(error)})`
  }
}

/** Explains a header with an impossible cmsg_len, and its probable cause. */
function explainBroken(message: Message, expected: number): string[] {
  const { control, header, level, type, at, abi } = message
  const view = viewOf(control)
  const left = control.length - at
  const lengthBytes = control.subarray(at + header.cmsg_len, at + header.cmsg_len + header.wordSize)
  const length = [...header.littleEndian ? lengthBytes.slice().reverse() : lengthBytes].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const wrong: string[] = []
  if (length < BigInt(header.size)) wrong.push(`cmsg_len ${length} is less than the header's ${header.size} bytes: nothing after this can be read, and sendmsg says EINVAL`)
  else wrong.push(`cmsg_len ${length} is more than the ${left} bytes that are left: cut off, or no header is here; sendmsg says EINVAL`)
  const definition = message.known.find((one) => one.level === level && one.type === type)
  const size = Number(length)
  const meant = size < header.size ? payloadSizeHint(definition, size, definition !== undefined && accepts(definition, size, abi), abi) : undefined
  if (meant !== undefined) wrong.push(meant)
  if (!control.subarray(at).some((byte) => byte !== 0)) {
    wrong.push(`all ${left} bytes from here are zero: the buffer is larger than what is in it; msg_controllen must be ${at}, the sum of CMSG_SPACE`)
  } else if (header.wordSize === 8) {
    const low = Number(length & 0xffffffffn)
    if (length > 0xffffffffn && low >= header.size && low <= left) {
      wrong.push(`its lower 32 bits, ${low}, would fit: the upper half was never written, as by code that knows musl's 32-bit cmsg_len`)
    }
  }
  const [one, two] = [header.cmsg_level, header.cmsg_type].map((offset) => view.getInt32(at + offset, abi.littleEndian))
  const rows: Row[] = [
    { at: at + header.cmsg_len, name: 'cmsg_len', value: String(length), note: 'impossible' },
    { at: at + header.cmsg_level, name: 'cmsg_level', value: String(one), note: levelName(level, message.family) },
    { at: at + header.cmsg_type, name: 'cmsg_type', value: String(two), ...(definition !== undefined && { note: nameOf(definition) }) },
    ...hexRows('the rest', control.subarray(message.start), message.start),
  ]
  // Checks for a header directly after the previous payload, without padding.
  const unpadded = previousEnd(message, expected)
  if (unpadded !== undefined) wrong.push(`a header that makes sense begins at ${unpadded}, where the payload before it ends: it was not aligned (CMSG_SPACE, CMSG_NXTHDR)`)
  return [`[${message.index}] level ${level} type ${type}: broken`, ...rowsText(rows), ...wrong.map((what) => `  !! ${at}: ${what}`)]
}

function previousEnd({ control, header, at, known, abi }: Message, expected: number): number | undefined {
  if (expected !== at) return undefined
  for (let start = at - 1; start > at - header.wordSize && start >= header.size; start--) {
    if (isPlausible(control.subarray(start), header, known, abi)) return start
  }
  return undefined
}

/** Returns true if the bytes begin with a complete known control message with a valid payload. */
function isPlausible(bytes: Uint8Array, header: CmsghdrLayout, known: readonly AnyControlMessage[], abi: Abi): boolean {
  let first: boolean | undefined
  walkControl(viewOf(bytes), 0, bytes.length, header, (level, type, start, end, complete) => {
    first ??= complete && isKnown(known, level, type, end - start, abi)
  })
  return first === true
}

const isKnown = (known: readonly AnyControlMessage[], level: number, type: number, length: number, abi: Abi): boolean =>
  known.some((one) => one.level === level && one.type === type && accepts(one, length, abi))

/** Checks if the bytes make sense under another ABI. */
function explainOtherAbi(control: Uint8Array, abi: Abi, known: readonly AnyControlMessage[]): string[] {
  const others = [abis['x86_64-linux-gnu'], abis['arm-linux-gnueabihf'], abis['s390x-linux-gnu']]
  const better = others.find((other) => {
    if (other.wordSize === abi.wordSize && other.littleEndian === abi.littleEndian) return false
    let sense: boolean | undefined
    walkControl(viewOf(control), 0, control.length, cmsghdrOf(other), (level, type, start, end, complete) => {
      sense = sense !== false && complete && isKnown(known, level, type, end - start, other)
    })
    return sense === true
  })
  return better === undefined ? [] : ['', `  !! these bytes make sense as ${shapeText(better)}: try { abi: abis['${better.target}'] }`]
}

/** Explains the bytes after the last control message, which are too few for a header. */
function explainRest(control: Uint8Array, at: number, header: CmsghdrLayout): string[] {
  const rest = control.subarray(at)
  if (control.length === 0) return ['nothing']
  const zero = !rest.some((byte) => byte !== 0)
  const what = at === 0 ? `${rest.length} bytes are too few for a header of ${header.size}: the kernel takes this for no control message at all`
    : `${rest.length} trailing bytes, too few for a header: the kernel does not look at them`
  return [...rowsText(hexRows('trailing', rest, at)), `  !! ${at}: ${what}${zero ? '' : '; they are not zero'}`]
}

const aligned = (n: number, wordSize: number): number => Math.ceil(n / wordSize) * wordSize
const paddingOf = (n: number, { wordSize }: Abi): number => aligned(n, wordSize) - n
const nameOf = ({ name, kind }: AnyControlMessage): string => name ?? kind
const familiesOf = ({ family }: AnyControlMessage): string => (family === undefined ? 'all' : [family].flat().join(', '))
const shapeText = ({ wordSize, littleEndian }: Abi): string => `${wordSize * 8}-bit ${littleEndian ? 'little' : 'big'}-endian`

/** Rows in columns. */
function rowsText(rows: readonly Row[]): string[] {
  const width = (of: (row: Row) => string, most: number): number => rows.reduce((max, row) => Math.max(max, Math.min(of(row).length, most)), 0)
  const [offsets, names, values] = [width(({ at }) => String(at), 20), width(({ name }) => name, 30), width(({ value, note }) => (note === undefined ? '' : value), 40)]
  return rows.map(({ at, name, value, note }) =>
    `${String(at).padStart(offsets + 2)}  ${name.padEnd(names)}  ${note === undefined ? value : `${value.padEnd(values)}  ${note}`}`.trimEnd())
}
