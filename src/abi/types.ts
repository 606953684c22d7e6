/**
 * The types of C structs and their fields, as TypeScript sees them.
 * @module
 */
import type { Abi } from './abi.ts'

/**
 * The JavaScript type of each C scalar. Integers of up to 32 bits and `usize` (`size_t`, a length) are numbers, types
 * that may exceed 2⁵³ are bigints. The `be` types are in network order on every ABI. The width of `long` and `ulong` depends on
 * the ABI.
 */
export interface ScalarValues {
  i8: number; u8: number; i16: number; u16: number; i32: number; u32: number; i64: bigint; u64: bigint
  u16be: number; u32be: number; u64be: bigint
  long: bigint; ulong: bigint; usize: number; pointer: bigint
}
/**
 * A C scalar by name; {@link ScalarValues} says what each is in JavaScript.
 * @useDeclaredType
 */
export type ScalarType = keyof ScalarValues

/**
 * The type of a field: a scalar by name; a nested struct; or a fixed array, `[type, length]`. An array of `u8` is a
 * Uint8Array; an array of `char` is text, UTF-8 up to the first NUL; any other is an array of values.
 *
 * The last field may be a flexible array, `[type]`, C's `type field[]`: it does not count in the size, and has all the
 * complete elements up to the end of the view.
 */
export type FieldType =
  | ScalarType
  | AnyStruct
  | readonly ['char', number]
  | readonly [ScalarType, number]
  | readonly [AnyStruct, number]
  | readonly [ScalarType | 'char' | AnyStruct]

/** Field types by field name, in the order of the C declaration. */
export type FieldTypes = Readonly<Record<string, FieldType>>

/** The JavaScript value of a field. */
export type FieldValue<T> = T extends ScalarType ? ScalarValues[T]
  : T extends readonly ['char', number?] ? string
  : T extends readonly ['u8', number?] ? Uint8Array
  : T extends readonly [infer E, number?] ? FieldValue<E>[]
  : T extends Struct<infer F> ? StructValue<F>
  : never

/** The JavaScript value of a struct: an object with the names of C. */
export type StructValue<F> = { -readonly [K in keyof F]: FieldValue<F[K]> }

/** The position of a field: bytes from the start of the struct. */
export interface FieldLayout {
  readonly offset: number
  readonly size: number
  readonly type: FieldType
}

/** A C struct under one ABI. */
export interface Struct<F> {
  readonly name: string
  readonly abi: Abi
  /** `sizeof`, in bytes: without a flexible array at the end. */
  readonly size: number
  /** `_Alignof`, in bytes. */
  readonly align: number
  /** True if it ends in a flexible array. */
  readonly flexible: boolean
  readonly fields: { readonly [K in keyof F]: FieldLayout }
  /**
   * The number of bytes that a value takes: `size`, or if the struct ends in a flexible array, the bytes up to the end of that array,
   * which may begin within `size`, in the padding at the end.
   */
  sizeOf(value: StructValue<F>): number
  /**
   * Reads all fields at `offset`; a flexible array extends to the end of the view.
   * @throws RangeError when the struct does not fit there
   */
  read(view: DataView, offset?: number): StructValue<F>
  /** Writes all fields at `offset`; holes between them become zero. @throws RangeError for a value its field cannot hold */
  write(view: DataView, offset: number, value: StructValue<F>): void
  /** The same struct under another ABI. */
  for(abi: Abi): Struct<F>
}
/** Any struct, which can be the type of a field. */
export interface AnyStruct {
  readonly name: string
  readonly size: number
  readonly align: number
  readonly flexible: boolean
  readonly fields: Readonly<Record<string, FieldLayout>>
  /** See {@link Struct.sizeOf}. */
  sizeOf(value: never): number
  /** See {@link Struct.read}. */
  read(view: DataView, offset?: number): unknown
  /** See {@link Struct.write}. */
  write(view: DataView, offset: number, value: never): void
  /** See {@link Struct.for}. */
  for(abi: Abi): AnyStruct
}

/** Options of {@link defineStruct}. */
export interface StructOptions {
  /** The C name, for error messages. */
  readonly name?: string | undefined
  /** The ABI it is laid out for; the host's if absent. */
  readonly abi?: Abi | undefined
}
