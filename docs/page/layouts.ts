/**
 * Every struct on every target, and where they differ; what the CMSG macros make of a size.
 * @module
 */
import { abis, type Abi } from '../../src/abi/abi.ts'
import { CMSG_ALIGN, CMSG_LEN, CMSG_SPACE, cmsghdrOf } from '../../src/abi/cmsg.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { structs } from '../../src/abi/structs.ts'
import { differingFields, layoutsOf, spans, type Layout } from '../../src/reference/layout.ts'
import { count } from '../../src/reference/text.ts'
import { declaration, headerOf } from './details.ts'
import { choice, fill, h, labelled, type Child } from './dom.ts'
import { abiOf, type State } from './state.ts'

const all = Object.values(abis)
const names = Object.keys(structs) as (keyof typeof structs)[]

export function layouts(view: HTMLElement, state: State, changed: () => void): void {
  if (!Object.hasOwn(structs, state.struct)) state.struct = 'msghdr'
  const shown = h('div', { id: 'layout' })
  const draw = (): void => { fill(shown, layout(structs[state.struct as keyof typeof structs] as AnyStruct, abiOf(state))) }
  const select = choice(names.map((name) => [name, `struct ${name}`] as const), state.struct, (name) => { state.struct = name; changed(); draw() })
  select.id = 'struct'
  const macros = h('div', {})
  const size = h('input', { type: 'number', min: 0, max: 1e9, value: structs.ucred.size, id: 'n', inputmode: 'numeric' })
  const compute = (): void => { if (/^\d{1,9}$/.test(size.value)) fill(macros, macroTable(Number(size.value))) }
  size.addEventListener('input', compute)
  fill(view,
    h('h2', {}, 'Layouts'), labelled('Struct', select), shown,
    h('h2', {}, 'The CMSG macros'), labelled('Bytes of payload', size), macros)
  draw()
  compute()
}

function layout(struct: AnyStruct, abi: Abi): Child[] {
  const found = layoutsOf(struct, all)
  const differing = differingFields(found)
  return [
    h('p', { class: 'note' }, differing.size === 0 && found.every(({ struct: { size } }) => size === struct.size) ? 'The same offsets and sizes on all nine targets.' : 'Marked with ≠: what is not the same on all targets.'),
    declaration(struct.for(abi), undefined, headerOf(struct)),
    h('div', { class: 'maps' }, found.map((one) => map(one, differing))),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `struct ${struct.name}: offsets and sizes` }, table(struct, found, differing)),
  ]
}

const targetsText = (targets: readonly Abi[]): Child[] => targets.map(({ target }) => h('code', {}, target))

function map({ targets, struct, declared }: Layout, differing: ReadonlySet<string>): HTMLElement {
  const parts = spans(struct)
  const [first] = targets
  const colours = ['a', 'b', 'c', 'd']
  const fields = Object.keys(struct.fields)
  const rows: HTMLElement[] = [h('div', { class: 'row ruler', 'aria-hidden': 'true' }, h('span', { class: 'offset' }), Array.from({ length: 8 }, (_, i) => h('span', {}, `+${i}`)))]
  for (let start = 0; start < struct.size; start += 8) {
    const end = Math.min(struct.size, start + 8)
    const within = parts.filter(({ offset, size }) => offset < end && offset + size > start)
    // Of what fills many rows, the first two and the last tell enough.
    const whole = within.length === 1 && within[0]!.offset < start - 8 && within[0]!.offset + within[0]!.size > end + 8
    if (whole) {
      if (!rows.at(-1)!.classList.contains('skipped')) rows.push(h('div', { class: 'row skipped' }, h('span', { class: 'offset' }), h('span', { style: 'grid-column: span 8' }, '⋮')))
      continue
    }
    rows.push(h('div', { class: 'row' }, h('span', { class: 'offset' }, start), within.map((span) => {
      const [from, to] = [Math.max(span.offset, start), Math.min(span.offset + span.size, end)]
      const name = span.name ?? 'hole'
      const differs = span.name !== undefined && differing.has(span.name)
      const part = span.name === undefined ? 'hole' : `shade-${colours[fields.indexOf(span.name) % colours.length]!}`
      return h('span', { class: `segment ${part}${from > span.offset ? ' continued' : ''}${to < span.offset + span.size ? ' continues' : ''}`, style: `grid-column: span ${to - from}`, title: `${name}: offset ${span.offset}, ${count(span.size, 'byte')}` },
        h('span', { class: 'name' }, from > span.offset ? '″' : `${differs ? '≠ ' : ''}${name}`))
    })))
  }
  return h('figure', { class: 'map' },
    h('figcaption', {}, h('span', { class: 'targets' }, targetsText(targets)), h('span', { class: 'note' }, `${first!.wordSize * 8}-bit, ${first!.littleEndian ? 'little' : 'big'}-endian; ${count(struct.size, 'byte')}, aligned to ${struct.align}`)),
    h('div', { class: 'bytes', role: 'img', 'aria-label': `struct ${struct.name}: ${parts.map(({ name, offset, size }) => `${name ?? 'hole'} at ${offset}, ${size}`).join('; ')}` }, h('div', { class: 'rows' }, rows)),
    struct.flexible && h('p', { class: 'note' }, 'and whatever follows'),
    Object.entries(declared).map(([name, [offset, size]]) => h('p', { class: 'note' }, `Its header declares ${name} at ${offset}, ${count(size, 'byte')} and padding; the kernel reads the whole word.`)))
}

function table(struct: AnyStruct, found: readonly Layout[], differing: ReadonlySet<string>): HTMLElement {
  const sizes = new Set(found.map(({ struct: { size } }) => size)).size > 1
  const cell = (differs: boolean, ...children: Child[]): HTMLElement => h('td', differs ? { class: 'differs' } : {}, ...children)
  return h('table', { class: 'offsets' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'offset + size'), found.map(({ targets }) => h('th', { scope: 'col' }, targetsText(targets))))),
    h('tbody', {}, Object.keys(struct.fields).map((name) => h('tr', {}, h('th', { scope: 'row' }, differing.has(name) ? '≠ ' : '', h('code', {}, name)),
      found.map(({ struct: { fields }, declared }) => cell(differing.has(name), `${fields[name]!.offset} + ${fields[name]!.size}`, declared[name] === undefined ? '' : ` (${declared[name].join(' + ')})`)))),
    h('tr', {}, h('th', { scope: 'row' }, sizes ? '≠ ' : '', h('code', {}, 'sizeof')), found.map(({ struct: { size } }) => cell(sizes, size)))))
}

function macroTable(n: number): HTMLElement {
  const groups = [8, 4].map((size) => all.filter(({ wordSize }) => wordSize === size))
  const row = (name: string, value: (abi: Abi) => Child): HTMLElement => h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)), groups.map(([abi]) => h('td', {}, value(abi!))))
  return h('div', { class: 'scroll' }, h('table', { class: 'offsets', id: 'macros' },
    h('thead', {}, h('tr', {}, h('th', {}), groups.map((group) => h('th', { scope: 'col' }, targetsText(group))))),
    h('tbody', {},
      row('sizeof(struct cmsghdr)', (abi) => cmsghdrOf(abi).size), row(`CMSG_ALIGN(${n})`, (abi) => CMSG_ALIGN(n, abi)),
      row(`CMSG_LEN(${n})`, (abi) => CMSG_LEN(n, abi)), row(`CMSG_SPACE(${n})`, (abi) => CMSG_SPACE(n, abi)))))
}
