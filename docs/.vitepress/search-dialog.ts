/**
 * Makes VitePress's search dialog accessible: a dialog with links. VitePress says it is a button that contains a list box, whose options
 * contain links.
 * @module
 */
import type { Plugin } from 'vitepress'

/** Attributes of the template to remove or replace. */
const edits: readonly (readonly [from: string, to: string])[] = [
  ['role="button"', 'role="dialog"'],
  [`:aria-owns="results?.length ? 'localsearch-list' : undefined"`, ''],
  ['aria-expanded="true"', ''],
  ['aria-haspopup="listbox"', ''],
  [`:aria-activedescendant="selectedIndex > -1 ? 'localsearch-item-' + selectedIndex : undefined"`, ''],
  ['aria-autocomplete="both"', ''],
  [`:role="results?.length ? 'listbox' : undefined"`, ''],
  [`:aria-selected="selectedIndex === index ? 'true' : 'false'"`, ''],
  ['role="option"', ''],
  ['<kbd :aria-label', '<kbd role="img" :aria-label'],
  [`:aria-label="[...p.titles, p.title].join(' > ')"`, ''],
]

/** Edits the template before it is compiled. @throws Error if another version of VitePress has another template */
export const accessibleSearch: Plugin = {
  name: 'accessible-search',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/VPLocalSearchBox.vue')) return undefined
    return edits.reduce((template, [from, to]) => {
      if (!template.includes(from)) throw new Error(`The search dialog of this VitePress has no ${from}: adapt ${import.meta.filename}`)
      return template.replaceAll(from, to)
    }, code)
  },
}
