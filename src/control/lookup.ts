/**
 * Which definition a control message belongs to: by level, type and family, however many definitions there are.
 * @module
 */
import { invalidDefinition, invalidType, show } from '../errors.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'

/** The definition for a (level, type), of those that have the family. */
export type Lookup = (level: number, type: number, family: Family | undefined) => AnyControlMessage | undefined

// One number for both: what differs only far up falls in one bucket, and is told apart there.
const keyOf = (level: number, type: number): number => (level << 16) ^ type

interface Made { readonly definitions: readonly AnyControlMessage[]; readonly lookup: Lookup }
const made = new WeakMap<readonly AnyControlMessage[], Made>()
// Whoever decodes one control buffer decodes the next with the same list, and this is faster to ask than the map.
let last: { readonly list: readonly AnyControlMessage[]; readonly made: Made } | undefined

/**
 * The lookup for a list of definitions, made once and checked: two that would claim the same control messages are
 * refused, for one of them could never be had.
 */
export function lookupFor(definitions: readonly AnyControlMessage[]): Lookup {
  let known = last?.list === definitions ? last.made : made.get(definitions)
  // The list may have been changed since.
  if (known === undefined || !(Object.isFrozen(definitions) || same(known.definitions, definitions))) {
    known = { definitions: [...definitions], lookup: makeLookup(definitions) }
    made.set(definitions, known)
  }
  if (last?.made !== known) last = { list: definitions, made: known }
  return known.lookup
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function makeLookup(definitions: readonly AnyControlMessage[]): Lookup {
  const buckets = new Map<number, AnyControlMessage[]>()
  for (const definition of definitions) {
    if (typeof definition?.decode !== 'function') throw invalidType(`Cannot decode with ${show(definition)}: expected a definition, such as credentials`)
    const key = keyOf(definition.level, definition.type)
    const bucket = buckets.get(key)
    const twin = bucket?.find((other) => collide(other, definition))
    if (twin !== undefined) {
      const both = twin.kind === definition.kind ? `${twin.kind} twice` : `both ${twin.kind} and ${definition.kind}`
      throw invalidDefinition(`Cannot decode ${both}: level ${definition.level}, type ${definition.type} and a family are the same`)
    }
    if (bucket === undefined) buckets.set(key, [definition])
    else bucket.push(definition)
  }
  return (level, type, family) => {
    const bucket = buckets.get(keyOf(level, type))
    if (bucket === undefined) return undefined
    for (const definition of bucket) {
      if (definition.level === level && definition.type === type && (family === undefined || inFamily(definition.family, family))) return definition
    }
    return undefined
  }
}

function collide(a: AnyControlMessage, b: AnyControlMessage): boolean {
  if (a.level !== b.level || a.type !== b.type) return false
  if (a.family === undefined || b.family === undefined) return true
  return [a.family].flat().some((family) => inFamily(b.family, family))
}
