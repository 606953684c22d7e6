/**
 * What each door exports, as the compiler sees it.
 * @module
 */
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../support/peers.ts'

export const doors = ['codec', 'dgram', 'libc', 'systemd', 'usocket', 'index'] as const
export type Door = (typeof doors)[number]

/** By door, the names of values and of types: a class is among the values, and an interface is not. */
export function exportedNames(): Record<Door, { values: string[]; types: string[] }> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  const files = doors.map((door) => join(ROOT, `src/${door}.ts`))
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  return Object.fromEntries(doors.map((door, i) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(files[i]!)!)!
    const names = checker.getExportsOfModule(module).map((symbol) => {
      const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      // A class may be exported as a type only: nobody is to make one by hand.
      const typeOnly = symbol.declarations?.some((each) => ts.isExportSpecifier(each) && ts.isTypeOnlyExportDeclaration(each)) === true
      return { name: symbol.name, value: !typeOnly && (original.flags & ts.SymbolFlags.Value) !== 0 }
    })
    const pick = (value: boolean): string[] => names.filter((each) => each.value === value).map(({ name }) => name).sort()
    return [door, { values: pick(true), types: pick(false) }]
  })) as Record<Door, { values: string[]; types: string[] }>
}
