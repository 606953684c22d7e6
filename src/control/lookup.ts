/**
 * Finds the definition of a control message by level, type and family.
 * @module
 */
import { invalidDefinition, invalidType, show } from '../misuse.ts'
import { builtins } from './catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'
import type { Form, Readable } from './forms.ts'

/** Returns the definition for a (level, type), or a form of one. A definition comes before the forms of others. */
export type Lookup = (level: number, type: number) => Readable | undefined

type Definitions = readonly AnyControlMessage[]

/**
 * The lookup for a list of definitions, limited to those of a family if one is given. Two definitions that claim the same
 * control messages are refused, because the second could never be found.
 */
export function lookupFor(definitions: Definitions, family: Family | undefined): Lookup {
  if (definitions === builtins) return inTable((builtinTable ??= tableOf(builtins)), family)
  if (!Array.isArray(definitions)) throw invalidType(`Cannot decode with ${show(definitions)}: expected an array of definitions`)
  if (definitions.length > maxScanned) return inTable(tableOf(definitions), family)
  checkList(definitions)
  return (level, type) => scan(definitions, level, type, family)
}

/** The longest list that is scanned. Up to here, that costs less than a table that is used once (bench/README.md). */
const maxScanned = 16

// ── Short lists ─────────────────────────────────────────────────────────────────────────────────────────────────────

function checkList(definitions: Definitions): void {
  for (let i = 0; i < definitions.length; i++) {
    const definition = checked(definitions[i])
    for (let j = 0; j < i; j++) if (collide(definitions[j]!, definition)) refuse(definitions[j]!, definition)
  }
}

function scan(definitions: Definitions, level: number, type: number, family: Family | undefined): Readable | undefined {
  for (const definition of definitions) {
    if (definition.level === level && definition.type === type && isOf(definition, family)) return definition
  }
  for (const definition of definitions) {
    if (definition.forms === undefined) continue
    for (const form of definition.forms) if (form.level === level && form.type === type && isFormOf(definition, form, family)) return form
  }
  return undefined
}

// ── The built-in definitions, and long lists ────────────────────────────────────────────────────────────────────────

/** A definition, or a form of it. */
interface Entry { readonly definition: AnyControlMessage; readonly form: Form | undefined }
type Table = ReadonlyMap<number, readonly Entry[]>

let builtinTable: Table | undefined

// One number for both. Pairs that share one are told apart by the loop below.
const keyOf = (level: number, type: number): number => (level << 16) ^ type

function tableOf(definitions: Definitions): Table {
  const table = new Map<number, Entry[]>()
  const add = (key: number, entry: Entry): void => {
    const entries = table.get(key)
    if (entries === undefined) table.set(key, [entry])
    else entries.push(entry)
  }
  for (const one of definitions) {
    const definition = checked(one)
    const key = keyOf(definition.level, definition.type)
    for (const { definition: other } of table.get(key) ?? []) if (collide(other, definition)) refuse(other, definition)
    add(key, { definition, form: undefined })
  }
  for (const definition of definitions) for (const form of definition.forms ?? []) add(keyOf(form.level, form.type), { definition, form })
  return table
}

const inTable = (table: Table, family: Family | undefined): Lookup => (level, type) => {
  const entries = table.get(keyOf(level, type))
  if (entries === undefined) return undefined
  for (const { definition, form } of entries) {
    const { level: ofLevel, type: ofType } = form ?? definition
    if (ofLevel !== level || ofType !== type) continue
    if (form === undefined ? isOf(definition, family) : isFormOf(definition, form, family)) return form ?? definition
  }
  return undefined
}

// ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const isOf = ({ family: own }: Readable, family: Family | undefined): boolean => family === undefined || inFamily(own, family)

/** Without a family, forms that are limited to one are left out: their numbers mean something else elsewhere. */
const isFormOf = (definition: AnyControlMessage, form: Form, family: Family | undefined): boolean =>
  (family === undefined ? form.family === undefined : isOf(definition, family) && isOf(form, family))

function checked(definition: AnyControlMessage | undefined): AnyControlMessage {
  if (typeof definition?.decode !== 'function') {
    throw invalidType(`Cannot decode with ${show(definition)}: expected a definition, such as credentials`)
  }
  return definition
}

function collide(a: AnyControlMessage, b: AnyControlMessage): boolean {
  if (a.level !== b.level || a.type !== b.type) return false
  if (a.family === undefined || b.family === undefined) return true
  return [a.family].flat().some((family) => inFamily(b.family, family))
}

function refuse(a: AnyControlMessage, b: AnyControlMessage): never {
  const both = a.kind === b.kind ? `${a.kind} twice` : `both ${a.kind} and ${b.kind}`
  throw invalidDefinition(`Cannot decode ${both}: level ${b.level}, type ${b.type} and a family are the same`)
}
