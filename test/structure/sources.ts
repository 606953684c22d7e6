/**
 * The sources of the library, as text and as syntax.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../support/peers.ts'

export interface Source {
  /** From the root of the repository: `src/abi/cmsg.ts`. */
  readonly path: string
  readonly text: string
  /** What it imports, types included: our files by path, everything else as it is written. */
  readonly imports: readonly string[]
  readonly syntax: ts.SourceFile
}

const read = (path: string): Source => {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(posix.dirname(path), fileName) : fileName)
  return { path, text, imports, syntax: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
}

const under = (directory: string): Source[] => readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts')).sort().map((file) => read(posix.join(directory, file)))

export const sources: readonly Source[] = [...under('src'), ...under('generated')]

/** Every node below one, itself included. */
export function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => { children.push(child) })
  for (const child of children) yield* nodes(child)
}

/** Where a node is, for a message. */
export function place({ path, syntax }: Source, node: ts.Node): string {
  const { line } = syntax.getLineAndCharacterOfPosition(node.getStart(syntax))
  return `${path}:${line + 1}: ${node.getText(syntax)}`
}
