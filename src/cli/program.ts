/**
 * Defines the command and its subcommands. A subcommand is loaded when it is called, so `cmsg layout` loads no native code. The
 * completions and the man page are generated from the same definitions.
 * @module
 */
/*! With commander, MIT: Copyright (c) 2011 TJ Holowaychuk <tj@vision-media.ca> */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'

/** A subcommand's file. */
interface Subcommand {
  /** Adds the arguments, the options and the action, which may set `process.exitCode`. */
  define(command: Command): void
}

export const subcommands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Subcommand>]>> = {
  listen: ['print each message that arrives at a socket, with its sender and control messages', () => import('./listen.ts')],
  send: ['send a message, with descriptors and credentials', () => import('./send.ts')],
  layout: ['show the memory layout of a struct', () => import('./layout.ts')],
  explain: ['explain the bytes of a control buffer', () => import('./explain.ts')],
  types: ['list the kinds of control messages', () => import('./types.ts')],
  doctor: ['test what works on this machine, and report what is missing', () => import('./doctor/doctor.ts')],
  completion: ['print a completion script for a shell: bash, zsh or fish', () => import('./completion.ts')],
}

const epilogue = `
Exit status: 0 for success, 1 for failure, 2 for wrong arguments.
Colors: on a terminal, unless NO_COLOR is set; everywhere with FORCE_COLOR.
\`cmsg SUBCOMMAND --help\` shows the options and examples.`

/** Creates the command, with the definitions of one subcommand or of all. The others have only their names and summaries. */
export async function makeProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('cmsg')
    .description('Send, receive and explain messages with ancillary data: sender credentials, file descriptors and other control messages.')
    .version(version(), '-v, --version')
    .addHelpText('after', epilogue)
    .configureOutput({ writeErr: () => {} }) // `fail` prints it once, on one line
    .exitOverride()
  for (const [name, [summary, load]] of Object.entries(subcommands)) {
    const command = program.command(name).summary(summary)
    if (name === wanted || wanted === 'all') (await load()).define(command)
  }
  return program
}

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
