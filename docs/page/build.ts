/**
 * Put a control buffer together, and see it byte by byte.
 * @module
 */
import { dissect } from '../../src/control/dissect.ts'
import { hex } from '../../src/reference/text.ts'
import { encodeItem, encodeItems } from './buffer.ts'
import { programInC } from './c.ts'
import { details } from './details.ts'
import { codeBlock, fill, h } from './dom.ts'
import { form } from './form.ts'
import { grid, legend } from './grid.ts'
import { receive } from './room.ts'
import { abiOf, type State } from './state.ts'
import { programInTypeScript } from './typescript.ts'

/** Draws it into `view`; `changed` writes the state to the address. */
export function build(view: HTMLElement, state: State, changed: () => void): void {
  const abi = abiOf(state)
  const [left, picture, about, codes] = [h('div', {}), h('div', { class: 'picture' }), h('div', { 'aria-live': 'polite' }), h('div', { class: 'codes' })]
  const number = h('input', { type: 'number', min: 0, id: 'room', inputmode: 'numeric' })
  const slider = h('input', { type: 'range', min: 0, 'aria-label': 'Bytes of the receive buffer' })
  const outcome = h('div', { role: 'status' })
  let selected = 0

  const drawForm = (): void => {
    fill(left, form({
      items: () => state.items, abi,
      onchange: (items, whole) => { state.items = items; changed(); if (whole) drawForm(); draw(); },
    }))
  }
  const draw = (): void => {
    const encoded = state.items.map((item) => encodeItem(item, abi))
    const control = encodeItems(encoded, abi)
    const dissection = dissect(control, { abi })
    // The messages as they were put together: bytes may look like another kind.
    const messages = dissection.messages.map((message, i) => ({ ...message, ...(message.definition === encoded[i]?.definition ? {} : own(i)) }))
    function own(i: number): object {
      const families = encoded[i]?.definition?.family
      const family = families === undefined ? undefined : [families].flat()[0]
      return dissect(control, { abi, family }).messages[i] ?? {}
    }
    const room = Math.min(state.room ?? control.length, control.length)
    const { arrivals, summary } = receive(encoded, messages, room, abi)
    number.max = slider.max = String(control.length)
    number.value = slider.value = String(room)
    fill(picture,
      h('div', { class: 'total' }, h('strong', {}, `${control.length} bytes`), ' ', h('code', { id: 'sum' }, 'msg_controllen'), ' = Σ CMSG_SPACE', legend()),
      control.length === 0 ? h('p', { class: 'note' }, 'Nothing to see: add a control message.')
        : grid({ control, dissection: { ...dissection, messages }, abi, arrivals: room < control.length ? arrivals : undefined, selected, onselect: (selection) => { selected = selection.region.start; fill(about, details(selection, abi)) } }))
    if (control.length === 0) fill(about)
    fill(outcome, summary)
    fill(codes,
      codeBlock('Hex', `${control.length} bytes, ${state.target}`, hex(control)),
      codeBlock('C', 'a whole program: cc, and run it', programInC(encoded, abi)),
      codeBlock('TypeScript', 'with cmsg/codec', programInTypeScript(encoded, abi)))
  }
  const resize = (text: string): void => {
    if (!/^\d+$/.test(text)) return
    state.room = Number(text) >= Number(slider.max) ? undefined : Number(text)
    changed()
    draw()
  }
  slider.addEventListener('input', () => { resize(slider.value) })
  number.addEventListener('change', () => { resize(number.value) })
  fill(view,
    h('h2', { class: 'visually-hidden' }, 'Build a control buffer'),
    h('div', { class: 'columns' },
      h('section', { class: 'column items-column', 'aria-label': 'Control messages' }, h('h2', {}, 'Control messages'), left),
      h('section', { class: 'column bytes-column', 'aria-label': 'Bytes' }, h('h2', {}, 'Bytes'), picture),
      h('section', { class: 'column about', 'aria-label': 'The field' }, h('h2', {}, 'The field'), about),
      h('fieldset', { class: 'room' }, h('legend', {}, 'Receive buffer'),
        h('p', { class: 'note' }, 'What a receiver gets whose msg_control has room for fewer bytes. The kernel delivers what fits.'),
        h('div', { class: 'controls' }, slider, h('label', {}, number, ' bytes')), outcome)),
    codes)
  drawForm()
  draw()
}
