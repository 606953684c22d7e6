/**
 * The sidebars: the guides in the order of docs/README.md, and the API reference as TypeDoc has written it.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

const docs = join(import.meta.dirname, '..')
const reference = join(docs, 'generated/api')

/** A group for each list of docs/README.md, under the line before it. */
export function guides(): DefaultTheme.SidebarItem[] {
  const groups: { text: string; items: DefaultTheme.SidebarItem[] }[] = []
  for (const line of readFileSync(join(docs, 'README.md'), 'utf8').split('\n')) {
    const heading = /^(\w[\w ]*):$/.exec(line)?.[1]
    if (heading !== undefined) groups.push({ text: heading, items: [] })
    const [, text, file] = /^- \[(.+?)\]\((.+?)\.md\)/.exec(line) ?? []
    if (file !== undefined) groups.at(-1)!.items.push({ text: text!.replaceAll('`', ''), link: `/${file}` })
  }
  return groups.filter(({ items }) => items.length > 0)
}

const kinds = ['classes', 'functions', 'variables', 'interfaces', 'type-aliases']
const titles: Readonly<Record<string, string>> = {
  classes: 'Classes', functions: 'Functions', variables: 'Values', interfaces: 'Interfaces', 'type-aliases': 'Types',
}

/** The entry points, which are also their folders. */
const entryPoints = (): string[] =>
  ['cmsg', 'cmsg/libc', 'cmsg/codec', 'cmsg/dgram', 'cmsg/usocket', 'cmsg/systemd'].filter((name) => existsSync(join(reference, name)))

/** By path: each entry point has a sidebar of its own, with links to the others. A sidebar of all would be part of each page. */
export function api(): DefaultTheme.SidebarMulti {
  const links = entryPoints().map((folder) => ({ text: folder, link: `/api/${folder}/` }))
  const own = entryPoints().map((folder): [string, DefaultTheme.SidebarItem[]] => {
    const found = kinds.filter((kind) => existsSync(join(reference, folder, kind)))
    const items = found.map((kind) => {
      const names = readdirSync(join(reference, folder, kind)).map((file) => file.replace('.md', '')).sort()
      const pages = names.map((name) => ({ text: name, link: `/api/${folder}/${kind}/${name}` }))
      return { text: titles[kind]!, collapsed: kind !== 'classes', items: pages }
    })
    return [`/api/${folder}/`, [{ text: 'Entry points', items: links }, ...items]]
  })
  return { ...Object.fromEntries(own), '/api/': [{ text: 'Entry points', items: links }] }
}
