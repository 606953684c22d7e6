/**
 * `cmsg types`: lists the kinds of control messages, by name, number or kind.
 * @module
 */
import { Argument, type Command } from 'commander'
import { hostAbi } from '../abi/abi.ts'
import { builtins } from '../control/catalogue.ts'
import { CMSG_SPACE } from '../abi/cmsg.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { structOf, type AnyLayout } from '../control/payload.ts'
import { familiesText as families, findKinds, ways } from '../reference/search.ts'
import { levelNameOf, optionName } from '../control/names.ts'
import { didYouMean } from '../reference/text.ts'
import { brokenBetweenWords, columns, columnsWrapped, count, print, printable, printJson, styleFor, width } from './style.ts'
import { examples, offering, usage } from './usage.ts'

export function define(command: Command): void {
  command
    .description('List the kinds of control messages: all of them, or those that match a C name, a number or a kind. '
      + 'A single match is shown in full.')
    .addArgument(offering(new Argument('[name]', 'part of a C name or of a kind; the number of a type; or level:type'), kindNames()))
    .option('--json', 'print JSON')
    .addHelpText('after', examples([
      ['cmsg types', 'List all kinds'],
      ['cmsg types SCM_RIGHTS', 'Show one kind in full'],
      ['cmsg types stamp', 'List the kinds of timestamps'],
      ['cmsg types 1:2', 'Find cmsg_level 1, cmsg_type 2'],
    ]))
    .action((name: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const found = findKinds(name)
      if (found.length === 0) {
        const hint = didYouMean(name!, kindNames()) || ' `cmsg types` lists them'
        throw usage(`no kind is called ${printable(name!)}, or has this number.${hint}`)
      }
      if (json) printJson(found.map(facts))
      else print(found.length === 1 ? inFull(found[0]!) : table(found))
    })
}

function facts(kind: AnyControlMessage): object {
  const { level, type, name, family, since, direction = 'both', receive, minSize } = kind
  return {
    kind: kind.kind, name, level: { name: levelNameOf(kind), number: level }, type, families: family === undefined ? null : [family].flat(),
    direction, since: since ?? null,
    payload: { minSize, ...(kind.layout === undefined ? {} : { fields: structOf(kind.layout).fields }) },
    receive: receive === undefined ? null : {
      option: receive.option === undefined ? null : { name: optionName(kind), number: receive.option },
      size: receive.size, errorQueue: receive.errorQueue ?? false,
    },
  }
}

const kindNames = (): string[] =>
  (builtins as readonly AnyControlMessage[]).flatMap(({ kind, name }) => (name === undefined ? [kind] : [kind, name]))

/** The columns of the table, and the order in which they are omitted if the terminal is too narrow. */
const heads = ['kind', 'type', 'level', 'numbers', 'direction', 'since', 'families']
const leftOut = ['level', 'direction', 'since', 'families', 'numbers']

function table(kinds: readonly AnyControlMessage[], room: number = process.stdout.columns ?? Infinity): string {
  const { bold, dim } = styleFor()
  const rows = kinds.map((kind) => [
    bold(kind.kind), kind.name ?? '', dim(`${levelNameOf(kind)}`), `${kind.level}:${kind.type}`, ways[kind.direction ?? 'both'],
    kind.since ?? '', dim(families(kind)),
  ])
  const all = [heads.map(bold), ...rows]
  const without = (names: readonly string[]): string[] => columns(all.map((row) => row.filter((_, i) => !names.includes(heads[i]!))))
  for (let n = 0; n <= leftOut.length; n++) {
    const omitted = leftOut.slice(0, n)
    const lines = without(omitted)
    if (n < leftOut.length && Math.max(...lines.map(width)) > room) continue
    const note = n === 0 ? [] : brokenBetweenWords(`Not shown in ${room} columns: ${omitted.join(', ')}.`, room)
    return [...lines, ...note.map(dim)].join('\n')
  }
  return ''
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
    ['payload', kind.layout === undefined ? `${count(minSize, 'byte')} or more` : layout(kind.layout)],
    ['room', receive === undefined
      ? `CMSG_SPACE(${minSize}) = ${CMSG_SPACE(minSize, abi)} bytes at least`
      : `CMSG_SPACE(${receive.size}) = ${CMSG_SPACE(receive.size, abi)} bytes`],
    ['asked for', receive === undefined
      ? 'never: it can only be sent'
      : receive.option === undefined ? 'not needed: it comes unasked' : `by ${option} (${receive.option})`],
    ...(receive?.errorQueue ? [['comes from', 'the error queue, with MSG_ERRQUEUE'] as [string, string]] : []),
  ]
  return `${bold(kind.kind)}\n${columnsWrapped(lines.map(([name, text]) => [`  ${dim(name)}`, text])).join('\n')}`

  function layout(of: AnyLayout): string {
    const struct = structOf(of, abi)
    const fields = Object.entries(struct.fields)
    if (struct.flexible && fields.length === 1) return `${struct.name}, any number of them`
    const bytes = count(struct.size, 'byte')
    if (typeof of === 'string') return `${of}, ${bytes}`
    return `struct ${struct.name}, ${bytes}: ${fields.map(([name, { offset, size }]) => `${name} at ${offset} (${size})`).join(', ')}`
  }
}
