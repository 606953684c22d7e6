/**
 * The catalogue of control messages, searched.
 * @module
 */
import { CMSG_SPACE } from '../../src/abi/cmsg.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { structOf } from '../../src/control/payload.ts'
import { familiesText, findKinds, kinds, ways } from '../../src/reference/search.ts'
import { levelNameOf, optionName } from '../../src/control/names.ts'
import { declaration, headerOf } from './details.ts'
import { fill, h, labelled } from './dom.ts'
import { facts } from './facts.ts'
import { prose } from './prose.ts'
import { abiOf, type State } from './state.ts'

/** `add` puts a kind into the buffer. */
export function catalogue(view: HTMLElement, state: State, changed: () => void, add: (kind: string) => void): void {
  const list = h('div', { id: 'kinds' })
  const found = h('p', { class: 'note', role: 'status' })
  const input = h('input', { type: 'search', id: 'query', value: state.query, placeholder: 'SCM_RIGHTS, timestamp, 1:2, descriptor…', autocomplete: 'off', spellcheck: 'false' })
  const draw = (): void => {
    const matching = find(state.query.trim())
    fill(found, matching.length === kinds.length ? `${kinds.length} kinds` : `${matching.length} of ${kinds.length} kinds`)
    const levels = new Map<string, AnyControlMessage[]>()
    for (const kind of matching) levels.set(levelNameOf(kind), [...levels.get(levelNameOf(kind)) ?? [], kind])
    fill(list, [...levels].map(([level, group]) => h('section', {}, h('h3', {}, h('code', {}, level), ` ${group[0]!.level}`), group.map((kind) => entry(kind, state, matching.length === 1, add)))))
  }
  input.addEventListener('input', () => { state.query = input.value; changed(); draw() })
  fill(view, h('h2', {}, 'Control messages of Linux'), labelled('Search by C name, kind, number or what it is about', input), found, list)
  draw()
}

/** As the command finds them; then, what is written about them. */
function find(query: string): readonly AnyControlMessage[] {
  if (query === '') return kinds
  const named = findKinds(query)
  const words = query.toLowerCase().split(/\s+/)
  return named.length > 0 ? named : kinds.filter(({ kind, name = '' }) => { const text = `${kind} ${name} ${facts.kinds[kind]?.doc ?? ''}`.toLowerCase(); return words.every((word) => text.includes(word)) })
}

function entry(kind: AnyControlMessage, state: State, open: boolean, add: (kind: string) => void): HTMLElement {
  const { receive, since, name } = kind
  const body = h('div', { class: 'entry' })
  const element = h('details', { open }, h('summary', {}, h('code', { class: 'c-name' }, name ?? ''), h('span', { class: 'kind' }, kind.kind), h('span', { class: 'note numbers' }, `${kind.level}:${kind.type}`), h('span', { class: 'note' }, ways[kind.direction ?? 'both']), h('span', { class: 'note' }, since === undefined ? '' : `Linux ${since}`)), body)
  // Only what is opened is drawn.
  const draw = (): void => {
    if (!element.open || body.childElementCount > 0) return
    const abi = abiOf(state)
    const { doc = '', see = [] } = facts.kinds[kind.kind] ?? {}
    const option = optionName(kind)
    const room = receive?.size ?? kind.minSize
    fill(body,
      prose(doc),
      h('dl', {},
        h('dt', {}, 'families'), h('dd', {}, familiesText(kind)),
        h('dt', {}, 'asked for'), h('dd', {}, receive === undefined ? 'never: it is only sent' : option === undefined ? 'nothing to turn on: it comes unasked' : h('code', {}, option)),
        h('dt', {}, 'room'), h('dd', {}, h('code', {}, `CMSG_SPACE(${room}) = ${CMSG_SPACE(room, abi)}`), receive === undefined ? ' at least' : '')),
      kind.layout !== undefined && (() => { const struct = structOf(kind.layout!, abi); return declaration(struct, undefined, headerOf(struct)) })(),
      see.length > 0 && h('p', {}, see.map((url) => h('a', { href: url, rel: 'noreferrer' }, url))),
      h('p', {}, h('button', { type: 'button', onclick: () => { add(kind.kind) } }, 'Add it to the buffer')))
  }
  element.addEventListener('toggle', draw)
  draw()
  return element
}
