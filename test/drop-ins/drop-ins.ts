/**
 * Programs that use the drop-ins without knowing it: install.sh has them installed from npm, with the overrides.
 * @module
 */
import { cpSync, existsSync } from 'node:fs'
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
  beforeAll(() => {
    for (const name of existsSync(join(project, 'node_modules')) ? ['unix-dgram'] : []) {
      for (const part of ['package.json', 'dist']) cpSync(join(ROOT, part), join(project, 'node_modules', name, part), { recursive: true, force: true })
    }
  })
  for (const node of nodes) {
    const reason = reasonFor(node)
    const name = `${title}, ${node.name}`
    if (reason === undefined) describe(name, () => { body(node) })
    else if (!required) describe.skip(name, { meta: { missingPeer: reason } }, () => { body(node) })
    else it(`${name}: has what it needs`, () => { throw new Error(`CMSG_REQUIRE_PEERS=1, but ${reason}`) })
  }
}
