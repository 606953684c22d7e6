/**
 * `cmsg types`: the kinds of control messages, by name, number or kind.
 * @module
 */
import type { Command } from 'commander'
import { hostAbi } from '../abi/abi.ts'
import { CMSG_SPACE } from '../abi/cmsg.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { structOf, type AnyLayout } from '../control/payload.ts'
import { familiesText as families, findKinds, ways } from '../reference/search.ts'
import { levelNameOf, optionName } from '../control/names.ts'
import { columns, count, print, printable, printJson, styleFor } from './style.ts'
import { examples, status } from './usage.ts'

export function define(command: Command): void {
  command
    .description('List the kinds of control messages: all of them, or those that a C name, a number or a kind finds. One alone is shown in full.')
    .argument('[name]', 'part of a C name or of a kind; a type in numbers; or level:type')
    .option('--json', 'print JSON')
    .addHelpText('after', examples([
      ['cmsg types', 'All of them'],
      ['cmsg types SCM_RIGHTS', 'One, in full'],
      ['cmsg types stamp', 'Whatever has to do with timestamps'],
      ['cmsg types 1:2', 'What is cmsg_level 1, cmsg_type 2?'],
    ]))
    .action((name: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const found = findKinds(name)
      if (found.length === 0) {
        process.stderr.write(`cmsg types: no kind is called ${printable(name!)}, or has this number; \`cmsg types\` lists them\n`)
        process.exitCode = status.failed
      } else if (json) printJson(found.map(facts))
      else print(found.length === 1 ? inFull(found[0]!) : table(found))
    })
}

function facts(kind: AnyControlMessage): object {
  const { level, type, name, family, since, direction = 'both', receive, minSize } = kind
  return {
    kind: kind.kind, name, level: { name: levelNameOf(kind), number: level }, type, families: family === undefined ? null : [family].flat(), direction, since: since ?? null,
    payload: { minSize, ...(kind.layout === undefined ? {} : { fields: structOf(kind.layout).fields }) },
    receive: receive === undefined ? null : { option: receive.option === undefined ? null : { name: optionName(kind), number: receive.option }, size: receive.size, errorQueue: receive.errorQueue ?? false },
  }
}

function table(kinds: readonly AnyControlMessage[]): string {
  const { bold, dim } = styleFor()
  const rows = kinds.map((kind) => [
    bold(kind.kind), kind.name ?? '', dim(`${levelNameOf(kind)}`), `${kind.level}:${kind.type}`, ways[kind.direction ?? 'both'], kind.since ?? '', dim(families(kind)),
  ])
  return columns([['kind', 'type', 'level', 'numbers', 'direction', 'since', 'families'].map(bold), ...rows]).join('\n')
}

function inFull(kind: AnyControlMessage): string {
  const { bold, dim } = styleFor()
  const { receive, direction = 'both', minSize } = kind
  const abi = hostAbi()
  const option = optionName(kind)
  const lines: [string, string][] = [
    ['level', `${levelNameOf(kind)} (${kind.level})`],
    ['type', `${kind.name ?? ''} (${kind.type})`],
    ['families', families(kind)],
    ['direction', ways[direction]],
    ...(kind.since === undefined ? [] : [['since', `Linux ${kind.since}`] as [string, string]]),
    ['payload', kind.layout === undefined ? `${minSize} bytes or more` : layout(kind.layout)],
    ['room', receive === undefined ? `CMSG_SPACE(${minSize}) = ${CMSG_SPACE(minSize, abi)} bytes at least` : `CMSG_SPACE(${receive.size}) = ${CMSG_SPACE(receive.size, abi)} bytes`],
    ['asked for', receive === undefined ? 'never: it is only sent' : receive.option === undefined ? 'nothing to turn on: it comes unasked' : `by ${option} (${receive.option})`],
    ...(receive?.errorQueue ? [['comes from', 'the error queue, with MSG_ERRQUEUE'] as [string, string]] : []),
  ]
  return `${bold(kind.kind)}\n${columns(lines.map(([name, text]) => [`  ${dim(name)}`, text])).join('\n')}`

  function layout(of: AnyLayout): string {
    const struct = structOf(of, abi)
    const fields = Object.entries(struct.fields)
    if (struct.flexible && fields.length === 1) return `${struct.name}, any number of them`
    return typeof of === 'string' ? `${of}, ${count(struct.size, 'byte')}`
      : `struct ${struct.name}, ${struct.size} bytes: ${fields.map(([name, { offset, size }]) => `${name} at ${offset} (${size})`).join(', ')}`
  }
}
