/**
 * The page, built, in a real browser: every error it reports, and every request it makes, is kept.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type axe from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { ROOT } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

/** Builds the tool as a page of its own, into a directory of its own. */
export async function buildPage(): Promise<string> {
  const directory = tempDir()
  await start([...typescript(join(ROOT, 'scripts/docs/standalone.ts')), directory]).output()
  return directory
}

/** The machine may be busy with the rest of the suite. */
const patience = 50_000

export async function launch(): Promise<Browser> {
  const executablePath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'chromium')).find((path) =>
    existsSync(path))!
  return chromium.launch({
    executablePath, timeout: patience,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // No network: only this machine can be reached.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  })
}

export interface Opened {
  readonly page: Page
  /** The errors and warnings that the console and the page reported. */
  readonly errors: string[]
  readonly requests: string[]
}

/** Opens an address with a new profile. */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const errors: string[] = []
  const requests: string[] = []
  page.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text()) })
  page.on('pageerror', (error) => { errors.push(error.stack ?? error.message) })
  page.on('request', (request) => { requests.push(request.url()) })
  await page.goto(address)
  return { page, errors, requests }
}

/** The page as built for the tests of a suite, and how they open it. */
export interface Built {
  /** The folder that contains it. */
  readonly site: string
  /** Opens the page from its file, or from a server, with a new profile. It is closed after the test. */
  open(hash?: string, options?: BrowserContextOptions & { readonly server?: string }): Promise<Opened>
}

/** Builds the page and starts a browser before the tests of a suite. */
export function usePage(): Built {
  let site: string
  let browser: Browser
  beforeAll(async () => { [site, browser] = await Promise.all([buildPage(), launch()]) })
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())))
  afterAll(() => browser?.close())
  return {
    get site() { return site },
    async open(hash = '', { server = pathToFileURL(join(site, 'index.html')).href, ...options } = {}) {
      const opened = await visit(browser, `${server}${hash}`, options)
      await opened.page.waitForSelector('.cmsg-tool h1')
      return opened
    },
  }
}

let axeSource: string | undefined

/** Returns the violations that axe finds, by rule, with their elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  // Preloading would request the page's own files again.
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'], preload: false }))
  return found.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary?.replaceAll(/\s+/g, ' ')})`).join('\n')}`)
}

/** Returns the code of a tab in the block of a title: `code(page, 'Bytes', 'Python')`. */
export async function code(page: Page, title: 'Bytes' | 'Program', tab: string): Promise<string> {
  await page.locator(`section.code[aria-label="${title}"]`).getByRole('tab', { name: tab, exact: true }).click()
  return (await page.locator(`pre[aria-label="${title}: ${tab}"]`).textContent())!
}

/** Returns the bytes that the page shows as hex, without the groups. */
export const bytesOf = async (page: Page): Promise<string> => (await code(page, 'Bytes', 'Hex')).replaceAll(/\s/g, '')

/** Each kind of the catalogue, and each payload it may have, as the address of the page has it. */
export const everyKind = (kinds: readonly { readonly kind: string; readonly alternative?: unknown }[]): string =>
  kinds.flatMap(({ kind, alternative }) => [`c=${kind}`, ...(alternative === undefined ? [] : [`c=${kind}*`])]).join('&')
