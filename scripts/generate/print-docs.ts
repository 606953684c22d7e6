/**
 * Prints docs/layouts.md, the tables for people.
 * @module
 */
import type { Layout, Tables } from './merge.ts'
import type { FieldType, StructRef } from './rows.ts'
import type { Place } from './structs.ts'

/** The structs that every call uses; the others are payloads and options. */
const core = ['sockaddr_un', 'iovec', 'msghdr', 'mmsghdr', 'cmsghdr', 'ucred']

export function printDocs(tables: Tables): string {
  const others = Object.keys(tables.layouts).filter((name) => !core.includes(name))
  return `<!-- npm run generate -->
<!-- Written by the command above from scripts/generate/symbols.ts. DO NOT EDIT. -->

# Layouts

Offsets and sizes in bytes, as computed by the C compilers of nine targets; \`16 + 8\` is offset 16, 8 bytes. A column stands for
all targets that agree.

${targetTable(tables)}

## How to read the tables

- The structs that every call uses have one layout in the kernel for 64-bit programs and one for 32-bit programs. The C
  libraries declare three lengths differently, \`msg_iovlen\`, \`msg_controllen\` and \`cmsg_len\`: as whole words in glibc, as 32
  bits with 32 bits of padding in 64-bit musl. The kernel reads the whole word either way, so the tables show the word, with
  musl's own declaration in parentheses.
- On a big-endian machine (\`s390x-linux-musl\`) musl's padding comes first, so its 32 bits are the low half of the word there
  too.
- So a program that writes the three lengths as words, padding included, can use one layout with both libraries. cmsg does
  this: its tables are for programs of either library.

## Structs that every call uses

${core.map((name) => structTable(name, tables)).join('\n\n')}

## The CMSG macros

The results of C's own macros on each target.

${macroTable(tables)}

## Everything else

Payloads of control messages, addresses and arguments of options, each with its fields as *name offset + size*.

${others.map((name) => structLines(name, tables.layouts[name]!, tables)).join('\n')}
`
}

function targetTable({ targets }: Tables): string {
  const rows = Object.entries(targets).map(([name, { libc, wordSize, littleEndian }]) => {
    return [`\`${name}\``, libc, `${wordSize * 8} bits`, littleEndian ? 'little' : 'big']
  })
  return table(['target', 'C library', 'word', 'byte order'], rows)
}

function structTable(name: string, tables: Tables): string {
  const { types, variants } = tables.layouts[name]!
  const rows = Object.entries(types).map(([field, type]) => [
    `\`${field}\``,
    typeText(type),
    ...variants.map(({ fields, declared }) => {
      const own = declared?.[field]
      return placeText(fields[field]!) + (own ? ` (${placeText(own)})` : '')
    }),
  ])
  rows.push(
    ['*size*', '', ...variants.map(({ size }) => `**${size}**`)],
    ['*alignment*', '', ...variants.map(({ align }) => String(align))],
  )
  const heads = variants.map(({ targets }) => targetsText(targets, tables))
  return `### \`struct ${name}\`\n\n${table(['field', 'type', ...heads], rows)}`
}

function macroTable(tables: Tables): string {
  const calls = Object.entries(tables.macros[0]!.results)
  const rows = calls.flatMap(([macro, results]) => results.map(([argument], index) => {
    return [`\`${macro}(${argument})\``, ...tables.macros.map((variant) => String(variant.results[macro]![index]![1]))]
  }))
  return table(['', ...tables.macros.map(({ targets }) => targetsText(targets, tables))], rows)
}

function structLines(name: string, { types, variants }: Layout, tables: Tables): string {
  const lines = variants.map(({ targets, size, align, fields }) => {
    const places = Object.keys(types).map((field) => `${field} ${placeText(fields[field]!)}`)
    const where = variants.length > 1 ? ` on ${targetsText(targets, tables).replaceAll('<br>', ', ')}` : ''
    return `${size} bytes, alignment ${align}${where}: ${places.join(', ')}`
  })
  if (lines.length === 1) return `- \`${name}\`: ${lines[0]}`
  return [`- \`${name}\`:`, ...lines.map((line) => `  - ${line}`)].join('\n')
}

/** Returns the targets as text: all, all of one word size, or their names. */
function targetsText(names: readonly string[], { targets }: Tables): string {
  const everyTarget = Object.keys(targets)
  if (names.length === everyTarget.length) return 'every target'
  const bits = new Set(names.map((name) => targets[name]!.wordSize * 8))
  const [one] = bits
  const ofThatSize = everyTarget.filter((name) => targets[name]!.wordSize * 8 === one)
  if (bits.size === 1 && ofThatSize.length === names.length) return `every ${one}-bit target`
  return names.map((name) => `\`${name}\``).join('<br>')
}

function typeText(type: FieldType): string {
  if (Array.isArray(type)) return `${typeText(type[0] as FieldType)}[${type[1]}]`
  return typeof type === 'object' ? `struct ${(type as StructRef).struct}` : String(type)
}

function placeText([offset, size]: Place): string {
  return `${offset} + ${size}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
