/**
 * The API report, in `api/`: the names that each entry point exports, and every declaration that they are made of, with its
 * signature and without its comments. `npm run api` writes it from the output of `npm run build`. A test compares them, so that each change
 * of the API appears in a diff and never happens by accident.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')

export interface ExportedNames { readonly values: readonly string[]; readonly types: readonly string[] }

const parse = (name: string): ts.SourceFile =>
  ts.createSourceFile(name, readFileSync(join(dist, name), 'utf8'), ts.ScriptTarget.Latest, true)

/** The names of an entry point: values are the exports of its module, types all other declared exports. */
async function exportedNames(door: string): Promise<ExportedNames> {
  const values = Object.keys(await import(pathToFileURL(join(dist, `${door}.js`)).href) as object).sort()
  const all = parse(`${door}.d.ts`).statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined
    return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : []
  })
  return { values, types: [...new Set(all)].filter((name) => !values.includes(name)).sort() }
}

/** Returns the name that a statement declares. Statements without one re-export other declarations. */
function declaredName(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]!.name.getText()
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)
    || ts.isTypeAliasDeclaration(statement)
  return named ? statement.name?.text : undefined
}

/** The texts of the files of `api/`, by name. */
export async function apiReport(): Promise<Map<string, string>> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> }
  const doors = Object.keys(exports).filter((path) => !path.endsWith('.json')).map((path) => (path === '.' ? 'index' : path.slice(2)))
  const names = Object.fromEntries(await Promise.all(doors.map(async (door) => [door, await exportedNames(door)] as const)))
  const printer = ts.createPrinter({ removeComments: true })
  const declarations = readdirSync(dist).filter((name) => name.endsWith('.d.ts')).flatMap((name) => {
    const source = parse(name)
    return source.statements.flatMap((statement) => {
      const declared = declaredName(statement)
      return declared === undefined ? [] : [{ declared, text: printer.printNode(ts.EmitHint.Unspecified, statement, source) }]
    })
  })
  const inOrder = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
  declarations.sort((a, b) => inOrder(a.declared, b.declared) || inOrder(a.text, b.text))
  return new Map([
    ['exports.json', `${JSON.stringify(names, null, 2)}\n`],
    ['declarations.d.ts', `${declarations.map(({ text }) => text).join('\n\n')}\n`],
  ])
}

if (process.argv[1] === import.meta.filename) {
  const api = join(root, 'api')
  rmSync(api, { recursive: true, force: true })
  mkdirSync(api)
  for (const [name, text] of await apiReport()) writeFileSync(join(api, name), text)
}
