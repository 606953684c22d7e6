/**
 * Compares committed tables with fresh ones: every number that differs, by target, and every line.
 * @module
 */
import { pathToFileURL } from 'node:url'
import type { Tables } from './merge.ts'
import type { Problem } from './rows.ts'

/** Reads the modules of generated/ as the tables that they were printed from. */
export async function importTables(directory: string): Promise<Tables> {
  const names = ['layouts', 'constants', 'errno', 'bindings', 'macros']
  const urls = names.map((name) => pathToFileURL(`${directory}/${name}.ts`).href)
  const modules: object[] = await Promise.all(urls.map((url) => import(url)))
  return Object.assign({}, ...modules) as Tables
}

/** Returns every number that differs on these targets. With `partial`, fresh tables of a few targets may lack numbers, since a libc may. */
export function compareTables(committed: Tables, fresh: Tables, targets: readonly string[],
  partial = false): Problem[] {
  return [...targets, shared].flatMap((target) => {
    const before = flatten(committed, target)
    const after = flatten(fresh, target)
    const symbols = partial ? after.keys() : new Set([...before.keys(), ...after.keys()])
    return [...symbols].filter((symbol) => before.get(symbol) !== after.get(symbol)).map((symbol) => {
      const was = before.get(symbol) ?? 'nothing'
      const is = after.get(symbol) ?? 'nothing'
      return { target, symbol, message: `committed ${was}, the compiler says ${is}` }
    })
  })
}

/** Returns how many numbers the tables state for a target. */
export function countNumbers(tables: Tables, target: string): number {
  return flatten(tables, target).size
}

/** The numbers that are the same on every target. */
const shared = 'the list'

/** The entries of one target, by symbol: numbers, or a few words. */
function flatten(tables: Tables, target: string): Map<string, string> {
  const entries: [string, unknown][] = []
  if (target === shared) {
    for (const [name, { types }] of Object.entries(tables.layouts)) {
      entries.push(...Object.entries(types).map(([field, type]): [string, string] => {
        return [`type of ${name}.${field}`, JSON.stringify(type)]
      }))
    }
    for (const [name, binding] of Object.entries(tables.bindings)) entries.push([`${name}()`, JSON.stringify(binding)])
    return new Map(entries.map(([symbol, value]) => [symbol, String(value)]))
  }
  entries.push(['the target itself', JSON.stringify(tables.targets[target])])
  for (const [name, { variants }] of Object.entries(tables.layouts)) {
    for (const { size, align, fields, declared } of variants.filter(({ targets }) => targets?.includes(target) ?? true)) {
      entries.push([`size of ${name}`, size], [`alignment of ${name}`, align])
      for (const [field, place] of Object.entries(fields)) entries.push([`${name}.${field}`, placeText(place)])
      for (const [field, place] of Object.entries(declared ?? {})) {
        entries.push([`${name}.${field} as declared`, placeText(place)])
      }
    }
  }
  entries.push(...Object.entries(tables.constants), ...Object.entries(tables.errno))
  for (const [name, values] of Object.entries(tables.constantsByTarget)) entries.push([name, values[target]])
  for (const { results } of tables.macros.filter(({ targets }) => targets.includes(target))) {
    for (const [macro, calls] of Object.entries(results)) {
      for (const [argument, result] of calls) entries.push([`${macro}(${argument})`, result])
    }
  }
  return new Map(entries.filter(([, value]) => value !== undefined).map(([symbol, value]) => [symbol, String(value)]))
}

function placeText([offset, size]: readonly [number, number]): string {
  return `offset ${offset}, ${size} bytes`
}

/** Returns every line that was added, removed or changed, with its number in its own file. */
export function compareText(path: string, committed: string, fresh: string): string[] {
  const before = committed.split('\n')
  const after = fresh.split('\n')
  // length[i][j]: the number of common lines after line i of the one and line j of the other.
  const length = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const best = Math.max(length[i + 1]![j]!, length[i]![j + 1]!)
      length[i]![j] = before[i] === after[j] ? length[i + 1]![j + 1]! + 1 : best
    }
  }
  const differences: string[] = []
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    if (i < before.length && before[i] === after[j]) {
      i++
      j++
    } else if (j >= after.length || (i < before.length && length[i + 1]![j]! >= length[i]![j + 1]!)) {
      differences.push(`${path}:${i + 1}: - ${before[i++]}`)
    } else {
      differences.push(`${path}:${j + 1}: + ${after[j++]}`)
    }
  }
  return differences
}
