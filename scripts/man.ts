/**
 * Writes the man page of the command, `man/cmsg.1`, from the definitions of its parser: `npm run man`. With --check, it only checks that
 * the page is up to date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { makeProgram } from '../src/cli/program.ts'

/** Returns text as roff source. */
const roff = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^([.'])/gm, '\\&$1')

/** The text of `--help` below the options. */
function afterHelp(command: Command): string {
  let text = ''
  command.configureOutput({ ...command.configureOutput(), writeOut: (part) => { text += part } })
  command.outputHelp()
  return text.slice(command.helpInformation().length).trim()
}

/** Formats examples, each a description and a command line. All other text is a paragraph. */
const examplesOf = (text: string): string => text.split('\n').filter((line) => line.trim() !== '' && line !== 'Examples:').map((line) => {
  const typed = /^ {4}\$ (.*)$/.exec(line)?.[1]
  return typed === undefined ? `.PP\n${roff(line.trim())}` : `.RS\n.nf\n\\fB${roff(typed)}\\fR\n.fi\n.RE`
}).join('\n')

function subcommand(command: Command): string {
  const help = command.createHelp()
  const options = [
    ...help.visibleArguments(command).map((argument) => [help.argumentTerm(argument), help.argumentDescription(argument)] as const),
    ...help.visibleOptions(command).map((option) => [help.optionTerm(option), help.optionDescription(option)] as const),
  ]
  return [
    `.SS ${roff(help.commandUsage(command))}`, roff(command.description()),
    ...options.map(([term, description]) => `.TP\n\\fB${roff(term)}\\fR\n${roff(description)}`),
    examplesOf(afterHelp(command)),
  ].join('\n')
}

async function page(): Promise<string> {
  const program = await makeProgram('all')
  const { commands } = program
  return `${[
    '.\\" Made by npm run man.', '.TH CMSG 1 "" "cmsg" "User Commands"',
    '.SH NAME', 'cmsg \\- send, receive and explain messages with ancillary data on Linux',
    '.SH SYNOPSIS', ...commands.map((command) => `\\fBcmsg ${command.name()}\\fR ${roff(command.usage())}\n.br`),
    '.SH DESCRIPTION', roff(program.description()),
    '.SH COMMANDS', ...commands.map(subcommand),
    '.SH EXIT STATUS', '0 for success, 1 for failure, 2 for wrong arguments. A signal ends the command after it has cleaned up.',
    '.SH ENVIRONMENT', ...[
      ['NO_COLOR', 'turns colors off.'], ['FORCE_COLOR', 'turns colors on without a terminal too; the value 0 turns them off.'],
      ['CMSG_DEBUG', 'adds a stack trace to an error.'], ['CMSG_FFI', 'chooses how libc is called: node, deno, bun or ffi-rs.'],
      ['CMSG_READINESS', 'chooses how it waits: handle or thread.'],
    ].map(([name, meaning]) => `.TP\n\\fB${name!}\\fR\n${roff(meaning!)}`),
    '.SH SEE ALSO', '.BR recvmsg (2), .BR sendmsg (2), .BR cmsg (3), .BR unix (7)'.replaceAll(', .BR', ',\n.BR'),
  ].join('\n')}\n`
}

const file = join(import.meta.dirname, '../man/cmsg.1')
const text = await page()
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) throw new Error('man/cmsg.1 does not match the definitions: npm run man')
} else {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}
