/**
 * Writes the output of the command: colors if wanted, and no control characters from a peer.
 * @module
 */
import { styleText } from 'node:util'
import { hex, isBytes } from '../abi/bytes.ts'
import { decodeStrictly, printable, printableJson, unsafeIn } from '../abi/text.ts'

export { printable }
export { count } from '../misuse.ts'

/** Returns true if a stream gets colors: checks FORCE_COLOR, then NO_COLOR, then for a terminal with colors. */
export function colored(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: force = '', NO_COLOR: no = '', TERM } = env
  if (force !== '') return force !== '0' && force !== 'false'
  return no === '' && stream.isTTY === true && TERM !== 'dumb'
}

const formats = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const

/** Colors a text, or returns it unchanged. */
export type Style = { readonly [name in typeof formats[number]]: (text: string) => string }

/** Returns the styles for standard output or another stream. */
export function styleFor(stream: { readonly isTTY?: boolean } = process.stdout): Style {
  const on = colored(stream)
  // `colored` has already checked the stream and the environment.
  return Object.fromEntries(formats.map((format) =>
    [format, (text: string) => (on && text !== '' ? styleText(format, text, { validateStream: false }) : text)])) as Style
}

/** Prints one or more lines on standard output. */
export const print = (text: string): void => { process.stdout.write(`${text}\n`) }

/** Prints a note on standard error. Escapes control characters, since any part of it may come from a peer. */
export const say = (text: string): void => { process.stderr.write(`${styleFor(process.stderr).dim(printable(text))}\n`) }

/** Prints a value as JSON on one line, with control characters as JSON escapes. */
export const printJson = (value: unknown): void => { print(printableJson(JSON.stringify(value, plain))) }

/** Converts bytes to hex, and integers to numbers if they are exact. */
function plain(this: unknown, key: string, value: unknown): unknown {
  // JSON.stringify has already called `toJSON` of a Buffer: the original is in the object that holds it.
  const own = (this as Record<string, unknown>)[key]
  if (isBytes(own)) return hex(own)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Error) return { error: (value as NodeJS.ErrnoException).code ?? value.message }
  return value
}

/** Decodes bytes as text. Returns `undefined` if they are not text, or contain control characters. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = decodeStrictly(bytes)
    return unsafeIn(text).every((character) => character === '\n' || character === '\t') ? text : undefined
  } catch {
    return undefined
  }
}

/** Formats bytes in rows of 16, with offsets and text. */
export function hexDump(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => {
    const row = bytes.subarray(16 * i, 16 * i + 16)
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    return `${(16 * i).toString(16).padStart(4, '0')}  ${hex(row, ' ').padEnd(47)}  ${text}`
  })
}

/** Aligns cells in columns by their visible widths. The last column is not padded. */
export function columns(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, i) => { widths[i] = Math.max(widths[i] ?? 0, width(cell)) })
  return rows.map((row) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - width(cell)))).join(gap).trimEnd())
}

/** Minimum width to wrap the last cell of a row. */
const narrowest = 20

/**
 * Aligns cells in columns, and wraps the last cell between words to fit the terminal. Returns a text for each row, which may have
 * several lines.
 */
export function columnsWrapped(rows: readonly (readonly string[])[], room: number = process.stdout.columns ?? Infinity): string[] {
  const last = Math.max(...rows.map(({ length }) => length)) - 1
  const before = columns(rows.map((row) => [...row.slice(0, last), '|'])).map(width)
  const indent = Math.max(...before) - 1
  const wide = Math.max(room - indent, narrowest)
  return columns(rows.map((row) =>
    (row.length <= last ? row : [...row.slice(0, last), brokenBetweenWords(row[last]!, wide).join('\n' + ' '.repeat(indent))])))
}

/** Breaks a text into lines of at most `room` columns, if its words allow. A color must begin and end within a word. */
export function brokenBetweenWords(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && width(line) + 1 + width(word) <= room) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Splits a table that is too wide for the terminal into several, each with the first `fixed` columns. */
export function columnsWithin(
  rows: readonly (readonly string[])[], fixed: number, room: number = process.stdout.columns ?? Infinity,
): string {
  const tables: string[][] = []
  const most = Math.max(...rows.map(({ length }) => length))
  for (let from = fixed, to = most; from < most; from = to, to = most) {
    const table = (): string[] => columns(rows.map((row) => [...row.slice(0, fixed), ...row.slice(from, to)]))
    while (to > from + 1 && Math.max(...table().map(width)) > room) to--
    tables.push(table())
  }
  return tables.map((table) => table.join('\n')).join('\n\n')
}

/** Returns the width of a text in a terminal, without its colors. */
export const width = (text: string): number => [...text.replace(/\x1b\[\d+m/g, '')].length
