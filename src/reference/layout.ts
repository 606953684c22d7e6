/**
 * Describes the memory layout of a struct, and the differences between targets.
 * @module
 */
import { layouts } from '../../generated/layouts.ts'
import type { Abi } from '../abi/abi.ts'
import type { LayoutTable } from '../abi/tables.ts'
import type { AnyStruct, FieldType } from '../abi/types.ts'

/** The layout of a struct, with the targets that share it. */
export interface Layout {
  readonly targets: readonly Abi[]
  readonly struct: AnyStruct
  /** The fields that the C library declares differently. */
  readonly declared: Readonly<Record<string, readonly [number, number]>>
}

/** A field or a hole, in the order of memory. */
export interface Span { readonly name: string | undefined; readonly offset: number; readonly size: number; readonly type: string }

/** Groups targets that have the same layout of a struct. */
export function layoutsOf(struct: AnyStruct, targets: readonly Abi[]): Layout[] {
  const same = new Map<string, { targets: Abi[]; struct: AnyStruct; declared: Layout['declared'] }>()
  for (const abi of targets) {
    const of = struct.for(abi)
    const declared = declarations(struct.name, abi)
    const key = JSON.stringify([
      of.size, of.align, Object.values(of.fields).map(({ offset, size }) => [offset, size]), declared, abi.littleEndian,
    ])
    const found = same.get(key)
    if (found === undefined) same.set(key, { targets: [abi], struct: of, declared })
    else found.targets.push(abi)
  }
  return [...same.values()]
}

function declarations(name: string, { target }: Abi): Layout['declared'] {
  const { variants } = layouts[name as keyof typeof layouts] as LayoutTable
  return variants.find(({ targets }) => targets?.includes(target) ?? true)?.declared ?? {}
}

/** The fields and holes of a struct, in the order of memory. */
export function spans({ fields, size, flexible }: AnyStruct): Span[] {
  const result: Span[] = []
  let end = 0
  const hole = (to: number): void => { if (to > end) result.push({ name: undefined, offset: end, size: to - end, type: '' }) }
  for (const [name, { offset, size, type }] of Object.entries(fields)) {
    hole(offset)
    result.push({ name, offset, size, type: cType(type) })
    end = Math.max(end, offset + size)
  }
  if (!flexible) hole(size)
  return result
}

const cTypes: Readonly<Record<string, string>> = {
  char: 'char', i8: 'int8_t', u8: 'uint8_t', i16: 'int16_t', u16: 'uint16_t', i32: 'int32_t', u32: 'uint32_t', i64: 'int64_t',
  u64: 'uint64_t',
  u16be: 'uint16_t, big-endian', u32be: 'uint32_t, big-endian', u64be: 'uint64_t, big-endian',
  long: 'long', ulong: 'unsigned long', usize: 'size_t', pointer: 'void *',
}

/** A type as C writes it. */
export function cType(type: FieldType): string {
  if (typeof type === 'string') return cTypes[type] ?? type
  if (!Array.isArray(type)) return `struct ${(type as AnyStruct).name}`
  const [element, length] = type as readonly [FieldType, number?]
  return `${cType(element)}[${length ?? ''}]`
}

/** Returns the fields whose offset or size differs. */
export function differingFields(found: readonly Layout[]): Set<string> {
  const places = (name: string): Set<string> =>
    new Set(found.map(({ struct: { fields } }) => `${fields[name]!.offset} ${fields[name]!.size}`))
  return new Set(Object.keys(found[0]?.struct.fields ?? {}).filter((name) => places(name).size > 1))
}
