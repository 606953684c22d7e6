/**
 * Checks a built site: each link leads to a page and to a heading that exist, and nothing is loaded from another host.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Returns the problems of the site in a directory that is served at `base`, one a line. */
export function problemsOf(site: string, base = './'): string[] {
  const files = new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }).map((file) => join(site, file)))
  const pages = new Map([...files].filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(file, 'utf8')]))
  const ids = new Map([...pages].map(([file, html]) => [file, new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescaped(id!)))]))
  const problems = new Set<string>()
  for (const [file, html] of pages) {
    for (const [, tag, attribute] of html.matchAll(/<(a|script|link|img)\s[^>]*?(?:href|src)="([^"]*)"/g)) {
      const link = unescaped(attribute!)
      if (/^(?:data|mailto):/.test(link) || (tag === 'a' && /^https?:/.test(link))) continue
      if (/^(?:https?:)?\/\//.test(link)) problems.add(`${file}: loads ${link}`)
      const [path, hash] = [link.replace(/[?#].*/, ''), /#(.*)/.exec(link)?.[1] ?? '']
      const folder = path.startsWith('/') ? site : dirname(file)
      let target = path === '' ? file : resolve(folder, decodeURIComponent(path.startsWith('/') ? path.slice(base.length) : path))
      if (path.endsWith('/') || target === resolve(site)) target = join(target, 'index.html')
      if (!files.has(target)) problems.add(`${file}: no file for ${link}`)
      // The hash of a page of the tool is what it shows.
      else if (hash !== '' && dirname(target) !== join(site, 'tool') && !ids.get(target)?.has(decodeURIComponent(hash))) problems.add(`${file}: no heading for ${link}`)
    }
  }
  return [...problems]
}

const unescaped = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
