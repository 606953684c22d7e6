/**
 * Programs that use the drop-ins without knowing it: install.sh has them installed from npm, with the overrides.
 * @module
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, it } from 'vitest'
import { required, ROOT } from '../support/peers.ts'
import { start, type Running } from '../support/processes.ts'

/** The project with the overrides. */
export const project: string = join(ROOT, '.cache/drop-ins')

/** A runtime is first on the path, by the name that users call it by. */
interface Node {
  readonly name: string
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Running
}

const nodes: readonly Node[] = [20, 22, 24, 26].map((major) => {
  const directory = join(ROOT, `.cache/runtimes/node_modules/node${major}/bin`)
  return {
    name: `node${major}`,
    run: (args, env = {}) => start(['node', ...args], { ...env, PATH: `${directory}${delimiter}${process.env.PATH}` }),
  }
})

const reasonFor = ({ name }: Node): string | undefined =>
  !existsSync(join(project, 'node_modules')) ? 'the programs are not installed: test/drop-ins/install.sh'
    : !existsSync(join(ROOT, `.cache/runtimes/node_modules/${name}/bin/node`)) ? `${name} is not installed: test/runtimes/install.sh` : undefined

/** As withPeer does it, for each version of Node. */
export function onEveryNode(title: string, body: (node: Node) => void): void {
  // install.sh has shown that npm installs the tarball in place of the package. What is tested is what was built last.
  beforeAll(() => { if (existsSync(join(project, 'node_modules'))) renew(join(project, 'node_modules/unix-dgram')) })
  for (const node of nodes) {
    const reason = reasonFor(node)
    const name = `${title}, ${node.name}`
    if (reason === undefined) describe(name, () => { body(node) })
    else if (!required) describe.skip(name, { meta: { missingPeer: reason } }, () => { body(node) })
    else it(`${name}: has what it needs`, () => { throw new Error(`CMSG_REQUIRE_PEERS=1, but ${reason}`) })
  }
}

/** Brings an installed copy up to date, while programs of another test file may be loading it: no file is ever half written. */
function renew(installed: string): void {
  // Chunks first: what imports them comes after.
  const files = ['package.json', ...readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.js')).sort().map((name) => `dist/${name}`)]
  for (const file of files) {
    const [from, to] = [join(ROOT, file), join(installed, file)]
    if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) continue
    const partial = `${to}.${process.pid}`
    copyFileSync(from, partial)
    renameSync(partial, to)
  }
}
