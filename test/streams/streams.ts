/**
 * Programs that use streams of sockets: install.sh has them installed from npm, with the override.
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { InstalledProject } from '../support/installed.ts'
import { ROOT } from '../support/peers.ts'
import type { Running } from '../support/processes.ts'

const installed = new InstalledProject('streams', ['cmsg', 'usocket'])

/** The project with the override. */
export const project: string = installed.path

/** A runtime, by the name that users call it by. */
export interface Node {
  readonly name: string
  /** Runs a program of the guide, `docs/streams.md`, as it stands there; or with a change, to see it fail. */
  recipe(name: string, env: NodeJS.ProcessEnv, change?: (text: string) => string): Running
  /** Runs a program of this folder. */
  program(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): Running
}

/** The programs of the guide, by what follows ```js. */
const recipes = new Map([...readFileSync(join(ROOT, 'docs/streams.md'), 'utf8').matchAll(/^```js ([\w-]+)\n([^]*?)^```$/gm)].map(
  ([, name, text]) => [name!, text!],
))

const written: string[] = []
/** A file within the project, so that it imports what is installed there. */
function place(name: string, text: string): string {
  const file = join(project, `${process.pid}-${name}.${text.includes('= require(') ? 'cjs' : 'mjs'}`)
  writeFileSync(file, text)
  written.push(file)
  return file
}

/** As withPeer does it, for each version of Node. */
export function onEveryNode(body: (node: Node) => void): void {
  afterAll(() => { for (const file of written) rmSync(file, { force: true }) })
  installed.onEveryNode((name) => name, ({ name, run }) => {
    body({
      name,
      recipe: (recipe, env, change = (text) => text) => {
        const text = recipes.get(recipe)
        if (text === undefined) throw new Error(`docs/streams.md has no program ${recipe}`)
        return run([place(recipe, change(text))], env)
      },
      program: (file, args, env) => run([place(file, readFileSync(join(import.meta.dirname, file), 'utf8')), ...args], env),
    })
  })
}
