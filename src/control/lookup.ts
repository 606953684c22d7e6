/**
 * Which definition a control message belongs to: by level, type and family, however many definitions there are.
 * @module
 */
import { invalidDefinition, invalidType, show } from '../errors.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'
import { formsIn, type Readable } from './forms.ts'

/** The definition for a (level, type), or the form of one; where there is a definition of these numbers, that comes first. */
export type Lookup = (level: number, type: number) => Readable | undefined

// One number for both: what differs only far up falls in one bucket, and is told apart there.
const keyOf = (level: number, type: number): number => (level << 16) ^ type

interface Made {
  readonly list: readonly AnyControlMessage[]
  /** What was in the list. */
  readonly definitions: readonly AnyControlMessage[]
  readonly buckets: Buckets
  readonly byFamily: Map<Family | undefined, Lookup>
}
type Buckets = ReadonlyMap<number, readonly AnyControlMessage[]>

const made = new WeakMap<readonly AnyControlMessage[], Made>()
// Whoever decodes one control buffer decodes the next with the same list, and this is faster to ask than the map.
let last: Made | undefined

/**
 * The lookup for a list of definitions, of those that the family has; all of them without one. Made once and checked: two
 * that would claim the same control messages are refused, for one of them could never be had.
 */
export function lookupFor(definitions: readonly AnyControlMessage[], family: Family | undefined): Lookup {
  let known = last?.list === definitions ? last : made.get(definitions)
  // The list may have been changed since.
  if (known === undefined || !(Object.isFrozen(definitions) || same(known.definitions, definitions))) {
    known = { list: definitions, definitions: [...definitions], buckets: bucketsOf(definitions), byFamily: new Map() }
    made.set(definitions, known)
  }
  last = known
  let lookup = known.byFamily.get(family)
  if (lookup === undefined) known.byFamily.set(family, (lookup = makeLookup(known, family)))
  return lookup
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function bucketsOf(definitions: readonly AnyControlMessage[]): Buckets {
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
  return buckets
}

function makeLookup({ buckets, definitions }: Made, family: Family | undefined): Lookup {
  // Which have the family is found out here, and not for each control message.
  const ofFamily = new Map<number, Readable[]>([...buckets].map(([key, bucket]) => [key, bucket.filter((one) => family === undefined || inFamily(one.family, family))]))
  for (const definition of definitions) {
    if (family !== undefined && !inFamily(definition.family, family)) continue
    for (const form of formsIn(definition, family)) {
      const key = keyOf(form.level, form.type)
      const bucket = ofFamily.get(key)
      if (bucket === undefined) ofFamily.set(key, [form])
      else bucket.push(form)
    }
  }
  return (level, type) => {
    const bucket = ofFamily.get(keyOf(level, type))
    if (bucket === undefined) return undefined
    for (const definition of bucket) if (definition.level === level && definition.type === type) return definition
    return undefined
  }
}

function collide(a: AnyControlMessage, b: AnyControlMessage): boolean {
  if (a.level !== b.level || a.type !== b.type) return false
  if (a.family === undefined || b.family === undefined) return true
  return [a.family].flat().some((family) => inFamily(b.family, family))
}
