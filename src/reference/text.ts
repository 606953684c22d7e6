/**
 * Bytes and names as text that is safe to show.
 * @module
 */

/** Bytes as hexadecimal digits. */
export const hex = (bytes: Uint8Array, between = ''): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(between)

// What moves the cursor, changes colours or the direction of writing: control characters, and the format characters of Unicode.
export const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
const escaped = (character: string): string =>
  (character === '\n' ? '\\n' : character <= '\xff' ? `\\x${hex(Uint8Array.of(character.charCodeAt(0)))}` : `\\u{${character.codePointAt(0)!.toString(16)}}`)

/** Text from elsewhere, on one line, with what a terminal would obey shown as an escape. */
export const printable = (text: string): string => text.replace(unsafe, escaped)

/** A number and its noun: `1 byte`, `2 bytes`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

/** What cannot be read as it is written: the message says what, and what was expected. */
export class UnreadableError extends Error {}

export const unreadable = (message: string): UnreadableError => new UnreadableError(message)
