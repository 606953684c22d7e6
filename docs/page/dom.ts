/**
 * Elements.
 * @module
 */

export type Child = Node | string | number | undefined | false | readonly Child[]

type Value = string | number | boolean | undefined | ((event: never) => void)

/** An element with attributes; `onclick` and its like are listeners, `value` and `checked` properties. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, Value>> = {}, ...children: readonly Child[]): HTMLElementTagNameMap[K] {
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

/** What is in an element, replaced. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren()
  append(element, children)
}

/** The element of index.html with this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element
}

let ids = 0

/** A control with its label. */
export function labelled(text: string, control: HTMLElement, ...more: readonly Child[]): HTMLElement {
  control.id ||= `control-${++ids}`
  return h('div', { class: 'labelled' }, h('label', { class: 'label', for: control.id }, text), control, ...more)
}

/** A choice of one. */
export function choice(options: readonly (readonly [value: string, text: string])[], value: string, onchange: (value: string) => void): HTMLSelectElement {
  const select = h('select', { onchange: () => { onchange(select.value) } }, options.map(([value, text]) => h('option', { value }, text)))
  select.value = value
  return select
}

/** Code to copy. */
export function codeBlock(title: string, note: string, code: string): HTMLElement {
  const done = h('span', { class: 'copied', role: 'status' })
  const pre = h('pre', { tabindex: 0, 'aria-label': title }, h('code', {}, code))
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code)
      fill(done, 'Copied')
    } catch {
      // Not allowed from a file, by some browsers: it is selected, and Ctrl-C does it.
      getSelection()?.selectAllChildren(pre)
      fill(done, 'Selected: press Ctrl-C')
    }
  }
  return h('section', { class: 'code' }, h('header', {}, h('h3', {}, title), h('span', { class: 'note' }, note), done, h('button', { type: 'button', onclick: () => { void copy() } }, 'Copy')), pre)
}
