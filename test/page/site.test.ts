/**
 * The site, as `npm run docs` builds it: complete, each link right; and in a browser without a network, on a large screen and a
 * small one, light and dark.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { constants, structs } from '../../src/codec.ts'
import { problemsOf, unescaped } from '../../scripts/docs/check.ts'
import { exportedNames } from '../structure/doors.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { launch, violations, visit, type Opened } from './browser.ts'

let site: string
const html = (path: string): string => readFileSync(join(site, path), 'utf8')
/** The text of a page, without its tags. */
const text = (path: string): string => unescaped(html(path).replaceAll(/<[^>]+>/g, ''))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

beforeAll(async () => {
  site = tempDir()
  await start([...typescript(join(ROOT, 'scripts/docs/build.ts')), '--out', site]).output(180_000)
}, 200_000)

describe('the site', () => {
  it('has no link that leads nowhere, and loads nothing from another host', () => {
    expect(problemsOf(site)).toEqual([])
  })

  it('is checked for links to no page, to no heading, and to another host', () => {
    const folder = tempDir()
    const links = '<a href="./b.html">1</a><a href="#not">2</a><a href="./a.html#there">3</a><img src="https://example.com/a.png">'
    writeFileSync(join(folder, 'a.html'), `<h1 id="there"></h1>${links}`)
    expect(problemsOf(folder).map((problem) => problem.replace(/^.*?: /, '')))
      .toEqual(['no file for ./b.html', 'no heading for #not', 'loads https://example.com/a.png'])
  })

  it('has every guide, under its heading in the sidebar', () => {
    const guides = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md') && !['README.md', 'index.md'].includes(file))
    const sidebar = /<aside class="VPSidebar[^]*?<\/aside>/.exec(html('start.html'))![0]
    expect(guides.length).toBeGreaterThan(15)
    expect(guides.map((file) => file.replace('.md', '.html')).filter((file) => !sidebar.includes(`href="./${file}"`))).toEqual([])
  })

  it('has an API page for every name that an entry point exports', () => {
    const pages = readdirSync(join(site, 'api'), { recursive: true, encoding: 'utf8' })
    const described = new Set(pages.map((path) => path.replace(/^.*\/(.*)\.html$/, '$1')))
    const names = [...new Set(Object.values(exportedNames()).flatMap(({ values, types }) => [...values, ...types]))]
    expect(names.length).toBeGreaterThan(150)
    expect(names.filter((name) => !described.has(name))).toEqual([])
  })

  it('shows no internal class as the parent of a public one', () => {
    const classes = readdirSync(join(site, 'api'), { recursive: true, encoding: 'utf8' }).filter((path) => /classes\/.*\.html$/.test(path))
    expect(classes).toContain('cmsg/classes/MessageSocket.html')
    expect(text('api/cmsg/classes/MessageSocket.html')).not.toMatch(/Extends|Inherited/)
    // A class that is exported has a page, and so a link.
    const lists = classes.map((path) => /<h2 id="extends"[^]*?<ul>([^]*?)<\/ul>/.exec(html(`api/${path}`))?.[1] ?? '')
    const parents = lists.flatMap((list) => [...list.matchAll(/<li>([^]*?)<\/li>/g)].map(([, parent]) => parent!))
    expect(parents.length).toBeGreaterThan(0)
    expect(parents.filter((parent) => !/<a href=|<code>(?:Duplex|EventEmitter|Error)<\/code>/.test(parent))).toEqual([])
  })

  it('describes each constant and each struct', () => {
    for (const [page, names] of [['constants', Object.keys(constants)], ['structs', Object.keys(structs)]] as const) {
      const rows = [...html(`api/cmsg/codec/variables/${page}.html`).matchAll(/<tr>([^]*?)<\/tr>/g)].map(([, row]) =>
        [...row!.matchAll(/<td[^>]*>([^]*?)<\/td>/g)].map(([, cell]) => cell!.replaceAll(/<[^>]+>/g, '')))
      const described = new Set(rows.filter(([, description]) => description !== '').map(([name]) => name))
      expect(names.filter((name) => !described.has(name))).toEqual([])
    }
  })

  it('begins with the server of the README and its output', () => {
    const blocks = [...read('README.md').matchAll(/<!-- #region (?:server|output) -->\n```.*\n([^]*?)\n```/g)].map(([, block]) => block!)
    expect(blocks).toHaveLength(2)
    expect(blocks.filter((block) => !text('index.html').includes(block))).toEqual([])
  })

  it('includes the results of the benchmarks', () => {
    for (const [page, file] of [['benchmarks.html', 'bench/results.md'], ['costs.html', 'bench/idle.md']] as const) {
      const cells = [...read(file).matchAll(/^\| (?:CPU|kernel|compiler) \| (.*) \|$/gm)].map(([, cell]) => cell!)
      expect(cells.length).toBeGreaterThan(2)
      expect(cells.filter((cell) => !text(page).includes(cell))).toEqual([])
    }
  })
})

it('a link to nothing and an export without a docstring are errors', () => {
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
  const tsconfig = join(folder, 'tsconfig.json')
  const compilerOptions = { types: [], paths: {} }
  writeFileSync(tsconfig, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), files: [file], include: [], compilerOptions }))
  const options = join(folder, 'typedoc.json')
  writeFileSync(options, JSON.stringify({ extends: [join(ROOT, 'typedoc.json')], tsconfig, entryPoints: [file], emit: 'none' }))
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typedoc/bin/typedoc'), '--options', options],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } })
  expect(stdout + stderr).toMatch(/Failed to resolve link to "nowhere"/)
  expect(stdout + stderr).toMatch(/undocumented .*does not have any documentation/)
  expect(status).not.toBe(0)
})

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.json': 'application/json',
}

/** Serves the site below a path that the build does not know. */
async function serve(): Promise<{ server: Server; address: string }> {
  const below = '/some/where/'
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost')
    const file = join(site, pathname.slice(below.length), pathname.endsWith('/') ? 'index.html' : '')
    try {
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${below}` }
}

withPeer('chromium', 'in a browser, the site', () => {
  let browser: Browser
  let server: Server
  let address: string
  beforeAll(async () => {
    browser = await launch()
    ;({ server, address } = await serve())
  })
  afterAll(async () => {
    await browser.close()
    server.close()
  })
  const open = (path: string, options?: BrowserContextOptions): Promise<Opened> => visit(browser, `${address}${path}`, options)
  const foreign = ({ requests }: Opened): string[] => requests.filter((url) => !url.startsWith(address) && !url.startsWith('data:'))

  const screens = { 'a large screen': { width: 1400, height: 900 }, 'a phone': { width: 375, height: 812 } }
  const paths = ['', 'recipes.html', 'benchmarks.html', 'api/cmsg/classes/MessageSocket.html', 'tool/build.html']
  describe.each(Object.entries(screens))('on %s', (_, viewport) => {
    it.each(['light', 'dark'] as const)('is accessible, fits and loads nothing from another host, in its %s theme', async (colorScheme) => {
      for (const path of paths) {
        const opened = await open(path, { viewport, colorScheme })
        const { page, errors } = opened
        await page.locator('h1').first().waitFor()
        expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(colorScheme === 'dark')
        expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, viewport.width])
        expect([path, await violations(page)]).toEqual([path, []])
        expect([path, foreign(opened), errors]).toEqual([path, [], []])
        await page.context().close()
      }
    }, 120_000)
  })

  it('shows where code continues beyond its box', async () => {
    const { page } = await open('start.html', { viewport: screens['a phone'] })
    const wide = await page.locator('pre').evaluateAll((blocks) => (blocks as HTMLElement[])
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((block) => ({ background: getComputedStyle(block).backgroundImage.slice(0, 15), tabIndex: block.tabIndex })))
    expect(wide.length).toBeGreaterThan(2)
    expect(new Set(wide.map((block) => JSON.stringify(block)))).toEqual(new Set(['{"background":"linear-gradient","tabIndex":0}']))
  })

  it('finds credentials in guides, recipes and the API', async () => {
    const opened = await open('')
    const { page, errors } = opened
    // The shortcut works once the page's script has run.
    await page.waitForFunction(() => '__vue_app__' in document.querySelector('#app')!)
    await page.keyboard.press('Control+k')
    await page.locator('.VPLocalSearchBox input').fill('credentials')
    const results = page.locator('.VPLocalSearchBox .result')
    await results.first().waitFor()
    expect(await violations(page)).toEqual([])
    const titles = (await results.allTextContents()).join('\n')
    expect(titles).toMatch(/Who sent this/)
    await results.first().click()
    await page.locator('.VPLocalSearchBox').waitFor({ state: 'detached' })
    expect(await page.locator('main').textContent()).toMatch(/credentials/)
    expect([foreign(opened), errors]).toEqual([[], []])
  })

  it('has the views of the tool at their addresses, with links between them and to the API', async () => {
    const opened = await open('')
    const { page, errors } = opened
    const names = {
      build: 'Build a control buffer', explain: 'Explain control bytes', layouts: 'Struct layouts',
      catalogue: 'Catalogue of control messages',
    }
    for (const [name, heading] of Object.entries(names)) {
      await page.goto(`${address}tool/${name}.html`)
      await page.locator('.cmsg-tool').getByRole('heading', { level: 1, name: heading }).waitFor()
      expect(await page.locator('h1').count()).toBe(1)
    }
    await page.goto(`${address}tool/catalogue.html#types&q=SCM_RIGHTS`)
    await page.locator('.cmsg-tool .entry a[href*="api/"]').click()
    await page.getByRole('heading', { level: 1, name: 'rights' }).waitFor()
    await page.goBack()
    await page.locator('.cmsg-tool .entry').waitFor()
    await page.getByRole('link', { name: 'Add it to the buffer' }).click()
    await page.locator('.cmsg-tool').getByRole('heading', { level: 1, name: names.build }).waitFor()
    expect(new URL(page.url()).pathname).toMatch(/\/some\/where\/tool\/build\.html$/)
    expect([foreign(opened), errors]).toEqual([[], []])
  })
})
