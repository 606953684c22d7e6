/**
 * Decodes UTF-8, and makes foreign text safe to show.
 *
 * Decoding keeps a byte order mark at the beginning, which TextDecoder removes unless `ignoreBOM` is set: a name without it is the name
 * of something else.
 * @module
 */
import { hex } from './bytes.ts'

const lenient = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })
const strict = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Decodes UTF-8; bytes that are not UTF-8 become U+FFFD. */
export const decodeText = (bytes: Uint8Array): string => lenient.decode(bytes)

/** Decodes UTF-8. @throws TypeError for bytes that are not UTF-8 */
export const decodeStrictly = (bytes: Uint8Array): string => strict.decode(bytes)

// Characters that move the cursor or change colors or the writing direction: control and format characters of Unicode.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Returns the unsafe characters of a text. */
export const unsafeIn = (text: string): string[] => text.match(unsafe) ?? []

/** Escapes control characters in foreign text, and returns it on one line. */
export const printable = (text: string): string => text.replace(unsafe, escaped)

const escaped = (character: string): string =>
  (character === '\n'
    ? '\\n'
    : character <= '\xff' ? `\\x${hex(Uint8Array.of(character.charCodeAt(0)))}` : `\\u{${character.codePointAt(0)!.toString(16)}}`)

/** Escapes in JSON the control characters that JSON.stringify leaves as they are. The result is the same JSON. */
export const printableJson = (json: string): string => json.replace(unsafe, (characters) =>
  Array.from({ length: characters.length }, (_, i) => `\\u${characters.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''))
