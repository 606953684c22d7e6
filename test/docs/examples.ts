/**
 * The examples in the documentation, and programs made of them.
 *
 * An example is what follows `@example` in a comment of src/, or a block of README.md or docs/ that begins with ```ts or
 * ```js example. Each is a program of its own. A word after `ts` says how it is run:
 *
 *     ts          runs to its end
 *     ts server   runs until it is stopped; it is sent datagrams, and has to print a line for each and answer
 *     ts client   runs to its end while the last server before it runs
 *
 * A comment at the end of a line says what comes of it:
 *
 *     CMSG_LEN(12) // 28                        the value, where the comment is a literal: it is compared
 *     decodeControl(control) // [{ …, kind: 'ttl' }]   with … there may be more properties
 *     console.log(at) // 0, then 32             what is printed; one time after the other; … is anything
 *
 * A block of Markdown is run as it stands, in the syntax that this Node has; an example of src/ is translated for it.
 *
 * `on a 64-bit machine` may follow. Any other comment is prose. /tmp is a directory of the test's own.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { ROOT } from '../support/peers.ts'

export interface Example {
  /** Where it is: `src/abi/cmsg.ts:71`. */
  readonly name: string
  /** What follows `ts`: '', 'server', 'client'. */
  readonly mode: string
  readonly text: string
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length

function inComments(path: string): Example[] {
  const text = read(path)
  return [...text.matchAll(/^[ \t]*\/\*\*[^]*?\*\//gm)].flatMap((comment) => {
    const examples = [...comment[0].matchAll(/^[ \t]*\* @example\n((?:(?!\s*\* @)(?!\s*\*\/).*\n)*)/gm)]
    return examples.map(({ index, 1: lines }) => ({
      name: `${path}:${lineAt(text, comment.index + index)}`, mode: '', text: lines!.replace(/^[ \t]*\* ?/gm, ''),
    }))
  })
}

function inMarkdown(path: string): Example[] {
  const text = read(path)
  return [...text.matchAll(/^( *)```(?:ts|js example)\b *(.*)\n([^]*?)\n\1```$/gm)].map(({ index, 1: indent, 2: mode, 3: lines }) => ({
    name: `${path}:${lineAt(text, index)}`, mode: mode!, text: `${lines!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\n`,
  }))
}

export const examples = (sources: readonly string[], documents: readonly string[]): Example[] =>
  [...sources.flatMap(inComments), ...documents.flatMap(inMarkdown)]

/** A literal, or numbers added up: undefined for anything else, which is prose. */
function literal(comment: string): { text: string; partial: boolean } | undefined {
  const text = comment.replace(/ on a 64-bit machine$/, '').replaceAll(/…, |, …|…/g, '')
  const source = ts.createSourceFile('literal.ts', `(${text})`, ts.ScriptTarget.Latest, true)
  const [statement, ...more] = source.statements
  const broken = (source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics.length > 0
  if (broken || more.length > 0 || statement === undefined || !ts.isExpressionStatement(statement)) return undefined
  const isLiteral = (node: ts.Node): boolean => {
    if (ts.isParenthesizedExpression(node)) return isLiteral(node.expression)
    if (ts.isPrefixUnaryExpression(node)) return isLiteral(node.operand)
    if (ts.isBinaryExpression(node)) {
      return isLiteral(node.left) && node.operatorToken.kind === ts.SyntaxKind.PlusToken && isLiteral(node.right)
    }
    if (ts.isArrayLiteralExpression(node)) return node.elements.every(isLiteral)
    if (ts.isObjectLiteralExpression(node)) {
      return node.properties.every((property) => ts.isPropertyAssignment(property) && isLiteral(property.initializer))
    }
    return ts.isNumericLiteral(node) || ts.isStringLiteral(node) || ts.isBigIntLiteral(node)
      || [ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind)
      || node.getText(source) === 'undefined'
  }
  return isLiteral(statement.expression) ? { text, partial: comment.includes('…') } : undefined
}

/** The example as JavaScript, every value that it states compared; and how many those are. */
export function program({ name, text }: Example, temporary: string): { code: string; values: number } {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const edits: { at: number; end: number; text: string }[] = []
  const statements: [number, string][] = []
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    if (!ts.isExpressionStatement(node)) return
    const comment = /^[ \t]*\/\/ (.*)/.exec(text.slice(node.end))?.[1]
    if (comment === undefined) return
    const line = source.getLineAndCharacterOfPosition(node.end).line + 1
    const { expression } = node
    const [start, end] = [expression.getStart(source), expression.end]
    const state = (): void => void statements.push([line, text.split('\n')[line - 1]!.trim()])
    if (ts.isCallExpression(expression) && expression.expression.getText(source) === 'console.log') {
      state()
      const printed = JSON.stringify(comment.replace(/ on a 64-bit machine$/, '').split(', then '))
      edits.push({ at: start, end: expression.expression.end, text: `__check.printed(${line}, ${printed})` })
      return
    }
    const value = literal(comment)
    if (value === undefined) return
    state()
    edits.push({ at: start, end, text: `__check.equals(${line}, ${value.text}, ${value.partial}, ${text.slice(start, end)})` })
  }
  visit(source)
  // From the end, so that what is before stays where it is.
  const edited = edits.sort((a, b) => b.at - a.at).reduce((rest, { at, end, text }) => rest.slice(0, at) + text + rest.slice(end), text)
  const checks = JSON.stringify(pathToFileURL(join(ROOT, 'test/docs/check.mjs')).href)
  const check = `import * as __check from ${checks}\n__check.expectAll(${JSON.stringify(statements)})\n`
  const { outputText } = ts.transpileModule(edited.replaceAll('/tmp/', `${temporary}/`), {
    compilerOptions: {
      target: name.includes('.md:') ? ts.ScriptTarget.ESNext : ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  })
  return { code: `${check}${outputText}`, values: statements.length }
}

/** Whether a program is JavaScript, without the syntax that the oldest Node we support does not have. */
export function isJavaScript(text: string): boolean {
  // In a file of JavaScript, the compiler points out what only TypeScript has.
  const source = ts.createSourceFile('example.mjs', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS)
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost({}), getSourceFile: (name) => (name === source.fileName ? source : undefined), readFile: () => undefined,
    fileExists: () => false, writeFile: () => {},
  }
  const checked = ts.createProgram([source.fileName], {
    allowJs: true, noLib: true, noResolve: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext,
  }, host)
  const disposes = (node: ts.Node): boolean =>
    (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using)
    || (ts.forEachChild(node, (child) => disposes(child) || undefined) ?? false)
  return checked.getSyntacticDiagnostics(source).length === 0 && !disposes(source)
}

/** What the TypeScript compiler says of programs, by name. Nothing, if all is well. */
export function typeErrors(files: readonly string[]): string {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } }
  // An example may show something that it makes no use of.
  const compilerOptions = { ...config.compilerOptions, noUnusedLocals: false }
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, ROOT)
  const program = ts.createProgram([...files], options)
  const diagnostics = files.flatMap((file) => {
    const source = program.getSourceFile(file)!
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  })
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (file) => file, getCurrentDirectory: () => ROOT, getNewLine: () => '\n',
  })
}
