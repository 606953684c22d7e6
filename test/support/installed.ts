/**
 * Programs of others, installed from npm by an install.sh with an override that puts this package in the place of another.
 * They run on every version of Node that test/runtimes/install.sh has installed.
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { beforeAll } from 'vitest'
import { ROOT, unlessMissing } from './peers.ts'
import { start, type Running } from './processes.ts'

/** A version of Node. It is first on the path, by the name that users call it by. */
export interface Node {
  readonly name: string
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Running
}

const binaries = (name: string): string => join(ROOT, `.cache/runtimes/node_modules/${name}/bin`)
const nodes: readonly Node[] = [20, 22, 24, 26].map((major) => {
  const name = `node${major}`
  return { name, run: (args, env = {}) => start(['node', ...args], { ...env, PATH: `${binaries(name)}${delimiter}${process.env.PATH}` }) }
})

/** The project that `test/NAME/install.sh` makes, and the packages in it that are this one. */
export class InstalledProject {
  readonly path: string
  readonly #name: string
  readonly #copies: readonly string[]

  constructor(name: string, copies: readonly string[]) {
    this.#name = name
    this.path = join(ROOT, '.cache', name)
    this.#copies = copies
  }

  /** `describe` for each version of Node, as {@link unlessMissing}. */
  onEveryNode(titleOf: (name: string) => string, body: (node: Node) => void): void {
    const modules = join(this.path, 'node_modules')
    const isInstalled = existsSync(modules)
    // install.sh has shown that npm installs the tarball in place of the package. What is tested is what was built last.
    if (isInstalled) beforeAll(() => { for (const copy of this.#copies) renew(join(modules, copy)) })
    for (const node of nodes) {
      const reason = !isInstalled ? `the programs are not installed: test/${this.#name}/install.sh`
        : !existsSync(join(binaries(node.name), 'node')) ? `${node.name} is not installed: test/runtimes/install.sh` : undefined
      unlessMissing(reason, titleOf(node.name), () => { body(node) })
    }
  }
}

/** Brings an installed copy up to date, while programs of another test file may be loading it: no file is ever half written. */
export function renew(installed: string): void {
  const isChunk = (name: string): boolean => /(^|\/)chunk-[^/]*$/.test(name)
  const built = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|d\.ts)$/.test(name)).sort()
  // Chunks first: what imports them comes after.
  const files = ['package.json', ...[...built.filter(isChunk), ...built.filter((name) => !isChunk(name))].map((name) => `dist/${name}`)]
  for (const file of files) {
    const [from, to] = [join(ROOT, file), join(installed, file)]
    if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) continue
    const partial = `${to}.${process.pid}`
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, partial)
    renameSync(partial, to)
  }
}
