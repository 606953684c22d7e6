/**
 * Decodes UTF-8 without losing a byte: TextDecoder removes a byte order mark at the beginning unless `ignoreBOM` is set, and a
 * name without it is the name of something else.
 * @module
 */
const lenient = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })
const strict = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Decodes UTF-8; bytes that are not UTF-8 become U+FFFD. */
export const decodeText = (bytes: Uint8Array): string => lenient.decode(bytes)

/** Decodes UTF-8. @throws TypeError for bytes that are not UTF-8 */
export const decodeStrictly = (bytes: Uint8Array): string => strict.decode(bytes)
