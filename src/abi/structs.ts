/**
 * The structs of the system headers, by C name.
 * @module
 */
import { layouts } from '../../generated/layouts.ts'
import { hostAbi, type Abi } from './abi.ts'
import { isArray } from './c-layout.ts'
import { makeStruct } from './struct.ts'
import { isStructName, placeByTable, type GeneratedFields, type LayoutTable, type StructName } from './tables.ts'
import type { AnyStruct, FieldType, Struct } from './types.ts'

type Tables = Readonly<Record<string, LayoutTable>>

const made = new WeakMap<LayoutTable, AnyStruct>()

/**
 * Returns a struct of generated/layouts.ts for the host, from its own table, so that a bundle contains only the tables that it
 * uses: `cStruct({ ucred })`. `nested` has the tables of the structs nested in it.
 */
export function cStruct<const T extends Tables>(table: T, nested: Tables = {}): Struct<GeneratedFields<T[keyof T]['types']>> {
  const [[name, layout]] = Object.entries(table) as [[string, LayoutTable]]
  let struct = made.get(layout)
  if (struct === undefined) made.set(layout, (struct = make(name, layout, hostAbi(), nested)))
  return struct as unknown as Struct<GeneratedFields<T[keyof T]['types']>>
}

function make(name: string, table: LayoutTable, abi: Abi, nested: Tables): AnyStruct {
  const resolved = (type: FieldType | StructName): FieldType => {
    if (isArray(type as FieldType)) return [resolved((type as readonly [FieldType])[0]), (type as readonly unknown[])[1]] as FieldType
    return isStructName(type) ? cStruct({ [type.struct]: nested[type.struct]! }, nested) as AnyStruct : type
  }
  const types = Object.entries(table.types).map(([field, type]) => [field, resolved(type as FieldType | StructName)])
  return makeStruct(name, Object.fromEntries(types) as Record<string, FieldType>, abi, placeByTable(table)) as AnyStruct
}

type Structs = { readonly [N in keyof typeof layouts]: Struct<GeneratedFields<(typeof layouts)[N]['types']>> }

/**
 * Every struct of the tables, by its C name, laid out for the host; `.for(abi)` returns it for another target.
 *
 * @example
 * import { abis, structs } from 'cmsg/codec'
 *
 * structs.msghdr.size // 56 on a 64-bit machine
 * structs.msghdr.for(abis['arm-linux-gnueabihf']).fields.msg_control.offset // 16
 */
export const structs: Structs = /* @__PURE__ */ lazyStructs()

function lazyStructs(): Structs {
  const all = {}
  for (const [name, table] of Object.entries(layouts)) {
    // Created on first use, so that a program pays only for the structs it needs.
    const get = (): unknown => {
      const value = cStruct({ [name]: table }, layouts)
      Object.defineProperty(all, name, { enumerable: true, value })
      return value
    }
    Object.defineProperty(all, name, { enumerable: true, configurable: true, get })
  }
  return all as Structs
}
