/**
 * The list of control messages, each with its fields to fill in.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { kinds } from '../../src/reference/search.ts'
import { constantsNamed, levelNameOf } from '../../src/control/names.ts'
import { encodeItem, fieldsOf, raw, rawLevel, rawType, textOf, type Item } from './buffer.ts'
import { choice, fill, h, labelled, type Child } from './dom.ts'
import { hintOf, type Leaf } from './leaves.ts'

export interface FormOptions {
  /** As it is at the moment: a form stays while its fields are filled in. */
  readonly items: () => readonly Item[]
  readonly abi: Abi
  /** The list has changed; `whole` if the form itself has to be drawn anew. */
  readonly onchange: (items: readonly Item[], whole: boolean) => void
}

export function form(options: FormOptions): HTMLElement {
  const { onchange } = options
  const items = options.items()
  const add = (kind: string): void => {
    onchange([...options.items(), { kind, alternative: false, values: {} }], true)
    const added = document.querySelector('.items > li:last-child')
    const first = added?.querySelector('input') ?? added?.querySelector('button')
    first?.focus()
  }
  const kind = choice([], '', () => {})
  kind.id = 'kind'
  for (const [level, group] of groupBy(kinds, levelNameOf)) {
    kind.append(h('optgroup', { label: level }, group.map((one) => h('option', { value: one.kind }, `${one.name ?? ''}  ${one.kind}`))))
  }
  kind.append(h('optgroup', { label: 'Any other' }, h('option', { value: raw }, 'level, type and bytes')))
  return h('div', { class: 'form' },
    items.length === 0 ? h('p', { class: 'note' }, 'No control messages: msg_control is NULL.') : h('ol', { class: 'items' }, items.map((item, i) => card(item, i, options))),
    h('div', { class: 'add' }, labelled('Add a control message', kind), h('button', { type: 'button', id: 'add', onclick: () => { add(kind.value) } }, 'Add')))
}

function groupBy<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of list) groups.set(key(one), [...groups.get(key(one)) ?? [], one])
  return groups
}

function card(item: Item, index: number, { items, abi, onchange }: FormOptions): HTMLElement {
  let current = item
  const { definition, problems } = encodeItem(item, abi)
  const { length } = items()
  const replace = (next: Item, whole: boolean): void => {
    current = next
    onchange(items().map((one, i) => (i === index ? next : one)), whole)
  }
  const name = definition?.name ?? 'level, type, bytes'
  const move = (by: number): void => {
    const moved = [...items()]
    moved.splice(index + by, 0, ...moved.splice(index, 1))
    onchange(moved, true)
    document.querySelector<HTMLElement>(`.items > li:nth-child(${index + by + 1}) .${by < 0 ? 'up' : 'down'}:enabled, .items > li:nth-child(${index + by + 1}) .remove`)?.focus()
  }
  const button = (text: string, label: string, className: string, onclick: () => void, disabled = false): HTMLElement => h('button', { type: 'button', class: `icon ${className}`, 'aria-label': `${label} ${name}`, title: label, disabled, onclick }, text)
  const input = (leaf: Leaf): HTMLElement => field(leaf, index, textOf(current, leaf), problems.get(leaf.path), (text) => {
    replace({ ...current, values: { ...current.values, [leaf.path]: text } }, false)
    return encodeItem(current, abi).problems.get(leaf.path)
  })
  const both = definition?.alternative !== undefined && definition.direction !== undefined
  return h('li', {},
    h('header', {}, h('h3', {}, `[${index}] `, h('code', {}, name)),
      button('↑', 'Move up', 'up', () => { move(-1) }, index === 0), button('↓', 'Move down', 'down', () => { move(1) }, index === length - 1),
      button('×', 'Remove', 'remove', () => { onchange(items().filter((_, i) => i !== index), true); document.getElementById('kind')?.focus() })),
    definition?.direction === 'receive' && h('p', { class: 'note' }, 'Only the kernel sends it: this is how it arrives.'),
    both && labelled('Payload', choice([['', `received: ${layoutName(definition!.layout)}`], ['*', `the other form: ${layoutName(definition!.alternative)}`]], item.alternative ? '*' : '', (value) => { replace({ ...current, alternative: value === '*', values: {} }, true) })),
    h('div', { class: 'fields' }, item.kind === raw ? [rawLevel, rawType].map(input) : [], fieldsOf(item, abi).map(input)),
    fieldsOf(item, abi).length === 0 && h('p', { class: 'note' }, 'No payload: that it is there says all.'))
}

const layoutName = (layout: unknown): string => (typeof layout === 'string' ? layout : typeof layout === 'function' ? `struct ${(layout as () => { name: string })().name}` : `struct ${(layout as { name: string }).name}`)

function field(leaf: Leaf, index: number, text: string, problem: string | undefined, onchange: (text: string) => string | undefined): HTMLElement {
  const id = `f${index}-${leaf.path.replaceAll(/\W+/g, '-')}`
  const error = h('span', { class: 'error', id: `${id}-error` })
  const input = h('input', { id, value: text, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', placeholder: hintOf(leaf), title: hintOf(leaf), 'aria-describedby': `${id}-error`, 'data-path': leaf.path })
  const show = (problem: string | undefined): void => {
    fill(error, problem)
    input.setAttribute('aria-invalid', String(problem !== undefined))
  }
  show(problem)
  input.addEventListener('input', () => { show(onchange(input.value)) })
  const more: Child[] = []
  if (leaf.meaning?.includes('_')) {
    const names = [...constantsNamed(leaf.meaning.replace('|', '')).values()]
    input.setAttribute('list', `${id}-names`)
    more.push(h('datalist', { id: `${id}-names` }, names.map((value) => h('option', { value }))))
  }
  return labelled(leaf.path, input, error, ...more)
}
