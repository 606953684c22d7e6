/**
 * Every struct on every target, and its differences from the selected target; the results of the CMSG macros for a size.
 * @module
 */
import { abis, type Abi } from '../../src/abi/abi.ts'
import { CMSG_ALIGN, CMSG_LEN, CMSG_SPACE, cmsghdrOf } from '../../src/abi/cmsg.ts'
import type { AnyStruct } from '../../src/abi/types.ts'
import { structs } from '../../src/abi/structs.ts'
import { layoutsOf, spans, type Layout } from '../../src/reference/layout.ts'
import { count, similar } from '../../src/reference/text.ts'
import { linkTo } from './address.ts'
import { scroller } from './code.ts'
import { declaration, headerOf } from './details.ts'
import { fill, h, labelled, type Child } from './dom.ts'
import type { Tool } from './main.ts'
import { abiOf, type State } from './state.ts'

const all = Object.values(abis)
const names = Object.keys(structs) as (keyof typeof structs)[]

export function layouts(view: HTMLElement, { state, changed }: Tool): void {
  if (!Object.hasOwn(structs, state.struct)) state.struct = 'msghdr'
  const abi = abiOf(state)
  const list = h('ul', { class: 'structs' })
  const status = h('p', { class: 'note', role: 'status' })
  const search = h('input',
    { type: 'search', id: 'struct-query', value: state.structQuery, placeholder: 'msghdr, tv_sec, timestamp…', autocomplete: 'off',
      spellcheck: 'false', autocapitalize: 'off' })
  const drawList = (): void => {
    const found = names.filter((name) => matches(structs[name] as AnyStruct, state.structQuery))
    const meant = found.length > 0 ? [] : similar(state.structQuery.trim(), names).slice(0, 5) as (keyof typeof structs)[]
    fill(status, found.length > 0 ? `${count(found.length, 'struct')}${found.length === names.length ? '' : ` of ${names.length}`}`
      : meant.length > 0 ? 'No struct or field has this name. Similar names:' : 'No struct or field has this name.')
    fill(list, (found.length > 0 ? found : meant).map((name) => h('li', {},
      h('a', { id: `struct-${name}`, href: linkTo({ ...state, view: 'layouts', struct: name }),
        'aria-current': name === state.struct && 'true' },
      h('code', {}, name), h('span', { class: 'note' }, `${structs[name].for(abi).size}`)))))
  }
  search.addEventListener('input', () => { state.structQuery = search.value; changed(); drawList() })
  const macros = h('div', {})
  const size = h('input', { type: 'number', min: 0, max: 999_999_999, value: state.payloadSize, inputmode: 'numeric' })
  const compute = (): void => { fill(macros, macroTable(state.payloadSize)) }
  size.addEventListener('input', () => {
    if (!/^\d{1,9}$/.test(size.value)) return
    state.payloadSize = Number(size.value)
    changed()
    compute()
  })
  fill(view,
    h('div', { class: 'columns with-list' },
      h('nav', { class: 'column list-column', 'aria-label': 'Structs' }, labelled('Search structs and fields', search), status, list),
      h('div', { class: 'column', id: 'layout' }, layout(structs[state.struct as keyof typeof structs] as AnyStruct, abi, state))),
    h('section', { class: 'macros', 'aria-labelledby': 'macros-title' }, h('h2', { id: 'macros-title' }, 'The CMSG macros'),
      labelled('Bytes of payload', size), macros))
  drawList()
  compute()
  // Only the list scrolls, not the page.
  const current = list.querySelector<HTMLElement>('[aria-current]')
  if (current !== null) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2
}

/** Returns true if a text is part of the name of a struct, or of one of its fields. */
function matches({ name, fields }: AnyStruct, query: string): boolean {
  const text = query.trim().toLowerCase().replace(/^struct\s+/, '')
  return [name, ...Object.keys(fields)].some((one) => one.toLowerCase().includes(text))
}

/** Targets with the same offsets and sizes. */
interface Group { readonly targets: readonly Abi[]; readonly struct: AnyStruct; readonly declared: Layout['declared'] }

const offsetsOf = ({ size, align, fields }: AnyStruct): string => JSON.stringify([size, align,
  Object.values(fields).map(({ offset, size }) => [offset, size])])

/**
 * Groups the targets by offsets and sizes, whatever their byte order. The group of the selected target is the first one, and begins
 * with it.
 */
function groupsOf(struct: AnyStruct, selected: Abi): [Group, ...Group[]] {
  const groups = new Map<string, Group>()
  for (const { targets, struct: of, declared } of layoutsOf(struct, [selected, ...all.filter((abi) => abi !== selected)])) {
    const key = offsetsOf(of) + JSON.stringify(declared)
    const known = groups.get(key)
    groups.set(key, known === undefined ? { targets, struct: of, declared } : { ...known, targets: [...known.targets, ...targets] })
  }
  return [...groups.values()] as [Group, ...Group[]]
}

/** Returns the fields whose offset or size differs from those of the selected target. */
const differences = ({ struct: { fields } }: Group, { struct: { fields: selected } }: Group): Set<string> =>
  new Set(Object.keys(selected).filter((name) => fields[name]!.offset !== selected[name]!.offset
    || fields[name]!.size !== selected[name]!.size))

function layout(struct: AnyStruct, abi: Abi, state: State): Child[] {
  const [own, ...others] = groupsOf(struct, abi)
  const differing = others.filter((group) => offsetsOf(group.struct) !== offsetsOf(own.struct))
  const declaredOtherwise = others.filter((group) => !differing.includes(group))
  return [
    h('h2', {}, h('code', {}, `struct ${struct.name}`)),
    h('p', { class: 'lead' }, h('strong', {}, count(own.struct.size, 'byte')), `, aligned to ${own.struct.align}, on `,
      h('code', {}, abi.target), '. ',
      others.length === 0 && `It has the same offsets and sizes on all ${all.length} targets.`,
      others.length > 0 && own.targets.length > 1 && ['It is the same on ', targetsText(own.targets.slice(1), state), '. '],
      declaredOtherwise.length > 0
        && ['It is the same layout, which the C library declares differently, on ',
          targetsText(declaredOtherwise.flatMap(({ targets }) => targets), state), '. '],
      differing.length > 0 && ['It differs on ', targetsText(differing.flatMap(({ targets }) => targets), state), '.']),
    h('div', { class: 'columns two' }, h('div', { class: 'column' }, map(own, new Set())),
      h('div', { class: 'column' }, declaration(own.struct, undefined, headerOf(struct)))),
    others.length > 0 && [
      h('h3', {}, 'Other targets'),
      differing.length > 0
        && h('p', { class: 'note' }, '≠ marks a field whose offset or size differs from ', h('code', {}, abi.target), '.'),
      h('div', { class: 'maps' }, others.map((group) => h('figure', {},
        h('figcaption', {}, h('span', {}, targetsText(group.targets, state)),
          h('span', { class: 'note' },
            `${count(group.struct.size, 'byte')}, aligned to ${group.struct.align}; `,
            differenceText(differences(group, own).size, Object.keys(struct.fields).length))),
        // The same picture again would hide that there is no difference.
        differing.includes(group) ? map(group, differences(group, own)) : declarationNotes(group)))),
    ],
    h('h3', {}, 'Offsets and sizes'),
    scroller(h('div', { class: 'scroll', role: 'region', 'aria-label': `struct ${struct.name}: offsets and sizes` },
      table(struct, [own, ...others], state))),
  ]
}

/** The fields that the C library declares differently from the kernel. */
const declarationNotes = ({ declared }: Group): HTMLElement[] =>
  Object.entries(declared).map(([name, [offset, size]]) => h('p', { class: 'note' }, 'The C library declares ', h('code', {}, name),
    ` at ${offset} with ${count(size, 'byte')} and padding; the kernel reads the whole word.`))

const differenceText = (differing: number, fields: number): string =>
  (differing === 0 ? 'all fields at the same place'
    : differing === fields ? `all ${count(fields, 'field')} differ` : `${differing} of ${count(fields, 'field')} differ`)

/** Names of targets as links that select them. */
const targetsText = (targets: readonly Abi[], state: State): Child[] =>
  targets.map(({ target, littleEndian }, i) => [i > 0 && ', ',
    h('a', { href: linkTo({ ...state, view: 'layouts', target }), class: 'target-name' }, target), !littleEndian && ' (big-endian)'])

const shades = 6

function map(group: Group, differing: ReadonlySet<string>): HTMLElement {
  const { struct } = group
  const parts = spans(struct)
  const fields = Object.keys(struct.fields)
  const rows: HTMLElement[] = [h('div', { class: 'row ruler', 'aria-hidden': 'true' }, h('span', { class: 'offset' }),
    Array.from({ length: 8 }, (_, i) => h('span', {}, `+${i}`)))]
  for (let start = 0; start < struct.size; start += 8) {
    const end = Math.min(struct.size, start + 8)
    const within = parts.filter(({ offset, size }) => offset < end && offset + size > start)
    // Of a field that fills many rows, the first two and the last are enough.
    const whole = within.length === 1 && within[0]!.offset < start - 8 && within[0]!.offset + within[0]!.size > end + 8
    if (whole) {
      if (!rows.at(-1)!.classList.contains('skipped')) rows.push(h('div', { class: 'row skipped' }, h('span', { class: 'offset' }),
        h('span', { style: 'grid-column: span 8' }, '⋮')))
      continue
    }
    rows.push(h('div', { class: 'row' }, h('span', { class: 'offset' }, start), within.map((span) => {
      const [from, to] = [Math.max(span.offset, start), Math.min(span.offset + span.size, end)]
      const name = span.name ?? 'hole'
      const differs = span.name !== undefined && differing.has(span.name)
      const part = span.name === undefined ? 'hole' : `shade-${fields.indexOf(span.name) % shades}`
      const isPart = [from > span.offset && 'continued', to < span.offset + span.size && 'continues']
      return h('span', { class: ['segment', part, ...isPart, differs && 'differing'].filter(Boolean).join(' '),
        style: `grid-column: span ${to - from}`, title: `${name}: offset ${span.offset}, ${count(span.size, 'byte')}` },
        h('span', { class: 'name' }, from > span.offset ? '″' : `${differs ? '≠ ' : ''}${name}`))
    })))
  }
  const described = parts.map(({ name, offset, size }) =>
    `${name ?? 'hole'} at ${offset}, ${size}${name !== undefined && differing.has(name) ? ', differs' : ''}`).join('; ')
  return h('div', { class: 'map' },
    h('div', { class: 'bytes', role: 'img', 'aria-label': `struct ${struct.name}: ${described}` }, h('div', { class: 'rows' }, rows)),
    struct.flexible && h('p', { class: 'note' }, 'and a flexible array'),
    declarationNotes(group))
}

function table(struct: AnyStruct, groups: readonly [Group, ...Group[]], state: State): HTMLElement {
  const [own] = groups
  const differs = h('span', { class: 'visually-hidden' }, 'differs: ')
  const cell = (isDifferent: boolean, text: Child): HTMLElement => h('td', isDifferent ? { class: 'differs' } : {},
    isDifferent && ['≠ ', differs.cloneNode(true)], text)
  return h('table', { class: 'offsets' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'offset + size'),
      groups.map(({ targets }) => h('th', { scope: 'col' },
        groups.length === 1 ? `all ${targets.length} targets` : targets.map((target) => h('div', {}, targetsText([target], state))))))),
    h('tbody', {}, Object.keys(struct.fields).map((name) => h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)),
      groups.map((group) => {
        const { offset, size } = group.struct.fields[name]!
        const declared = group.declared[name]
        return cell(differences(group, own).has(name), `${offset} + ${size}${declared === undefined ? '' : ` (${declared.join(' + ')})`}`)
      }))),
    h('tr', {}, h('th', { scope: 'row' }, h('code', {}, 'sizeof')),
      groups.map(({ struct: { size } }) => cell(size !== own.struct.size, size)))))
}

function macroTable(n: number): HTMLElement {
  const groups = [8, 4].map((size) => all.filter(({ wordSize }) => wordSize === size))
  const row = (name: string, value: (abi: Abi) => Child): HTMLElement => h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)),
    groups.map(([abi]) => h('td', {}, value(abi!))))
  return scroller(h('div', { class: 'scroll', role: 'region', 'aria-label': 'Results of the CMSG macros' },
    h('table', { class: 'offsets', id: 'macros' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'macro'),
      groups.map(([abi]) => h('th', { scope: 'col' }, `${abi!.wordSize * 8}-bit`)))),
    h('tbody', {},
      row('sizeof(struct cmsghdr)', (abi) => cmsghdrOf(abi).size), row(`CMSG_ALIGN(${n})`, (abi) => CMSG_ALIGN(n, abi)),
      row(`CMSG_LEN(${n})`, (abi) => CMSG_LEN(n, abi)), row(`CMSG_SPACE(${n})`, (abi) => CMSG_SPACE(n, abi))))))
}
