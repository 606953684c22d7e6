/**
 * The project that install.sh makes, with this package and the tools of those who use it: bundlers, compilers, test runners.
 * @module
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, onTestFinished } from 'vitest'
import { renew } from '../support/installed.ts'
import { ROOT, unlessMissing } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

export const project: string = join(ROOT, '.cache/consumers')
export const modules: string = join(project, 'node_modules')

/** How long a build may take on a machine that is busy, in milliseconds. */
export const PATIENCE = 300_000

/** The binary of a Node that test/runtimes/install.sh has installed. */
export const nodeOf = (major: number): string => join(ROOT, `.cache/runtimes/node_modules/node${major}/bin/node`)

/** `describe` for tests that use the project, and these versions of Node, as {@link unlessMissing}. */
export function withConsumers(name: string, majors: readonly number[], body: () => void): void {
  const isInstalled = existsSync(join(modules, 'cmsg'))
  const absent = majors.find((major) => !existsSync(nodeOf(major)))
  const reason = !isInstalled ? 'the consumers are not installed: test/consumers/install.sh'
    : absent !== undefined ? `node${absent} is not installed: test/runtimes/install.sh` : undefined
  // install.sh has shown that npm installs the tarball. What is tested is what was built last.
  if (isInstalled) beforeAll(() => { renew(join(modules, 'cmsg')) })
  unlessMissing(reason, name, body)
}

/** The text of a file beside this one. */
export const textOf = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

let directories = 0

function write(directory: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

/** A new directory within the project, so that its packages are found from there, with these files. It is removed at the end. */
export function directoryInProject(files: Readonly<Record<string, string>>): string {
  const directory = join(project, 'work', `${process.pid}-${directories++}`)
  onTestFinished(() => { rmSync(directory, { recursive: true, force: true }) })
  return write(directory, files)
}

/** A new directory with this package alone, and these files. Some bundlers put its path into the bundle: ffi-rs is not found there. */
export function directoryToBuild(files: Readonly<Record<string, string>>): string {
  const directory = tempDir()
  cpSync(join(modules, 'cmsg'), join(directory, 'node_modules/cmsg'), { recursive: true })
  return write(directory, files)
}

/** Run one of the project's tools, by the path of its program, to its end; what it printed. It must end well. */
export const tool = async (path: string, args: readonly string[], node: string = process.execPath): Promise<string[]> =>
  await start([node, join(modules, path), ...args]).output(PATIENCE)

/** What stands in node_modules beside a bundle. */
export type Beside = 'ffi-rs' | 'ffi-rs without its binary' | 'nothing'

/** A copy of what was built, at a place from which neither this repository nor the project is found. */
export function deployed(built: string, beside: Beside): string {
  const directory = tempDir()
  cpSync(built, directory, { recursive: true })
  const packages = { 'ffi-rs': ['ffi-rs', '@yuuang'], 'ffi-rs without its binary': ['ffi-rs'], 'nothing': [] }[beside]
  for (const name of packages) cpSync(join(modules, name), join(directory, 'node_modules', name), { recursive: true })
  return directory
}
