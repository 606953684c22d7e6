#!/usr/bin/env node
/**
 * The command `cmsg`: which subcommand, and how it ends. A subcommand is loaded when it is called: `cmsg layout` needs no
 * native code, and does not wait for any.
 * @module
 */
/*! With commander, MIT: Copyright (c) 2011 TJ Holowaychuk <tj@vision-media.ca> */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { UnreadableError } from '../reference/text.ts'
import { explained } from './errors.ts'
import { interrupted, outputGone } from './interrupt.ts'
import { printable } from './style.ts'
import { status, UsageError } from './usage.ts'

/** A subcommand's file. */
interface Subcommand {
  /** Give it its arguments, its options and its action, which may set `process.exitCode`. */
  define(command: Command): void
}

const subcommands: Readonly<Record<string, readonly [summary: string, load: () => Promise<Subcommand>]>> = {
  listen: ['print what arrives at a socket: who sent it, and what came along', () => import('./listen.ts')],
  send: ['send a message, with descriptors and credentials', () => import('./send.ts')],
  layout: ['show how a struct lies in memory', () => import('./layout.ts')],
  explain: ['say what the bytes of a control buffer mean', () => import('./explain.ts')],
  types: ['list the kinds of control messages', () => import('./types.ts')],
  doctor: ['try what works here, and say what is missing', () => import('./doctor/doctor.ts')],
}

const epilogue = `
Exit status: 0 it worked, 1 it did not, 2 the arguments are wrong.
Colours: on a terminal, unless NO_COLOR is set; with FORCE_COLOR everywhere.
\`cmsg SUBCOMMAND --help\` has the options and examples.`

async function run(args: readonly string[]): Promise<void> {
  const program = new Command('cmsg')
    .description('Messages with ancillary data: who sent it, which descriptors came along, and what the bytes mean.')
    .version(version(), '-V, --version')
    .addHelpText('after', epilogue)
    .configureOutput({ writeErr: () => {} }) // said once, in one line, by `fail`
    .exitOverride()
  const wanted = args[0] === 'help' ? args[1] : args[0]
  for (const [name, [summary, load]] of Object.entries(subcommands)) {
    const command = program.command(name).summary(summary)
    if (name === wanted) (await load()).define(command)
  }
  await program.parseAsync(args, { from: 'user' })
}

const version = (): string => (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version

/** Any error, as one line. */
function fail(error: unknown, subcommand: string | undefined): void {
  if (error instanceof CommanderError && error.exitCode === 0) return // --help and --version
  // What was stopped did not fail: its signal ends the process.
  if (interrupted.aborted && error === interrupted.reason) return
  const wrong = error instanceof CommanderError || error instanceof UsageError || error instanceof UnreadableError
  const name = subcommand !== undefined && Object.hasOwn(subcommands, subcommand) ? `cmsg ${subcommand}` : 'cmsg'
  const message = explained(error).replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
  process.stderr.write(`${name}: ${printable(message)}\n`)
  if (process.env.CMSG_DEBUG && error instanceof Error) process.stderr.write(`${error.stack?.split('\n').map(printable).join('\n')}\n`)
  process.exitCode = wrong ? status.usage : status.failed
}

outputGone()
const args = process.argv.slice(2)
if (args.length === 0) args.push('--help')
await run(args).catch((error: unknown) => { fail(error, args[0]) })
