/**
 * Builds a control buffer from control messages, and shows its bytes and the code that makes them.
 * @module
 */
import { dissect } from '../../src/control/dissect.ts'
import { encodeItem, encodeItems, type EncodedItem } from './buffer.ts'
import { programInC } from './c.ts'
import { codeTabs } from './code.ts'
import { details } from './details.ts'
import { fill, h } from './dom.ts'
import { fieldId, form } from './form.ts'
import { formats } from './formats.ts'
import { grid, legend, type Selection } from './grid.ts'
import type { Tool } from './main.ts'
import { receive } from './room.ts'
import { abiOf } from './state.ts'
import { programInTypeScript } from './typescript.ts'

/** The tabs that were shown last. */
const shown = { bytes: 'Hex', program: 'C' }

export function build(view: HTMLElement, { state, changed, signal }: Tool): void {
  const abi = abiOf(state)
  const [left, warning, picture, about, codes] = [h('div', {}), h('div', { role: 'status' }), h('div', { class: 'picture' }),
    h('section', { class: 'column about', 'aria-label': 'The selected field' }), h('div', { class: 'codes' })]
  const number = h('input', { type: 'number', min: 0, id: 'room', inputmode: 'numeric' })
  const slider = h('input', { type: 'range', min: 0, 'aria-label': 'Bytes of the receive buffer' })
  const outcome = h('div', { role: 'status' })
  let drawn = new AbortController()

  const drawForm = (): void => {
    fill(left, form({
      items: () => state.items, abi,
      onchange: (items, whole) => { state.items = items; changed(); if (whole) drawForm(); draw() },
    }))
  }
  const draw = (): void => {
    drawn.abort()
    drawn = new AbortController()
    const encoded = state.items.map((item) => encodeItem(item, abi))
    const control = encodeItems(encoded, abi)
    const dissection = dissect(control, { abi })
    // The kinds that were chosen: bytes alone may look like another kind.
    const messages = dissection.messages.map((message, i) => ({ ...message,
      ...(message.definition === encoded[i]?.definition ? {} : chosen(i)) }))
    function chosen(i: number): object {
      const families = encoded[i]?.definition?.family
      const family = families === undefined ? undefined : [families].flat()[0]
      return dissect(control, { abi, family }).messages[i] ?? {}
    }
    const room = Math.min(state.room ?? control.length, control.length)
    const { arrivals, summary } = receive(encoded, messages, room, abi)
    number.max = slider.max = String(control.length)
    number.value = slider.value = String(room)
    const wrong = encoded.flatMap(({ problems, definition }, i) =>
      [...problems.keys()].map((path) => ({ path, i, name: definition?.name ?? 'level, type, bytes' })))
    const stale = wrong.length > 0
    fill(warning, stale && h('p', { class: 'outcome bad' }, h('strong', {}, 'Out of date. '), 'Not valid: ',
      wrong.map(({ path, i, name }, n) => [n > 0 && ', ',
        h('a', { href: `#${fieldId(i, path)}`,
          onclick: (event: Event) => { event.preventDefault(); document.getElementById(fieldId(i, path))?.focus() } }, h('code', {}, path),
            ` of [${i}] `, h('code', {}, name))]), '. The bytes and the code have the last valid value.'))
    fill(picture,
      h('div', { class: 'total' }, h('strong', {}, `${control.length} bytes`), ' ', h('code', { id: 'sum' }, 'msg_controllen'),
        ' = Σ CMSG_SPACE', legend()),
      control.length === 0 ? h('p', { class: 'note' }, 'Add a control message to see its bytes.')
        : grid({
          control, dissection: { ...dissection, messages }, abi, aside: about, signal: drawn.signal,
          arrivals: room < control.length ? arrivals : undefined,
          isStale: (selection) => isStale(selection, encoded), describe: (selection) => details(selection, abi),
          selected: state.selected?.offset,
          onselect: (offset) => { state.selected = offset === undefined ? undefined : { buffer: 0, offset }; changed() },
        }))
    if (control.length === 0) fill(about)
    fill(outcome, summary)
    fill(codes,
      codeTabs({ title: 'Bytes', tabs: formats(control, messages.map(({ at }) => at), `${control.length} bytes, ${state.target}`),
        shown: shown.bytes, onshow: (title) => { shown.bytes = title }, stale }),
      codeTabs({
        title: 'Program', shown: shown.program, onshow: (title) => { shown.program = title }, stale,
        tabs: [{ title: 'C', note: 'compile it and run it: it prints the bytes', code: programInC(encoded, abi), language: 'c' },
          { title: 'TypeScript', note: 'with cmsg/codec', code: programInTypeScript(encoded, abi), language: 'typescript' }],
      }))
  }
  signal.addEventListener('abort', () => { drawn.abort() })
  const resize = (text: string): void => {
    if (!/^\d+$/.test(text)) return
    state.room = Number(text) >= Number(slider.max) ? undefined : Number(text)
    changed()
    draw()
  }
  slider.addEventListener('input', () => { resize(slider.value) })
  number.addEventListener('change', () => { resize(number.value) })
  fill(view,
    h('div', { class: 'columns' },
      h('section', { class: 'column items-column', 'aria-label': 'Control messages' }, h('h2', {}, 'Control messages'), left),
      h('section', { class: 'column bytes-column', 'aria-label': 'Control buffer' }, h('h2', {}, 'Control buffer'), warning, picture),
      about,
      h('fieldset', { class: 'room' }, h('legend', {}, 'Receive buffer'),
        h('p', { class: 'note' }, 'The result of recvmsg() with a smaller msg_control: the kernel delivers what fits.'),
        h('div', { class: 'controls' }, slider, h('label', {}, number, ' bytes')), outcome)),
    codes)
  drawForm()
  draw()
}

/** Returns true if the text of a region is not valid, and the bytes are older. */
function isStale({ region, message }: Selection, encoded: readonly EncodedItem[]): boolean {
  const problems = message === undefined ? undefined : encoded[message.index]?.problems
  const name = region.part === 'bytes' ? 'data' : region.name
  return problems !== undefined
    && [...problems.keys()].some((path) => path === name || name.startsWith(`${path}[`) || (path === 'data' && region.part === 'field'))
}
