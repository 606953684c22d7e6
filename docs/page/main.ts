/**
 * The interactive tool, which a page mounts into an element of its own: one of four views, with its state in location.hash.
 *
 * The tool brings the level-1 heading of its page. It needs style.css, and it is dark where `html.dark` is. A page that gives the
 * views addresses of their own passes `addressOf`.
 * @module
 */
import { abis, type Target } from '../../src/abi/abi.ts'
import { linkTo, setAddressOf, type AddressOf } from './address.ts'
import { build } from './build.ts'
import { catalogue } from './catalogue.ts'
import { copyButton } from './code.ts'
import { choice, h, labelled } from './dom.ts'
import { explain } from './explain.ts'
import { layouts } from './layouts.ts'
import { fromHash, initial, toHash, viewIn, type State, type View } from './state.ts'

export type { AddressOf, View }

export interface MountOptions {
  /** Returns the address of a view; if absent, all views share one page. */
  readonly addressOf?: AddressOf
}

/** The parts of the tool that a view uses. */
export interface Tool {
  readonly state: State
  /** Aborted when the view is replaced: listeners on the window end with it. */
  readonly signal: AbortSignal
  /** Writes the state to the address. */
  readonly changed: () => void
}

const headings: Readonly<Record<View, string>> = { build: 'Build a control buffer', explain: 'Explain control bytes',
  layouts: 'Struct layouts', types: 'Catalogue of control messages' }
const draw: Readonly<Record<View, (view: HTMLElement, tool: Tool) => void>> = { build, explain, layouts, types: catalogue }

// It outlives a view, so that a buffer is still there when the reader comes back to it.
const state = initial()

/** Shows a view in `root`, as the address has it. Returns a function that removes the view and its listeners. */
export function mount(root: HTMLElement, view: View, { addressOf }: MountOptions = {}): () => void {
  setAddressOf(addressOf)
  const mounted = new AbortController()
  let shown = new AbortController()
  const content = h('div', { class: 'view' })
  // Keeps what a router stores beside the address, and adds no step to the history for each key.
  const changed = (): void => { history.replaceState(history.state, '', toHash(state)) }
  const target = choice(Object.values(abis).map(({ target, wordSize, littleEndian }) => [target,
    `${target} (${wordSize * 8}-bit ${littleEndian ? 'little' : 'big'}-endian)`] as const), state.target, (name) => {
    state.target = name as Target
    changed()
    show()
  })
  const show = (): void => {
    shown.abort()
    shown = new AbortController()
    target.value = state.target
    const focused = content.contains(document.activeElement) ? document.activeElement?.id : undefined
    content.replaceChildren()
    draw[view](content, { state, changed, signal: shown.signal })
    // A link of the view that only changes its state keeps the focus.
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
  }
  const read = (): void => {
    Object.assign(state, fromHash(location.hash, state), { view })
    // An address without parameters is completed, so that going back to it shows the same again.
    if (!location.hash.includes('=')) changed()
  }
  addEventListener('hashchange', () => {
    if ((viewIn(location.hash) ?? view) !== view) return
    read()
    show()
  }, { signal: mounted.signal })
  read()
  root.replaceChildren(h('div', { class: 'cmsg-tool' },
    h('header', { class: 'toolbar' },
      h('h1', {}, headings[view]),
      h('div', { class: 'controls' }, labelled('Target', target),
        copyButton('Copy link', () => new URL(linkTo(state), location.href).href))),
    content))
  show()
  return () => {
    mounted.abort()
    shown.abort()
    root.replaceChildren()
  }
}
