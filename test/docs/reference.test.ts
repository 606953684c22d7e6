/**
 * The reference that typedoc makes of the docstrings and the guides: complete, every link right, and readable from a file
 * without a network.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exportedNames } from '../structure/doors.ts'
import { ROOT } from '../support/peers.ts'
import { tempDir } from '../support/processes.ts'

function typedoc(...args: string[]): { status: number | null; output: string } {
  const program = join(ROOT, 'node_modules/typedoc/bin/typedoc')
  const { error, status, stdout, stderr } = spawnSync(process.execPath, [program, '--options', join(ROOT, 'typedoc.json'), ...args], {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' },
  })
  if (error !== undefined) throw error
  return { status, output: stdout + stderr }
}

let site: string
let pages: readonly string[]
const page = (path: string): string => readFileSync(join(site, path), 'utf8')

beforeAll(() => {
  site = join(tempDir(), 'reference')
  const { status, output } = typedoc('--out', site)
  expect(output).not.toMatch(/warning|error/i)
  expect(status).toBe(0)
  pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
}, 300_000)

describe('the reference', () => {
  it('has a page for every name that a door exports', () => {
    const { codec, libc, index } = exportedNames()
    const described =
      new Set(pages.filter((path) => !path.startsWith('documents')).map((path) => path.replace(/^.*\/.*?\.(.*)\.html$/, '$1')))
    const names = [...new Set([codec, libc, index].flatMap(({ values, types }) => [...values, ...types]))]
    expect(names.length).toBeGreaterThan(150)
    expect(names.filter((name) => !described.has(name))).toEqual([])
  })

  it('has every guide under its heading', () => {
    const guides = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md') && file !== 'README.md')
    const headings = guides.map((file) => /^# (.*)$/m.exec(readFileSync(join(ROOT, 'docs', file), 'utf8'))![1]!.replaceAll('`', ''))
    const index = page('index.html').replaceAll(/<[^>]+>/g, '')
    expect(headings.filter((heading) => !index.includes(heading))).toEqual([])
    expect(pages.filter((path) => path.startsWith('documents'))).toHaveLength(guides.length)
  })

  it('loads nothing from elsewhere', () => {
    const loads = pages.flatMap((path) =>
      [...page(path).matchAll(/<(?:script|link|img|iframe|use)\b[^>]*?(?:src|href)="([^"]*)"/g)].map(([, to]) => [path, to!] as const))
    expect(loads.length).toBeGreaterThan(pages.length)
    const missing = loads.filter(([path, to]) => !to.startsWith('#') && (/^\w+:|^\/\//.test(to) || !present(dirname(path), to)))
    expect(missing).toEqual([])
    const styles = readdirSync(join(site, 'assets')).filter((file) => file.endsWith('.css')).map((file) => page(`assets/${file}`))
    for (const style of styles) expect(style).not.toMatch(/url\(["']?(?!data:|#)\w+:|@import/)
  })

  it('has no link that leads nowhere', () => {
    const links = pages.flatMap((path) => [...page(path).matchAll(/<a\b[^>]*?href="([^"]*)"/g)].map(([, to]) => [path, to!] as const))
    // The page that the reference is part of is made by `npm run docs`; every page here has a link to it in
    // its head, and in the menu of small screens.
    const above = resolve(site, '../index.html')
    const isAbove = ([path, to]: readonly [string, string]): boolean => resolve(site, dirname(path), to) === above
    expect(links.filter(isAbove)).toHaveLength(2 * pages.length)
    const within = links.filter((link) => !/^https?:/.test(link[1]) && !isAbove(link))
    expect(within.length).toBeGreaterThan(1000)
    expect(within.filter(([path, to]) => !present(dirname(path), to.split('#')[0]!, path))).toEqual([])
  })
})

/** Whether a relative link from a folder leads to a file, or with nothing before its `#` to the page itself. */
const present = (folder: string, to: string, self = ''): boolean => {
  const target = resolve(site, to === '' ? self : join(folder, decodeURIComponent(to)))
  return files().has(target)
}
let known: Set<string> | undefined
const files = (): Set<string> =>
  (known ??= new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }).map((file) => join(site, file))))

it('a broken link and an export without a docstring are errors', () => {
  const folder = tempDir()
  const file = join(folder, 'wrong.ts')
  writeFileSync(file, `/**
 * A module. See {@link nowhere}.
 * @module wrong
 */
/** A number. */
export const documented = 1
export const undocumented = 1
`)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'), files: [file], include: [], compilerOptions: { types: [], paths: {} },
  }))
  const { status, output } = typedoc('--tsconfig', join(folder, 'tsconfig.json'), '--entryPoints', file, '--emit', 'none')
  expect(output).toMatch(/Failed to resolve link to "nowhere"/)
  expect(output).toMatch(/undocumented .*does not have any documentation/)
  expect(status).not.toBe(0)
})
