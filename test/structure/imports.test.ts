/**
 * The rules that hold the sources together: who may import whom, where numbers come from, how long a file may be.
 * @module
 */
import { describe, expect, it } from 'vitest'
import ts from 'typescript'
import { bindings } from '../../generated/bindings.ts'
import { layerOf, layers } from './layers.ts'
import { nodes, place, sources, type Source } from './sources.ts'

const byPath = new Map(sources.map((source) => [source.path, source]))
const ours = ({ imports }: Source): string[] => imports.filter((path) => byPath.has(path))

/** A file and everything it needs. */
function closure(path: string, seen: Set<string> = new Set()): Set<string> {
  if (!seen.has(path)) {
    seen.add(path)
    for (const next of ours(byPath.get(path)!)) closure(next, seen)
  }
  return seen
}

describe('imports', () => {
  it('are checked for every file: each belongs to a layer, and each layer has files', () => {
    expect(sources.filter(({ path }) => layerOf(path) < 0).map(({ path }) => path)).toEqual([])
    expect(layers.filter((layer) => !sources.some(({ path }) => layer.test(path)))).toEqual([])
  })

  it('by path name files that exist', () => {
    const lost = sources.flatMap(({ path, imports }) =>
      imports.filter((to) => /^(\.\.\/|src|generated)/.test(to) && !byPath.has(to)).map((to) => `${path} imports ${to}`))
    expect(lost).toEqual([])
  })

  it('point downwards', () => {
    const upwards = sources.flatMap((source) =>
      ours(source).filter((to) => layerOf(to) > layerOf(source.path)).map((to) => `${source.path} imports ${to}`))
    expect(upwards).toEqual([])
  })

  it('form no cycle, types included', () => {
    const circular = sources.filter((source) => ours(source).some((next) => closure(next).has(source.path))).map(({ path }) => path)
    expect(circular).toEqual([])
  })

  it('of ffi-rs are in native/engine-ffi-rs.ts alone, and engine-ffi-rs-load.ts finds it', () => {
    expect(sources.filter(({ imports }) => imports.includes('ffi-rs')).map(({ path }) => path)).toEqual(['src/native/engine-ffi-rs.ts'])
    expect(sources.filter(({ text }) => /\(['"`]ffi-rs['"`]\)/.test(text)).map(({ path }) => path)).toEqual([
      'src/native/engine-ffi-rs-load.ts',
    ])
  })

  it('of readiness/thread.ts are without native/memory.ts: another thread writes there, so the memory has to be lasting', () => {
    expect(byPath.get('src/readiness/thread.ts')!.imports).toContain('src/native/engine.ts')
    expect(byPath.get('src/readiness/thread.ts')!.imports).not.toContain('src/native/memory.ts')
  })

  it('of the codec do not reach Node or native code', () => {
    const reached = [...closure('src/codec.ts')]
    expect(reached.length).toBeGreaterThan(10)
    expect(reached.filter((path) => layerOf(path) >= layerOf('src/native/engine-ffi-rs.ts') && path !== 'src/codec.ts')).toEqual([])
    expect(reached.flatMap((path) => byPath.get(path)!.imports.filter((to) => !byPath.has(to)))).toEqual([])
  })

  it('of the modules that the page shares with the command do not reach Node', () => {
    const shared = [...byPath.keys()].filter((path) => path.startsWith('src/reference/'))
    expect(shared.length).toBeGreaterThan(3)
    const reached = shared.flatMap((path) => [...closure(path)])
    expect(reached.flatMap((path) => byPath.get(path)!.imports.filter((to) => !byPath.has(to)))).toEqual([])
  })

  it('do not include node:process, which would open standard input for reading', () => {
    expect(sources.filter(({ imports }) => imports.includes('node:process')).map(({ path }) => path)).toEqual([])
  })

  it('of generated data are of generated data only', () => {
    const generated = sources.filter(({ path }) => path.startsWith('generated/'))
    expect(generated.filter(({ imports }) => imports.some((to) => !to.startsWith('generated/'))).map(({ path }) => path)).toEqual([])
  })

  it('of packages are dependencies of this package; commander is bundled with the command', () => {
    const packages = sources.flatMap(({ path, imports }) =>
      imports.filter((to) => !byPath.has(to) && !to.startsWith('node:')).map((to) => `${path} ${to}`))
    expect([...new Set(packages)].filter((line) => !/^src\/cli\/\S+ commander$/.test(line))).toEqual(['src/native/engine-ffi-rs.ts ffi-rs'])
  })
})

/** What holds only as long as there is one place for it. */
describe('one place', () => {
  const handwritten = sources.filter(({ path }) => path.startsWith('src/'))
  const uses = (allowed: RegExp, found: (node: ts.Node, source: Source) => boolean): string[] =>
    handwritten.filter(({ path }) => !allowed.test(path)).flatMap((source) =>
      [...nodes(source.syntax)].filter((node) => found(node, source)).map((node) => place(source, node)))

  it('for the symbols of using, which some realms do not have', () => {
    const found = uses(/^src\/dispose\.ts$/, (node, { syntax }) =>
      ts.isPropertyAccessExpression(node) && /^Symbol\.(async)?[dD]ispose$/.test(node.getText(syntax)))
    expect(found).toEqual([])
  })

  it('for the test that a value is bytes, also of another realm', () => {
    const found = uses(/^src\/abi\/bytes\.ts$/, (node, { syntax }) =>
      ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword
      && /^(Uint8Array|Buffer|ArrayBuffer|DataView)$/.test(node.right.getText(syntax)))
    expect(found).toEqual([])
  })

  it('for decoding text, since TextDecoder removes a byte order mark by default', () => {
    const found = uses(/^src\/abi\/text\.ts$/, (node, { syntax }) =>
      ts.isNewExpression(node) && node.expression.getText(syntax) === 'TextDecoder')
    expect(found).toEqual([])
  })

  it('for closing received descriptors, which may block', () => {
    // Everything here that owns received descriptors. What is opened here cannot block, and is closed by whoever opened it.
    const owners = /^src\/(descriptors|message|identity|socket\/receiving)\//
    const closes = /^(sys\.call\('close'|closeSync\()/
    const found = uses(/^src\/descriptors\/(closer|thread-end)\.ts$/, (node, source) =>
      owners.test(source.path) && ts.isCallExpression(node) && closes.test(node.getText(source.syntax)))
    expect(found).toEqual([])
    expect(sources.filter(({ text, path }) => path.startsWith('src/') && /\bcloseQuickly\b/.test(text)).map(({ path }) => path)).toEqual([
      'src/descriptors/closer.ts', 'src/identity/pidfd.ts',
    ])
  })
})

/**
 * A number from a header is not typed by hand: it comes from generated/, where a compiler said it. That cannot be known of
 * every number, but it can of those in a place where only such a number belongs.
 */
describe('numbers from the headers come from generated/', () => {
  const handwritten = sources.filter(({ path }) => path.startsWith('src/'))
  const valueOf = (node: ts.Node): number | undefined => {
    if (ts.isNumericLiteral(node)) return Number(node.text)
    if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) return -Number(node.operand.text)
    return undefined
  }
  const typed = (node: ts.Node): boolean => (valueOf(node) ?? 0) !== 0

  it('levels, types and options of control messages, families and flags', () => {
    const names = /^(level|type|option|optionLevel|optname|protocol|family|flags|events|command)$/
    const found = handwritten.flatMap((source) => [...nodes(source.syntax)]
      .filter((node) => ts.isPropertyAssignment(node) && names.test(node.name.getText(source.syntax)) && typed(node.initializer))
      .map((node) => place(source, node)))
    expect(found).toEqual([])
  })

  it('arguments of system calls', () => {
    // By the name C gives the parameter: what is no descriptor, count, length or address is a number from a header.
    const coded = /^(domain|type|protocol|level|optname|flags|how|cmd|op|mode|number)$/
    const found = handwritten.flatMap((source) => [...nodes(source.syntax)].flatMap((node) => {
      if (!ts.isCallExpression(node)) return []
      const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText(source.syntax)
      // sys.call('socket', domain, …) or, in native/engine-ffi-rs.ts, call.socket(domain, …).
      const [first, ...rest] = node.arguments
      const [syscall, args] =
        /^(call|restart)$/.test(name) && first !== undefined && ts.isStringLiteral(first) ? [first.text, rest] : [name, [...node.arguments]]
      const parameters: readonly string[] = Object.hasOwn(bindings, syscall) ? bindings[syscall as keyof typeof bindings].paramNames : []
      return args.filter((argument, i) => coded.test(parameters[i] ?? '') && typed(argument)).map((argument) =>
        `${place(source, node)}: ${argument.getText(source.syntax)}`)
    }))
    // An unknown family, to see an errno.
    expect(found).toEqual([expect.stringMatching(/^src\/native\/check\.ts:\d+: call\.socket\(-1, 0, 0\): -1$/)])
  })

  it('constants by C names', () => {
    const isCName = (node: ts.Node): boolean => ts.isIdentifier(node) && /^_*[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(node.text)
    const isTyped = ({ initializer }: ts.VariableDeclaration): boolean => initializer !== undefined && typed(initializer)
    const found = handwritten.flatMap((source) => [...nodes(source.syntax)]
      .filter((node) => ts.isVariableDeclaration(node) && isCName(node.name) && isTyped(node))
      .map((node) => place(source, node)))
    expect(found).toEqual([])
  })

  it('offsets into structs', () => {
    const accessors = /^(get|set)(Big)?(Ui|I)nt(8|16|32|64)$|^(read|write)(Big)?U?Int(8|(16|32|64)[BL]E)$/
    const found = handwritten.flatMap((source) => [...nodes(source.syntax)].filter((node) => ts.isCallExpression(node)
      && ts.isPropertyAccessExpression(node.expression) && accessors.test(node.expression.name.text)
      && [...nodes(node.arguments[node.expression.name.text.startsWith('write') ? 1 : 0]!)].some(typed)).map((node) => place(source, node)))
    // The halves of one word are no fields of a struct.
    const files = /^src\/(abi\/cmsg|native\/memory|readiness\/epoll)\.ts:\d+: /
    const position = /at|(i \* epoll_event\.size \+ )?dataField\.offset|at \+ header\.cmsg_len/.source
    const halves = new RegExp(`: \\S*view\\.[gs]etUint32\\((${position}) \\+ (4|\\(littleEndian \\? 4 : 0\\)), `)
    expect(found.filter((line) => !(files.test(line) && halves.test(line)))).toEqual([])
  })
})

describe('files', () => {
  it('are short enough to be read', () => {
    // Without comments: a public class has a docstring for everything, and is read one method at a time.
    const code = (text: string): number =>
      text.replace(/\/\*[\s\S]*?\*\//g, '').split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length
    const long = sources.filter(({ path }) => path.startsWith('src/')).map(({ path, text }) => ({ path, lines: code(text) })).filter(
      ({ lines }) => lines > 360,
    )
    expect(long).toEqual([])
  })
})
