/**
 * Programs that use streams of sockets: install.sh has them installed from npm, with the override.
 * @module
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { required, ROOT } from '../support/peers.ts'
import { start, type Running } from '../support/processes.ts'

/** The project with the override. */
export const project: string = join(ROOT, '.cache/streams')

/** A runtime, by the name that users call it by. */
export interface Node {
  readonly name: string
  /** Runs a program of the guide, `docs/streams.md`, as it stands there; or with a change, to see it fail. */
  recipe(name: string, env: NodeJS.ProcessEnv, change?: (text: string) => string): Running
  /** Runs a program of this folder. */
  program(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Running
}

/** The programs of the guide, by what follows ```js. */
const recipes = new Map([...readFileSync(join(ROOT, 'docs/streams.md'), 'utf8').matchAll(/^```js ([\w-]+)\n([^]*?)^```$/gm)].map(([, name, text]) => [name!, text!]))

const written: string[] = []
/** A file within the project, so that it imports what is installed there. */
function place(name: string, text: string): string {
  const file = join(project, `${process.pid}-${name}.${text.includes('= require(') ? 'cjs' : 'mjs'}`)
  writeFileSync(file, text)
  written.push(file)
  return file
}

const nodes: readonly Node[] = [20, 22, 24, 26].map((major) => {
  const directory = join(ROOT, `.cache/runtimes/node_modules/node${major}/bin`)
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Running => start(['node', ...args], { ...env, PATH: `${directory}${delimiter}${process.env.PATH}` })
  return {
    name: `node${major}`,
    recipe: (name, env, change = (text) => text) => {
      const text = recipes.get(name)
      if (text === undefined) throw new Error(`docs/streams.md has no program ${name}`)
      return run([place(name, change(text))], env)
    },
    program: (file, args, env) => run([place(file, readFileSync(join(import.meta.dirname, file), 'utf8')), ...args], env),
  }
})

const reasonFor = ({ name }: Node): string | undefined =>
  !existsSync(join(project, 'node_modules')) ? 'the programs are not installed: test/streams/install.sh'
    : !existsSync(join(ROOT, `.cache/runtimes/node_modules/${name}/bin/node`)) ? `${name} is not installed: test/runtimes/install.sh` : undefined

/** As withPeer does it, for each version of Node. */
export function onEveryNode(body: (node: Node) => void): void {
  // install.sh has shown that npm installs the tarball in place of the package. What is tested is what was built last.
  beforeAll(() => {
    if (!existsSync(join(project, 'node_modules'))) return
    for (const name of ['cmsg', 'usocket']) {
      for (const part of ['package.json', 'dist']) cpSync(join(ROOT, part), join(project, 'node_modules', name, part), { recursive: true, force: true })
    }
  })
  afterAll(() => { for (const file of written) rmSync(file, { force: true }) })
  for (const node of nodes) {
    const reason = reasonFor(node)
    if (reason === undefined) describe(node.name, () => { body(node) })
    else if (!required) describe.skip(node.name, { meta: { missingPeer: reason } }, () => { body(node) })
    else it(`${node.name}: has what it needs`, () => { throw new Error(`CMSG_REQUIRE_PEERS=1, but ${reason}`) })
  }
}
