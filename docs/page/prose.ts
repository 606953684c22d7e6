/**
 * Shows docstrings: paragraphs, lists, `code`, **bold**, links.
 * @module
 */
import { linkToKind } from './address.ts'
import { h, type Child } from './dom.ts'
import { facts } from './facts.ts'

export function prose(text: string): HTMLElement[] {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const lines = paragraph.split('\n')
    if (!lines[0]!.startsWith('- ')) return h('p', {}, inline(paragraph))
    const items = paragraph.split(/^- /m).filter((item) => item !== '')
    return h('ul', {}, items.map((item) => h('li', {}, inline(item))))
  })
}

/** Returns a text without its marks. */
export const plainText = (text: string): string => text.replace(marks,
  (_, code?: string, bold?: string, link?: string) => code ?? bold ?? link ?? '')

const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\{@link ([^}\s|]+)[^}]*\}/g

/** Returns the text and elements of a paragraph. */
export function inline(text: string): Child[] {
  const parts: Child[] = []
  let at = 0
  for (const { 0: whole, 1: code, 2: bold, 3: link, index } of text.matchAll(marks)) {
    parts.push(text.slice(at, index))
    if (code !== undefined) parts.push(h('code', {}, code))
    else if (bold !== undefined) parts.push(h('strong', {}, bold))
    else parts.push(Object.hasOwn(facts.kinds, link!) ? h('a', { href: linkToKind(link!) }, link!) : h('code', {}, link!))
    at = index + whole.length
  }
  return [...parts, text.slice(at)]
}
