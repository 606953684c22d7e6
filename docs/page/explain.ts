/**
 * Explains bytes that are pasted in any notation: as a picture, and as the text of explainControl.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { families, type Family } from '../../src/control/define.ts'
import { dissect } from '../../src/control/dissect.ts'
import { explainControl } from '../../src/control/explain.ts'
import { otherAbi, problemsOf, trailingProblem } from '../../src/control/explain-problems.ts'
import { notationOf, readNotation } from '../../src/reference/notation.ts'
import { controlsOfStrace, type TracedControl } from '../../src/reference/strace.ts'
import { count } from '../../src/reference/text.ts'
import { linkTo } from './address.ts'
import { itemOf } from './buffer.ts'
import { copyButton, scroller } from './code.ts'
import { details } from './details.ts'
import { choice, fill, h, labelled } from './dom.ts'
import { examples } from './examples.ts'
import { grid, legend } from './grid.ts'
import type { Tool } from './main.ts'
import { abiOf, type State } from './state.ts'

export function explain(view: HTMLElement, tool: Tool): void {
  const { state, changed, signal } = tool
  const result = h('div', { id: 'explained' })
  const status = h('p', { class: 'visually-hidden', role: 'status' })
  const input = h('textarea',
    { id: 'bytes', rows: 5, value: state.text, spellcheck: 'false', autocapitalize: 'off',
      placeholder: '1c000000 00000000 01000000 02000000 …' })
  let drawn = new AbortController()
  signal.addEventListener('abort', () => { drawn.abort() })
  const draw = (): void => {
    drawn.abort()
    drawn = new AbortController()
    fill(result, state.text.trim() === '' ? emptyState(state) : explained({ ...tool, signal: drawn.signal }, status))
  }
  input.addEventListener('input', () => { state.text = input.value; state.selected = undefined; changed(); draw() })
  const family = choice([['', 'not known'], ...families.map((name) => [name, name] as const)], state.family ?? '',
    (value) => { state.family = value === '' ? undefined : value as Family; changed(); draw() })
  const clear = h('button',
    { type: 'button', onclick: () => { input.value = state.text = ''; state.selected = undefined; changed(); draw(); input.focus() } },
    'Clear')
  fill(view,
    labelled('Hex or a hex dump, base64, C, or the output of strace', input),
    h('div', { class: 'controls' }, labelled('Family of the socket', family), clear),
    status, result)
  draw()
}

/** Examples to begin with. */
function emptyState(state: State): HTMLElement {
  return h('section', { class: 'empty', 'aria-labelledby': 'examples-title' },
    h('h2', { id: 'examples-title' }, 'Paste the bytes of a control buffer, or begin with an example'),
    h('ul', { class: 'cards' }, examples.map(({ title, about, text, target, family }) => h('li', { class: 'card' },
      h('h3', {}, h('a', { href: linkTo({ ...state, view: 'explain', text, target, family, selected: undefined }) }, title)),
      h('p', {}, about),
      h('pre', { 'aria-hidden': 'true' }, text)))))
}

function explained(tool: Tool, status: HTMLElement): HTMLElement[] {
  const { state } = tool
  const abi = abiOf(state)
  const lacking: string[] = []
  try {
    const controls = read(state.text, abi, lacking)
    fill(status, controls.map(({ control }) => count(control.length, 'byte')).join(', '))
    return [...lacking.map((message) => h('p', { class: 'outcome bad' }, message)),
      ...controls.map((control, i) => one(control, i, controls.length, tool))]
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    fill(status, message)
    return [h('p', { class: 'outcome bad' }, `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`)]
  }
}

function read(text: string, abi: Abi, lacking: string[]): TracedControl[] {
  const notation = notationOf(text)
  if (notation === undefined) throw new Error('Cannot read these bytes: expected hex or a hex dump, base64, C or the output of strace')
  if (notation !== 'strace') return [{ control: readNotation(text, notation, abi.littleEndian), family: undefined }]
  return controlsOfStrace(text, abi,
    { lacking: (message) => { lacking.push(message) },
      unread: (message) => { lacking.push(message) },
      interfaceIndex: (name) => { lacking.push(`The number of the network interface ${name} is known only on its machine: it is 0 here.`);
        return 0 } })
}

function one({ control, family, call }: TracedControl, index: number, buffers: number, { state, changed, signal }: Tool): HTMLElement {
  const abi = abiOf(state)
  const of = state.family ?? family
  const dissection = dissect(control, { abi, family: of })
  const about = h('section', { class: 'column about', 'aria-label': 'The selected field' })
  const text = explainControl(control, { abi, ...(of === undefined ? {} : { family: of }) }).trimEnd()
  const { messages, trailing } = dissection
  const problems = [...messages.flatMap((message) => problemsOf(message, dissection)),
    ...(trailing === undefined ? [] : [trailingProblem(trailing, dissection)])]
  const better = otherAbi(dissection)?.target
  const isSound = messages.length > 0 && messages.every(({ complete }) => complete)
  const pre = h('pre', { role: 'group', 'aria-label': 'The explanation' },
    text.split('\n').map((line) => (/^\s*!!/.test(line) ? h('strong', { class: 'bad' }, `${line}\n`)
      : /^\[\d+\]/.test(line) ? h('strong', {}, `${line}\n`) : `${line}\n`)))
  return h('section', { class: 'explained', 'aria-label': buffers === 1 ? 'The buffer' : `Buffer ${index + 1}` },
    h('h2', {}, buffers === 1 ? '' : `${index + 1}. `, call === undefined ? '' : [h('code', {}, call), ': '],
      count(control.length, 'byte'), problems.length > 0 && h('span', { class: 'badge bad' }, count(problems.length, 'problem'))),
    better !== undefined && h('p', { class: 'outcome bad' }, 'These bytes make sense for another target. ',
      h('a', { href: linkTo({ ...state, target: better }) }, 'Explain them for ', h('code', {}, better))),
    h('div', { class: 'columns two' },
      h('section', { class: 'column', 'aria-label': 'Bytes' }, h('div', { class: 'total' }, legend()),
        control.length === 0 ? h('p', { class: 'note' }, 'There are no bytes.') : grid({
          control, dissection, abi, signal, problems, aside: about,
          selected: state.selected?.buffer === index ? state.selected.offset : undefined,
          onselect: (offset) => { state.selected = offset === undefined ? undefined : { buffer: index, offset }; changed() },
          describe: (selection) => details(selection, abi, problems),
        })),
      about),
    h('section', { class: 'code text', 'aria-label': 'Text' },
      h('div', { class: 'panel-head' }, h('h3', {}, 'As text'), copyButton('Copy', () => text, () => pre)),
      scroller(pre)),
    isSound && h('p', {},
      h('a', { href: linkTo({ ...state, view: 'build', selected: undefined, room: undefined,
        items: messages.map((message) => itemOf(message, control, abi)) }) }, 'Change it in Build')))
}

