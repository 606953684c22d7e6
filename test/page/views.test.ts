/**
 * The page explains bytes, shows layouts and the catalogue; and it does so from a file, without a network, for whoever has a
 * keyboard, a small screen or a dark one.
 */
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layouts } from '../../generated/layouts.ts'
import { abis, credentials, encodeControl, explainControl, rawControl, rights } from '../../src/codec.ts'
import { kinds } from '../../src/reference/search.ts'
import { compile } from '../support/cc.ts'
import { withPeer } from '../support/peers.ts'
import { start } from '../support/processes.ts'
import { buildPage, code, launch, open } from './browser.ts'

const hashes = ['#build', '#build&c=recvErr&c=rights&room=30', '#explain&text=1c00000000000000010000000200000067120000e8030000e803000000000000', '#layouts&struct=msghdr', '#layouts&struct=sockaddr_un', '#types', '#types&q=timestamping']
const abi = abis['x86_64-linux-gnu']

describe('npm run docs', () => {
  it('makes a script below 100 kB compressed that wants nothing of Node and nothing from elsewhere', async () => {
    const site = await buildPage()
    const [html, css, script] = ['index.html', 'style.css', 'page.js'].map((file) => readFileSync(join(site, file), 'utf8')) as [string, string, string]
    expect(gzipSync(script).length).toBeLessThan(100_000)
    expect(script.match(/\brequire\(|['"`]node:/g)).toBeNull()
    // It is no module: an import or export would be a syntax error here.
    expect(() => new Script(script)).not.toThrow()
    expect([...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, to]) => to)).toEqual(['data:,', 'style.css', 'reference/index.html', 'page.js'])
    expect(css.match(/url\(|@import/g)).toBeNull()
    // A browser refuses a module from a file.
    expect(html).not.toContain('type="module"')
  })
})

withPeer('chromium', 'the page', () => {
  let browser: Browser
  let site: string
  beforeAll(async () => { [site, browser] = await Promise.all([buildPage(), launch()]) })
  afterAll(() => browser?.close())

  describe('explains', () => {
    const explanation = (page: Page): Promise<string | null> => page.locator('pre[aria-label="The explanation"]').textContent()

    it('what is pasted, in any notation, as explainControl does', async () => {
      const control = encodeControl([credentials({ pid: 4711, uid: 0, gid: 1000 }), rights([3, 4])], { abi })
      const { page, errors } = await open(browser, site, '#explain')
      const text = page.getByLabel(/^Hex or a dump/)
      for (const notation of [Buffer.from(control).toString('hex'), Buffer.from(control).toString('base64'), `{ ${[...control].map((byte) => `0x${byte.toString(16)}`).join(', ')} }`]) {
        await text.fill(notation)
        expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi }).trimEnd())
      }
      await text.fill('recvmsg(3, {msg_name={sa_family=AF_UNIX, sun_path="/x"}, msg_control=[{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=4711, uid=0, gid=1000}}, {cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 4]}], msg_controllen=56, msg_flags=0}, 0) = 1')
      expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi, family: 'unix' }).trimEnd())
      // And taken over, it can be changed.
      await page.getByRole('button', { name: 'Change it in Build' }).click()
      expect(await code(page, 'Hex')).toBe(Buffer.from(control).toString('hex'))
      expect(await page.locator('[data-path="pid"]').inputValue()).toBe('4711')
      await page.goBack()
      expect((await explanation(page))!).toContain('4711')
      expect(errors).toEqual([])
    })

    it('bytes of another target', async () => {
      const other = abis['s390x-linux-gnu']
      const control = encodeControl([credentials({ pid: 4711, uid: 0, gid: 1000 })], { abi: other })
      const { page } = await open(browser, site, `#explain&text=${Buffer.from(control).toString('hex')}`)
      expect(await explanation(page)).toContain("!! these bytes make sense as 64-bit big-endian: try { abi: abis['s390x-linux-gnu'] }")
      await page.getByLabel('Target', { exact: true }).selectOption(other.target)
      expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi: other }).trimEnd())
    })

    withPeer('cc', 'and what a C program made', () => {
      it('field by field', async () => {
        const [bytes] = await start([compile('control.c')]).output()
        const { page } = await open(browser, site, `#explain&text=${bytes}`)
        const fields = await page.locator('.bytes button').evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label')!))
        expect(fields).toEqual(expect.arrayContaining([expect.stringMatching(/^pid, .*: 4242/), expect.stringMatching(/^fd\[2\], .*: 7/), expect.stringMatching(/^ipi_addr, .*: 192\.0\.2\.8/), expect.stringMatching(/^tv_usec, .*: 123456/), expect.stringMatching(/^payload, .*: de ad be/)]))
      })
    })

    it('whatever it is given, without an error of its own', async () => {
      const { page, errors } = await open(browser, site, '#explain')
      const text = page.getByLabel(/^Hex or a dump/)
      const odd = ['', 'zz', '0', '00', '{', '"\\x', 'cmsg_len=', '<script>alert(1)</script>', 'ff'.repeat(40), '00'.repeat(100), Buffer.from(encodeControl([rawControl(-1, -1, new Uint8Array(3))], { abi })).toString('hex').slice(0, 37)]
      for (const one of odd) {
        await text.fill(one)
        if (one.trim() !== '') expect(await page.locator('#explained').textContent()).not.toBe('')
      }
      for (const hash of ['#', '#nothing', '#build&c=constructor&room=x&target=__proto__', '#build&c=rights,fd:%zz', '#types&q=%', '#layouts&struct=__proto__', '#build&c=credentials,__proto__:1&room=999999']) {
        await page.evaluate((to) => { location.hash = to }, hash)
        await page.waitForFunction(() => document.querySelector('main h2') !== null)
      }
      expect(errors).toEqual([])
    })
  })

  it('shows every struct as the compilers of all targets have it', async () => {
    const { page, errors } = await open(browser, site, '#layouts')
    const select = page.getByLabel('Struct', { exact: true })
    expect(await select.locator('option').count()).toBe(Object.keys(layouts).length)
    for (const name of ['cmsghdr', 'msghdr', 'sockaddr_un', 'rds_cmsg_rx_trace'] as const) {
      await select.selectOption(name)
      const columns = await page.locator('#layout table').evaluate((table) => {
        const rows = [...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => [...cell.querySelectorAll('code')].map((code) => code.textContent).join(' ') || cell.textContent))
        return rows[0]!.slice(1).map((targets, i) => ({ targets: targets!.split(' '), size: rows.at(-1)![i + 1], fields: Object.fromEntries(rows.slice(1, -1).map((row) => [row[0]!, row[i + 1]!.replace(/ \(.*/, '')])) }))
      })
      expect(columns.flatMap(({ targets }) => targets).sort()).toEqual(Object.keys(abis).sort())
      for (const { targets, size, fields } of columns) {
        for (const target of targets) {
          const variant = layouts[name].variants.find((one) => (one.targets as readonly string[]).includes(target))!
          expect({ target, size, fields }).toEqual({ target, size: String(variant.size), fields: Object.fromEntries(Object.entries(variant.fields).map(([field, [offset, size]]) => [field, `${offset} + ${size}`])) })
        }
      }
    }
    await page.getByLabel('Bytes of payload').fill('20')
    expect(await page.locator('#macros').textContent()).toContain('CMSG_SPACE(20)4032')
    expect(errors).toEqual([])
  })

  it('finds kinds by name, number and what is written about them, and adds one to the buffer', async () => {
    const { page, errors } = await open(browser, site, '#types')
    const found = (): Promise<string[]> => page.locator('#kinds .kind').allTextContents()
    expect((await found()).length).toBe(kinds.length)
    const search = page.getByLabel(/^Search/)
    await search.fill('1:2')
    expect(await found()).toEqual(['credentials'])
    await search.fill('negative errno')
    expect(await found()).toContain('pidfd')
    await search.fill('SCM_RIGHTS')
    expect(await found()).toEqual(['rights'])
    expect(await page.locator('.entry').textContent()).toContain('CMSG_SPACE(1012) = 1032')
    await page.getByRole('button', { name: 'Add it to the buffer' }).click()
    expect(await page.locator('.items h3').allTextContents()).toEqual(['[0] SCM_CREDENTIALS', '[1] SCM_RIGHTS', '[2] SCM_RIGHTS'])
    expect(errors).toEqual([])
  })

  it('works without a network, from a file', async () => {
    const { page, errors, requests } = await open(browser, site, '#build')
    await page.context().setOffline(true)
    await page.reload()
    for (const [link, heading] of [['Explain', 'What do these bytes say?'], ['Layouts', 'Layouts'], ['Catalogue', 'Control messages of Linux'], ['Build', 'Control messages']] as const) {
      await page.getByRole('link', { name: link, exact: true }).click()
      await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    }
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([])
    expect(errors).toEqual([])
  })

  it('works from a file server, which is asked for three files', async () => {
    const asked: string[] = []
    const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' }
    const server = createServer(({ url = '/' }, response) => {
      asked.push(url)
      const file = url === '/' ? '/index.html' : url
      response.setHeader('content-type', types[file.split('.').at(-1)!] ?? 'text/plain').end(readFileSync(join(site, file)))
    })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    try {
      const { page, errors } = await open(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, '#build')
      expect(await page.locator('.bytes button').count()).toBeGreaterThan(5)
      expect(asked).toEqual(['/', '/style.css', '/page.js'])
      expect(errors).toEqual([])
      await page.context().close()
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    }
  })

  it.each([[320, 640], [375, 812], [768, 1024], [1400, 900]])('fits a screen of %i × %i: only what scrolls by itself is wider', async (width, height) => {
    for (const hash of hashes) {
      const { page, errors } = await open(browser, site, hash, { viewport: { width, height } })
      expect([hash, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([hash, width])
      expect(errors).toEqual([])
      await page.context().close()
    }
  })

  it('is worked with the keyboard alone', async () => {
    const { page, errors } = await open(browser, site, '#build&target=x86_64-linux-gnu&c=credentials,pid:1,uid:2,gid:3')
    const focused = (): Promise<string> => page.evaluate(() => { const element = document.activeElement!; return element.getAttribute('aria-label') ?? element.id ?? element.textContent })
    const tabTo = async (wanted: RegExp): Promise<void> => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab')
        if (wanted.test(await focused())) return
      }
      throw new Error(`Tab never comes to ${wanted}: it is at ${await focused()}`)
    }
    await tabTo(/^kind$/)
    await page.keyboard.type('SCM_RI')
    await tabTo(/^add$/)
    await page.keyboard.press('Enter')
    // The first field of what was added.
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.path)).toBe('fd')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('7')
    expect(await code(page, 'Hex')).toBe(Buffer.from(encodeControl([credentials({ pid: 1, uid: 2, gid: 3 }), rights([7])], { abi })).toString('hex'))
    await tabTo(/^cmsg_len, offset 0/)
    for (const [key, at] of [['ArrowRight', 'cmsg_level, offset 8'], ['ArrowDown', 'pid, offset 16'], ['End', 'padding, offset 52'], ['ArrowLeft', 'fd[0], offset 48'], ['ArrowUp', 'cmsg_level, offset 40'], ['Home', 'cmsg_len, offset 0']] as const) {
      await page.keyboard.press(key)
      expect(await focused()).toContain(at)
      expect(await page.locator('.details h3').textContent()).toBe(at.split(',')[0])
    }
    // The next stop is behind the bytes.
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement!.closest('.bytes') === null)).toBe(true)
    await tabTo(/^Bytes of the receive buffer$/)
    await page.keyboard.press('ArrowLeft')
    expect(await page.locator('.outcome').textContent()).toContain('msg_controllen = 55')
    expect(errors).toEqual([])
  })

  it.each(['light', 'dark'] as const)('has contrast in its %s theme', async (colorScheme) => {
    for (const hash of hashes) {
      const { page } = await open(browser, site, hash, { colorScheme })
      expect(await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)).toBe(colorScheme === 'dark')
      const { background, weak } = await page.evaluate(contrasts)
      expect(background < 0.2 ? 'dark' : 'light').toBe(colorScheme)
      expect({ hash, weak }).toEqual({ hash, weak: [] })
      await page.context().close()
    }
  })
})

/** In the page: the luminance of its background, and texts that stand out from theirs by less than 4.5 to 1 (WCAG AA). */
function contrasts(): { background: number; weak: string[] } {
  const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (rgb: number[]): number => rgb.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i]!, 0)
  const backgroundOf = (element: Element | null): number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const rgba = numbers(getComputedStyle(at).backgroundColor)
      if (rgba.length === 3 || rgba[3] === 1) return rgba
    }
    return [255, 255, 255]
  }
  const weak = new Set<string>()
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== '')
    // What is crossed out, or cannot be used, may be faint.
    if (!own || element.closest('noscript, .skip, .lost, :disabled, option, optgroup') !== null) continue
    const [text, behind] = [luminance(numbers(getComputedStyle(element).color)), luminance(backgroundOf(element))]
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05)
    if (ratio < 4.5) weak.add(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`)
  }
  return { background: luminance(backgroundOf(document.body)), weak: [...weak] }
}
