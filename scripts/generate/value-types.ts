/**
 * Reads the types of the values of the catalogue's kinds from their declarations, so that the table in the docs has the properties that
 * may be absent, and the names of numbers.
 * @module
 */
import ts from 'typescript'
import { root } from './targets.ts'

/** The types of received and sent values by kind; `undefined` for a direction that the kind does not have. */
export interface ValueType { readonly value: string; readonly sent: string | undefined }

export function valueTypes(): ReadonlyMap<string, ValueType> {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root)
  const program = ts.createProgram([`${root}src/codec.ts`], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const door = checker.getSymbolAtLocation(program.getSourceFile(`${root}src/codec.ts`)!)!
  const found = new Map<string, ValueType>()
  for (const symbol of checker.getExportsOfModule(door)) {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    if (original.valueDeclaration === undefined || !ts.isVariableDeclaration(original.valueDeclaration)) continue
    const type = checker.getTypeOfSymbol(original)
    if (type.aliasSymbol === undefined && type.symbol?.name !== 'ControlMessage') continue
    const [, taken, given] = checker.getTypeArguments(type as ts.TypeReference)
    if (taken === undefined || given === undefined) continue
    const [value, sent] = [shapeOf(checker, given), shapeOf(checker, taken)]
    found.set(symbol.name, { value, sent: sent === 'never' || sent.replaceAll('?', '') === value.replaceAll('?', '') ? undefined : sent })
  }
  return found
}

function shapeOf(checker: ts.TypeChecker, type: ts.Type): string {
  const shape = (one: ts.Type): string => shapeOf(checker, one)
  if (type.flags & ts.TypeFlags.Boolean) return 'boolean'
  if (type.isUnion()) {
    const parts = type.types.filter((one) => (one.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined)) === 0)
    const ofBoolean = (one: ts.Type): boolean => (one.flags & ts.TypeFlags.BooleanLiteral) !== 0
    const texts =
      parts.filter(ofBoolean).length === 2 ? ['boolean', ...parts.filter((one) => !ofBoolean(one)).map(shape)] : parts.map(shape)
    // Names come first: the compiler orders them by when it saw them.
    return texts.sort((a, b) => Number(b.startsWith("'")) - Number(a.startsWith("'")) || a.localeCompare(b, 'en')).join(' | ')
  }
  if (type.isStringLiteral()) return `'${type.value}'`
  if (checker.isArrayType(type)) {
    const element = shape(checker.getTypeArguments(type as ts.TypeReference)[0]!)
    return element.includes(' | ') ? `(${element})[]` : `${element}[]`
  }
  if (type.symbol?.name === 'Uint8Array') return 'Uint8Array'
  if ((type.flags & ts.TypeFlags.Object) === 0) return checker.typeToString(type)
  const properties = checker.getPropertiesOfType(type)
  if (properties.length === 0) return '{ … }'
  return `{ ${properties.map(({ name, flags }) => `${name}${flags & ts.SymbolFlags.Optional ? '?' : ''}`).join(', ')} }`
}
