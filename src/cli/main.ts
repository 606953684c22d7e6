#!/usr/bin/env node
/**
 * The command `cmsg`: runs a subcommand, and reports how it ends.
 * @module
 */
import { CommanderError } from 'commander'
import { UnreadableError } from '../reference/text.ts'
import { explained } from './errors.ts'
import { interrupted, watchOutputs } from './interrupt.ts'
import { makeProgram, subcommands } from './program.ts'
import { printable } from './style.ts'
import { status, UsageError } from './usage.ts'

/** Prints any error on one line. */
function fail(error: unknown, subcommand: string | undefined): void {
  if (error instanceof CommanderError && error.exitCode === 0) return // --help and --version
  // An interrupted command has not failed: the signal ends the process.
  if (interrupted.aborted && error === interrupted.reason) return
  const wrong = error instanceof CommanderError || error instanceof UsageError || error instanceof UnreadableError
  const name = subcommand !== undefined && Object.hasOwn(subcommands, subcommand) ? `cmsg ${subcommand}` : 'cmsg'
  const message = explained(error).replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
  process.stderr.write(`${name}: ${printable(message)}${needsHelp(error) ? `: see ${name} --help` : ''}\n`)
  if (process.env.CMSG_DEBUG && error instanceof Error) process.stderr.write(`${error.stack?.split('\n').map(printable).join('\n')}\n`)
  process.exitCode = wrong ? status.usage : status.failed
}

/** True for an unknown subcommand or option to which no known one is similar. */
const needsHelp = (error: unknown): boolean => error instanceof CommanderError
  && ['commander.unknownCommand', 'commander.unknownOption'].includes(error.code) && !error.message.includes('Did you mean')

const args = process.argv.slice(2)
// commander accepts -- before a subcommand, but the subcommand has to be loaded before commander sees the arguments.
const skipDashes = (from: number): void => { while (args[from] === '--') args.splice(from, 1) }
skipDashes(0)
if (args[0] === 'help') skipDashes(1)
if (args.length === 0) args.push('--help')
watchOutputs((error) => { fail(error, args[0]) })
// `cmsg help listne` is then reported like `cmsg listne`: commander's own help command says nothing about an unknown subcommand.
if (args[0] === 'help' && args[1] !== undefined && !args[1].startsWith('-') && !Object.hasOwn(subcommands, args[1])) args.shift()
// The completions need the definitions of all subcommands.
const wanted = args[0] === 'help' ? args[1] : args[0] === 'completion' ? 'all' : args[0]
await makeProgram(wanted).then((program) => program.parseAsync(args, { from: 'user' })).catch((error: unknown) => { fail(error, args[0]) })
