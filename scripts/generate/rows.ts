/**
 * The rows of symbols.ts, and the reports about wrong ones.
 * @module
 */

export type Integer = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'
export type Scalar =
  | Integer
  /** In network order. */
  | 'u16be' | 'u32be' | 'u64be'
  /** An integer whose width depends on the target: `long`, `unsigned long`, `time_t`. */
  | 'long' | 'ulong'
  /** A length that the kernel reads as a whole word, even if the libc declares it narrower. */
  | 'usize'
  | 'pointer'

/**
 * The type of a field. `['u8', n]` is n raw bytes, such as `char[n]` or `struct in_addr` in C.
 */
export type FieldType = Scalar | StructRef | readonly [Scalar | StructRef, number]
export interface StructRef { readonly struct: string }

/**
 * The fields in their order, without a flexible array at the end. `'data.u64'` is the field `data`, a union, as its member `u64`.
 */
export type Fields = Readonly<Record<string, FieldType>>

/** A constant that the headers of the build machine may lack: its value is stated, and compared with headers that have it. */
export interface Stated { readonly value: number; readonly since?: string }

/** A C prototype, or two if glibc and musl declare it differently. */
export type Prototype = string | { readonly glibc: string; readonly musl: string }

/** Rows about one header. Each group is compiled as a separate file. */
export interface Group {
  /** The header that declares the rows. Absent if no header does: then every row states its value. */
  readonly header?: string
  /** Headers to include before it, if it does not include those that it needs. */
  readonly needs?: readonly string[]
  readonly structs?: Readonly<Record<string, Fields>>
  /** Names, separated by spaces. */
  readonly constants?: string
  /** Names, by the first kernel that has them. */
  readonly since?: Readonly<Record<string, string>>
  /** True to print the constants in hexadecimal: flags. */
  readonly hex?: boolean
  readonly stated?: Readonly<Record<string, Stated>>
  /** C for a struct newer than the headers, used if they do not define a macro that was added with it. */
  readonly declared?: { readonly unless: string; readonly c: string }
  /** The file in the kernel's source that stated values and declared structs are from. */
  readonly source?: string
  /** Error numbers, separated by spaces. */
  readonly errnos?: string
  readonly functions?: readonly Prototype[]
}

/** A statement that a target's compiler contradicts. */
export interface Problem { readonly target: string; readonly symbol: string; readonly message: string }

/** The results of the rows of one kind on one target. */
export interface Verdict<T> { readonly facts?: T; readonly problems: readonly Problem[] }

export function words(text: string | undefined): string[] {
  return text?.match(/\S+/g) ?? []
}

/** Returns one line for each complaint, with all targets that share it. */
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
