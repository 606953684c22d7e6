/**
 * The catalogue of control messages as a table with a search and filters. Each row opens.
 * @module
 */
import { CMSG_SPACE } from '../../src/abi/cmsg.ts'
import { families, inFamily, type AnyControlMessage, type Family } from '../../src/control/define.ts'
import { levelNameOf, optionName } from '../../src/control/names.ts'
import { structOf } from '../../src/control/payload.ts'
import { familiesText, kinds, ways } from '../../src/reference/search.ts'
import { count } from '../../src/reference/text.ts'
import { linkTo } from './address.ts'
import { encodeItem } from './buffer.ts'
import { receiverInC, senderInC } from './c.ts'
import { codeTabs } from './code.ts'
import { declaration, headerOf } from './details.ts'
import { choice, fill, h, labelled } from './dom.ts'
import { facts } from './facts.ts'
import type { Tool } from './main.ts'
import { inline, prose } from './prose.ts'
import { purposeOf, searchKinds, suggestions } from './search.ts'
import { abiOf, type Direction, type State } from './state.ts'
import { receiverInTypeScript, senderInTypeScript } from './typescript.ts'

const levels = [...new Set(kinds.map(levelNameOf))]
const versions = [...new Set(kinds.flatMap(({ since }) => since ?? []))].sort(compareVersions).reverse()
const usedFamilies = families.filter((family) => kinds.some((kind) => kind.family !== undefined && inFamily(kind.family, family)))

/** The language of the examples that was shown last. */
const shown = { language: 'TypeScript' }

export function catalogue(view: HTMLElement, tool: Tool): void {
  const { state, changed } = tool
  const results = h('div', { id: 'kinds' })
  const status = h('p', { class: 'note', role: 'status' })
  const query = h('input',
    { type: 'search', id: 'query', value: state.query, placeholder: 'SCM_RIGHTS, timestamp, 1:2, descriptor…', autocomplete: 'off',
      spellcheck: 'false', autocapitalize: 'off' })
  const clear = h('button', { type: 'button', onclick: () => { removeFilters(state); changed(); redraw(); query.focus() } },
    'Clear the filters')

  const draw = (): void => {
    const named = searchKinds(state.query)
    const matching = named.filter((kind) => passes(kind, state))
    clear.hidden = state.kindFamily === undefined && state.level === undefined && state.direction === undefined
      && state.kernel === undefined
    fill(status, matching.length === kinds.length ? count(kinds.length, 'kind') : `${matching.length} of ${count(kinds.length, 'kind')}`)
    fill(results, matching.length > 0 ? table(matching, tool) : nothing(named.length))
  }
  const nothing = (withoutFilters: number): HTMLElement[] => {
    const names = withoutFilters > 0 ? [] : suggestions(state.query)
    return [
      h('p', {}, withoutFilters > 0
        ? `${count(withoutFilters, 'kind')} ${withoutFilters === 1 ? 'matches' : 'match'} “${state.query}”, but not the filters.`
        : `No kind matches “${state.query}”.`),
      h('p', { class: 'suggestions' }, names.length > 0 && 'Did you mean ',
        names.map((name) => h('button',
          { type: 'button', class: 'link', onclick: () => { state.query = name; changed(); redraw(); query.focus() } }, name))),
      ...(withoutFilters > 0 || names.length > 0 ? []
        : [h('p', { class: 'note' }, 'The search finds C names, kinds, levels, numbers such as 1:2, and words of the descriptions.')]),
    ]
  }
  const filter = (label: string, options: readonly (readonly [string, string])[], value: string | undefined,
    set: (value: string | undefined) => void): HTMLElement =>
    labelled(label, choice([['', 'any'], ...options], value ?? '', (text) => { set(text === '' ? undefined : text); changed(); draw() }))
  const same = (names: readonly string[]): (readonly [string, string])[] => names.map((name) => [name, name] as const)
  const filters = h('div', { class: 'filters' })
  const redraw = (): void => {
    query.value = state.query
    fill(filters,
      filter('Family', same(usedFamilies), state.kindFamily, (value) => { state.kindFamily = value as Family | undefined }),
      filter('Level', same(levels), state.level, (value) => { state.level = value }),
      filter('Direction', [['receive', 'can be received'], ['send', 'can be sent']], state.direction,
        (value) => { state.direction = value as Direction | undefined }),
      filter('Available in Linux', same(versions), state.kernel, (value) => { state.kernel = value }),
      clear)
    draw()
  }
  query.addEventListener('input', () => { state.query = query.value; changed(); draw() })
  fill(view, h('div', { class: 'search' }, labelled('Search by C name, kind, number or words', query), filters), status, results)
  if (state.level !== undefined && !levels.includes(state.level)) state.level = undefined
  if (state.kernel !== undefined && !/^\d+(\.\d+){0,2}$/.test(state.kernel)) state.kernel = undefined
  redraw()
}

function removeFilters(state: State): void {
  state.kindFamily = state.level = state.direction = state.kernel = undefined
}

/** Compares two versions of Linux: 2.6.18 is older than 4.2. */
function compareVersions(a: string, b: string): number {
  const [one, two] = [a, b].map((version) => version.split('.').map(Number))
  for (let i = 0; i < 3; i++) if ((one![i] ?? 0) !== (two![i] ?? 0)) return (one![i] ?? 0) - (two![i] ?? 0)
  return 0
}

function passes(kind: AnyControlMessage, { kindFamily, level, direction, kernel }: State): boolean {
  return (kindFamily === undefined || inFamily(kind.family, kindFamily))
    && (level === undefined || levelNameOf(kind) === level)
    && (direction === undefined || [undefined, 'both', direction].includes(kind.direction))
    && (kernel === undefined || kind.since === undefined || compareVersions(kind.since, kernel) <= 0)
}

const columns = ['Name', 'Purpose', 'Numbers', 'Direction', 'Linux'] as const

function table(matching: readonly AnyControlMessage[], tool: Tool): HTMLElement {
  const groups = new Map<string, AnyControlMessage[]>()
  for (const kind of matching) groups.set(levelNameOf(kind), [...groups.get(levelNameOf(kind)) ?? [], kind])
  return h('table', { class: 'kinds' },
    h('caption', { class: 'visually-hidden' }, 'Control messages by level'),
    h('thead', {}, h('tr', {}, columns.map((name) => h('th', { scope: 'col' }, name)))),
    [...groups].map(([level, group]) => h('tbody', {},
      h('tr', { class: 'level' },
        h('th', { scope: 'rowgroup', colspan: columns.length }, h('code', {}, level), h('span', { class: 'note' }, ` ${group[0]!.level}`))),
      group.map((kind) => rowsOf(kind, matching.length === 1 || tool.state.open === kind.kind, tool)))))
}

/** The row of a kind, and the one below it that opens. A single match is open. */
function rowsOf(kind: AnyControlMessage, isOpen: boolean, { state, changed }: Tool): HTMLElement[] {
  const id = `kind-${kind.kind}`
  const cell = h('td', { colspan: columns.length })
  const body = h('tr', { id, class: 'entry-row', hidden: true }, cell)
  const button = h('button',
    { type: 'button', id: `${id}-button`, class: 'c-name', 'aria-expanded': 'false', 'aria-controls': id,
      onclick: () => { toggle(body.hidden); state.open = body.hidden ? undefined : kind.kind; changed() } },
        h('span', { class: 'marker', 'aria-hidden': 'true' }), h('code', {}, kind.name ?? kind.kind))
  const toggle = (isOpen: boolean): void => {
    body.hidden = !isOpen
    button.setAttribute('aria-expanded', String(isOpen))
    if (isOpen && cell.childElementCount === 0) fill(cell, entry(kind, state))
  }
  toggle(isOpen)
  return [
    h('tr', { class: 'kind-row',
      onclick: ({ target }: Event) => { if ((target as Element).closest('a, button') === null
        && getSelection()?.isCollapsed !== false) button.click() } },
      h('th', { scope: 'row' }, button, h('span', { class: 'kind' }, kind.kind)),
      h('td', { class: 'purpose' }, inline(purposeOf(kind))),
      h('td', { class: 'numbers' }, `${kind.level}:${kind.type}`),
      h('td', { class: 'way' }, ways[kind.direction ?? 'both']),
      h('td', { class: 'since' }, kind.since ?? '')),
    body,
  ]
}

function entry(kind: AnyControlMessage, state: State): HTMLElement {
  const abi = abiOf(state)
  const { doc = '', see = [] } = facts.kinds[kind.kind] ?? {}
  const { receive, direction } = kind
  const option = optionName(kind)
  const room = receive?.size ?? kind.minSize
  const api = facts.apiLinks?.[kind.kind]
  const received = direction !== 'send' && receive !== undefined ? encodeItem({ kind: kind.kind, alternative: false, values: {} }, abi)
    : undefined
  const sent = direction !== 'receive' ? encodeItem({ kind: kind.kind, alternative: kind.alternative !== undefined, values: {} }, abi)
    : undefined
  const struct = kind.layout === undefined ? undefined : structOf(kind.layout, abi)
  const example = (title: string, typescript: string, c: string): HTMLElement => codeTabs({
    title, shown: shown.language, onshow: (language) => { shown.language = language },
    tabs: [{ title: 'TypeScript', code: typescript, language: 'typescript' }, { title: 'C', code: c, language: 'c' }],
  })
  return h('div', { class: 'entry' },
    h('div', { class: 'entry-text' },
      prose(doc),
      h('dl', {},
        h('dt', {}, 'kind'), h('dd', {}, h('code', {}, kind.kind)),
        h('dt', {}, 'families'), h('dd', {}, familiesText(kind)),
        h('dt', {}, 'option'),
        h('dd', {}, receive === undefined ? 'none: it can only be sent'
          : option === undefined ? 'none: it comes unasked' : h('code', {}, option)),
        h('dt', {}, 'space'),
        h('dd', {}, h('code', {}, `CMSG_SPACE(${room}) = ${CMSG_SPACE(room, abi)}`), receive === undefined ? ' at least' : '')),
      struct !== undefined && declaration(struct, undefined, headerOf(struct)),
      h('ul', { class: 'links' },
        h('li', {}, h('a', { href: linkTo({ ...state, view: 'build', selected: undefined, room: undefined,
          items: [...state.items, { kind: kind.kind, alternative: false, values: {} }] }) }, 'Add it to the buffer')),
        api !== undefined && h('li', {}, h('a', { href: api }, 'API reference')),
        see.map((url) => h('li', {}, h('a', { href: url, rel: 'noreferrer' }, url.replace(/^https:\/\//, '')))))),
    h('div', { class: 'entry-code' },
      received !== undefined && example('Receive', receiverInTypeScript(kind), receiverInC(received, abi)),
      sent !== undefined && example('Send', senderInTypeScript(sent, abi), senderInC(sent, abi))))
}
