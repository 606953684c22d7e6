/**
 * The picture of a control buffer: rows of 8 bytes, a segment for each field. It is one stop for the Tab key, with arrow keys inside.
 *
 * The description of the selected field is beside the bytes. If there is no room, it is in the rows, below the byte that was tapped.
 * @module
 */
import type { Abi } from '../../src/abi/abi.ts'
import { CMSG_ALIGN, cmsghdrOf } from '../../src/abi/cmsg.ts'
import type { DissectedMessage, Dissection, Region } from '../../src/control/dissect.ts'
import type { Problem } from '../../src/control/explain-problems.ts'
import { hex } from '../../src/abi/bytes.ts'
import { count } from '../../src/reference/text.ts'
import { fill, h } from './dom.ts'

const rowBytes = 8

/** A selected region, and its control message if it is in one. */
export interface Selection { readonly region: Region; readonly message: DissectedMessage | undefined }

/** The part of a message that a receiver gets: its bytes up to an offset, and the outcome in words. */
export interface Arrival { readonly until: number; readonly outcome: 'whole' | 'cut' | 'lost'; readonly words: string }

export interface GridOptions {
  readonly control: Uint8Array
  readonly dissection: Dissection
  readonly abi: Abi
  /** Aborted when the grid is replaced. */
  readonly signal: AbortSignal
  readonly arrivals?: readonly Arrival[] | undefined
  readonly problems?: readonly Problem[]
  /** Returns true if the bytes of a region are not those of the text that was typed for it. */
  readonly isStale?: (selection: Selection) => boolean
  /** The offset that is selected at first; if undefined, the first region is described where the description is beside the bytes. */
  readonly selected: number | undefined
  readonly onselect: (offset: number | undefined) => void
  readonly describe: (selection: Selection) => HTMLElement
  /** The element beside the bytes; hidden by the style sheet if there is no room. */
  readonly aside: HTMLElement
}

export function grid(options: GridOptions): HTMLElement {
  const { dissection, onselect, describe, aside, signal, selected } = options
  const all: Selection[] = [
    ...dissection.messages.flatMap((message) => drawn(message.regions).map((region) => ({ region, message }))),
    ...(dissection.trailing === undefined ? [] : [{ region: dissection.trailing, message: undefined }]),
  ]
  const element = h('div', { class: 'bytes', role: 'group', 'aria-label': 'The bytes. Arrow keys go from field to field.' })
  element.append(
    ...dissection.messages.map((message) => block(message, options)),
    ...(dissection.trailing === undefined ? []
      : [h('section', { class: 'message' },
        rows(dissection.trailing.start, dissection.trailing.end, [{ region: dissection.trailing, message: undefined }], options,
          undefined))]),
  )
  const given = selected === undefined ? undefined : all.find(({ region }) => region.start <= selected && region.end > selected)
  // The field that the Tab key comes to; and the row of the description, if that is among the bytes.
  let current = given ?? all[0]
  let isOpen = given !== undefined
  let row: Element | undefined
  const inline = h('div', { class: 'inline-details' })
  const segments = (start: number): HTMLElement[] => [...element.querySelectorAll<HTMLElement>(`[data-start="${start}"]`)]

  const mark = (selection: Selection, is: boolean, shown: boolean): void => {
    for (const segment of segments(selection.region.start)) {
      segment.classList.toggle('selected', is && shown)
      if (!(segment instanceof HTMLButtonElement)) continue
      segment.tabIndex = is ? 0 : -1
      segment.setAttribute('aria-pressed', String(is && shown))
    }
  }
  const place = (): void => {
    if (current === undefined || !element.isConnected) return
    const hasAside = aside.offsetParent !== null
    mark(current, true, hasAside || isOpen)
    fill(aside, hasAside ? describe(current) : undefined)
    inline.remove()
    if (hasAside || !isOpen) return
    fill(inline, h('button', { type: 'button', class: 'icon close', 'aria-label': 'Close the description', onclick: close }, '×'),
      describe(current))
    const rowOf = row !== undefined && element.contains(row) ? row : segments(current.region.start)[0]?.closest('.row')
    rowOf?.after(inline)
  }
  const select = (selection: Selection, focus: boolean, at?: Element): void => {
    if (current !== undefined) mark(current, false, false)
    current = selection
    isOpen = true
    row = at
    place()
    if (focus) segments(selection.region.start).find((segment) => segment instanceof HTMLButtonElement)?.focus()
    onselect(selection.region.start)
  }
  function close(): void {
    const hadFocus = inline.contains(document.activeElement)
    isOpen = false
    place()
    if (hadFocus && current !== undefined) segments(current.region.start)[0]?.focus()
    onselect(undefined)
  }
  element.addEventListener('click', ({ target }) => {
    const segment = (target as Element).closest<HTMLElement>('[data-start]')
    const found = all.find(({ region }) => String(region.start) === segment?.dataset.start)
    if (segment === null || found === undefined) return
    const again = found === current && inline.isConnected
    if (again) close()
    else select(found, true, segment.closest('.row') ?? undefined)
  })
  element.addEventListener('keydown', (event) => {
    if (current === undefined || event.altKey || event.ctrlKey || event.metaKey
      || inline.contains(event.target as Node) && event.key !== 'Escape') return
    const at = all.indexOf(current)
    const { start } = current.region
    const next = {
      ArrowRight: () => all[at + 1], ArrowLeft: () => all[at - 1], Home: () => all[0], End: () => all.at(-1),
      ArrowDown: () => all.find(({ region }) => region.end > start + rowBytes),
      ArrowUp: () => all.findLast(({ region }) => region.start <= start - rowBytes),
    }[event.key]
    if (event.key === 'Escape' && inline.isConnected) return close()
    if (next === undefined) return
    event.preventDefault()
    const selection = next()
    if (selection !== undefined) select(selection, true)
  })
  // The first measurement comes when the element has been laid out.
  let width = 0
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return
    width = element.clientWidth
    place()
  })
  observer.observe(element)
  signal.addEventListener('abort', () => { observer.disconnect() })
  return element
}

/** A control message: its name, its bytes, the results of the macros. */
function block(message: DissectedMessage, options: GridOptions): HTMLElement {
  const { index, at, next, definition, level, type, levelName } = message
  const arrival = options.arrivals?.[index]
  const name = definition?.name ?? definition?.kind ?? `type ${type}`
  return h('section', { class: `message ${arrival?.outcome ?? ''}`, 'aria-label': `Control message ${index}: ${name}` },
    h('header', {}, h('h3', {}, `[${index}] `, h('code', {}, name)),
      h('span', { class: 'note' }, `${levelName ?? `level ${level}`}, at ${at}`),
      arrival !== undefined && h('span', { class: `badge ${arrival.outcome}` }, arrival.words)),
    rows(at, next, drawn(message.regions).map((region) => ({ region, message })), options, arrival),
    measures(message, options))
}

/** Returns the regions that have bytes, in the order of memory. */
const drawn = (regions: readonly Region[]): Region[] => regions.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start)

function rows(from: number, to: number, selections: readonly Selection[], { control, problems = [], isStale }: GridOptions,
  arrival: Arrival | undefined): HTMLElement {
  const lines: HTMLElement[] = [h('div', { class: 'row ruler', 'aria-hidden': 'true' }, h('span', { class: 'offset' }),
    Array.from({ length: rowBytes }, (_, i) => h('span', {}, `+${i}`)))]
  for (let start = from; start < to; start += rowBytes) {
    const end = Math.min(to, start + rowBytes)
    const here = problems.filter(({ at }) => at >= start && at < end)
    lines.push(h('div', { class: 'row' }, h('span', { class: 'offset' }, start),
      selections.filter(({ region }) => region.start < end && region.end > start).map((selection) => {
      const { region } = selection
      const [first, last] = [Math.max(region.start, start), Math.min(region.end, end)]
      const bytes = h('span', { class: 'hex', 'aria-hidden': 'true' },
        Array.from(control.subarray(first, last),
          (byte, i) => h('b', arrival !== undefined && first + i >= arrival.until ? { class: 'lost' } : {}, hex(Uint8Array.of(byte)))))
      const wrong = problems.filter(({ at }) => at >= region.start && at < region.end)
      const stale = isStale?.(selection) === true
      const attributes = {
        class: ['segment', region.part, first > region.start && 'continued', last < region.end && 'continues', wrong.length > 0 && 'wrong',
          stale && 'stale'].filter(Boolean).join(' '),
        style: `grid-column: span ${last - first}`, 'data-start': region.start,
      }
      // A field is one button, in the row where it begins.
      if (first > region.start) return h('span', attributes, h('span', { class: 'name', 'aria-hidden': 'true' }, '″'), bytes)
      const label = [`${region.name}, offset ${region.start}, ${count(region.end - region.start, 'byte')}: ${region.value}`, region.note,
        stale && 'out of date', ...wrong.map(({ text }) => `problem: ${text}`)].filter(Boolean).join(', ')
      return h('button', { ...attributes, type: 'button', tabindex: -1, 'aria-pressed': 'false', title: region.name },
        h('span', { class: 'visually-hidden' }, label), h('span', { class: 'name', 'aria-hidden': 'true' }, shortName(region)), bytes)
    })))
    for (const at of new Set(here.map(({ at }) => at))) {
      lines.push(h('div', { class: 'row problem' },
        h('span', { class: 'pointer', 'aria-hidden': 'true', style: `grid-column: ${at - start + 2}` }, '▲'),
        h('ul', { class: 'problem-text' }, here.filter((problem) => problem.at === at).map(({ text }) => h('li', {}, text)))))
    }
  }
  return h('div', { class: 'rows' }, lines)
}

/** Returns the name that fits: without the way to it, and for a single byte without the prefix of C: `ee_type` becomes `type`. */
function shortName({ name, start, end }: Region): string {
  const field = name.split('.').at(-1)!
  return end - start === 1 ? field.replace(/^[a-z0-9]+_/, '') : field
}

/** The results of CMSG_LEN, CMSG_SPACE and CMSG_NXTHDR. */
function measures({ at, data, end, next, complete }: DissectedMessage, { abi, control }: GridOptions): HTMLElement | undefined {
  if (!complete) return h('p', { class: 'broken' }, 'CMSG_NXTHDR cannot go on from this header, and sendmsg fails with EINVAL.')
  const header = cmsghdrOf(abi).size
  const payload = end - data
  const space = header + CMSG_ALIGN(payload, abi)
  const measure = (name: string, sum: string, size: number): HTMLElement =>
    h('div', { class: 'measure', style: `--share: ${(100 * size) / space}%` }, h('span', { class: 'bar' }),
      h('code', {}, `${name}(${payload}) = ${sum} = ${size}`))
  const after = next + header <= control.length ? `header at ${next}`
    : `NULL: ${next === control.length ? 'the buffer ends here' : 'too few bytes follow'}`
  return h('div', { class: 'measures' },
    measure('CMSG_LEN', `${header} + ${payload}`, header + payload),
    measure('CMSG_SPACE', `${header} + ${space - header}`, space),
    h('div', { class: 'nxthdr' }, h('code', {}, 'CMSG_NXTHDR'), ` → ${after}`,
      end - at !== space && next - at < space ? '; the padding is missing' : ''))
}

/** The meanings of the colors. */
export const legend = (): HTMLElement => h('ul', { class: 'legend', 'aria-label': 'Colors' },
  ([['cmsg_len', 'cmsg_len'], ['cmsg_level', 'cmsg_level'], ['cmsg_type', 'cmsg_type'], ['field', 'payload'], ['hole', 'hole'],
    ['padding', 'padding']] as const)
    .map(([part, text]) => h('li', {}, h('span', { class: `swatch ${part}` }), text)))
