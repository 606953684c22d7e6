/**
 * The list of control messages, each with its fields to fill in.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { constantsNamed, levelNameOf } from '../../src/control/names.ts'
import { encodeItem, fieldsOf, raw, rawLevel, rawType, textOf, withValue, type Item } from './buffer.ts'
import { combobox, type ComboboxGroup, type ComboboxOption } from './combobox.ts'
import { choice, fill, h, labelled, type Child } from './dom.ts'
import { hintOf, type Leaf } from './leaves.ts'
import { plainText } from './prose.ts'
import { purposeOf, searchKinds, suggestions } from './search.ts'

export interface FormOptions {
  /** Returns the current list: a form stays while its fields are filled in. */
  readonly items: () => readonly Item[]
  readonly abi: Abi
  /** Called when the list changes; `whole` is true if the form has to be drawn anew. */
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
  return h('div', { class: 'form' },
    items.length === 0 ? h('p', { class: 'note' }, 'No control messages: msg_control is NULL.')
      : h('ol', { class: 'items' }, items.map((item, i) => card(item, i, options))),
    combobox({
      label: 'Add a control message', placeholder: 'SCM_RIGHTS, timestamp, 1:2…', find: kindsFor, onpick: add,
      nothing: (query) => ['No kind matches.', suggestions(query).length === 0 ? '' : ` Did you mean ${suggestions(query).join(', ')}?`],
    }))
}

/** Returns the kinds that match, by level; at the end, the one for any other level and type. */
function kindsFor(query: string): ComboboxGroup[] {
  const levels = new Map<string, ComboboxGroup & { options: ComboboxOption[] }>()
  for (const kind of searchKinds(query)) {
    const title = levelNameOf(kind)
    if (!levels.has(title)) levels.set(title, { title, options: [] })
    levels.get(title)!.options.push({ value: kind.kind,
      content: [h('code', {}, kind.name), h('span', { class: 'kind' }, kind.kind),
        h('span', { class: 'purpose' }, plainText(purposeOf(kind)))] })
  }
  const any = { title: 'Any other',
    options: [{ value: raw,
      content: [h('code', {}, 'level, type, bytes'), h('span', { class: 'purpose' }, 'A control message by its numbers.')] }] }
  return [...levels.values(), ...('any other level, type, bytes'.includes(query.trim().toLowerCase()) ? [any] : [])]
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
    const list = [...items()]
    list.splice(index + by, 0, ...list.splice(index, 1))
    onchange(list, true)
    const moved = `.items > li:nth-child(${index + by + 1})`
    document.querySelector<HTMLElement>(`${moved} .${by < 0 ? 'up' : 'down'}:enabled, ${moved} .remove`)?.focus()
  }
  const button = (text: string, label: string, className: string, onclick: () => void, disabled = false): HTMLElement => h('button',
    { type: 'button', class: `icon ${className}`, 'aria-label': `${label} ${name}`, title: label, disabled, onclick }, text)
  const input = (leaf: Leaf): HTMLElement => field(leaf, index, textOf(current, leaf), problems.get(leaf.path), (text) => {
    replace(withValue(current, leaf.path, text, abi), false)
    return encodeItem(current, abi).problems.get(leaf.path)
  })
  const both = definition?.alternative !== undefined && definition.direction !== undefined
  return h('li', {},
    h('header', {}, h('h3', {}, `[${index}] `, h('code', {}, name)),
      button('↑', 'Move up', 'up', () => { move(-1) }, index === 0),
      button('↓', 'Move down', 'down', () => { move(1) }, index === length - 1),
      button('×', 'Remove', 'remove', () => {
        onchange(items().filter((_, i) => i !== index), true)
        document.querySelector<HTMLElement>('.form .combobox input')?.focus()
      })),
    definition?.direction === 'receive' && h('p', { class: 'note' }, 'Only the kernel creates it. These are the bytes as it arrives.'),
    both && labelled('Payload',
      choice([['', `received: ${layoutName(definition!.layout)}`], ['*', `the other form: ${layoutName(definition!.alternative)}`]],
        item.alternative ? '*' : '', (value) => { replace({ ...current, alternative: value === '*', values: {} }, true) })),
    h('div', { class: 'fields' }, item.kind === raw ? [rawLevel, rawType].map(input) : [], fieldsOf(item, abi).map(input)),
    fieldsOf(item, abi).length === 0 && h('p', { class: 'note' }, 'It has no payload.'))
}

const layoutName = (layout: unknown): string => (typeof layout === 'string' ? layout
  : typeof layout === 'function' ? `struct ${(layout as () => { name: string })().name}` : `struct ${(layout as { name: string }).name}`)

/** Returns the id of the field of a control message. */
export const fieldId = (index: number, path: string): string => `f${index}-${path.replaceAll(/\W+/g, '-')}`

function field(leaf: Leaf, index: number, text: string, problem: string | undefined,
  onchange: (text: string) => string | undefined): HTMLElement {
  const id = fieldId(index, leaf.path)
  const error = h('span', { class: 'error', id: `${id}-error` })
  const input = h('input',
    { id, value: text, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', placeholder: hintOf(leaf), title: hintOf(leaf),
      'aria-describedby': `${id}-error`, 'data-path': leaf.path })
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
