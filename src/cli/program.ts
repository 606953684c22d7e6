/**
 * The definitions of the command: its subcommands, and what they have in common. A subcommand is loaded when it is called:
 * `cmsg layout` needs no native code, and does not wait for any. The completions and the man page are made of the same definitions.
 * @module
 */
/*! With commander, MIT: Copyright (c) 2011 TJ Holowaychuk <tj@vision-media.ca> */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'

/** A subcommand's file. */
interface Subcommand {
  /** Give it its arguments, its options and its action, which may set `process.exitCode`. */
  define(command: Command): void
}

export const subcommands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Subcommand>]>> = {
  listen: ['print what arrives at a socket: who sent it, and what came along', () => import('./listen.ts')],
  send: ['send a message, with descriptors and credentials', () => import('./send.ts')],
  layout: ['show how a struct lies in memory', () => import('./layout.ts')],
  explain: ['say what the bytes of a control buffer mean', () => import('./explain.ts')],
  types: ['list the kinds of control messages', () => import('./types.ts')],
  doctor: ['try what works here, and say what is missing', () => import('./doctor/doctor.ts')],
  completion: ['print the completions of a shell: bash, zsh or fish', () => import('./completion.ts')],
}

const epilogue = `
Exit status: 0 it worked, 1 it did not, 2 the arguments are wrong.
Colours: on a terminal, unless NO_COLOR is set; with FORCE_COLOR everywhere.
\`cmsg SUBCOMMAND --help\` has the options and examples.`

/** The command, with the definitions of one subcommand, or of all. The others have their names and summaries only. */
export async function makeProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('cmsg')
    .description('Messages with ancillary data: who sent it, which descriptors came along, and what the bytes mean.')
    .version(version(), '-v, --version')
    .addHelpText('after', epilogue)
    .configureOutput({ writeErr: () => {} }) // said once, in one line, by `fail`
    .exitOverride()
  for (const [name, [summary, load]] of Object.entries(subcommands)) {
    const command = program.command(name).summary(summary)
    if (name === wanted || wanted === 'all') (await load()).define(command)
  }
  return program
}

const version = (): string => (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
