/**
 * Encodes journal entries in systemd's native protocol.
 * @see https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 * @module
 */
import { checkedBytes, isBytes } from '../abi/bytes.ts'
import { list } from '../arguments.ts'
import { invalidType, object, outOfRange, show } from '../errors.ts'

/** The value of a field of an entry: text, bytes, or a number, which is written in decimal. */
export type JournalValue = string | number | bigint | Uint8Array

/** The fields of an entry. An array is a field with several values; a field that is `undefined` or an empty array is absent. */
export interface JournalFields {
  /** `MESSAGE=`: the human-readable text. It may have several lines. */
  readonly MESSAGE?: JournalValue | readonly JournalValue[] | undefined
  /** `PRIORITY=`: 0 (emergency) to 7 (debug), as in syslog; 6 (info) if absent. */
  readonly PRIORITY?: JournalValue | readonly JournalValue[] | undefined
  /** Any other field. Its name has up to 64 upper-case letters, digits and `_`, and begins with a letter. */
  readonly [name: string]: JournalValue | readonly JournalValue[] | undefined
}

const newline = 0x0a
const nameForm = 'expected upper-case letters, digits and _, up to 64, beginning with a letter'
const validName = /^[A-Z][A-Z0-9_]{0,63}$/

/**
 * Encodes an entry, with the defaults for fields that it does not have.
 * @throws TypeError, RangeError for fields that the journal would silently drop, and for an entry without a field of its own
 */
export function encodeEntry(fields: JournalFields, defaults: JournalFields = {}): Uint8Array {
  const given = Object.entries(object('send', 'fields', fields))
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
  if (given.length === 0) {
    throw outOfRange(`Cannot log ${show(fields)}, an entry without a field: expected MESSAGE or another`)
  }
  // All values are read before the first is encoded: a getter might transfer the bytes of another.
  const values = Object.entries({ ...defaults, ...Object.fromEntries(given) }).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (!validName.test(name)) {
      throw outOfRange(`Cannot log the field ${show(name)}, which the journal would drop: ${nameForm}`)
    }
    const all: readonly unknown[] = Array.isArray(value) ? list('send', name, value, 0, Infinity) : [value]
    return all.map((each) => [name, each] as const)
  })
  return Buffer.concat(values.flatMap(([name, value]) => field(name, value)))
}

/** Encodes `NAME=value`, or, if the value contains a newline, the name, the value's length and the value. */
function field(name: string, value: unknown): Uint8Array[] {
  const bytes = fieldBytes(name, value)
  if (!bytes.includes(newline)) return [Buffer.from(`${name}=`), bytes, Buffer.of(newline)]
  const length = Buffer.alloc(BigUint64Array.BYTES_PER_ELEMENT)
  length.writeBigUInt64LE(BigInt(bytes.length), 0)
  return [Buffer.from(`${name}\n`), length, bytes, Buffer.of(newline)]
}

function fieldBytes(name: string, value: unknown): Uint8Array {
  if (isBytes(value)) return checkedBytes(value, `Cannot log ${name}`)
  if (typeof value === 'string' || Number.isFinite(value) || typeof value === 'bigint') return Buffer.from(String(value))
  throw invalidType(`Cannot log ${name} ${show(value)}: expected a string, a number or a Uint8Array, or an array of them`)
}
