/**
 * Blocks of code: highlighted, with a button that copies them, and an edge that shows where there is more to scroll to.
 * @module
 */
import { fill, h, nextId, type Child } from './dom.ts'
import { highlight, type Language } from './highlight.ts'

/** Wraps an element that may scroll: shadows show in which directions, and only then it is a stop for the Tab key. */
export function scroller(content: HTMLElement): HTMLElement {
  const frame = h('div', { class: 'scroller' }, content)
  const update = (): void => {
    const { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight } = content
    const more = { left: scrollLeft > 0, up: scrollTop > 0, right: scrollLeft + clientWidth < scrollWidth - 1,
      down: scrollTop + clientHeight < scrollHeight - 1 }
    for (const [direction, is] of Object.entries(more)) frame.classList.toggle(`more-${direction}`, is)
    if (Object.values(more).includes(true)) content.tabIndex = 0
    else content.removeAttribute('tabindex')
  }
  content.addEventListener('scroll', update, { passive: true })
  new ResizeObserver(update).observe(content)
  return frame
}

/** Highlighted code that may scroll. */
export const codeOf = (label: string, code: string, language?: Language): HTMLElement =>
  scroller(h('pre', { role: 'group', 'aria-label': label }, h('code', {}, highlight(code, language))))

/** A button that copies a text, and says so. If the browser does not allow it, the text of `shown` is selected for Ctrl-C. */
export function copyButton(label: string, text: () => string, shown: () => Element | null = () => null,
  attributes: Readonly<Record<string, boolean>> = {}): HTMLElement {
  const done = h('span', { class: 'copied', role: 'status' })
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text())
      fill(done, 'Copied')
    } catch {
      const element = shown()
      if (element !== null) getSelection()?.selectAllChildren(element)
      fill(done, element === null ? text() : 'Selected: press Ctrl-C')
    }
    setTimeout(() => { fill(done) }, 4000)
  }
  return h('span', { class: 'copy' }, done, h('button', { type: 'button', onclick: () => { void copy() }, ...attributes }, label))
}

/** One of the texts of a block of code. */
export interface CodeTab { readonly title: string; readonly note?: Child; readonly code: string; readonly language?: Language | undefined }

export interface CodeTabsOptions {
  readonly title: string
  readonly tabs: readonly CodeTab[]
  /** The title of the tab that is shown first. */
  readonly shown: string
  readonly onshow: (title: string) => void
  /** True if the code does not belong to what was typed: it cannot be copied. */
  readonly stale?: boolean
}

/** Several texts, one of them shown: tabs as WAI-ARIA describes them, with arrow keys. */
export function codeTabs({ title, tabs, shown, onshow, stale = false }: CodeTabsOptions): HTMLElement {
  const panel = h('div', { role: 'tabpanel', id: nextId(), class: 'panel' })
  const buttons = tabs.map((tab) => h('button',
    { type: 'button', role: 'tab', id: nextId(), 'aria-controls': panel.id, onclick: () => { show(tab) } }, tab.title))
  const show = (tab: CodeTab): void => {
    const at = tabs.indexOf(tab)
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === at))
      button.tabIndex = i === at ? 0 : -1
    })
    panel.setAttribute('aria-labelledby', buttons[at]!.id)
    fill(panel,
      h('div', { class: 'panel-head' }, h('span', { class: 'note' }, tab.note),
        copyButton('Copy', () => tab.code, () => panel.querySelector('pre'), { disabled: stale })),
      codeOf(`${title}: ${tab.title}`, tab.code, tab.language))
    onshow(tab.title)
  }
  const list = h('div', { role: 'tablist', 'aria-label': title }, buttons)
  list.addEventListener('keydown', (event) => {
    const at = buttons.findIndex((button) => button === document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    const next = (to + buttons.length) % buttons.length
    show(tabs[next]!)
    buttons[next]!.focus()
  })
  show(tabs.find((tab) => tab.title === shown) ?? tabs[0]!)
  return h('section', { class: `code${stale ? ' stale' : ''}`, 'aria-label': title },
    h('header', {}, h('h2', {}, title, stale && h('span', { class: 'badge old' }, 'out of date')), list), panel)
}
