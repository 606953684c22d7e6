/**
 * `cmsg explain`: explains the bytes of a control buffer.
 * @module
 */
import { isatty } from 'node:tty'
import { Option, type Command } from 'commander'
import { hostAbi, type Abi } from '../abi/abi.ts'
import { decodeControl } from '../control/decode.ts'
import type { Family } from '../control/define.ts'
import { dissect } from '../control/dissect.ts'
import { explainControl } from '../control/explain.ts'
import { interfaceIndex, readStandardInput, readWhole } from './input.ts'
import { notationOf, notations, readNotation, type Notation } from '../reference/notation.ts'
import { controlsOfStrace, type TracedControl } from '../reference/strace.ts'
import { print, printable, printJson, styleFor } from './style.ts'
import { examples, familyOption, status, target, targetOption, usage } from './usage.ts'

interface Options {
  readonly family?: Family
  readonly target?: Abi
  readonly file?: string
  readonly format?: Notation
  readonly check?: boolean
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .description('Explain the bytes of a control buffer: headers, payloads, padding and mistakes.\n'
      + 'The input may be hex or a hex dump, base64, a C literal, or the output of strace for recvmsg or sendmsg; '
      + 'the notation is detected.')
    .argument('[bytes...]', 'the bytes; - or no argument reads standard input')
    .option('--file <path>', 'read a file: text in any of the notations, or raw bytes')
    .addOption(familyOption('family of the socket; without it, a number with two meanings gets the more common one'))
    .addOption(targetOption('target that the bytes come from, if not a machine like this one').argParser(target))
    .addOption(new Option('--format <format>', 'notation of the input, if it cannot be detected').choices(notations))
    .option('--check', 'exit with status 1 if the bytes contain a mistake, or if a buffer is empty')
    .option('--json', 'print a line of JSON for each buffer')
    .addHelpText('after', `${examples([
      ['cmsg explain 1c000000 00000000 01000000 02000000 d2040000 e8030000 e8030000', 'Hex'],
      ["cmsg explain '\"\\x14\\0\\0\\0\\0\\0\\0\\0\\x01\\0\\0\\0\\x01\\0\\0\\0\\x07\\0\\0\\0\"'", 'C'],
      ['strace -f -e trace=recvmsg,recvmmsg -e abbrev=none -s 4096 program 2>&1 | cmsg explain', 'Everything that a program receives'],
      ['cmsg explain --file control.bin --target s390x-linux-gnu', 'A dump from another machine'],
      ['cmsg explain --check --file control.bin', 'Check in a script that a buffer is well formed'],
    ])}`)
    .action(async (words: readonly string[], options: Options) => {
      const abi = options.target ?? hostAbi()
      const controls = (await read(words, options, abi)).map(({ control, call, family = options.family }) => ({
        control, call, of: { abi, ...(family === undefined ? {} : { family }) },
      }))
      const texts = controls.map(({ control, of }) => explainControl(control, of).trimEnd())
      const isEmpty = texts.length === 0 || controls.some(({ control }) => control.length === 0)
      if (options.check && (isEmpty || texts.some((text) => /^\s*!!/m.test(text)))) process.exitCode = status.failed
      if (options.json) {
        for (const { control, call, of } of controls) printJson({ ...(call === undefined ? {} : { call }), ...facts(control, of) })
      } else print(controls.map(({ call }, i) => (call === undefined ? '' : `${styleFor().bold(call)}: `) + styled(texts[i]!)).join('\n\n'))
    })
}

/** Highlights titles and mistakes. */
function styled(text: string): string {
  const { bold, dim, red } = styleFor()
  const style = (line: string): string => {
    if (/^\[\d+\]/.test(line)) return bold(line)
    if (/^\s*!!/.test(line)) return red(line)
    return /^\s*\(/.test(line) ? dim(line) : line
  }
  return text.split('\n').map(style).join('\n')
}

async function read(words: readonly string[], { file, format }: Options, abi: Abi): Promise<TracedControl[]> {
  if (file !== undefined && words.length > 0) throw usage('either the bytes or --file, not both')
  if (file === undefined && words.length === 0 && isatty(0)) {
    throw usage('nothing to explain: expected hex; see `cmsg explain --help`')
  }
  const standard = words.length === 0 || (words.length === 1 && words[0] === '-')
  const input = file !== undefined ? readWhole(file) : standard ? await readStandardInput() : Buffer.from(words.join(' '))
  if (format === 'raw') return bytes(input)
  const text = input.toString('latin1')
  // Raw bytes include some that text never does.
  const binary = /[^\t\n\r\x20-\x7e]/.test(text)
  const detected = notationOf(input.toString())
  // strace prints beside the output of its program, which may be anything.
  const notation = format ?? (binary && detected !== 'strace' && (file !== undefined || standard) ? 'raw' : detected)
  if (notation === 'raw') return bytes(input)
  if (input.toString().trim() === '') throw usage('nothing to explain: the input is empty')
  if (notation === undefined) {
    throw usage(`cannot recognize ${JSON.stringify(text.slice(0, 40).trim())}: `
      + 'expected hex, base64, C or the output of strace; --format sets the notation')
  }
  if (notation !== 'strace') return bytes(readNotation(input.toString(), notation, abi.littleEndian))
  const lacking = (message: string): void => { process.stderr.write(`cmsg explain: ${printable(message)}\n`) }
  const unread = (message: string): void => {
    lacking(message)
    process.exitCode = status.failed
  }
  return controlsOfStrace(input.toString(), abi, { lacking, unread, interfaceIndex })
}

const bytes = (control: Uint8Array): TracedControl[] => [{ control }]

/** Returns a buffer for JSON: its control messages with their offsets. */
function facts(control: Uint8Array, of: { readonly abi: Abi; readonly family?: Family }): object {
  const { messages } = dissect(control, of)
  return {
    target: of.abi.target, family: of.family ?? null, length: control.length, hex: control,
    control: decodeControl(control, of).map((message, i) => ({ offset: messages[i]!.at, ...message })),
  }
}
