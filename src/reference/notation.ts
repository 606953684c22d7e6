/**
 * Reads bytes from text: hex and hex dumps, base64, and literals of C and similar languages.
 * @module
 */
import { printable, unreadable } from './text.ts'

export const notations = ['hex', 'base64', 'c', 'strace', 'raw'] as const
export type Notation = (typeof notations)[number]

/** Detects the notation of a text; `undefined` if it is unknown. */
export function notationOf(text: string): Exclude<Notation, 'raw'> | undefined {
  if (/\bcmsg_len=|\bmsg_control=|\bmsg_controllen=/.test(text)) return 'strace'
  // An escape; or numbers with commas between them.
  if (/\\(x[0-9a-f]|[0-7])/i.test(text) || /^[^{]*\{[^}]*\}/.test(text) || /^\s*0x[0-9a-f]{1,2}\s*,/i.test(text)) return 'c'
  if (hexDigits(text) !== undefined) return 'hex'
  // A text that is shorter than a header may be anything, such as a word.
  const characters = text.replace(/\s/g, '')
  return /^[\w+/-]{14,}={0,2}$/.test(characters) && characters.replace(/=+$/, '').length % 4 !== 1 ? 'base64' : undefined
}

/** Reads the bytes of a text. */
export function readNotation(text: string, notation: 'hex' | 'base64' | 'c'): Uint8Array {
  switch (notation) {
    case 'hex': return fromHex(text)
    case 'base64': return fromBase64(text)
    case 'c': return /\{|^\s*(0x)?[0-9a-f]+\s*,/i.test(text) && !text.includes('"') ? fromList(text) : fromString(text)
  }
}

/** Quotes the beginning of a text for an error message. */
export const excerpt = (text: string): string => JSON.stringify(printable(text.length > 40 ? `${text.slice(0, 40)}…` : text))

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** Matches the offset before the bytes in a line of a dump by gdb's x/xb, xxd, hexdump -C, this command, or od -tx1. */
const dumps = [/^\s*0x[0-9a-f]+(?: <[^>]*>)?:\s+/i, /^[0-9a-f]{4,}: /i, /^[0-9a-f]{4,} {2}/i, /^[0-7]{7} (?=([0-9a-f]{2}( |$))+$)/i] as const

/** Returns the digits of a text that is only hex, without the offsets and the text columns of a dump. */
function hexDigits(text: string): string | undefined {
  const all = lines(text)
  const dump = dumps.find((start) => all.every((line, i) => start.test(line) || (i > 0 && i === all.length - 1 && /^[0-9a-f]{7,}$/i.test(line.trim()))))
  const bytes = dump === undefined ? all
    : all.filter((line) => dump.test(line)).map((line) => line.replace(dump, '').replace(/ {2,}\|.*$| {2}(?! ?[0-9a-f]{2}( |$)).*$/i, ''))
  const digits = bytes.join(' ').replace(/\b0x/gi, '').replace(/[\s:,-]/g, '')
  return digits !== '' && /^[0-9a-f]+$/i.test(digits) ? digits : undefined
}

function fromHex(text: string): Uint8Array {
  const digits = hexDigits(text)
  if (digits === undefined) throw unreadable(`${excerpt(text)} is not hex`)
  if (digits.length % 2 !== 0) throw unreadable(`${digits.length} hex digits are not whole bytes: each byte takes two`)
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

function fromBase64(text: string): Uint8Array {
  const characters = text.replace(/\s/g, '')
  if (!/^[\w+/-]*={0,2}$/.test(characters) || characters.replace(/=+$/, '').length % 4 === 1) throw unreadable(`${excerpt(text)} is not base64`)
  // Also accepts the URL-safe alphabet, with or without padding.
  return Uint8Array.from(atob(characters.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')), (byte) => byte.charCodeAt(0))
}

/** Reads `{0x1c, 0, '\0'}`, with or without the C declaration before it. */
function fromList(text: string): Uint8Array {
  const inside = /\{([^}]*)\}/.exec(text)?.[1] ?? text
  return Uint8Array.from(inside.replace(/\/\*.*?\*\/|\/\/.*$/gm, '').split(',').map((item) => item.trim()).filter((item) => item !== ''), (item) => {
    const character = /^'(.*)'$/.exec(item)?.[1]
    const bytes = character === undefined ? undefined : fromString(character)
    // Number reads all numbers of C except octal ones.
    const value = bytes === undefined ? Number(/^0[0-7]+$/.test(item) ? `0o${item}` : item) : bytes.length === 1 ? bytes[0]! : NaN
    if (!Number.isInteger(value) || value < -128 || value > 255) throw unreadable(`${excerpt(item)} is not a byte`)
    return value
  })
}

const encoder = new TextEncoder()
const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27 }

/** `"\x1c\0"`: one string literal or several, or what is in one; of C, and of what writes as C does. */
export function fromString(text: string): Uint8Array {
  const literals = text.match(/"(?:[^"\\]|\\[^])*"/g) ?? /^\s*b?'[^]*'\s*;?\s*$/.exec(text)?.map((literal) => literal.trim().replace(/^b|;$/g, ''))
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
