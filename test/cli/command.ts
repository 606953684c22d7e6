/**
 * The command `cmsg`, run as a program, as it is published: `npm test` has built it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, type Running } from '../support/processes.ts'

export const command: readonly string[] = [process.execPath, join(ROOT, 'dist/cli/main.js')]

/** How a run ended, and what it said. */
export interface Run {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** What a run is given: standard input, and environment variables beside those that colors would depend on. */
export interface Given {
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  /** What runs it: another user, strace, … */
  readonly under?: readonly string[]
}

const plain: NodeJS.ProcessEnv = { NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm' }

/** Run it to its end, its output in pipes. */
export function cmsg(args: readonly string[], { input = '', env = {}, under = [] }: Given = {}): Run {
  const [program, ...rest] = [...under, ...command, ...args] as [string, ...string[]]
  const { error, status, signal, stdout, stderr } = spawnSync(program, rest, {
    cwd: ROOT, input, encoding: 'utf8', env: { ...process.env, ...plain, ...env },
  })
  if (error !== undefined) throw error
  return { status, signal, stdout, stderr }
}

/** The same through a shell: `$CMSG` is the command. */
export function shell(script: string, env: NodeJS.ProcessEnv = {}): Run {
  const { error, status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, ...plain, CMSG: command.join(' '), ...env },
  })
  if (error !== undefined) throw error
  return { status, signal, stdout, stderr }
}

/** Its output, of a run that must go well. */
export function output(args: readonly string[], given?: Given): string {
  const { status, stdout, stderr } = cmsg(args, given)
  if (status !== 0) throw new Error(`cmsg ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

/** A `cmsg listen` that listens by now. */
export async function listening(...args: readonly string[]): Promise<Running> {
  const program = start([...command, 'listen', ...args], plain)
  while (!program.stderr.includes('listening on')) {
    if (program.ended !== undefined) throw new Error(`it ended with ${program.ended}: ${program.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return program
}

/** Matches a single line that contains `text`. */
export const oneLine = (text: RegExp): RegExp => new RegExp(`^(?=.*(?:${text.source}))[^\\n]+\\n$`)

/** Matches a run that printed nothing on standard output, and on standard error a single line that contains `text`. */
export const failure = (status: number, text: RegExp): Partial<Run> =>
  ({ status, stdout: '', stderr: expect.stringMatching(oneLine(text)) as string })
