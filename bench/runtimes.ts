/**
 * What JavaScript programs are measured on: a runtime for each engine, a column of the tables each; and the ways to run one
 * program that follow from it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { whatMatters } from './match.ts'
import type { Build, Tools } from './tools.ts'

/** The columns, by the engine through which libc is called. */
export const columns = { ffiRs: 'ffi-rs', own: 'own engine' } as const
export type Column = keyof typeof columns
export const columnNames = Object.keys(columns) as Column[]

/** A Node program, and the environment that makes the package use the engine of the column; or the reason why there is none. */
export type Runtime = { readonly column: Column } & (
  | { readonly node: string; readonly env: NodeJS.ProcessEnv; readonly description: string }
  | { readonly missing: string })

const installed = join(import.meta.dirname, '../.cache/runtimes/node_modules/node26/bin/node')

/**
 * For ffi-rs the Node that runs the benchmark. For the own engine the one at `node`; if absent, the Node that runs the
 * benchmark if it has node:ffi, else Node 26 as test/runtimes/install.sh installs it.
 */
export function findRuntimes(tools: Tools, node?: string): Runtime[] {
  const candidates = (node === undefined ? [process.execPath, installed] : [node]).map((path) => probe('own', path, 'node', tools))
  return [
    probe('ffiRs', process.execPath, 'ffi-rs', tools),
    candidates.find((runtime) => 'node' in runtime) ?? candidates.at(-1)!,
  ]
}

function probe(column: Column, node: string, CMSG_FFI: string, tools: Tools): Runtime {
  if (!existsSync(node)) {
    return { column, missing: node === installed ? 'Node 26 is not installed: test/runtimes/install.sh node26' : `${node} is not there` }
  }
  const env = { CMSG_FFI }
  const [, ...args] = tools.command('programs/engine') as string[]
  const { error, status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8', env: { ...process.env, ...env } })
  if (error !== undefined) return { column, missing: error.message }
  return status === 0
    ? { column, node, env, description: stdout.trim() }
    : { column, missing: whatMatters(stderr).replace(/^\w*Error: /, '') }
}

/** A way to run a program: JavaScript of ours on one of the runtimes, over one of the builds of the package. */
export type Variant = { readonly column?: Column; readonly build: Build } & (Runnable | { readonly missing: string })

/** A command line, and what its environment has besides. */
export interface Runnable {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** All ways to run a program; but one if it is not ours. */
export function variants(program: string, tools: Tools, runtimes: readonly Runtime[]): Variant[] {
  if (!program.startsWith('programs/')) {
    const command = tools.command(program)
    return ['missing' in command ? { build: 'this', ...command } : { build: 'this', command, env: {} }]
  }
  return runtimes.flatMap((runtime) => tools.builds.map((build): Variant => {
    const { column } = runtime
    if ('missing' in runtime) return { column, build, missing: runtime.missing }
    const [, ...args] = tools.command(program, build) as string[]
    return { column, build, command: [runtime.node, ...args], env: runtime.env }
  }))
}
