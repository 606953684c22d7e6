/**
 * Reads bytes from text: hex and hex dumps, base64, and literals of C and similar languages.
 * @module
 */
import { count, printable, unreadable } from './text.ts'

export const notations = ['hex', 'base64', 'c', 'strace', 'raw'] as const
export type Notation = (typeof notations)[number]

/** Matches control messages, calls and remarks as strace prints them. */
const straces = /\bcmsg_len=|\bmsg_control=|\bmsg_controllen=|\b(?:send|recv)m?msg\(\d|^strace: |\+\+\+ (?:exited|killed) .*\+\+\+$/m

/** Detects the notation of a text; `undefined` if it is unknown. */
export function notationOf(text: string): Exclude<Notation, 'raw'> | undefined {
  if (straces.test(text)) return 'strace'
  // An escape; or numbers with commas between them.
  if (/\\(x[0-9a-f]|[0-7])/i.test(text) || /^[^{]*\{[^}]*\}/.test(text) || /^\s*0x[0-9a-f]{1,2}\s*,/i.test(text)) return 'c'
  if (hexDigits(text, true) !== undefined) return 'hex'
  // A text that is shorter than a header may be anything, such as a word.
  const characters = text.replace(/\s/g, '')
  return /^[\w+/-]{14,}={0,2}$/.test(characters) && characters.replace(/=+$/, '').length % 4 !== 1 ? 'base64' : undefined
}

/** Reads the bytes of a text. A dump of numbers, such as gdb's x/8xw, has the byte order of the machine. */
export function readNotation(text: string, notation: 'hex' | 'base64' | 'c', littleEndian = true): Uint8Array {
  switch (notation) {
    case 'hex': return fromHex(text, littleEndian)
    case 'base64': return fromBase64(text)
    case 'c': return /\{|^\s*(0x)?[0-9a-f]+\s*,/i.test(text) && !text.includes('"') ? fromList(text) : fromString(text)
  }
}

/** Quotes the beginning of a text for an error message. */
export const excerpt = (text: string): string => JSON.stringify(printable(text.length > 40 ? `${text.slice(0, 40)}…` : text))

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** Matches the address before the bytes in a line of a dump: by gdb's x, xxd, hexdump -C or this command, hexdump or od -x, od -tx1. */
const dumps: readonly RegExp[] = [
  /^\s*0x(?<address>[0-9a-f]+)(?: <[^>]*>)?:\s+/i,
  /^(?<address>[0-9a-f]{4,}): /i,
  /^(?<address>[0-9a-f]{4,}) {2}/i,
  /^(?<address>[0-9a-f]{7}) (?=(?:[0-9a-f]{4}(?: +|$))+$)/i,
  /^(?<address>[0-9a-f]{6,7}) (?=(?:[0-9a-f]{2}(?: +|$))+$)/i,
]
/** The dump whose groups of digits are numbers of two bytes. */
const inWords = dumps[3]

/** Returns true for a line of a dump without bytes: an address at the end, or `*` for lines that are equal to the one before. */
const isRest = (line: string): boolean => /^(?:\*|[0-9a-f]{6,})$/i.test(line.trim())

/** Returns the digits of a text that is only hex, without the addresses and the text columns of a dump. */
function hexDigits(text: string, littleEndian: boolean): string | undefined {
  const all = lines(text)
  if (all.length === 0) return undefined
  const dump = dumps.find((start) => all.every((line, i) => start.test(line) || (i > 0 && isRest(line))))
  const digits = dump === undefined ? all.join(' ').replace(/\b0x/gi, '').replace(/[\s:,-]/g, '') : dumpDigits(all, dump, littleEndian)
  return digits !== '' && /^[0-9a-f]+$/i.test(digits) ? digits : undefined
}

function dumpDigits(all: readonly string[], dump: RegExp, littleEndian: boolean): string {
  const rows = all.map((line) => {
    const start = dump.exec(line)
    if (start === null) return { address: line.trim(), digits: '' }
    const groups = line.slice(start[0].length).replace(/ {2,}\|.*$| {2}(?! ?[0-9a-f]{2}( |$)).*$/i, '').trim().split(/\s+/)
    // gdb prints 0x1c for a byte, and numbers of 2, 4 or 8 bytes with all their digits.
    const areNumbers = dump === inWords || groups.every((group) => /^0x(?:[0-9a-f]{4}){1,4}$/i.test(group))
    return {
      address: start.groups!.address!,
      digits: groups.map((group) => inByteOrder(group.replace(/^0x/i, ''), areNumbers && littleEndian)).join(''),
    }
  })
  // hexdump and od differ in the radix of the addresses: the second address shows which one it is.
  const [first, second] = rows
  const radix = second !== undefined && parseInt(second.address, 8) - parseInt(first!.address, 8) === first!.digits.length / 2 ? 8 : 16
  const addressOf = ({ address }: { readonly address: string }): number => 2 * (parseInt(address, radix) - parseInt(first!.address, radix))
  let digits = ''
  rows.forEach((row, i) => {
    const next = rows[i + 1]
    if (row.address === '*' && next !== undefined) {
      const missing = addressOf(next) - digits.length
      const repeated = rows[i - 1]!.digits
      if (missing > 0 && missing < mostDigits && repeated !== '') {
        digits += repeated.repeat(Math.ceil(missing / repeated.length)).slice(0, missing)
      }
    }
    digits += row.digits
  })
  // hexdump prints whole words: the address in the last line has the number of bytes.
  const last = rows.at(-1)!
  return last.digits === '' && addressOf(last) > 0 ? digits.slice(0, addressOf(last)) : digits
}

/** The limit for lines that a dump leaves out: an address may be anything. */
const mostDigits = 2 ** 22

/** Returns the digits of a number in the order of memory. */
const inByteOrder = (digits: string, littleEndian: boolean): string =>
  (littleEndian ? (digits.match(/../g) ?? []).reverse().join('') : digits)

function fromHex(text: string, littleEndian: boolean): Uint8Array {
  const digits = hexDigits(text, littleEndian)
  if (digits === undefined) throw unreadable(`${excerpt(text)} is not hex`)
  if (digits.length % 2 !== 0) throw unreadable(`${count(digits.length, 'hex digit')}: expected two for each byte`)
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

function fromBase64(text: string): Uint8Array {
  const characters = text.replace(/\s/g, '')
  if (!/^[\w+/-]*={0,2}$/.test(characters) || characters.replace(/=+$/, '').length % 4 === 1) {
    throw unreadable(`${excerpt(text)} is not base64`)
  }
  // Also accepts the URL-safe alphabet, with or without padding.
  return Uint8Array.from(atob(characters.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')), (byte) => byte.charCodeAt(0))
}

/** Reads `{0x1c, 0, '\0'}`, with or without the C declaration before it. */
function fromList(text: string): Uint8Array {
  const inside = /\{([^}]*)\}/.exec(text)?.[1] ?? text
  return Uint8Array.from(
    inside.replace(/\/\*.*?\*\/|\/\/.*$/gm, '').split(',').map((item) => item.trim()).filter((item) => item !== ''),
    (item) => {
      const character = /^'(.*)'$/.exec(item)?.[1]
      const bytes = character === undefined ? undefined : fromString(character)
      // Number reads all numbers of C except octal ones.
      const value = bytes === undefined ? Number(/^0[0-7]+$/.test(item) ? `0o${item}` : item) : bytes.length === 1 ? bytes[0]! : NaN
      if (!Number.isInteger(value) || value < -128 || value > 255) throw unreadable(`${excerpt(item)} is not a byte`)
      return value
    },
  )
}

const encoder = new TextEncoder()
const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27 }

/** Reads `"\x1c\0"`: one or several string literals, or the contents of one, in C or a language with the same escapes. */
export function fromString(text: string): Uint8Array {
  const literals =
    text.match(/"(?:[^"\\]|\\[^])*"/g) ?? /^\s*b?'[^]*'\s*;?\s*$/.exec(text)?.map((literal) => literal.trim().replace(/^b|;$/g, ''))
  const inside = literals === undefined || literals === null ? text.trim() : literals.map((literal) => literal.slice(1, -1)).join('')
  const bytes: number[] = []
  for (const [whole, hex, octal, escape] of inside.matchAll(/\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|([^]))|[^]/gi)) {
    if (hex !== undefined) bytes.push(parseInt(hex, 16))
    else if (octal !== undefined) bytes.push(parseInt(octal, 8) & 0xff)
    else if (escape === undefined) bytes.push(...encoder.encode(whole))
    else if (escape !== '\n') bytes.push(...(Object.hasOwn(escapes, escape) ? [escapes[escape]!] : encoder.encode(escape)))
  }
  return Uint8Array.from(bytes)
}
