/**
 * The facts that only the page needs: the docstrings of the kinds, and the headers of structs and constants.
 * @module
 */
import { readFileSync } from 'node:fs'
import ts from 'typescript'
import type { Facts, KindFacts } from '../../docs/page/facts.ts'
import { layouts } from '../../generated/layouts.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { structOf, type AnyLayout } from '../../src/control/payload.ts'
import { constantNames } from '../generate/measure.ts'
import { groups } from '../generate/symbols.ts'

const root = new URL('../..', import.meta.url).pathname

export function readFacts(): Facts {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
  return { version, kinds: kindFacts(), headers: headersOf() }
}

// ── Docstrings ──────────────────────────────────────────────────────────────────────────────────────────────────────

function kindFacts(): Record<string, KindFacts> {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const door = `${root}src/codec.ts`
  const program = ts.createProgram([door], options)
  const checker = program.getTypeChecker()
  const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(door)!)!).map((symbol) =>
    [symbol.name, symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol]))
  return Object.fromEntries((builtins as readonly AnyControlMessage[]).map(({ kind, layout }) => {
    const symbol = exported.get(kind)
    if (symbol?.valueDeclaration === undefined) throw new Error(`codec.ts exports no ${kind}`)
    const doc = textOf(symbol.getDocumentationComment(checker))
    if (doc === '') throw new Error(`${kind} has no docstring`)
    const see =
      symbol.getJsDocTags(checker).filter(({ name }) => name === 'see').map(({ text }) => textOf(text).replace(/^https\s*:/, 'https:'))
    return [kind, { doc, see, fields: fieldDocs(symbol, layout, checker) }]
  }))
}

const textOf = (parts: ts.SymbolDisplayPart[] | undefined): string => ts.displayPartsToString(parts).trim()

/** Returns the docstrings of the members of a kind's value, by the C names of their fields. */
function fieldDocs(symbol: ts.Symbol, layout: AnyLayout | undefined, checker: ts.TypeChecker): Record<string, string> {
  const decode = checker.getTypeOfSymbol(symbol).getProperty('decode')
  const value = decode === undefined ? undefined : checker.getTypeOfSymbol(decode).getCallSignatures()[0]?.getReturnType()
  if (value === undefined || layout === undefined) return {}
  const fields = fieldNames(structOf(layout))
  const names = cNames(symbol.valueDeclaration!, new Set(fields))
  // Those of numbers and arrays are ECMAScript's.
  const own = value.getProperties().filter(({ valueDeclaration }) => valueDeclaration?.getSourceFile().fileName.startsWith(`${root}src/`))
  return Object.fromEntries(own.flatMap((property) => {
    // By the conversion, or by its name with what C puts before all names of a struct: errno, ee_errno.
    const name =
      names[property.name] ?? fields.find((field) => field === property.name || field.replace(/^[a-z0-9]+_/, '') === property.name)
    const doc = textOf(property.getDocumentationComment(checker))
    return doc === '' || name === undefined ? [] : [[name, doc]]
  }))
}

/** Returns the fields of a struct and of the structs within it. */
function fieldNames({ fields }: AnyStruct): string[] {
  return Object.entries(fields).flatMap(([name, { type }]) => [
    name, ...(typeof type === 'object' && 'fields' in type ? fieldNames(type) : []),
  ])
}

/** Returns the field that each member is converted from: `{ interfaceIndex: ipi_ifindex }`, `{ length: 'pkt_length' }`. */
function cNames(definition: ts.Node, fields: ReadonlySet<string>): Record<string, string> {
  const names: Record<string, string> = {}
  const within = (node: ts.Node): string[] => {
    const own = (ts.isIdentifier(node) || ts.isStringLiteral(node)) && fields.has(node.text) ? [node.text] : []
    const inner: string[] = []
    ts.forEachChild(node, (child) => { inner.push(...within(child)) })
    return [...own, ...inner]
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node)) {
      const [field, ...others] = new Set(within(node.initializer))
      if (field !== undefined && others.length === 0) names[node.name.getText()] = field
    }
    ts.forEachChild(node, visit)
  }
  visit(definition)
  return names
}

// ── Headers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The prefixes of constants that name the numbers in payloads. */
function prefixes(): string[] {
  const meanings = (builtins as readonly AnyControlMessage[]).flatMap(({ meaning = {} }) => Object.values(meaning))
  return ['AF_', 'SO_EE_ORIGIN_', 'TP_STATUS_', ...meanings.map((one) => one.replace('|', ''))].filter((prefix) => prefix.endsWith('_'))
}

// Levels are one group. A program includes the header that has its level.
const ofSockets = groups.filter(({ header }) => header === 'sys/socket.h').flatMap((group) => constantNames(group))
const levels: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(ofSockets.filter((name) => name.startsWith('SOL_')).map((name) => [name, ['sys/socket.h']])),
  SOL_IP: ['netinet/in.h'], SOL_IPV6: ['netinet/in.h'], SOL_ICMPV6: ['netinet/in.h'], SOL_TCP: ['netinet/tcp.h'],
  SOL_UDP: ['netinet/udp.h'],
}

function headersOf(): Record<string, readonly string[]> {
  const names = new Set((builtins as readonly AnyControlMessage[]).map(({ name }) => name))
  const meant = prefixes()
  const used = (constant: string): boolean =>
    names.has(constant) || constant.startsWith('SOL_') || meant.some((prefix) => constant.startsWith(prefix))
  const headers: Record<string, readonly string[]> = {}
  for (const group of groups) {
    const { header, needs = [], stated = {}, structs = {}, declared } = group
    // A program that includes netinet/in.h cannot include linux/in6.h.
    if (header === undefined || header === 'linux/in6.h') continue
    const include = [...needs, header]
    for (const constant of constantNames(group)) {
      if (!Object.hasOwn(stated, constant) && used(constant)) headers[constant] = levels[constant] ?? include
    }
    // A program must declare one that is newer than the headers.
    if (declared === undefined) {
      for (const name of Object.keys(structs)) if (Object.hasOwn(layouts, name)) headers[`struct ${name}`] = include
    }
  }
  return headers
}
