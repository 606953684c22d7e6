/**
 * What a field is: where it lies, its value, what that means, how C declares it.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import type { AnyStruct, FieldType } from '../../src/abi/types.ts'
import { structs } from '../../src/abi/structs.ts'
import { meaningOf } from '../../src/control/dissect-fields.ts'
import { declarationOf } from '../../src/reference/declaration.ts'
import type { Part } from '../../src/control/dissect.ts'
import { count } from '../../src/reference/text.ts'
import { h } from './dom.ts'
import { facts } from './facts.ts'
import type { Selection } from './grid.ts'
import { prose } from './prose.ts'

const parts: Readonly<Record<Part, string>> = {
  cmsg_len: 'Bytes from the start of this header to the end of its payload: `CMSG_LEN(n)`, **not** `CMSG_SPACE(n)`. The padding is not counted. In what was received, it says how much of the payload came: check it before you read.',
  cmsg_level: 'Which protocol the message belongs to, as in `setsockopt`. A number below 256 is the protocol’s own and may have several meanings: the family of the socket decides.',
  cmsg_type: 'Which message of that level it is. It need not be the number of the option that turns it on.',
  field: '', summary: '', bytes: 'Bytes of the payload that the catalogue has no field for.',
  hole: 'A hole: C aligns what follows, or the struct as a whole, and nothing is stored here. Set it to zero, or it carries whatever was in memory.',
  padding: 'Padding up to the next multiple of a word, which `CMSG_SPACE` counts and `cmsg_len` does not. The next header begins after it. Set it to zero: it is sent as it is.',
  trailing: 'Too few bytes for a header. The kernel does not look at them.',
}

const meanings: Readonly<Record<string, string>> = {
  fd: 'A file descriptor: a number in the process that sends it, another in the one that receives it. What was received is open, and yours to close.',
  pid: 'A process id, as the receiver’s pid namespace numbers it. 0: unknown, never root.',
  seconds: 'Seconds since 1970.', microseconds: 'Microseconds, below a million.', nanoseconds: 'Nanoseconds.', bytes: 'A number of bytes.', errno: 'An error number; 0 for none.',
  ipv4: 'An IPv4 address, in network order.', ipv6: 'An IPv6 address, in network order.', mac: 'A hardware address.', interface: 'A network interface, by number; 0 for any.', text: 'Text, often with a NUL at its end.', hex: 'Flags, or a number one reads in hex.',
}

export function details(selection: Selection, abi: Abi): HTMLElement {
  const { region, message } = selection
  const { part, start, end, name, value, note } = region
  const header = part.startsWith('cmsg_')
  const struct = header ? structs.cmsghdr.for(abi) as AnyStruct : message?.layout
  const way = header ? [{ struct: struct!, field: name }] : struct === undefined || part !== 'field' ? [] : wayTo(struct, name)
  const definition = message?.definition
  return h('div', { class: 'details' },
    h('h3', {}, h('span', { class: `swatch ${part}` }), h('code', {}, name)),
    h('dl', {},
      h('dt', {}, 'offset'), h('dd', {}, `${start}${message === undefined || message.at === 0 ? '' : `, ${start - message.at} in its message`}${part === 'field' && message !== undefined ? `, ${start - message.data} in the payload` : ''}`),
      h('dt', {}, 'size'), h('dd', {}, count(end - start, 'byte')),
      h('dt', {}, 'value'), h('dd', {}, h('code', {}, value)), [note, ...summaryOf(selection)].map((text) => (text === undefined ? [] : [h('dt', {}, ''), h('dd', {}, text)]))),
    part === 'field' ? fieldProse(definition?.kind, way, definition?.meaning) : prose(parts[part]),
    way.length > 0 ? way.map(({ struct, field }) => declaration(struct, field, headerOf(struct))) : header || struct === undefined ? [] : [declaration(struct, undefined, headerOf(struct))],
    definition !== undefined && h('p', { class: 'more' }, h('a', { href: `#types&q=${definition.kind}` }, `About ${definition.name ?? definition.kind}`)))
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
  const text = own ?? (meaning === undefined ? undefined : meanings[meaning] ?? `${meaning.endsWith('|') ? 'Flags' : 'A number'} named by the constants \`${meaning.replace('|', '')}…\`.`)
  return text === undefined ? [] : prose(text)
}

const isStruct = (type: FieldType): type is AnyStruct => typeof type === 'object' && 'read' in type

/** The structs on the way to a field, from the outermost: of `ts[0].tv_sec` that with `ts`, and that with `tv_sec`. */
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

/** A declaration, with a field of it marked. */
export function declaration(struct: AnyStruct, marked: string | undefined, header: string | undefined): HTMLElement {
  return h('pre', { class: 'declaration', tabindex: 0, 'aria-label': `struct ${struct.name} in C` }, h('code', {},
    header === undefined ? [] : h('span', { class: 'comment' }, `/* <${header}> */\n`),
    declarationOf(struct).map(({ text, field }) => (field !== undefined && field === marked ? [h('mark', {}, text), '\n'] : `${text}\n`))))
}
