/**
 * The picture of a control buffer: rows of 8 bytes, a segment for each field, one stop for the Tab key and arrows within.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { CMSG_ALIGN, cmsghdrOf } from '../../src/abi/cmsg.ts'
import type { DissectedMessage, Dissection, Region } from '../../src/control/dissect.ts'
import { count, hex } from '../../src/reference/text.ts'
import { h } from './dom.ts'

const rowBytes = 8

/** What was chosen: a region, and the message it is in, if it is in one. */
export interface Selection { readonly region: Region; readonly message: DissectedMessage | undefined }

/** What a receiver gets of each message: up to which offset of the buffer as it was sent, and in words. */
export interface Arrival { readonly until: number; readonly outcome: 'whole' | 'cut' | 'lost'; readonly words: string }

export interface GridOptions {
  readonly control: Uint8Array
  readonly dissection: Dissection
  readonly abi: Abi
  readonly arrivals: readonly Arrival[] | undefined
  /** The offset of the region that is selected at first. */
  readonly selected: number
  readonly onselect: (selection: Selection) => void
}

export function grid(options: GridOptions): HTMLElement {
  const { dissection, onselect } = options
  const all: Selection[] = [
    ...dissection.messages.flatMap((message) => drawn(message.regions).map((region) => ({ region, message }))),
    ...(dissection.trailing === undefined ? [] : [{ region: dissection.trailing, message: undefined }]),
  ]
  const element = h('div', { class: 'bytes', role: 'group', 'aria-label': 'The bytes. Arrow keys go from field to field.' })
  element.append(
    ...dissection.messages.map((message) => block(message, options)),
    ...(dissection.trailing === undefined ? [] : [h('section', { class: 'message' }, rows(dissection.trailing.start, dissection.trailing.end, [dissection.trailing], options, undefined))]),
  )
  let current = all.find(({ region }) => region.start === options.selected) ?? all[0]
  const segments = (start: number): NodeListOf<HTMLElement> => element.querySelectorAll(`[data-start="${start}"]`)
  const select = (selection: Selection, focus: boolean): void => {
    if (current !== undefined) for (const segment of segments(current.region.start)) { segment.classList.remove('selected'); if (segment instanceof HTMLButtonElement) { segment.tabIndex = -1; segment.setAttribute('aria-pressed', 'false') } }
    current = selection
    for (const segment of segments(selection.region.start)) {
      segment.classList.add('selected')
      if (!(segment instanceof HTMLButtonElement)) continue
      segment.tabIndex = 0
      segment.setAttribute('aria-pressed', 'true')
      if (focus) segment.focus()
    }
    onselect(selection)
  }
  element.addEventListener('click', ({ target }) => {
    const start = (target as Element).closest<HTMLElement>('[data-start]')?.dataset.start
    const found = all.find(({ region }) => String(region.start) === start)
    if (found !== undefined) select(found, true)
  })
  element.addEventListener('keydown', (event) => {
    if (current === undefined || event.altKey || event.ctrlKey || event.metaKey) return
    const at = all.indexOf(current)
    const { start } = current.region
    const next = {
      ArrowRight: () => all[at + 1], ArrowLeft: () => all[at - 1], Home: () => all[0], End: () => all.at(-1),
      ArrowDown: () => all.find(({ region }) => region.end > start + rowBytes), ArrowUp: () => all.findLast(({ region }) => region.start <= start - rowBytes),
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    const selection = next()
    if (selection !== undefined) select(selection, true)
  })
  if (current !== undefined) select(current, false)
  return element
}

/** A control message: its name, its bytes, what the macros count. */
function block(message: DissectedMessage, options: GridOptions): HTMLElement {
  const { index, at, next, definition, level, type, levelName } = message
  const arrival = options.arrivals?.[index]
  const name = definition?.name ?? definition?.kind ?? `type ${type}`
  return h('section', { class: `message ${arrival?.outcome ?? ''}`, 'aria-label': `Control message ${index}: ${name}` },
    h('header', {}, h('h3', {}, `[${index}] `, h('code', {}, name)), h('span', { class: 'note' }, `${levelName ?? `level ${level}`}, at ${at}`), arrival !== undefined && h('span', { class: `badge ${arrival.outcome}` }, arrival.words)),
    rows(at, next, message.regions, options, arrival),
    measures(message, options))
}

/** The regions that have bytes, in the order of memory. */
const drawn = (regions: readonly Region[]): Region[] => regions.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start)

function rows(from: number, to: number, regions: readonly Region[], { control }: GridOptions, arrival: Arrival | undefined): HTMLElement {
  const sorted = drawn(regions)
  const lines: HTMLElement[] = [h('div', { class: 'row ruler', 'aria-hidden': 'true' }, h('span', { class: 'offset' }), Array.from({ length: rowBytes }, (_, i) => h('span', {}, `+${i}`)))]
  for (let start = from; start < to; start += rowBytes) {
    const end = Math.min(to, start + rowBytes)
    lines.push(h('div', { class: 'row' }, h('span', { class: 'offset' }, start), sorted.filter((region) => region.start < end && region.end > start).map((region) => {
      const [first, last] = [Math.max(region.start, start), Math.min(region.end, end)]
      const bytes = h('span', { class: 'hex', 'aria-hidden': 'true' }, Array.from(control.subarray(first, last), (byte, i) => h('b', arrival !== undefined && first + i >= arrival.until ? { class: 'lost' } : {}, hex(Uint8Array.of(byte)))))
      const attributes = { class: `segment ${region.part}${first > region.start ? ' continued' : ''}${last < region.end ? ' continues' : ''}`, style: `grid-column: span ${last - first}`, 'data-start': region.start }
      // Where a field goes on in the next row, it is no second button.
      if (first > region.start) return h('span', attributes, h('span', { class: 'name', 'aria-hidden': 'true' }, '″'), bytes)
      const label = `${region.name}, offset ${region.start}, ${count(region.end - region.start, 'byte')}: ${region.value}${region.note === undefined ? '' : `, ${region.note}`}`
      return h('button', { ...attributes, type: 'button', tabindex: -1, 'aria-pressed': 'false', 'aria-label': label, title: region.name }, h('span', { class: 'name' }, shortName(region)), bytes)
    })))
  }
  return h('div', { class: 'rows' }, lines)
}

/** Without the way to it, for which there is little room; of a single byte, without what C puts before each field: `ee_type`. */
function shortName({ name, start, end }: Region): string {
  const field = name.split('.').at(-1)!
  return end - start === 1 ? field.replace(/^[a-z0-9]+_/, '') : field
}

/** What CMSG_LEN and CMSG_SPACE count, and where CMSG_NXTHDR goes. */
function measures({ at, data, end, next, complete }: DissectedMessage, { abi, control }: GridOptions): HTMLElement {
  if (!complete) return h('p', { class: 'broken' }, '!! Its cmsg_len cannot be: CMSG_NXTHDR has nowhere to go, and sendmsg says EINVAL.')
  const header = cmsghdrOf(abi).size
  const payload = end - data
  const space = header + CMSG_ALIGN(payload, abi)
  const measure = (name: string, sum: string, size: number): HTMLElement =>
    h('div', { class: 'measure', style: `--share: ${(100 * size) / space}%` }, h('span', { class: 'bar' }), h('code', {}, `${name}(${payload}) = ${sum} = ${size}`))
  const after = next + header <= control.length ? `header at ${next}` : `NULL: ${next === control.length ? 'the buffer ends here' : 'too few bytes follow'}`
  return h('div', { class: 'measures' },
    measure('CMSG_LEN', `${header} + ${payload}`, header + payload),
    measure('CMSG_SPACE', `${header} + ${space - header}`, space),
    h('div', { class: 'nxthdr' }, h('code', {}, 'CMSG_NXTHDR'), ` → ${after}`, end - at !== space && next - at < space ? '; its padding is not there' : ''))
}

/** What the colours mean. */
export const legend = (): HTMLElement => h('ul', { class: 'legend', 'aria-label': 'Colours' },
  ([['cmsg_len', 'cmsg_len'], ['cmsg_level', 'cmsg_level'], ['cmsg_type', 'cmsg_type'], ['field', 'payload'], ['hole', 'hole'], ['padding', 'padding']] as const)
    .map(([part, text]) => h('li', {}, h('span', { class: `swatch ${part}` }), text)))
