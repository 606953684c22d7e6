/**
 * Paste bytes, and have them explained.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { families, type Family } from '../../src/control/define.ts'
import { explainControl } from '../../src/control/explain.ts'
import { dissect } from '../../src/control/dissect.ts'
import { notationOf, readNotation } from '../../src/reference/notation.ts'
import { controlsOfStrace, type TracedControl } from '../../src/reference/strace.ts'
import { itemOf } from './buffer.ts'
import { details } from './details.ts'
import { choice, fill, h, labelled } from './dom.ts'
import { grid, legend } from './grid.ts'
import { abiOf, type State } from './state.ts'

const examples: readonly (readonly [title: string, text: string])[] = [
  ['hex', '1c000000 00000000 01000000 02000000 67120000 e8030000 e8030000 00000000'],
  ['C', String.raw`"\x14\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x07\0\0\0"`],
  ['strace', 'recvmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="x", iov_len=1}], msg_iovlen=1, msg_control=[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=4711, uid=1000, gid=1000}}], msg_controllen=32, msg_flags=0}, 0) = 1'],
  ['a mistake', `1c000000 00000000 01000000 02000000 67120000 e8030000 e8030000 00000000 ${'00000000 '.repeat(6)}`.trim()],
]

/** `edit` takes a buffer to where it can be changed. */
export function explain(view: HTMLElement, state: State, changed: () => void, edit: () => void): void {
  const abi = abiOf(state)
  const result = h('div', { id: 'explained', 'aria-live': 'polite' })
  const input = h('textarea', { id: 'bytes', rows: 5, value: state.text, spellcheck: 'false', autocapitalize: 'off', placeholder: '1c000000 00000000 01000000 02000000 …' })
  const draw = (): void => { fill(result, explained(state, abi, edit)) }
  input.addEventListener('input', () => { state.text = input.value; changed(); draw() })
  const family = choice([['', 'not known'], ...families.map((name) => [name, name] as const)], state.family ?? '', (value) => { state.family = value === '' ? undefined : value as Family; changed(); draw() })
  fill(view,
    h('h2', {}, 'What do these bytes say?'),
    labelled('Hex or a dump of it, base64, C, or what strace printed of a recvmsg or sendmsg', input),
    h('div', { class: 'controls' }, labelled('Family of the socket', family),
      h('span', { class: 'examples' }, 'Examples: ', examples.map(([title, text]) => h('button', { type: 'button', class: 'link', onclick: () => { input.value = state.text = text; changed(); draw() } }, title)))),
    result)
  draw()
}

function explained(state: State, abi: Abi, edit: () => void): HTMLElement[] {
  if (state.text.trim() === '') return []
  const lacking: string[] = []
  try {
    const controls = read(state.text, abi, lacking)
    return [...lacking.map((message) => h('p', { class: 'outcome bad' }, message)), ...controls.map((control) => one(control, state, abi, edit))]
  } catch (error) {
    return [h('p', { class: 'outcome bad' }, error instanceof Error ? error.message : String(error))]
  }
}

function read(text: string, abi: Abi, lacking: string[]): TracedControl[] {
  const notation = notationOf(text)
  if (notation === undefined) throw new Error('This is neither hex, base64, C nor what strace prints.')
  if (notation !== 'strace') return [{ control: readNotation(text, notation), family: undefined }]
  return controlsOfStrace(text, abi, { lacking: (message) => { lacking.push(message) }, interfaceIndex: () => undefined })
}

function one({ control, family = undefined }: TracedControl, state: State, abi: Abi, edit: () => void): HTMLElement {
  const of = state.family ?? family
  const dissection = dissect(control, { abi, family: of })
  const about = h('div', { 'aria-live': 'polite' })
  const text = explainControl(control, { abi, ...(of === undefined ? {} : { family: of }) })
  const sound = dissection.messages.length > 0 && dissection.messages.every(({ complete }) => complete)
  return h('section', { class: 'explained' },
    h('pre', { tabindex: 0, 'aria-label': 'The explanation' }, text.split('\n').map((line) => (/^\s*!!/.test(line) ? h('strong', { class: 'wrong' }, `${line}\n`) : /^\[\d+\]/.test(line) ? h('strong', {}, `${line}\n`) : `${line}\n`))),
    h('div', { class: 'columns two' },
      h('section', { class: 'column' }, h('div', { class: 'total' }, legend()), grid({ control, dissection, abi, arrivals: undefined, selected: 0, onselect: (selection) => { fill(about, details(selection, abi)) } })),
      h('section', { class: 'column about' }, about)),
    sound && h('p', {}, h('button', { type: 'button', onclick: () => { state.items = dissection.messages.map((message) => itemOf(message, control, abi)); state.room = undefined; edit() } }, 'Change it in Build')))
}
