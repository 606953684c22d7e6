/**
 * The layouts in generated/layouts.ts: their types, and the variant of a target.
 * @module
 */
import type { layouts } from '../../generated/layouts.ts'
import type { Abi } from './abi.ts'
import { inAbi, type Place, type Placed } from './c-layout.ts'
import type { FieldType, Struct } from './types.ts'

/** A nested struct, by name. */
export interface StructName { readonly struct: string }
export const isStructName = (type: FieldType | StructName): type is StructName => typeof type === 'object' && 'struct' in type

/** The field types of a table, with nested structs as objects in place of their names. */
export type GeneratedFields<T> = { -readonly [K in keyof T]: GeneratedField<T[K]> }
type GeneratedField<T> = T extends { readonly struct: infer N extends LayoutName } ? GeneratedStruct<N>
  : T extends readonly [{ readonly struct: infer N extends LayoutName }, infer L] ? readonly [GeneratedStruct<N>, L]
  : T
type LayoutName = keyof typeof layouts
type GeneratedStruct<N extends LayoutName> = Struct<GeneratedFields<(typeof layouts)[N]['types']>>

/** A layout as the generator prints it: the types of the fields, and their positions on each target. */
export interface LayoutTable {
  readonly types: Readonly<Record<string, unknown>>
  readonly variants: readonly {
    /** All targets if absent. */
    readonly targets?: readonly string[]
    readonly size: number
    readonly align: number
    readonly fields: Readonly<Record<string, readonly [offset: number, size: number]>>
    /** Fields that the C library declares narrower than the kernel reads them. */
    readonly declared?: Readonly<Record<string, readonly [offset: number, size: number]>>
  }[]
}

/** Returns the variant of a generated layout for an ABI. The generator makes sure that there is one for each target. */
export const variantOf = <T extends LayoutTable>(table: T, abi: Abi): T['variants'][number] =>
  table.variants.find(({ targets }) => targets?.includes(abi.target) ?? true)!

/** Places fields where the compilers placed them, which sometimes differs from the rules of C. */
export const placeByTable = (table: LayoutTable): Place => (fields, abi) => {
  const { size, align, fields: places } = variantOf(table, abi)
  const placed = Object.entries(fields).map(([field, type]): Placed => {
    const [offset, bytes] = places[field]!
    return { field, offset, size: bytes, type: inAbi(type, abi) }
  })
  return { size, align, placed }
}
