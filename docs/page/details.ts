/**
 * Describes a field: its place, its value and the meaning of that, its declaration in C.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import type { AnyStruct, FieldType } from '../../src/abi/types.ts'
import { structs } from '../../src/abi/structs.ts'
import { meaningOf } from '../../src/control/dissect-fields.ts'
import { declarationOf } from './declaration.ts'
import type { Part } from '../../src/control/dissect.ts'
import type { Problem } from '../../src/control/explain-problems.ts'
import { count } from '../../src/reference/text.ts'
import { linkToKind } from './address.ts'
import { scroller } from './code.ts'
import { h } from './dom.ts'
import { facts } from './facts.ts'
import type { Selection } from './grid.ts'
import { highlight } from './highlight.ts'
import { prose } from './prose.ts'

const parts: Readonly<Record<Part, string>> = {
  cmsg_len: 'Bytes from the start of this header to the end of its payload: `CMSG_LEN(n)`, **not** `CMSG_SPACE(n)`. The padding is '
    + 'not counted. In a received message, it says how much of the payload arrived: check it before you read the payload.',
  cmsg_level: 'The protocol that the message belongs to, as in `setsockopt`. Several protocols use the same number: '
    + 'the family of the socket decides which one is meant.',
  cmsg_type: 'The control message within its level. It may differ from the number of the option that turns it on.',
  field: '', summary: '', bytes: 'Bytes of the payload that the catalogue has no field for.',
  hole: 'A hole, which C leaves for alignment. It holds no value. Set it to zero, or it discloses earlier contents of the memory.',
  padding: 'Padding up to the next multiple of a word, which `CMSG_SPACE` counts and `cmsg_len` does not. The next '
    + 'header begins after it. Set it to zero: it is sent too.',
  trailing: 'Too few bytes for a header. The kernel ignores them.',
}

const meanings: Readonly<Record<string, string>> = {
  fd: 'A file descriptor. The receiver gets its own number for an open descriptor, and has to close it.',
  pid: 'A process id in the pid namespace of the receiver. 0 means unknown, never root.',
  seconds: 'Seconds since 1970.', microseconds: 'Microseconds, below a million.', nanoseconds: 'Nanoseconds.', bytes: 'A number of bytes.',
  errno: 'An error number; 0 for none.',
  ipv4: 'An IPv4 address, in network order.', ipv6: 'An IPv6 address, in network order.', mac: 'A hardware address.',
  interface: 'A network interface, by number; 0 for any.', text: 'Text, often with a NUL at its end.',
  hex: 'Flags, or a number that is usually written in hex.',
}

export function details(selection: Selection, abi: Abi, problems: readonly Problem[] = []): HTMLElement {
  const { region, message } = selection
  const { part, start, end, name, value, note } = region
  const header = part.startsWith('cmsg_')
  const wrong = problems.filter(({ at }) => at >= start && at < end)
  const struct = header ? structs.cmsghdr.for(abi) as AnyStruct : message?.layout
  const way = header ? [{ struct: struct!, field: name }] : struct === undefined || part !== 'field' ? [] : wayTo(struct, name)
  const definition = message?.definition
  return h('div', { class: 'details' },
    h('h3', {}, h('span', { class: `swatch ${part}` }), h('code', {}, name)),
    h('dl', {},
      h('dt', {}, 'offset'),
      h('dd', {}, [start, message !== undefined && message.at !== 0 && `, ${start - message.at} in its message`,
        message !== undefined && part === 'field' && `, ${start - message.data} in the payload`]),
      h('dt', {}, 'size'), h('dd', {}, count(end - start, 'byte')),
      h('dt', {}, 'value'), h('dd', {}, h('code', {}, value)),
      [note, ...summaryOf(selection)].map((text) => (text === undefined ? [] : [h('dt', {}, ''), h('dd', {}, text)]))),
    wrong.length > 0 && h('ul', { class: 'problem-text outcome bad' }, wrong.map(({ text }) => h('li', {}, text))),
    part === 'field' ? fieldProse(definition?.kind, way, definition?.meaning) : prose(parts[part]),
    way.length > 0 ? way.map(({ struct, field }) => declaration(struct, field, headerOf(struct)))
      : header || struct === undefined ? [] : [declaration(struct, undefined, headerOf(struct))],
    definition !== undefined
      && h('p', { class: 'more' }, h('a', { href: linkToKind(definition.kind) }, `About ${definition.name ?? definition.kind}`)))
}

/** The meaning of the payload as a whole, which is shown with each of its parts. */
function summaryOf({ region: { part }, message }: Selection): string[] {
  const summary = part === 'field' || part === 'bytes' ? message?.regions.find(({ part }) => part === 'summary') : undefined
  return summary === undefined ? [] : [summary.note ?? summary.value]
}

function fieldProse(kind: string | undefined, way: readonly { field: string }[], given: Parameters<typeof meaningOf>[0]): HTMLElement[] {
  const own = kind === undefined ? undefined : way.map(({ field }) => facts.kinds[kind]?.fields[field]).findLast((doc) => doc !== undefined)
  const last = way.at(-1)?.field
  const meaning = last === undefined ? undefined : meaningOf(given, last)
  const text = own ?? (meaning === undefined ? undefined
    : meanings[meaning] ?? `${meaning.endsWith('|') ? 'Flags' : 'A number'} named by the constants \`${meaning.replace('|', '')}…\`.`)
  return text === undefined ? [] : prose(text)
}

const isStruct = (type: FieldType): type is AnyStruct => typeof type === 'object' && 'read' in type

/** Returns the structs around a field, from the outermost: for `ts[0].tv_sec`, the one with `ts`, then the one with `tv_sec`. */
export function wayTo(struct: AnyStruct, path: string): { struct: AnyStruct; field: string }[] {
  const way: { struct: AnyStruct; field: string }[] = []
  let within: AnyStruct | undefined = struct
  for (const step of path.split('.')) {
    const field = step.replace(/\[\d+\]$/, '')
    if (within === undefined || !Object.hasOwn(within.fields, field)) break
    way.push({ struct: within, field })
    const { type }: { type: FieldType } = within.fields[field]!
    const element: FieldType = Array.isArray(type) ? type[0] as FieldType : type
    within = isStruct(element) ? element : undefined
  }
  return way
}

export const headerOf = ({ name }: AnyStruct): string | undefined => facts.headers[`struct ${name}`]?.at(-1)

/** The declaration of a struct in C, with one field marked. */
export function declaration(struct: AnyStruct, marked: string | undefined, header: string | undefined): HTMLElement {
  return scroller(h('pre', { class: 'declaration', role: 'group', 'aria-label': `struct ${struct.name} in C` }, h('code', {},
    header === undefined ? [] : [highlight(`/* <${header}> */`, 'c'), '\n'],
    declarationOf(struct).map(({ text, field }) => [field !== undefined && field === marked ? h('mark', {}, highlight(text, 'c'))
      : highlight(text, 'c'), '\n']))))
}
