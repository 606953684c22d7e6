/**
 * `explainControl`: explains control bytes as text, to find out what a program sent, or why the kernel returns EINVAL.
 * @module
 */
import { hex, isBytes, plainView } from '../abi/bytes.ts'
import type { Abi } from '../abi/abi.ts'
import { printable } from '../abi/text.ts'
import { count, show } from '../misuse.ts'
import type { AnyControlMessage, Family } from './define.ts'
import { dissect, nameOf, type DissectedMessage, type Dissection, type Region } from './dissect.ts'
import { familiesOf, otherAbi, problemsOf, shapeText, trailingProblem, type Problem } from './explain-problems.ts'

/** Options of {@link explainControl}. */
export interface ExplainOptions {
  /** The family of the socket that the bytes came from: it decides if a (level, type) has several meanings. */
  readonly family?: Family | undefined
  /** The ABI of the program that the bytes came from; the host's if absent. */
  readonly abi?: Abi | undefined
  /** Definitions to know besides the built-in ones. */
  readonly definitions?: readonly AnyControlMessage[] | undefined
}

/**
 * Explains control bytes as text: each header and field with its offset, name, value and meaning; padding; and unknown bytes in
 * hexadecimal. Lines that begin with `!!` describe mistakes: a wrong size, a value that the kernel refuses, and what was
 * probably meant. Never throws, for any argument. The text is for people, and may change.
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
    return `Cannot explain this: ${printable(error instanceof Error ? error.message : show(error))}`
  }
}

function explain(given: Uint8Array, options: ExplainOptions): string {
  if (!isBytes(given)) return `Cannot explain ${show(given)}: expected a Uint8Array`
  const dissection = dissect(plainView(given), options)
  const { control, abi, family, messages, trailing } = dissection
  const title = `${count(control.length, 'byte')} of control messages, ${shapeText(abi)}${family === undefined ? '' : `, family ${family}`}`
  // Lists of lines: as arguments of one call of push, the lines of a large buffer would overflow the stack.
  const parts = [[title], ...messages.map((message) => explainMessage(message, dissection))]
  if (control.length === 0) parts.push(['nothing'])
  if (trailing !== undefined) parts.push([...rowsText(rowsOf([trailing], control)), problemText(trailingProblem(trailing, dissection))])
  const other = otherAbi(dissection)
  if (other !== undefined) parts.push([`  !! these bytes make sense as ${shapeText(other)}: try { abi: abis['${other.target}'] }`])
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

function explainMessage(message: DissectedMessage, dissection: Dissection): string[] {
  const { others, regions } = message
  const meanings = others.map((one) => `${nameOf(one)} (${familiesOf(one)})`).join(' or ')
  return [
    `[${message.index}] ${heading(message)}`,
    ...rowsText(rowsOf(regions, dissection.control)),
    ...message.complete && others.length > 0 ? [`  (without a family this may also be ${meanings})`] : [],
    ...problemsOf(message, dissection).map(problemText),
  ]
}

function heading({ level, type, levelName, complete, definition }: DissectedMessage): string {
  if (!complete) return `level ${level} type ${type}: broken`
  const name = levelName ?? `level ${level}`
  if (definition === undefined) return `${name} type ${type}`
  return `${name} ${nameOf(definition)}: ${definition.kind}${definition.since === undefined ? '' : `, since Linux ${definition.since}`}`
}

const problemText = ({ at, text }: Problem): string => `  !! ${at}: ${text}`

/** Bytes in a row of a hexadecimal dump. */
const rowBytes = 16

type Row = Pick<Region, 'start' | 'name' | 'value' | 'note'>

/** A row for each region except holes, and several for bytes without fields. */
function rowsOf(regions: readonly Region[], control: Uint8Array): Row[] {
  return regions.filter(({ part }) => part !== 'hole').flatMap((region) => {
    const { part, start, end, name } = region
    if (part !== 'bytes' && part !== 'trailing') return [region]
    return Array.from({ length: Math.ceil((end - start) / rowBytes) }, (_, i) => {
      const from = start + i * rowBytes
      return { start: from, name: i === 0 ? name : '', value: hex(control.subarray(from, Math.min(end, from + rowBytes)), ' ') }
    })
  })
}

/** Aligns rows in columns. */
function rowsText(rows: readonly Row[]): string[] {
  const width = (of: (row: Row) => string, most: number): number =>
    rows.reduce((max, row) => Math.max(max, Math.min(of(row).length, most)), 0)
  const [offsets, names] = [width(({ start }) => String(start), 20), width(({ name }) => name, 30)]
  const values = width(({ value, note }) => (note === undefined ? '' : value), 40)
  return rows.map(({ start, name, value, note }) => {
    const text = note === undefined ? value : `${value.padEnd(values)}  ${note}`
    return `${String(start).padStart(offsets + 2)}  ${name.padEnd(names)}  ${text}`.trimEnd()
  })
}
