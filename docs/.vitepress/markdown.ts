/**
 * How the site renders the Markdown of the guides, which is written for GitHub. A link is a relative path: it leads to a page of the
 * site if there is one, and otherwise to the repository.
 * @module
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { MarkdownRenderer } from 'vitepress'

const docs = join(import.meta.dirname, '..')
const root = join(docs, '..')
const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository: { url: string } }
const source = repository.url.replace(/^git\+/, '').replace(/\.git$/, '')

/** Pages of the site under other names, by file of the repository. */
const pages: Readonly<Record<string, string>> = {
  'docs/README.md': 'docs/guides.md',
  'bench/idle.md': 'docs/costs.md',
}

/** Returns the names by which GitHub links to the headings of a file. */
const headingsOf = (file: string): string[] => [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
  heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-'))

/** Returns the link in place of one that a page has. A link to nothing stays as it is, and VitePress reports it. */
export function linkOnSite(page: string, link: string): string {
  if (/^(?:[a-z]+:|[/#])/i.test(link)) return link
  const [path, hash] = [link.replace(/#.*/, ''), /#.*/.exec(link)?.[0] ?? '']
  // A page may include a part of README.md, or of a file in bench/, whose links are relative to that file.
  const file = [dirname(page), root, join(root, 'bench')].map((folder) => join(folder, path)).find((file) => existsSync(file))
  if (file === undefined) return link
  const name = relative(root, file)
  const target = pages[name] ?? name.replace(/^docs\/generated\//, 'docs/')
  if (/\.(?:svg|png)$/.test(target) || (target.startsWith('docs/') && target.endsWith('.md'))) {
    const relativePath = relative(dirname(page), join(root, target))
    return `${relativePath.startsWith('.') ? '' : './'}${relativePath}${hash}`
  }
  if (hash !== '' && file.endsWith('.md') && !headingsOf(file).includes(hash.slice(1))) {
    throw new Error(`${page}: ${link} leads to no heading`)
  }
  return `${source}/${statSync(file).isDirectory() ? 'tree' : 'blob'}/main/${target}${hash}`
}

/** A plugin of markdown-it: replaces the links of every page. */
export function repositoryLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const { path } = env as { path?: string }
    if (path === undefined) return
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const attribute = { link_open: 'href', image: 'src' }[token.type]
      const link = attribute === undefined ? null : token.attrGet(attribute)
      if (link !== null) token.attrSet(attribute!, linkOnSite(path, link))
    }
  })
}

/** A plugin of markdown-it: a table without headings has empty cells in their place, which are no headings to a screen reader. */
export function emptyHeadings(md: MarkdownRenderer): void {
  md.core.ruler.push('empty-headings', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      if (token.type !== 'th_open' || tokens[i + 1]!.content !== '') continue
      token.tag = 'td'
      tokens[i + 2]!.tag = 'td'
    }
  })
}

/** A plugin of markdown-it: a page that includes a section of another file has the headings of that section one level higher. */
export function raisedHeadings(md: MarkdownRenderer): void {
  md.core.ruler.push('raised-headings', ({ tokens }) => {
    if (tokens.some(({ tag }) => tag === 'h2')) return
    for (const token of tokens) token.tag = token.tag.replace(/^h[3-6]$/, (tag) => `h${Number(tag[1]) - 1}`)
  })
}
