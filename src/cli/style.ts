/**
 * How the command writes: colours where they are wanted, and nothing of a peer's that a terminal would obey.
 * @module
 */
import { styleText } from 'node:util'
import { isBytes } from '../abi/bytes.ts'
import { hex, printable, unsafe } from '../reference/text.ts'

export { count, hex, printable } from '../reference/text.ts'

/** Whether a stream gets colours: FORCE_COLOR, then NO_COLOR, then whether a terminal that has any is at the other end. */
export function coloured(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: force = '', NO_COLOR: no = '', TERM } = env
  if (force !== '') return force !== '0' && force !== 'false'
  return no === '' && stream.isTTY === true && TERM !== 'dumb'
}

const formats = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const

/** Text in a colour, or as it is where there are none. */
export type Style = { readonly [name in typeof formats[number]]: (text: string) => string }

/** The styles for standard output, or for another stream. */
export function styleFor(stream: { readonly isTTY?: boolean } = process.stdout): Style {
  const on = coloured(stream)
  // `coloured` has looked at the stream and the environment.
  return Object.fromEntries(formats.map((format) =>
    [format, (text: string) => (on && text !== '' ? styleText(format, text, { validateStream: false }) : text)])) as Style
}

/** A line, or several, on standard output. */
export const print = (text: string): void => { process.stdout.write(`${text}\n`) }

/** What a command has to say beside its output, on standard error. Any part of it may be a peer's: it is made harmless. */
export const say = (text: string): void => { process.stderr.write(`${styleFor(process.stderr).dim(printable(text))}\n`) }

/** A value on standard output, for a program to read: on one line, with what a terminal would obey as JSON's own escapes. */
export const printJson = (value: unknown): void => { print(JSON.stringify(value, plain).replace(unsafe, escaped)) }

const escaped = (characters: string): string =>
  Array.from({ length: characters.length }, (_, i) => `\\u${characters.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')

/** Bytes are hex, as everywhere here, and integers numbers where they are exact. */
function plain(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has become something else by the time it is passed.
  const own = (this as Record<string, unknown>)[key]
  if (isBytes(own)) return hex(own)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Error) return { error: (value as NodeJS.ErrnoException).code ?? value.message }
  return value
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Bytes as the text they are, or `undefined` where they are none, or hold what a terminal would obey. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes)
    return [...text.matchAll(unsafe)].every(([character]) => character === '\n' || character === '\t') ? text : undefined
  } catch {
    return undefined
  }
}

/** Bytes in rows of 16, with their offsets and the text in them. */
export function hexDump(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const row = bytes.subarray(16 * i, 16 * i + 16)
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    return `${(16 * i).toString(16).padStart(4, '0')}  ${hex(row, ' ').padEnd(47)}  ${text}`
  })
}

/** Cells in columns, each as wide as its widest, with the last left as it is. Widths are those of what is seen. */
export function columns(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => { widths[i] = Math.max(widths[i] ?? 0, width(cell)) })
  return rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - width(cell)))).join(gap).trimEnd())
}

/** The fewest columns of a terminal that the last cell of a row is worth breaking into. */
const narrowest = 20

/**
 * Cells in columns, with the last broken between its words where it would not fit into the terminal: a text for each row, of
 * several lines if need be.
 */
export function columnsWrapped(rows: readonly (readonly string[])[], room: number = process.stdout.columns ?? Infinity): string[] {
  const last = Math.max(...rows.map(({ length }) => length)) - 1
  const before = columns(rows.map((row) => [...row.slice(0, last), '|'])).map(width)
  const indent = Math.max(...before) - 1
  const wide = Math.max(room - indent, narrowest)
  return columns(rows.map((row) => (row.length <= last ? row : [...row.slice(0, last), brokenBetweenWords(row[last]!, wide).join('\n' + ' '.repeat(indent))])))
}

/** A text in lines of at most `room` columns, as far as its words allow. A colour must begin and end within a word. */
export function brokenBetweenWords(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && width(line) + 1 + width(word) <= room) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A table that is too wide for the terminal, in several below each other: each begins with the first `fixed` columns. */
export function columnsWithin(rows: readonly (readonly string[])[], fixed: number, room: number = process.stdout.columns ?? Infinity): string {
  const tables: string[][] = []
  const most = Math.max(...rows.map(({ length }) => length))
  for (let from = fixed, to = most; from < most; from = to, to = most) {
    const table = (): string[] => columns(rows.map((row) => [...row.slice(0, fixed), ...row.slice(from, to)]))
    while (to > from + 1 && Math.max(...table().map(width)) > room) to--
    tables.push(table())
  }
  return tables.map((table) => table.join('\n')).join('\n\n')
}

/** The columns a text takes in a terminal, without its colours. */
export const width = (text: string): number => [...text.replace(/\x1b\[\d+m/g, '')].length
