/**
 * The page works from a file, without a network, with the keyboard alone, on a small screen and in the dark; axe finds nothing.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { mount } from '../../docs/page/main.ts'
import { abis, credentials, encodeControl, rights } from '../../src/codec.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { buildPage, bytesOf, usePage, violations } from './browser.ts'

const abi = abis['x86_64-linux-gnu']

/** States of each view, with what is open in them. */
const hashes = [
  '#build', '#build&c=recvErr&c=rights&room=30&at=48', '#build&c=credentials,pid:x&c=raw', '#build&c=',
  '#explain', '#explain&text=1c00000000000000010000000200000067120000e8030000e803000000000000&at=20',
  '#explain&text=18000000%2000000000%2001000000%2001000000%20ffffffff%2000000001%2000', '#explain&text=?',
  '#layouts&struct=msghdr', '#layouts&struct=sockaddr_un&target=arm-linux-gnueabihf', '#layouts&find=zzz',
  '#types', '#types&q=timestamping&open=timestamping&family=inet', '#types&q=zzzzzzzz',
]

describe('npm run docs', () => {
  it('builds a script below 100 kB compressed that needs nothing of Node and nothing from another host', async () => {
    const site = await buildPage()
    const [html, css, script] = ['index.html', 'style.css', 'page.js'].map((file) => readFileSync(join(site, file),
      'utf8')) as [string, string, string]
    expect(gzipSync(script).length).toBeLessThan(100_000)
    expect(script.match(/\brequire\(|['"`]node:/g)).toBeNull()
    // It is no module: an import or export would be a syntax error here.
    expect(() => new Script(script)).not.toThrow()
    expect([...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, to]) => to)).toEqual(['data:,', 'style.css', 'page.js'])
    expect(css.match(/url\(|@import/g)).toBeNull()
    // A browser refuses a module from a file.
    expect(html).not.toContain('type="module"')
  })

  it('keeps the styles of the tool within its element', () => {
    const css = readFileSync(new URL('../../docs/page/style.css', import.meta.url), 'utf8').replaceAll(/\/\*[^]*?\*\//g, '')
    const outer = css.replaceAll(/\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, '{}').split('{}').map((selector) => selector.trim())
      .filter((selector) => selector !== '')
    expect(outer).toEqual(['.cmsg-tool', 'html.dark .cmsg-tool', '.cmsg-tool'])
    expect([...css.matchAll(/(?:^|[\s;{])(--[\w-]+):/g)].map(([, name]) => name!).filter((name) => !name.startsWith('--tool-')
      && !['--none', '--up', '--down', '--left', '--right'].includes(name))).toEqual([])
  })
})

withPeer('chromium', 'the page', () => {
  const built = usePage()

  const sizes = { desktop: { width: 1400, height: 900 }, phone: { width: 360, height: 740 } }

  it.each(hashes)('has no axe violations, light and dark, on a desktop and a phone, and fits the screen: %s', async (hash) => {
    const { page, errors } = await built.open(hash)
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      // The description of a field moves where there is room, after the next layout.
      await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve) }) }))
      expect({ size, width: await page.evaluate(() => document.documentElement.scrollWidth) }).toEqual({ size, width: viewport.width })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await expect.poll(() => page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(colorScheme === 'dark')
        expect({ size, colorScheme, violations: await violations(page) }).toEqual({ size, colorScheme, violations: [] })
      }
    }
    expect(errors).toEqual([])
  })

  it('has no axe violations with the list of kinds open', async () => {
    const { page } = await built.open('#build')
    const field = page.getByRole('combobox', { name: 'Add a control message' })
    await field.fill('time')
    await field.press('ArrowDown')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).toEqual([])
    }
    await field.fill('zzzzzz')
    expect(await violations(page)).toEqual([])
  })

  it('works without a network, from a file', async () => {
    const { page, errors, requests } = await built.open('#build')
    await page.context().setOffline(true)
    await page.reload()
    for (const [link, heading] of [['Explain', 'Explain control bytes'], ['Layouts', 'Struct layouts'],
      ['Catalogue', 'Catalogue of control messages'], ['Build', 'Build a control buffer']] as const) {
      await page.getByRole('link', { name: link, exact: true }).click()
      await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor()
      expect(await page.title()).toBe(`${link} · cmsg`)
    }
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    expect(errors).toEqual([])
  })

  it('can be mounted and removed by a page around it, with separate addresses for the views', async () => {
    const entry = `import { mount } from ${JSON.stringify(join(ROOT, 'docs/page/main.ts'))}; globalThis.mount = mount`
    const facts = JSON.stringify({ version: '', kinds: {}, headers: {} })
    const bundled = spawnSync(join(ROOT, 'node_modules/.bin/esbuild'), ['--bundle', '--format=iife', `--define:FACTS=${facts}`],
      { cwd: ROOT, input: entry, encoding: 'utf8' })
    expect(bundled).toMatchObject({ status: 0 })
    const { page, errors } = await built.open('#build')
    await page.setContent('<main id="around"></main>')
    await page.evaluate(bundled.stdout)
    const root = page.locator('#around')
    await page.evaluate(() => {
      const tool = globalThis as unknown as { mount: typeof mount }
      const unmount = tool.mount(document.querySelector<HTMLElement>('#around')!, 'types',
        { addressOf: (view, hash) => `/tool/${view}.html${hash}` })
      Object.assign(globalThis, { unmount })
    })
    await root.getByRole('button', { name: 'SCM_RIGHTS', exact: true }).click()
    expect(await root.getByRole('link', { name: 'Add it to the buffer' }).getAttribute('href'))
      .toMatch(/^\/tool\/build\.html#build&.*&c=rights$/)
    // Another view in the address is not the business of this one.
    await page.evaluate(() => { location.hash = '#layouts&struct=ucred' })
    await page.evaluate(() => { location.hash = '#types&q=SCM_CREDENTIALS' })
    await expect.poll(() => root.locator('.kind-row').count()).toBe(1)
    await page.evaluate(() => { (globalThis as unknown as { unmount: () => void }).unmount() })
    await page.evaluate(() => { location.hash = '#types&q=SCM_RIGHTS' })
    await page.evaluate(() => new Promise((resolve) => { setTimeout(resolve, 50) }))
    expect(await root.innerHTML()).toBe('')
    expect(errors).toEqual([])
  })

  it('works from a file server, and requests three files', async () => {
    const asked: string[] = []
    const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
    const server = createServer(({ url = '/' }, response) => {
      asked.push(url)
      const file = url === '/' ? '/index.html' : url
      response.setHeader('content-type', types[file.split('.').at(-1)!] ?? 'text/plain').end(readFileSync(join(built.site, file)))
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    try {
      const { page, errors } = await built.open('#build', { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
      expect(await page.locator('.bytes button').count()).toBeGreaterThan(5)
      expect(asked).toEqual(['/', '/style.css', '/page.js'])
      expect(errors).toEqual([])
      await page.context().close()
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    }
  })

  it('can be used with the keyboard alone', async () => {
    const { page, errors } = await built.open('#build&target=x86_64-linux-gnu&c=credentials,pid:1,uid:2,gid:3')
    const focused = (): Promise<string> =>
      page.evaluate(() => { const element = document.activeElement!; return element.getAttribute('aria-label')
        ?? ((element.querySelector('.visually-hidden') ?? element).textContent || element.id) })
    const tabTo = async (wanted: RegExp): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab')
        const label = await page.evaluate(() => (document.activeElement as HTMLInputElement).labels?.[0]?.textContent ?? '')
        if (wanted.test(await focused()) || wanted.test(label)) return
      }
      throw new Error(`Tab never comes to ${wanted}: it is at ${await focused()}`)
    }
    await tabTo(/^Add a control message$/)
    await page.keyboard.type('SCM_RI')
    await page.keyboard.press('Enter')
    // The first field of what was added.
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.path)).toBe('fd')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('7')
    await tabTo(/^cmsg_len, offset 0/)
    for (const [key, at] of [['ArrowRight', 'cmsg_level, offset 8'], ['ArrowDown', 'pid, offset 16'], ['End', 'padding, offset 52'],
      ['ArrowLeft', 'fd[0], offset 48'], ['ArrowUp', 'cmsg_level, offset 40'], ['Home', 'cmsg_len, offset 0']] as const) {
      await page.keyboard.press(key)
      expect(await focused()).toContain(at)
      expect(await page.locator('.details h3').textContent()).toBe(at.split(',')[0])
    }
    // The next stop is behind the bytes.
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement!.closest('.bytes') === null)).toBe(true)
    await tabTo(/^Bytes of the receive buffer$/)
    await page.keyboard.press('ArrowLeft')
    expect(await page.locator('.room .outcome').textContent()).toContain('msg_controllen = 55')
    // The tabs of the code: arrow keys go from one to the next.
    await tabTo(/^Hex$/)
    await page.keyboard.press('ArrowLeft')
    expect(await page.evaluate(() => document.activeElement!.textContent)).toBe('Python')
    expect(await page.getByRole('tab', { name: 'Python' }).getAttribute('aria-selected')).toBe('true')
    expect(await bytesOf(page)).toBe(Buffer.from(encodeControl([credentials({ pid: 1, uid: 2, gid: 3 }), rights([7])],
      { abi })).toString('hex'))
    expect(errors).toEqual([])
  })

  it('can be used with the keyboard in the other views', async () => {
    const { page, errors } = await built.open('#types&q=SCM_RIGHTS')
    await page.getByRole('button', { name: 'SCM_RIGHTS' }).focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('.entry').isVisible()).toBe(false)
    await page.keyboard.press('Space')
    expect(await page.locator('.entry').isVisible()).toBe(true)
    await page.getByRole('link', { name: 'Layouts', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.locator('#struct-ucred').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'struct ucred', exact: true }).waitFor()
    // The list keeps its place.
    expect(await page.evaluate(() => document.activeElement!.id)).toBe('struct-ucred')
    await page.getByRole('link', { name: 'Explain', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.locator('.cards a').first().focus()
    await page.keyboard.press('Enter')
    await page.locator('.bytes button[tabindex="0"]').focus()
    await page.keyboard.press('End')
    expect(await page.locator('.details h3').textContent()).toBe('padding')
    expect(errors).toEqual([])
  })
})
