/**
 * Every parameter of every function of cmsg/libc, as its TypeScript declaration has it: a parameter that is added there is
 * tested here without anybody thinking of it.
 * @module
 */
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../support/peers.ts'

/** What a value may be at a place: `number`, `string`, `boolean`, `bytes`, `list`, `object`, and `undefined` where it is optional. */
export type Kind = 'number' | 'string' | 'boolean' | 'bytes' | 'list' | 'object' | 'undefined'

/** A place a caller's value goes to: `['message', 'buffers', '0']`. */
export interface Parameter {
  readonly path: readonly string[]
  readonly kinds: readonly Kind[]
}

/**
 * By the name of the function, `Class` or `Class.method`: its parameters, and what is in those that are lists or objects.
 */
export function parameters(file = 'src/libc.ts'): Record<string, Parameter[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  const program = ts.createProgram([join(ROOT, file)], options)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(join(ROOT, file))!
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)

  const found: Record<string, Parameter[]> = {}
  for (const symbol of exported) {
    const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const declaration = original.valueDeclaration
    // The addresses there make no system call of their own: test/address has the wrong ones.
    if (declaration === undefined || !/\/src\/libc\/(?!addresses)/.test(declaration.getSourceFile().fileName)) continue
    const type = checker.getTypeOfSymbol(original)
    if (ts.isFunctionDeclaration(declaration)) found[symbol.name] = placesOf(checker, type.getCallSignatures())
    if (ts.isClassDeclaration(declaration)) {
      found[symbol.name] = placesOf(checker, type.getConstructSignatures())
      for (const method of checker.getDeclaredTypeOfSymbol(original).getProperties()) {
        if (ts.isPrivateIdentifier((method.valueDeclaration as ts.PropertyDeclaration).name)) continue
        found[`${symbol.name}.${method.name}`] = placesOf(checker, checker.getTypeOfSymbol(method).getCallSignatures())
      }
    }
  }
  return found
}

function kindOf(checker: ts.TypeChecker, type: ts.Type): Kind {
  if (type.flags & ts.TypeFlags.NumberLike) return 'number'
  if (type.flags & ts.TypeFlags.StringLike) return 'string'
  if (type.flags & ts.TypeFlags.BooleanLike) return 'boolean'
  if (type.flags & ts.TypeFlags.Undefined) return 'undefined'
  if (checker.isArrayType(type)) return 'list'
  if (type.getProperty('byteLength') !== undefined) return 'bytes'
  if (type.flags & ts.TypeFlags.Object) return 'object'
  throw new Error(`This test knows no wrong values for a ${checker.typeToString(type)}`)
}

/** The places in the arguments of a function, of all its overloads together. */
function placesOf(checker: ts.TypeChecker, signatures: readonly ts.Signature[]): Parameter[] {
  const places = new Map<string, { path: string[]; kinds: Set<Kind> }>()
  const visit = (type: ts.Type, path: string[], optional: boolean): void => {
    const place = places.get(path.join('.')) ?? { path, kinds: new Set<Kind>() }
    places.set(path.join('.'), place)
    if (optional) place.kinds.add('undefined')
    for (const each of type.isUnion() ? type.types : [checker.getBaseConstraintOfType(type) ?? type]) {
      const kind = kindOf(checker, each)
      place.kinds.add(kind)
      if (kind === 'list') visit(checker.getTypeArguments(each as ts.TypeReference)[0]!, [...path, '0'], false)
      if (kind === 'object') {
        for (const member of each.getProperties()) {
          visit(checker.getTypeOfSymbol(member), [...path, member.name], (member.flags & ts.SymbolFlags.Optional) !== 0)
        }
      }
    }
  }
  // One place, whatever the overloads call it.
  const names = signatures.flatMap(({ parameters }) => parameters.map(({ name }, i) => [i, name] as const)).reverse()
  const nameAt = new Map(names)
  for (const { parameters } of signatures) {
    parameters.forEach((parameter, i) => {
      // What another overload does without is optional.
      const optional = checker.isOptionalParameter(parameter.valueDeclaration as ts.ParameterDeclaration)
        || signatures.some((other) => other.parameters.length <= i)
      visit(checker.getTypeOfSymbol(parameter), [nameAt.get(i)!], optional)
    })
  }
  return [...places.values()].map(({ path, kinds }) => ({ path, kinds: [...kinds] }))
}
