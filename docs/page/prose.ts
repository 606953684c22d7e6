/**
 * Docstrings as HTML: paragraphs, lists, `code`, **bold**, links.
 * @module
 */
import { h, type Child } from './dom.ts'

export function prose(text: string): HTMLElement[] {
  return text.split(/\n\s*\n/).map((paragraph) => {
    const lines = paragraph.split('\n')
    if (!lines[0]!.startsWith('- ')) return h('p', {}, inline(paragraph))
    const items = paragraph.split(/^- /m).filter((item) => item !== '')
    return h('ul', {}, items.map((item) => h('li', {}, inline(item))))
  })
}

const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\{@link ([^}\s|]+)[^}]*\}/g

function inline(text: string): Child[] {
  const parts: Child[] = []
  let at = 0
  for (const { 0: whole, 1: code, 2: bold, 3: link, index } of text.matchAll(marks)) {
    parts.push(text.slice(at, index))
    if (code !== undefined) parts.push(h('code', {}, code))
    else if (bold !== undefined) parts.push(h('strong', {}, bold))
    else parts.push(h('a', { href: `#types&q=${encodeURIComponent(link!)}` }, link!))
    at = index + whole.length
  }
  return [...parts, text.slice(at)]
}
