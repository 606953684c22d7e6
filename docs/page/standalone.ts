/**
 * The tool as a page of its own, which works from a file: the view is in the address, and the colors follow the system.
 * @module
 */
import { facts } from './facts.ts'
import { mount, type View } from './main.ts'
import { viewIn, views } from './state.ts'

const names: Readonly<Record<View, string>> = { build: 'Build', explain: 'Explain', layouts: 'Layouts', types: 'Catalogue' }
const byId = (id: string): HTMLElement => document.getElementById(id)!

const root = byId('view')
let shown: View | undefined
let unmount = (): void => {}

function show(): void {
  const view = viewIn(location.hash) ?? shown ?? 'build'
  if (view === shown) return
  unmount()
  unmount = mount(root, view)
  document.title = `${names[view]} · cmsg`
  for (const name of views) {
    const link = byId(`to-${name}`)
    if (name === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (shown !== undefined) {
    root.focus()
    scrollTo(0, 0)
  }
  shown = view
}

const dark = matchMedia('(prefers-color-scheme: dark)')
const setColors = (): void => { document.documentElement.classList.toggle('dark', dark.matches) }
dark.addEventListener('change', setColors)
setColors()
byId('version').textContent = facts.version
addEventListener('hashchange', show)
show()
