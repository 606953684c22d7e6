/**
 * The rules by which a C compiler lays out a struct.
 * @module
 */
import { invalidDefinition, show } from '../misuse.ts'
import type { Abi } from './abi.ts'
import { scalarSize } from './scalars.ts'
import type { AnyStruct, FieldLayout, FieldType, FieldTypes, ScalarType } from './types.ts'

/** Minimum size of a value in bytes. If it ends in a flexible array, the bytes before that. */
export const leastSize = ({ flexible, size, fields }: AnyStruct): number => (flexible ? Object.values(fields).at(-1)!.offset : size)

/** A field with its offset and size. */
export interface Placed extends FieldLayout { readonly field: string }
/** Places the fields of a struct under an ABI. */
export type Place = (types: FieldTypes, abi: Abi) => { size: number; align: number; placed: readonly Placed[] }

/** The rules of C: each field is at the next multiple of its alignment, and the size is rounded up to the largest alignment. */
export const layOut: Place = (types, abi) => {
  let end = 0
  let align = 1
  const entries = Object.entries(types)
  const placed = entries.map(([field, type], i): Placed => {
    const own = inAbi(type, abi)
    const flexible = isFlexible(own)
    const element = isArray(own) ? own[0] : own
    const length: number = isArray(own) ? flexible ? 0 : own[1]! : 1
    if (!Number.isInteger(length) || (length < 1 && !flexible)) {
      throw invalidDefinition(`Cannot define the field ${field}: an array has a length of at least 1, not ${show(length)}`)
    }
    if (flexible && i < entries.length - 1) throw invalidDefinition(`Cannot define the field ${field}: a flexible array comes last`)
    if (isStruct(element) && element.flexible) {
      throw invalidDefinition(`Cannot define the field ${field}: ${element.name} ends in a flexible array, so nothing can hold it`)
    }
    const unit = sizeAndAlign(element, abi)
    if (unit === undefined) throw invalidDefinition(`Cannot define the field ${field}: ${show(element)} is not a type`)
    const offset = Math.ceil(end / unit.align) * unit.align
    end = offset + unit.size * length
    align = Math.max(align, unit.align)
    return { field, offset, size: unit.size * length, type: own }
  })
  return { size: Math.ceil(end / align) * align, align, placed }
}

/** Returns the size and alignment of a type in bytes, or `undefined` if it is not a type. */
export function sizeAndAlign(type: ScalarType | 'char' | AnyStruct, abi: Abi): { size: number; align: number } | undefined {
  if (isStruct(type)) return type
  const size = scalarSize(type, abi)
  return size === undefined ? undefined : { size, align: size }
}

export const isArray = (type: FieldType): type is Extract<FieldType, readonly unknown[]> => Array.isArray(type)
export const isFlexible = (type: FieldType): boolean => isArray(type) && type.length === 1
export const isStruct = (type: unknown): type is AnyStruct => typeof type === 'object' && type !== null && 'read' in type && 'for' in type

/** The type of a field with nested structs under an ABI. */
export function inAbi(type: FieldType, abi: Abi): FieldType {
  if (isArray(type)) return !isStruct(type[0]) ? type : type.length === 1 ? [type[0].for(abi)] : [type[0].for(abi), type[1]!]
  return isStruct(type) ? type.for(abi) : type
}
