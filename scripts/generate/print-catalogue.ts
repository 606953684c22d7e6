/**
 * Prints docs/control-messages.md, the catalogue for people, from the definitions themselves.
 * @module
 */
import { abis, type Abi } from '../../src/abi/abi.ts'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { valueTypes, type ValueType } from './value-types.ts'

/** More than the size of any payload, to find out if a kind accepts any size. */
const unlimited = 1 << 20
const [wide, narrow] = [abis['x86_64-linux-gnu'], abis['arm-linux-gnueabihf']]

export function printCatalogue(): string {
  const types = valueTypes()
  const levels = new Map<string, AnyControlMessage[]>()
  for (const one of builtins as readonly AnyControlMessage[]) levels.set(levelNameOf(one), [...levels.get(levelNameOf(one)) ?? [], one])
  return `<!-- npm run generate -->
<!-- Written by the command above from src/control/catalogue.ts. DO NOT EDIT. -->

# Control messages

The ${builtins.length} kinds that \`cmsg\` knows, by level. Each is exported under its name by \`cmsg\`, \`cmsg/libc\` and \`cmsg/codec\`;
its docstring explains its fields and the privilege it needs. A kind that is not listed can be defined in a few lines:
[bring your own](bring-your-own.md).

- **value**: the value that \`message.get(kind)\` returns, and that a call of the kind takes to send it; \`?\` marks properties that
  may be absent.
- **bytes**: the minimum size of the payload; \`…\` means that it may be larger. The size after a slash is that of 32-bit programs.
- **option**: the option that is turned on to receive it; \`–\` means that it comes unasked, and *errqueue* that it comes only with
  \`MSG_ERRQUEUE\`.
- **family**: the families of sockets that have it; \`all\` means every family with control messages.

${[...levels].map(([level, kinds]) => section(level, kinds, types)).join('\n\n')}
`
}

function section(level: string, kinds: readonly AnyControlMessage[], types: ReadonlyMap<string, ValueType>): string {
  const rows = kinds.map((one) => [
    `\`${one.kind}\``, `\`${one.name}\``, `${one.level}, ${one.type}`, directionText(one), valueText(one, types), bytesText(one),
    optionText(one), one.since ?? '',
    one.family === undefined ? 'all' : [one.family].flat().join(', '),
  ])
  const heads = ['kind', 'C name', 'level, type', '', 'value', 'bytes', 'option', 'kernel', 'family']
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [`## ${level}`, '', line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

const directionText = ({ direction }: AnyControlMessage): string => (direction === 'both' ? 'send, receive' : direction ?? '')

function optionText({ kind, receive }: AnyControlMessage): string {
  if (receive === undefined) return ''
  const { option, optionName, errorQueue } = receive
  const queue = errorQueue === true ? ', *errqueue*' : ''
  if (option === undefined) return `–${queue}`
  if (optionName === undefined) throw new Error(`${kind} has its option as a number, ${option}: write it as { NAME }`)
  return `\`${optionName}\`${queue}`
}

function bytesText(one: AnyControlMessage): string {
  const text = (abi: Abi): string => {
    let least = 0
    while (!accepts(one, least, abi)) least++
    if (accepts(one, unlimited, abi)) return `${least} …`
    let most = least
    while (accepts(one, most + 1, abi)) most++
    return most === least ? `${least}` : `${least} to ${most}`
  }
  return text(wide) === text(narrow) ? text(wide) : `${text(wide)} / ${text(narrow)}`
}

const accepts = (one: AnyControlMessage, length: number, abi: Abi): boolean => one.accepts?.(length, abi) ?? length >= one.minSize

/** The type of a kind's value, and of its argument if that differs. In a table, a bar is escaped. */
function valueText({ kind, direction }: AnyControlMessage, types: ReadonlyMap<string, ValueType>): string {
  const type = types.get(kind)
  if (type === undefined) throw new Error(`Cannot find the type of ${kind}: expected it among the exports of src/codec.ts`)
  const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
  return `${code(type.value)}${type.sent === undefined || direction === 'receive' ? '' : `, sent as ${code(type.sent)}`}`
}
