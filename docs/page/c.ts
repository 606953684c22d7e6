/**
 * The C program that builds a buffer, as one would write it: what is in the headers by its name, padding zero, the macros.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { structs } from '../../src/abi/structs.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { formatIPv4, formatIPv6 } from '../../src/address/inet.ts'
import { fieldText } from '../../src/reference/declaration.ts'
import { levelNameOf } from '../../src/control/names.ts'
import { fieldsOf, type EncodedItem } from './buffer.ts'
import { facts } from './facts.ts'
import { nameOf, scalarOf, type Leaf } from './leaves.ts'

const scalarTypes: Readonly<Record<string, string>> = {
  i8: 'int8_t', u8: 'uint8_t', i16: 'int16_t', u16: 'uint16_t', i32: 'int', u32: 'uint32_t', i64: 'int64_t', u64: 'uint64_t', u16be: 'uint16_t', u32be: 'uint32_t', u64be: 'uint64_t',
  long: 'long', ulong: 'unsigned long',
}
const swapped: Readonly<Record<string, string>> = { u16be: 'htons', u32be: 'htonl', u64be: 'htobe64' }

/** One control message in C. */
interface Part {
  /** What has to be declared before main. */
  readonly declared: string
  readonly variable: string
  readonly assigned: readonly string[]
  /** The size of the payload, and where it is; no address where there is none. */
  readonly size: string
  readonly address: string | undefined
  readonly level: string
  readonly type: string
  readonly comment: string
}

export function programInC(items: readonly EncodedItem[], abi: Abi): string {
  const includes = new Set(['stdio.h', 'string.h', 'sys/socket.h'])
  const defines = new Map<string, number>()
  const used = new Set<string>()
  const parts = items.map((item) => partOf(item, abi, { includes, defines, used }))
  // What libc declares comes first: the kernel's headers then leave it out.
  const headers = [...includes].sort((a, b) => Number(a.startsWith('linux/')) - Number(b.startsWith('linux/')) || (a < b ? -1 : 1))
  const lines = [
    '#define _GNU_SOURCE', ...headers.map((header) => `#include <${header}>`), '',
    ...[...defines].flatMap(([name, value]) => [`#ifndef ${name}`, `#define ${name} ${value}`, '#endif']), ...(defines.size > 0 ? [''] : []),
    ...parts.flatMap(({ declared }) => (declared === '' ? [] : [declared, ''])),
    'int main(void)', '{',
  ]
  if (parts.length === 0) return [...lines, '\tstruct msghdr msg = { 0 };\t/* no control messages: msg_control is NULL */', '', '\treturn (int)msg.msg_controllen;', '}', ''].join('\n')
  const indented = (text: string): string => (text === '' ? '' : `\t${text}`)
  const variables = parts.map(({ variable }) => variable).filter((variable) => variable !== '')
  lines.push(
    ...variables.map(indented), ...(variables.length > 0 ? [''] : []),
    '\t/* The union aligns it as a header must be. */', '\tunion {',
    `\t\tchar buf[${parts.map(({ size }) => `CMSG_SPACE(${size})`).join('\n\t\t       + ')}];`, '\t\tstruct cmsghdr align;', '\t} control;', '\tstruct msghdr msg = { 0 };', '\tstruct cmsghdr *cmsg;',
    '', '\t/* The padding is sent too. */', '\tmemset(&control, 0, sizeof control);', '\tmsg.msg_control = control.buf;', '\tmsg.msg_controllen = sizeof control.buf;', '',
    ...parts.flatMap(({ assigned, size, address, level, type, comment }, i) => [
      `\t/* ${comment} */`, ...assigned.map(indented),
      `\tcmsg = ${i === 0 ? 'CMSG_FIRSTHDR(&msg)' : 'CMSG_NXTHDR(&msg, cmsg)'};`, `\tcmsg->cmsg_level = ${level};`, `\tcmsg->cmsg_type = ${type};`, `\tcmsg->cmsg_len = CMSG_LEN(${size});`,
      ...(address === undefined ? [] : [`\tmemcpy(CMSG_DATA(cmsg), ${address}, ${size});`]), '',
    ]),
    '\t/* sendmsg(fd, &msg, 0) sends it; here it is printed. */', '\tfor (size_t i = 0; i < sizeof control.buf; i++)', '\t\tprintf("%02x", (unsigned char)control.buf[i]);', "\tputchar('\\n');", '\treturn 0;', '}', '',
  )
  return lines.join('\n')
}

interface Needs { readonly includes: Set<string>; readonly defines: Map<string, number>; readonly used: Set<string> }

function partOf(item: EncodedItem, abi: Abi, needs: Needs): Part {
  const { definition, layout, payload, level, type } = item
  const constant = (name: string | undefined, value: number): string => {
    if (name === undefined || !/^[A-Z_]\w*$/.test(name)) return String(value)
    if (Object.hasOwn(facts.headers, name)) for (const header of facts.headers[name]!) needs.includes.add(header)
    else needs.defines.set(name, value)
    return name
  }
  let name = definition?.kind ?? 'data'
  for (let i = 2; needs.used.has(name); i++) name = `${definition?.kind ?? 'data'}${i}`
  needs.used.add(name)
  const head = {
    level: constant(definition === undefined ? undefined : levelNameOf(definition), level), type: constant(definition?.name, type),
    comment: definition === undefined ? `level ${level}, type ${type}` : `${definition.name ?? definition.kind}${definition.direction === 'receive' ? ': only the kernel sends it' : ''}`,
  }
  const part = (variable: string, assigned: readonly string[], size: string, address: string | undefined, declared = ''): Part => ({ ...head, declared, variable, assigned, size, address })
  const bytes = (): Part => (payload.length === 0 ? part('', [], '0', undefined) : part(`unsigned char ${name}[] = { ${[...payload].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')} };`, [], `sizeof ${name}`, name))
  const leaves = fieldsOf(item.item, abi)
  if (layout === undefined || payload.length === 0) return bytes()

  const valueOf = (leaf: Leaf): string => {
    const number = scalarOf(payload.slice(leaf.offset, leaf.offset + leaf.size!), leaf.type as never, abi)
    const named = nameOf(number, leaf.meaning)
    const text = named !== undefined ? constant(named, Number(number)) : literal(number, leaf.meaning === 'hex' || leaf.meaning?.endsWith('|') === true)
    const swap = swapped[leaf.type as string]
    if (swap !== undefined) needs.includes.add(swap === 'htobe64' ? 'endian.h' : 'arpa/inet.h')
    return swap === undefined ? text : `${swap}(${text})`
  }
  const [first] = leaves
  if (leaves.length === 1 && first!.path === 'value') {
    if (/int\d/.test(scalarTypes[first!.type as string]!)) needs.includes.add('stdint.h')
    return part(`${scalarTypes[first!.type as string]} ${name} = ${valueOf(first!)};`, [], `sizeof ${name}`, `&${name}`)
  }
  if (leaves.length === 1 && first!.size === undefined) {
    if (typeof first!.type !== 'object') return bytes()
    const [element] = first!.type
    const each = element === 'i32' ? 'int' : scalarTypes[element]!
    if (each !== 'int') needs.includes.add('stdint.h')
    const numbers = Array.from({ length: payload.length / Int32Array.BYTES_PER_ELEMENT }, (_, i) => String(scalarOf(payload.slice(4 * i, 4 * i + 4), element, abi)))
    return part(`${each} ${name}[] = { ${numbers.join(', ')} };`, [], `sizeof ${name}`, name)
  }
  const header = headerOf(layout, abi)
  for (const include of header ?? ['stdint.h']) needs.includes.add(include)
  const tail = leaves.find(({ size }) => size === undefined)
  const tailLength = tail === undefined ? 0 : payload.length - tail.offset
  const struct = header === undefined ? `struct ${name}` : `struct ${layout.name}`
  const declared = header === undefined ? declarationInC(struct, layout, tailLength, abi, needs) : ''
  const assigned = [`memset(&${name}, 0, sizeof ${name});`, ...leaves.flatMap((leaf) => assignment(name, leaf, payload.subarray(leaf.offset, leaf.size === undefined ? undefined : leaf.offset + leaf.size), valueOf, needs))]
  if (tail !== undefined) needs.includes.add('stddef.h')
  return part(`${struct} ${name};`, assigned, tail === undefined ? `sizeof(${struct})` : `offsetof(${struct}, ${tail.path}) + ${tailLength}`, `&${name}`, declared)
}

/** The headers that declare a struct as it is laid out here; none does if undefined. */
function headerOf({ name, fields, size }: AnyStruct, abi: Abi): readonly string[] | undefined {
  // They have an array of bytes where C has a union.
  if (name === 'in_addr' || name === 'in6_addr') return ['netinet/in.h']
  if (!Object.hasOwn(structs, name)) return undefined
  const known = structs[name as keyof typeof structs].for(abi) as AnyStruct
  const same = known.size === size && Object.entries(fields).every(([field, { offset, size }]) => known.fields[field]?.offset === offset && known.fields[field]?.size === size)
  return same ? facts.headers[`struct ${name}`] : undefined
}

/** A struct that is in no header. */
function declarationInC(name: string, layout: AnyStruct, tail: number, abi: Abi, needs: Needs): string {
  const lines = Object.entries(layout.fields).map(([field, { type }]) => {
    if (typeof type === 'object' && 'fields' in type) for (const include of headerOf(type, abi) ?? []) needs.includes.add(include)
    return `\t${fieldText(layout, field).replace('[]', `[${tail}]`)};`
  })
  return `${name} {\n${lines.join('\n')}\n};`
}

function assignment(name: string, leaf: Leaf, bytes: Uint8Array, valueOf: (leaf: Leaf) => string, needs: Needs): string[] {
  const field = `${name}.${leaf.path}`
  if (typeof leaf.type === 'string' && leaf.type !== 'bytes' && leaf.type !== 'text') return [`${field} = ${valueOf(leaf)};`]
  if (bytes.every((byte) => byte === 0)) return []
  if ((leaf.meaning === 'ipv4' && bytes.length === 4) || (leaf.meaning === 'ipv6' && bytes.length === 16)) {
    needs.includes.add('arpa/inet.h')
    return [leaf.meaning === 'ipv4' ? `inet_pton(AF_INET, "${formatIPv4(bytes)}", &${field});` : `inet_pton(AF_INET6, "${formatIPv6(bytes)}", &${field});`]
  }
  return [`memcpy(&${field}, "${Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}", ${bytes.length});`]
}

function literal(number: bigint, hex: boolean): string {
  // C has no literal for the least of all.
  if (number === -(2n ** 63n)) return '-9223372036854775807LL - 1'
  const text = hex && number >= 0n ? `0x${number.toString(16)}` : String(number)
  return number > 0x7fffffffn ? `${text}${number > 0x7fffffffffffffffn ? 'ULL' : number > 0xffffffffn ? 'LL' : 'U'}` : number < -0x7fffffffn ? `${text}LL` : text
}
