/**
 * Checks a built site: each link leads to a page and to a heading that exist, and nothing is loaded from another host.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Returns the problems of the site in a directory, one a line. All its links are relative. */
export function problemsOf(site: string): string[] {
  const files = new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }).map((file) => join(site, file)))
  const pages = new Map([...files].filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(file, 'utf8')]))
  const idsIn = (html: string): Set<string> => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => unescaped(id!)))
  const ids = new Map([...pages].map(([file, html]) => [file, idsIn(html)]))
  const problems = new Set<string>()
  for (const [file, html] of pages) {
    for (const [, tag, attribute] of html.matchAll(/<(a|script|link|img)\s[^>]*?(?:href|src)="([^"]*)"/g)) {
      const link = unescaped(attribute!)
      const problem = (what: string): void => { problems.add(`${file}: ${what} ${link}`) }
      if (/^(?:data|mailto):/.test(link) || (tag === 'a' && /^https?:/.test(link))) continue
      if (/^(?:https?:)?\/\//.test(link)) {
        problem('loads')
        continue
      }
      const [path, hash] = [link.replace(/[?#].*/, ''), /#(.*)/.exec(link)?.[1] ?? '']
      let target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path))
      if (path.endsWith('/')) target = join(target, 'index.html')
      if (!files.has(target)) problem('no file for')
      // The hash of a page of the tool is what it shows.
      else if (hash !== '' && dirname(target) !== join(site, 'tool') && !ids.get(target)?.has(decodeURIComponent(hash))) {
        problem('no heading for')
      }
    }
  }
  return [...problems]
}

/** Text of HTML, without its entities. */
export const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
