/**
 * What a row of symbols.ts may say, and what a wrong one is reported as.
 * @module
 */

export type Integer = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'
export type Scalar =
  | Integer
  /** In network order. */
  | 'u16be' | 'u32be' | 'u64be'
  /** An integer as wide as the target makes it: `long`, `unsigned long`, `time_t`. */
  | 'long' | 'ulong'
  /** A length that the kernel reads as a whole word, however the libc declares it. */
  | 'usize'
  | 'pointer'

/**
 * The type of a field. `['u8', n]` is n raw bytes, whatever C calls them (`char[n]`, `struct in_addr`).
 */
export type FieldType = Scalar | StructRef | readonly [Scalar | StructRef, number]
export interface StructRef { readonly struct: string }

/**
 * The fields in their order; a flexible array at the end is left out. `'data.u64'` is a field `data` that is a union, in
 * the shape of its member `u64`.
 */
export type Fields = Readonly<Record<string, FieldType>>

/** A constant that no header on the build machine need have: its value is stated, and compared with headers that do. */
export interface Stated { readonly value: number; readonly since?: string }

/** A C prototype; both, where glibc and musl declare it differently. */
export type Prototype = string | { readonly glibc: string; readonly musl: string }

/** Rows that one header answers. Each group is compiled as a file of its own. */
export interface Group {
  /** The header that declares the rows; left out where none does, then every row states its value. */
  readonly header?: string
  /** Headers to include before it, where it does not include what it needs. */
  readonly needs?: readonly string[]
  readonly structs?: Readonly<Record<string, Fields>>
  /** Names, separated by blanks. */
  readonly constants?: string
  /** The same, by the first kernel that has them. */
  readonly since?: Readonly<Record<string, string>>
  /** Print the constants in hexadecimal: flags. */
  readonly hex?: boolean
  readonly stated?: Readonly<Record<string, Stated>>
  /** C for a struct newer than the headers, used where they do not define a macro that came with it. */
  readonly declared?: { readonly unless: string; readonly c: string }
  /** Where what is stated or declared is from: a file in the kernel's source. */
  readonly source?: string
  /** Error numbers, separated by blanks. */
  readonly errnos?: string
  readonly functions?: readonly Prototype[]
}

/** Something a target's compiler does not agree with. */
export interface Problem { readonly target: string; readonly symbol: string; readonly message: string }

/** What the rows of one kind turned out to be on one target. */
export interface Verdict<T> { readonly facts?: T; readonly problems: readonly Problem[] }

export function words(text: string | undefined): string[] {
  return text?.match(/\S+/g) ?? []
}

/** One line for each complaint: the targets that share it are named together. */
export function describeProblems(problems: readonly Problem[], targetCount: number): string[] {
  const targetsOf = new Map<string, string[]>()
  for (const { target, symbol, message } of problems) {
    const text = `${symbol}: ${message}`
    targetsOf.set(text, [...(targetsOf.get(text) ?? []), target])
  }
  return [...targetsOf].map(([text, targets]) => {
    const all = targets.length === targetCount && targetCount > 1
    return `${text} [${all ? `all ${targetCount} targets` : targets.join(', ')}]`
  })
}
