/**
 * C for a buffer as a programmer writes it: names from the headers, the macros, padding set to zero.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { structs } from '../../src/abi/structs.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { formatIPv4, formatIPv6 } from '../../src/address/inet.ts'
import { fieldText } from './declaration.ts'
import { levelNameOf, optionName } from '../../src/control/names.ts'
import { fieldsOf, type EncodedItem } from './buffer.ts'
import { facts } from './facts.ts'
import { nameOf, scalarOf, type Leaf } from './leaves.ts'

const scalarTypes: Readonly<Record<string, string>> = {
  i8: 'int8_t', u8: 'uint8_t', i16: 'int16_t', u16: 'uint16_t', i32: 'int', u32: 'uint32_t', i64: 'int64_t', u64: 'uint64_t',
  u16be: 'uint16_t', u32be: 'uint32_t', u64be: 'uint64_t',
  long: 'long', ulong: 'unsigned long',
}
const swapped: Readonly<Record<string, string>> = { u16be: 'htons', u32be: 'htonl', u64be: 'htobe64' }

/** One control message in C. */
interface Part {
  /** A struct that has to be declared before the first function. */
  readonly declared: string
  readonly variable: string
  readonly assigned: readonly string[]
  /** Expressions for the size of the payload and its address; without a payload there is no address. */
  readonly size: string
  readonly address: string | undefined
  readonly level: string
  readonly type: string
  readonly comment: string
}

interface Needs { readonly includes: Set<string>; readonly defines: Map<string, number>; readonly used: Set<string> }

const noNeeds = (...includes: string[]): Needs => ({ includes: new Set(['string.h', 'sys/socket.h', ...includes]), defines: new Map(),
  used: new Set() })

/** Returns the lines before the first function: what the parts need from headers, or have to define and declare. */
function prologue({ includes, defines }: Needs, declared: readonly string[]): string[] {
  // The headers of libc come first: those of the kernel then leave out what these declare.
  const headers = [...includes].sort((a, b) => Number(a.startsWith('linux/')) - Number(b.startsWith('linux/')) || (a < b ? -1 : 1))
  return [
    '#define _GNU_SOURCE', ...headers.map((header) => `#include <${header}>`), '',
    ...[...defines].flatMap(([name, value]) => [`#ifndef ${name}`, `#define ${name} ${value}`, '#endif']),
    ...(defines.size > 0 ? [''] : []),
    ...declared.flatMap((text) => (text === '' ? [] : [text, ''])),
  ]
}

const indented = (text: string): string => (text === '' ? '' : `\t${text}`)

/** Returns the lines that fill `msg` with the parts. */
function filled(parts: readonly Part[]): string[] {
  const variables = parts.map(({ variable }) => variable).filter((variable) => variable !== '')
  return [
    ...variables.map(indented), ...(variables.length > 0 ? [''] : []),
    '\t/* The union aligns it as a header must be. */', '\tunion {',
    `\t\tchar buf[${parts.map(({ size }) => `CMSG_SPACE(${size})`).join('\n\t\t       + ')}];`, '\t\tstruct cmsghdr align;',
    '\t} control;', '\tstruct msghdr msg = { 0 };', '\tstruct cmsghdr *cmsg;',
    '', '\t/* The padding is sent too. */', '\tmemset(&control, 0, sizeof control);', '\tmsg.msg_control = control.buf;',
    '\tmsg.msg_controllen = sizeof control.buf;', '',
    ...parts.flatMap(({ assigned, size, address, level, type, comment }, i) => [
      `\t/* ${comment} */`, ...assigned.map(indented),
      `\tcmsg = ${i === 0 ? 'CMSG_FIRSTHDR(&msg)' : 'CMSG_NXTHDR(&msg, cmsg)'};`, `\tcmsg->cmsg_level = ${level};`,
      `\tcmsg->cmsg_type = ${type};`, `\tcmsg->cmsg_len = CMSG_LEN(${size});`,
      ...(address === undefined ? [] : [`\tmemcpy(CMSG_DATA(cmsg), ${address}, ${size});`]), '',
    ]),
  ]
}

/** Returns a program that builds the buffer, and prints its bytes. */
export function programInC(items: readonly EncodedItem[], abi: Abi): string {
  const needs = noNeeds('stdio.h')
  const parts = items.map((item) => partOf(item, abi, needs))
  const body = parts.length === 0
    ? ['\tstruct msghdr msg = { 0 };\t/* no control messages: msg_control is NULL */', '', '\treturn (int)msg.msg_controllen;'] : [
    ...filled(parts),
    '\t/* sendmsg(fd, &msg, 0) sends it; here it is printed. */', '\tfor (size_t i = 0; i < sizeof control.buf; i++)',
    '\t\tprintf("%02x", (unsigned char)control.buf[i]);', "\tputchar('\\n');", '\treturn 0;',
  ]
  return [...prologue(needs, parts.map(({ declared }) => declared)), 'int main(void)', '{', ...body, '}', ''].join('\n')
}

/** Returns a function that sends a message with one control message. */
export function senderInC(item: EncodedItem, abi: Abi): string {
  const needs = noNeeds()
  const part = partOf(item, abi, needs)
  return [
    ...prologue(needs, [part.declared]),
    'ssize_t send_message(int fd, void *data, size_t size)', '{', ...filled([part]),
    '\tmsg.msg_iov = &(struct iovec){ data, size };', '\tmsg.msg_iovlen = 1;', '\treturn sendmsg(fd, &msg, 0);', '}', '',
  ].join('\n')
}

/** Returns a function that receives a message, and reads the control messages of one kind. */
export function receiverInC(item: EncodedItem, abi: Abi): string {
  const { definition, payload } = item
  if (definition?.receive === undefined) throw new Error('This kind is not received.')
  const { size, option, optionLevel = definition.level, value = 1, errorQueue = false } = definition.receive
  const needs = noNeeds()
  const part = partOf(item, abi, needs)
  const [, element] = /^(.*) \w+\[\] = /.exec(part.variable) ?? []
  const [, single] = /^(.*?) \w+(?: = [^]*)?;$/.exec(part.variable) ?? []
  const name = definition.kind
  const asked = option === undefined ? [] : [
    `\tint value = ${value};`,
    `\tif (setsockopt(fd, ${constantIn(needs, levelNameOf({ ...definition, level: optionLevel }), optionLevel)}, `
      + `${constantIn(needs, optionName(definition), option)}, &value, sizeof value) < 0)`,
    '\t\treturn -1;', '',
  ]
  const room = element === undefined ? (single === undefined || size !== payload.length ? String(size) : `sizeof(${single})`)
    : element === 'unsigned char' ? String(size) : `${size / Int32Array.BYTES_PER_ELEMENT} * sizeof(${element})`
  const read = part.variable === '' ? [`\t\t/* It has no payload. */`]
    : element !== undefined
      ? [`\t\t${element} *${name} = (${element} *)CMSG_DATA(cmsg);`,
        `\t\tsize_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof *${name};`, `\t\t(void)${name}, (void)count;`]
      : [`\t\t${single} ${name};`, `\t\tif (cmsg->cmsg_len >= CMSG_LEN(sizeof ${name}))`,
        `\t\t\tmemcpy(&${name}, CMSG_DATA(cmsg), sizeof ${name});`]
  return [
    ...prologue(needs, [part.declared]),
    'ssize_t receive_message(int fd, void *data, size_t size)', '{', ...asked,
    '\tunion {', `\t\tchar buf[CMSG_SPACE(${room})];`, '\t\tstruct cmsghdr align;', '\t} control;',
    '\tstruct iovec iov = { data, size };',
    '\tstruct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof control.buf };',
    `\tssize_t length = recvmsg(fd, &msg, ${errorQueue ? 'MSG_ERRQUEUE' : 'MSG_CMSG_CLOEXEC'});`, '',
    '\tif (length < 0)', '\t\treturn -1;',
    '\tfor (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL; cmsg = CMSG_NXTHDR(&msg, cmsg)) {',
    `\t\tif (cmsg->cmsg_level != ${part.level} || cmsg->cmsg_type != ${part.type})`, '\t\t\tcontinue;',
    ...read, '\t}', '\treturn length;', '}', '',
  ].join('\n')
}

/** Returns the name of a constant, with the headers that have it, or its definition if none has. */
function constantIn({ includes, defines }: Needs, name: string | undefined, value: number): string {
  if (name === undefined || !/^[A-Z_]\w*$/.test(name)) return String(value)
  if (Object.hasOwn(facts.headers, name)) for (const header of facts.headers[name]!) includes.add(header)
  else defines.set(name, value)
  return name
}

function partOf(item: EncodedItem, abi: Abi, needs: Needs): Part {
  const { definition, layout, payload, level, type } = item
  const constant = (name: string | undefined, value: number): string => constantIn(needs, name, value)
  let name = definition?.kind ?? 'data'
  for (let i = 2; needs.used.has(name); i++) name = `${definition?.kind ?? 'data'}${i}`
  needs.used.add(name)
  const head = {
    level: constant(definition === undefined ? undefined : levelNameOf(definition), level), type: constant(definition?.name, type),
    comment: definition === undefined ? `level ${level}, type ${type}`
      : `${definition.name ?? definition.kind}${definition.direction === 'receive' ? ': only the kernel creates it' : ''}`,
  }
  const part = (variable: string, assigned: readonly string[], size: string, address: string | undefined, declared = ''): Part =>
    ({ ...head, declared, variable, assigned, size, address })
  const bytes = (): Part => (payload.length === 0 ? part('', [], '0', undefined)
    : part(`unsigned char ${name}[] = { ${[...payload].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(', ')} };`, [],
      `sizeof ${name}`, name))
  const leaves = fieldsOf(item.item, abi)
  if (layout === undefined || payload.length === 0) return bytes()

  const valueOf = (leaf: Leaf): string => {
    const number = scalarOf(payload.slice(leaf.offset, leaf.offset + leaf.size!), leaf.type as never, abi)
    const named = nameOf(number, leaf.meaning)
    const text = named !== undefined ? constant(named, Number(number))
      : literal(number, leaf.meaning === 'hex' || leaf.meaning?.endsWith('|') === true)
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
    const numbers = Array.from({ length: payload.length / Int32Array.BYTES_PER_ELEMENT },
      (_, i) => String(scalarOf(payload.slice(4 * i, 4 * i + 4), element, abi)))
    return part(`${each} ${name}[] = { ${numbers.join(', ')} };`, [], `sizeof ${name}`, name)
  }
  const header = headerOf(layout, abi)
  for (const include of header ?? ['stdint.h']) needs.includes.add(include)
  const tail = leaves.find(({ size }) => size === undefined)
  const tailLength = tail === undefined ? 0 : payload.length - tail.offset
  const struct = header === undefined ? `struct ${name}` : `struct ${layout.name}`
  const declared = header === undefined ? declarationInC(struct, layout, tailLength, abi, needs) : ''
  const assigned = [`memset(&${name}, 0, sizeof ${name});`,
    ...leaves.flatMap((leaf) => assignment(name, leaf,
      payload.subarray(leaf.offset, leaf.size === undefined ? undefined : leaf.offset + leaf.size), valueOf, needs))]
  if (tail !== undefined) needs.includes.add('stddef.h')
  return part(`${struct} ${name};`, assigned,
    tail === undefined ? `sizeof(${struct})` : `offsetof(${struct}, ${tail.path}) + ${tailLength}`, `&${name}`, declared)
}

/** Returns the headers that declare a struct with this layout; undefined if none does. */
function headerOf({ name, fields, size }: AnyStruct, abi: Abi): readonly string[] | undefined {
  // C has a union here, and the catalogue an array of bytes.
  if (name === 'in_addr' || name === 'in6_addr') return ['netinet/in.h']
  if (!Object.hasOwn(structs, name)) return undefined
  const known = structs[name as keyof typeof structs].for(abi) as AnyStruct
  const same = known.size === size
    && Object.entries(fields).every(([field, { offset, size }]) => known.fields[field]?.offset === offset
      && known.fields[field]?.size === size)
  return same ? facts.headers[`struct ${name}`] : undefined
}

/** Declares a struct that is in no header. */
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
    return [leaf.meaning === 'ipv4' ? `inet_pton(AF_INET, "${formatIPv4(bytes)}", &${field});`
      : `inet_pton(AF_INET6, "${formatIPv6(bytes)}", &${field});`]
  }
  return [`memcpy(&${field}, "${Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}", ${bytes.length});`]
}

function literal(number: bigint, hex: boolean): string {
  // C has no literal for the smallest number.
  if (number === -(2n ** 63n)) return '-9223372036854775807LL - 1'
  const text = hex && number >= 0n ? `0x${number.toString(16)}` : String(number)
  return number > 0x7fffffffn ? `${text}${number > 0x7fffffffffffffffn ? 'ULL' : number > 0xffffffffn ? 'LL' : 'U'}`
    : number < -0x7fffffffn ? `${text}LL` : text
}
