/**
 * Creates and fills elements.
 * @module
 */

export type Child = Node | string | number | undefined | false | readonly Child[]

type Value = string | number | boolean | undefined | ((event: never) => void)

/** Creates an element. Functions become listeners (`onclick`), `value`, `checked` and `selected` are set as properties. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener)
    else if (name === 'value' || name === 'checked' || name === 'selected') Object.assign(element, { [name]: value })
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  append(element, children)
  return element
}

function append(to: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue
    if (Array.isArray(child)) append(to, child as readonly Child[])
    else to.appendChild(child instanceof Node ? child : document.createTextNode(String(child)))
  }
}

/** Replaces the contents of an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren()
  append(element, children)
}

let ids = 0

/** Returns an id that no element has. */
export const nextId = (): string => `tool-${++ids}`

/** A control with its label. */
export function labelled(text: string, control: HTMLElement, ...more: readonly Child[]): HTMLElement {
  control.id ||= nextId()
  return h('div', { class: 'labelled' }, h('label', { class: 'label', for: control.id }, text), control, ...more)
}

/** A list of options, of which one is chosen. */
export function choice(options: readonly (readonly [value: string, text: string])[], value: string,
  onchange: (value: string) => void): HTMLSelectElement {
  const select = h('select', { onchange: () => { onchange(select.value) } }, options.map(([value, text]) => h('option', { value }, text)))
  select.value = value
  return select
}
