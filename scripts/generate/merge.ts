/**
 * Merges the answers of the targets into the tables: numbers that are equal are stated once, so that a reader sees where targets
 * differ.
 * @module
 */
import type { Binding } from './functions.ts'
import { constantNames, functionNames, macroNames, type Facts } from './measure.ts'
import { words, type FieldType, type Group, type Problem } from './rows.ts'
import { fieldName, type StructFacts } from './structs.ts'

export interface Variant extends StructFacts { readonly targets: readonly string[] }
export interface Layout { readonly types: Readonly<Record<string, FieldType>>; readonly variants: readonly Variant[] }

/** The exports of the modules in generated/, by the same names. */
export interface Tables {
  readonly targets: Readonly<Record<string, { libc: string; wordSize: number; littleEndian: boolean }>>
  readonly layouts: Readonly<Record<string, Layout>>
  readonly constants: Readonly<Record<string, number>>
  readonly constantsByTarget: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly errno: Readonly<Record<string, number>>
  readonly bindings: Readonly<Record<string, Binding>>
  readonly macros: readonly MacroVariant[]
}
export interface MacroVariant {
  readonly targets: readonly string[]
  readonly results: Readonly<Record<string, readonly (readonly [number, number])[]>>
}

interface Merged { readonly tables: Tables; readonly problems: readonly Problem[] }

/**
 * Returns the tables, and the mistakes in rows that show when all targets are compared. With `partial`, only some targets were asked,
 * and names that none of them defines are left out.
 */
export function merge(groups: readonly Group[], facts: readonly Facts[], partial = false): Merged {
  const problems: Problem[] = []
  const complain = (symbol: string, message: string, target = 'the list'): void => {
    problems.push({ target, symbol, message })
  }

  const layouts: Record<string, Layout> = {}
  const constants: Record<string, number> = {}
  const constantsByTarget: Record<string, Record<string, number>> = {}
  const errno: Record<string, number> = {}
  const bindings: Record<string, Binding> = {}

  for (const group of groups) {
    for (const [name, fields] of Object.entries(group.structs ?? {})) {
      const types = Object.entries(fields).map(([member, type]) => [fieldName(member), type] as const)
      const variants = shareEqual(facts.filter(({ structs }) => structs.has(name)), ({ structs }) => structs.get(name)!)
      layouts[name] = { types: Object.fromEntries(types), variants }
    }
    const errnos = new Set(words(group.errnos))
    for (const name of constantNames(group)) {
      const byTarget = new Map<string, number>()
      for (const { target, constants } of facts) {
        const value = constants.get(name)
        if (value !== undefined) byTarget.set(target.name, value)
      }
      const values = new Set(byTarget.values())
      const stated = group.stated?.[name]?.value
      const [value] = stated === undefined ? values : [stated]
      if (value === undefined) {
        if (!partial) complain(name, `no target's <${group.header}> defines it: state its value`)
      } else if (values.size < 2) {
        // It does not matter if a header lacks it: the kernel's number is the same.
        (errnos.has(name) ? errno : constants)[name] = value
      } else if (errnos.has(name)) {
        complain(name, 'differs between targets; error numbers are one table')
      } else {
        constantsByTarget[name] = Object.fromEntries(byTarget)
        const without = facts.filter(({ target }) => !byTarget.has(target.name))
        for (const { target } of without) complain(name, 'differs between targets, and has no value here', target.name)
      }
    }
    for (const name of functionNames(group)) {
      const supported = facts.filter(({ target, bindings }) => target.ffi && bindings.has(name))
      const [binding, ...others] = shareEqual(supported, (one) => one.bindings.get(name)!)
      if (!binding) continue
      const { targets, ...contents } = binding
      bindings[name] = contents
      for (const { targets: [target], paramsType, retType } of others) {
        complain(name, `is (${paramsType.join(', ')}) => ${retType} here, unlike on ${targets[0]}`, target)
      }
    }
  }

  const targets = Object.fromEntries(facts.map(({ target, wordSize, littleEndian }) => {
    return [target.name, { libc: target.libc, wordSize, littleEndian }]
  }))
  const macros = shareEqual(facts, ({ macros }) => {
    return { results: Object.fromEntries(macroNames.map((name) => [name, macros.get(name)!])) }
  })
  return { tables: { targets, layouts, constants, constantsByTarget, errno, bindings, macros }, problems }
}

type Shared<T> = T & { readonly targets: string[] }

/** Targets with equal contents share one entry. */
function shareEqual<T extends object>(facts: readonly Facts[], contents: (facts: Facts) => T): Shared<T>[] {
  const entries = new Map<string, Shared<T>>()
  for (const one of facts) {
    const key = JSON.stringify(contents(one))
    const entry = entries.get(key) ?? { targets: [], ...contents(one) }
    entry.targets.push(one.target.name)
    entries.set(key, entry)
  }
  return [...entries.values()]
}
