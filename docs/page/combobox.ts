/**
 * A text field with a list that is filtered by what is typed: the combobox pattern of WAI-ARIA, with the keyboard's focus in the field.
 * @module
 */
import { fill, h, nextId, type Child } from './dom.ts'

export interface ComboboxOption { readonly value: string; readonly content: Child }
export interface ComboboxGroup { readonly title: string; readonly options: readonly ComboboxOption[] }

export interface ComboboxOptions {
  readonly label: string
  readonly placeholder: string
  readonly find: (query: string) => readonly ComboboxGroup[]
  readonly onpick: (value: string) => void
  /** Returns the text that is shown if nothing is found. */
  readonly nothing: (query: string) => Child
}

/** Options that Page Up and Page Down move by. */
const page = 8

export function combobox({ label, placeholder, find, onpick, nothing }: ComboboxOptions): HTMLElement {
  const list = h('div', { role: 'listbox', id: nextId(), 'aria-label': label })
  const none = h('p', { class: 'note' })
  const popup = h('div', { class: 'popup', hidden: true }, list, none)
  const status = h('span', { class: 'visually-hidden', role: 'status' })
  const input = h('input', {
    id: nextId(), role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id, placeholder,
    autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off',
  })
  const toggle = h('button',
    { type: 'button', class: 'icon', tabindex: -1, 'aria-label': `Show all: ${label}`,
      onclick: () => { input.focus(); if (popup.hidden) open(); else close() } }, '▾')
  let options: { readonly value: string; readonly element: HTMLElement }[] = []
  let active = -1

  const activate = (to: number): void => {
    options[active]?.element.setAttribute('aria-selected', 'false')
    active = to
    const element = options[to]?.element
    if (element === undefined) return input.removeAttribute('aria-activedescendant')
    element.setAttribute('aria-selected', 'true')
    input.setAttribute('aria-activedescendant', element.id)
    element.scrollIntoView({ block: 'nearest' })
  }
  const draw = (): void => {
    options = []
    const groups = find(input.value).map(({ title, options: of }) => {
      const heading = h('div', { class: 'group-title', id: nextId() }, title)
      return h('div', { role: 'group', 'aria-labelledby': heading.id }, heading, of.map(({ value, content }) => {
        const element = h('div',
          { role: 'option', id: nextId(), 'aria-selected': 'false', class: 'option', onclick: () => { pick(value) } }, content)
        options.push({ value, element })
        return element
      }))
    })
    fill(list, groups)
    list.hidden = options.length === 0
    fill(none, options.length === 0 ? nothing(input.value) : undefined)
    none.hidden = options.length > 0
    input.setAttribute('aria-expanded', String(options.length > 0))
    fill(status, options.length === 0 ? none.textContent : `${options.length} in the list`)
    // Enter takes the first match of what was typed.
    activate(input.value.trim() === '' ? -1 : 0)
  }
  const open = (): void => {
    popup.hidden = false
    draw()
    popup.scrollIntoView({ block: 'nearest' })
  }
  const close = (): void => {
    popup.hidden = true
    activate(-1)
    fill(status)
    input.setAttribute('aria-expanded', 'false')
  }
  const pick = (value: string): void => {
    input.value = ''
    close()
    onpick(value)
  }
  const move = (to: number): void => {
    if (popup.hidden) open()
    activate(Math.max(0, Math.min(options.length - 1, to)))
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => { move(active + 1) },
    ArrowUp: () => { move(active < 0 ? options.length - 1 : active - 1) },
    PageDown: () => { move(active + page) },
    PageUp: () => { move(active - page) },
    Enter: () => {
      const option = options[active]
      if (!popup.hidden && option !== undefined) pick(option.value)
      else open()
    },
    Escape: () => { if (popup.hidden) input.value = ''; else close() },
  }
  input.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || !Object.hasOwn(keys, event.key)) return
    event.preventDefault()
    if (event.altKey && event.key === 'ArrowUp') close()
    else if (event.altKey && event.key === 'ArrowDown') open()
    else keys[event.key]!()
  })
  input.addEventListener('input', () => { if (popup.hidden) open(); else draw() })
  input.addEventListener('click', () => { if (popup.hidden) open() })
  input.addEventListener('blur', close)
  // The focus stays in the field, so that a press in the list does not close it before the click.
  popup.addEventListener('pointerdown', (event) => { event.preventDefault() })
  toggle.addEventListener('pointerdown', (event) => { event.preventDefault() })
  return h('div', { class: 'combobox' }, h('label', { class: 'label', for: input.id }, label),
    h('div', { class: 'combobox-field' }, input, toggle, popup), status)
}
