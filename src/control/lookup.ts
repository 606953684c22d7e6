/**
 * Finds the definition of a control message by level, type and family.
 * @module
 */
import type { Abi } from '../abi/abi.ts'
import { invalidDefinition, invalidType, show } from '../misuse.ts'
import { builtins } from './catalogue.ts'
import { inFamily, type AnyControlMessage, type Family } from './define.ts'
import type { Form, Readable } from './forms.ts'

/**
 * The parts of a definition, or of one of its forms, that decoding needs. A definition is a function with so many properties that V8
 * keeps them in a hash table, where each access is a search.
 */
class Candidate {
  /** The definition or the form. */
  readonly source: Readable
  readonly isForm: boolean
  readonly kind: string
  readonly level: number
  readonly type: number
  readonly decode: Readable['decode']
  readonly read: Readable['read']
  /** The families of the definition, and those that its form is limited to. */
  readonly #families: Readable['family']
  readonly #formFamilies: Readable['family']
  readonly #accepts: Readable['accepts']
  /** The size that was accepted last: nearly all payloads of a kind have the same size. */
  #length = -1
  #abi: Abi | undefined

  constructor(definition: AnyControlMessage, form?: Form) {
    const { kind, level, type, decode, read, accepts } = this.source = form ?? definition
    this.isForm = form !== undefined
    this.kind = kind
    this.level = level
    this.type = type
    this.decode = decode
    this.read = read
    this.#accepts = accepts
    this.#families = definition.family
    this.#formFamilies = form?.family
  }

  /** Returns true if a payload of `length` bytes can be decoded. */
  accepts(length: number, abi: Abi): boolean {
    if (length === this.#length && abi === this.#abi) return true
    const accepted = this.#accepts?.(length, abi) ?? length >= this.source.minSize
    if (accepted) {
      this.#length = length
      this.#abi = abi
    }
    return accepted
  }

  /** Without a family, forms that are limited to one are left out: their numbers mean something else elsewhere. */
  isOf(family: Family | undefined): boolean {
    if (family === undefined) return this.#formFamilies === undefined
    return inFamily(this.#families, family) && inFamily(this.#formFamilies, family)
  }
}

/** Candidates by definition, since a program has many lists of few definitions. */
const known = /* @__PURE__ */ new WeakMap<AnyControlMessage, readonly Candidate[]>()

/** The definitions, then their forms. */
function candidatesOf(definitions: Definitions): Candidate[] {
  const candidates: Candidate[] = []
  const forms: Candidate[] = []
  for (const definition of definitions) {
    let own = known.get(definition)
    if (own === undefined) {
      own = [new Candidate(definition), ...(definition.forms ?? []).map((form) => new Candidate(definition, form))]
      known.set(definition, own)
    }
    candidates.push(own[0]!)
    for (let i = 1; i < own.length; i++) forms.push(own[i]!)
  }
  for (const form of forms) candidates.push(form)
  return candidates
}

/** Returns the definition for a (level, type), or a form of one. A definition comes before the forms of others. */
type Lookup = (level: number, type: number) => Candidate | undefined

type Definitions = readonly AnyControlMessage[]

/**
 * The lookup for a list of definitions, limited to those of a family if one is given. Two definitions that claim the same
 * control messages are refused, because the second could never be found.
 */
export function lookupFor(definitions: Definitions, family: Family | undefined): Lookup {
  if (definitions === builtins) return inTable((builtinTable ??= tableOf(builtins)), family)
  if (!Array.isArray(definitions)) throw invalidType(`Cannot decode with ${show(definitions)}: expected an array of definitions`)
  if (definitions.length > maxScanned) return inTable(tableOf(definitions), family)
  if (last === undefined || last.family !== family || !isSame(last.definitions, definitions)) {
    // A copy, since the caller may change the list.
    last = { definitions: [...definitions], family, lookup: inList(listOf(definitions, family)) }
  }
  return last.lookup
}

/** The longest list that is scanned. Up to here, that costs less than a table that is used once (bench/README.md). */
const maxScanned = 16

// ── Short lists ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** The list used last, since programs mostly decode with the same definitions again (bench/README.md). */
let last: { readonly definitions: Definitions; readonly family: Family | undefined; readonly lookup: Lookup } | undefined

function isSame(a: Definitions, b: Definitions): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The candidates of a family: the definitions, then their forms. */
function listOf(definitions: Definitions, family: Family | undefined): readonly Candidate[] {
  for (let i = 0; i < definitions.length; i++) {
    const definition = checked(definitions[i])
    for (let j = 0; j < i; j++) if (collide(definitions[j]!, definition)) refuse(definitions[j]!, definition)
  }
  return candidatesOf(definitions).filter((candidate) => candidate.isOf(family))
}

const inList = (candidates: readonly Candidate[]): Lookup => (level, type) => {
  for (const candidate of candidates) if (candidate.level === level && candidate.type === type) return candidate
  return undefined
}

// ── The built-in definitions, and long lists ────────────────────────────────────────────────────────────────────────

type Table = ReadonlyMap<number, readonly Candidate[]>

let builtinTable: Table | undefined

// One number for both. Pairs that share one are told apart by the loop below.
const keyOf = (level: number, type: number): number => (level << 16) ^ type

function tableOf(definitions: Definitions): Table {
  for (const definition of definitions) checked(definition)
  const table = new Map<number, Candidate[]>()
  for (const candidate of candidatesOf(definitions)) {
    const key = keyOf(candidate.level, candidate.type)
    const others = table.get(key)
    if (others === undefined) {
      table.set(key, [candidate])
      continue
    }
    if (!candidate.isForm) for (const { source } of others) if (collide(source, candidate.source)) refuse(source, candidate.source)
    others.push(candidate)
  }
  return table
}

const inTable = (table: Table, family: Family | undefined): Lookup => (level, type) => {
  const candidates = table.get(keyOf(level, type))
  if (candidates === undefined) return undefined
  for (const candidate of candidates) if (candidate.level === level && candidate.type === type && candidate.isOf(family)) return candidate
  return undefined
}

// ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function checked(definition: AnyControlMessage | undefined): AnyControlMessage {
  if (typeof definition?.decode !== 'function') {
    throw invalidType(`Cannot decode with ${show(definition)}: expected a definition, such as credentials`)
  }
  return definition
}

function collide(a: Readable, b: Readable): boolean {
  if (a.level !== b.level || a.type !== b.type) return false
  if (a.family === undefined || b.family === undefined) return true
  return [a.family].flat().some((family) => inFamily(b.family, family))
}

function refuse(a: Readable, b: Readable): never {
  const both = a.kind === b.kind ? `${a.kind} twice` : `both ${a.kind} and ${b.kind}`
  throw invalidDefinition(`Cannot decode ${both}: level ${b.level}, type ${b.type} and a family are the same`)
}
