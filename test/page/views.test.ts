/**
 * The page explains bytes, and shows layouts and the catalogue.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { layouts } from '../../generated/layouts.ts'
import { structs } from '../../src/abi/structs.ts'
import { abis, constants, credentials, encodeControl, explainControl, rawControl, rights } from '../../src/codec.ts'
import { kinds } from '../../src/reference/search.ts'
import { compile } from '../support/cc.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'
import { bytesOf, usePage } from './browser.ts'

const abi = abis['x86_64-linux-gnu']

interface Variant {
  readonly targets?: readonly string[]
  readonly size: number
  readonly fields: Readonly<Record<string, readonly number[]>>
}

withPeer('chromium', 'the page', () => {
  const built = usePage()

  describe('explains', () => {
    const explanation = (page: Page): Promise<string | null> => page.locator('pre[aria-label="The explanation"]').textContent()

    it('pasted bytes in any notation, as explainControl does', async () => {
      const control = encodeControl([credentials({ pid: 4711, uid: 0, gid: 1000 }), rights([3, 4])], { abi })
      const { page, errors } = await built.open('#explain')
      const text = page.getByLabel(/^Hex or a hex dump/)
      for (const notation of [Buffer.from(control).toString('hex'), Buffer.from(control).toString('base64'),
        `{ ${[...control].map((byte) => `0x${byte.toString(16)}`).join(', ')} }`]) {
        await text.fill(notation)
        expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi }).trimEnd())
      }
      await text.fill('recvmsg(3, {msg_name={sa_family=AF_UNIX, sun_path="/x"}, msg_control=['
        + '{cmsg_len=28, cmsg_level=SOL_SOCKET, cmsg_type=SCM_CREDENTIALS, cmsg_data={pid=4711, uid=0, gid=1000}}, '
        + '{cmsg_len=24, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3, 4]}], msg_controllen=56, msg_flags=0}, 0) = 1')
      expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi, family: 'unix' }).trimEnd())
      // And taken over, it can be changed.
      await page.getByRole('link', { name: 'Change it in Build' }).click()
      expect(await bytesOf(page)).toBe(Buffer.from(control).toString('hex'))
      expect(await page.locator('[data-path="pid"]').inputValue()).toBe('4711')
      await page.goBack()
      expect((await explanation(page))!).toContain('4711')
      expect(errors).toEqual([])
    })

    it('bytes of another target', async () => {
      const other = abis['s390x-linux-gnu']
      const control = encodeControl([credentials({ pid: 4711, uid: 0, gid: 1000 })], { abi: other })
      const { page } = await built.open(`#explain&text=${Buffer.from(control).toString('hex')}`)
      expect(await explanation(page)).toContain("!! these bytes make sense as 64-bit big-endian: try { abi: abis['s390x-linux-gnu'] }")
      await page.getByRole('link', { name: `Explain them for ${other.target}` }).click()
      expect((await explanation(page))!.trimEnd()).toBe(explainControl(control, { abi: other }).trimEnd())
    })

    withPeer('cc', 'the bytes of a C program', () => {
      it('field by field', async () => {
        const [bytes] = await start([compile('control.c')]).output()
        const { page } = await built.open(`#explain&text=${bytes}`)
        const fields = await page.locator('.bytes button .visually-hidden').allTextContents()
        expect(fields).toEqual(expect.arrayContaining([expect.stringMatching(/^pid, .*: 4242/), expect.stringMatching(/^fd\[2\], .*: 7/),
          expect.stringMatching(/^ipi_addr, .*: 192\.0\.2\.8/), expect.stringMatching(/^tv_usec, .*: 123456/),
          expect.stringMatching(/^payload, .*: de ad be/)]))
      })
    })

    it('a dump with addresses, of any of the usual tools', async () => {
      const control = encodeControl([credentials({ pid: 4711, uid: 1000, gid: 1000 })], { abi })
      const dumps = {
        xxd: '00000000: 1c00 0000 0000 0000 0100 0000 0200 0000  ................\n'
          + '00000010: 6712 0000 e803 0000 e803 0000 0000 0000  g...............',
        'hexdump -C': '00000000  1c 00 00 00 00 00 00 00  01 00 00 00 02 00 00 00  |................|\n'
          + '00000010  67 12 00 00 e8 03 00 00  e8 03 00 00 00 00 00 00  |g...............|\n00000020',
        'gdb x/32xb': ['1c 00 00 00 00 00 00 00', '01 00 00 00 02 00 00 00', '67 12 00 00 e8 03 00 00',
          'e8 03 00 00 00 00 00 00'].map((row, i) =>
            `0x7fffffffe3${(i * 8).toString(16).padStart(2, '0')} <buf+${i * 8}>:\t0x${row.replaceAll(' ', '\t0x')}`).join('\n'),
        'gdb x/8xw': '0x7fffffffe300:\t0x0000001c\t0x00000000\t0x00000001\t0x00000002\n'
          + '0x7fffffffe310:\t0x00001267\t0x000003e8\t0x000003e8\t0x00000000',
      }
      const { page } = await built.open('#explain')
      for (const [tool, dump] of Object.entries(dumps)) {
        await page.getByLabel(/^Hex or a hex dump/).fill(dump)
        expect([tool, (await explanation(page))!.trimEnd()]).toEqual([tool, explainControl(control, { abi }).trimEnd()])
      }
    })

    it('an example, which an empty page offers', async () => {
      const { page, errors } = await built.open('#explain')
      const titles = await page.locator('.cards a').allTextContents()
      expect(titles.length).toBeGreaterThanOrEqual(6)
      for (const title of titles) {
        await page.locator('.cards').getByRole('link', { name: title, exact: true }).click()
        // The picture comes first, and the text is below it.
        const [grid, text] = await Promise.all([page.locator('.explained .bytes').first().boundingBox(),
          page.locator('pre[aria-label="The explanation"]').boundingBox()])
        expect(text!.y).toBeGreaterThan(grid!.y + grid!.height)
        const isMistake = /mistake|too large/.test(title)
        expect([title, await page.locator('.problem').count() > 0]).toEqual([title, isMistake])
        await page.getByRole('button', { name: 'Clear' }).click()
      }
      expect(errors).toEqual([])
    })

    it('each problem at the byte where it is', async () => {
      const { page } = await built.open('#explain')
      const shown = async (control: string): Promise<unknown> => {
        await page.getByLabel(/^Hex or a hex dump/).fill(control)
        return Promise.all((await page.locator('.bytes button.wrong').all()).map(async (segment) => {
          const label = (await segment.locator('.visually-hidden').textContent())!
          const [field, problem] = await Promise.all([segment.boundingBox(), page.locator('.problem').first().boundingBox()])
          // Right below it.
          expect(problem!.y - field!.y - field!.height).toBeLessThan(80)
          return [label.split(',')[0], label.slice(label.indexOf('problem: '))]
        }))
      }
      expect(await shown('14000000 00000000 01000000 01000000 ffffffff 00000000')).toEqual([['fd[0]',
        'problem: -1 is not a descriptor: sendmsg fails with EBADF']])
      expect(await shown('14000000 00000000 01000000 01000000 07000000 000000ff')).toEqual([['padding',
        expect.stringContaining('the padding is not zero')]])
      expect(await shown('0c000000 00000000 01000000 02000000 07000000 00000000')).toEqual([['cmsg_len',
        expect.stringContaining("cmsg_len 12 is less than the header's 16 bytes")]])
      expect(await shown('14000000 00000000 01000000 63000000 07000000 00000000')).toEqual([['cmsg_type',
        expect.stringContaining('no control message is known')]])
      // A payload that was cut off.
      expect(await shown('14000000 00000000 01000000 02000000 07000000 00000000')).toEqual([['cmsg_len',
        expect.stringContaining('too short')]])
    })

    it('any input, without an error of its own', async () => {
      const { page, errors } = await built.open('#explain')
      const text = page.getByLabel(/^Hex or a hex dump/)
      const odd = ['', 'zz', '0', '00', '{', '"\\x', 'cmsg_len=', '00000000: 1c\n*\nffffffff: 00', '<script>alert(1)</script>',
        'ff'.repeat(40), '00'.repeat(100),
        Buffer.from(encodeControl([rawControl(-1, -1, new Uint8Array(3))], { abi })).toString('hex').slice(0, 37)]
      for (const one of odd) {
        await text.fill(one)
        if (one.trim() !== '') expect(await page.locator('#explained').textContent()).not.toBe('')
      }
      for (const hash of ['#', '#nothing', '#build&c=constructor&room=x&target=__proto__', '#build&c=rights,fd:%zz', '#types&q=%',
        '#layouts&struct=__proto__', '#build&c=credentials,__proto__:1&room=999999']) {
        await page.evaluate((to) => { location.hash = to }, hash)
        await page.waitForFunction(() => document.querySelector('.cmsg-tool h1') !== null)
      }
      expect(errors).toEqual([])
    })
  })

  describe('shows layouts', () => {
    it('of every struct as computed by the compilers of all targets', async () => {
      const { page, errors } = await built.open('#layouts')
      expect(await page.locator('.structs a').count()).toBe(Object.keys(layouts).length)
      for (const name of ['cmsghdr', 'msghdr', 'sockaddr_un', 'rds_cmsg_rx_trace'] as const) {
        await page.locator(`#struct-${name}`).click()
        await page.getByRole('heading', { name: `struct ${name}`, exact: true }).waitFor()
        const columns = await page.locator('#layout table').evaluate((table) => {
          const rows = [...table.querySelectorAll('tr')]
          const cells = rows.map((row) => [...row.children].map((cell) => cell.textContent!.replace(/^≠ differs: /, '').replace(/ \(.*/,
            '')))
          return [...rows[0]!.children].slice(1).map((heading, i) => ({
            targets: [...heading.querySelectorAll('a')].map((link) => link.textContent!), size: cells.at(-1)![i + 1],
            fields: Object.fromEntries(cells.slice(1, -1).map((row) => [row[0]!, row[i + 1]!])),
          }))
        })
        // One column for all of them has no list.
        if (columns.length === 1) columns[0]!.targets = Object.keys(abis)
        expect(columns.flatMap(({ targets }) => targets).sort()).toEqual(Object.keys(abis).sort())
        // Targets are named only if they differ.
        const variants: readonly Variant[] = layouts[name].variants
        for (const { targets, size, fields } of columns) {
          for (const target of targets) {
            const variant = variants.find((one) => one.targets?.includes(target) ?? true)!
            expect({ target, size, fields }).toEqual({ target, size: String(variant.size),
              fields: Object.fromEntries(Object.entries(variant.fields).map(([field, [offset, size]]) => [field, `${offset} + ${size}`])) })
          }
        }
      }
      await page.getByLabel('Bytes of payload').fill('21')
      expect(await page.locator('#macros').textContent()).toContain('CMSG_SPACE(21)4036')
      expect(new URL(page.url()).hash).toContain('n=21')
      expect(errors).toEqual([])
    })

    it('with ≠ where a field differs from the selected target, and only there', async () => {
      const { page } = await built.open('#layouts&target=x86_64-linux-gnu&struct=msghdr')
      /** Returns the marked fields of each group, by the first of its targets. */
      const marks = (): Promise<Record<string, string[]>> => page.locator('#layout').evaluate((layout) => Object.fromEntries([
        ['selected', layout.querySelector('.map')!],
        ...[...layout.querySelectorAll('figure')].map((figure) => [figure.querySelector('a')!.textContent, figure] as const),
      ].map(([name, element]) => [name,
        [...(element as Element).querySelectorAll('.name')].flatMap(({ textContent }) => (textContent!.startsWith('≠')
          ? [textContent!.slice(2)] : []))])))
      expect(await marks()).toEqual({ selected: [], 'arm-linux-gnueabihf': Object.keys(structs.msghdr.fields), 'x86_64-linux-musl': [],
        's390x-linux-musl': [] })
      await page.getByLabel('Target', { exact: true }).selectOption('arm-linux-gnueabihf')
      expect(await marks()).toMatchObject({ selected: [], 'x86_64-linux-gnu': Object.keys(structs.msghdr.fields) })
      await page.locator('#struct-ucred').click()
      await page.getByText(`the same offsets and sizes on all ${Object.keys(abis).length} targets`).waitFor()
      expect(await page.getByText('≠').count()).toBe(0)
    })

    it('found by the name of a struct or of a field, or by a similar one', async () => {
      const { page } = await built.open('#layouts')
      const found = (): Promise<string[]> => page.locator('.structs code').allTextContents()
      const search = page.getByLabel('Search structs and fields')
      await search.fill('msg_controllen')
      expect(await found()).toEqual(['msghdr'])
      await search.fill('struct ucr')
      expect(await found()).toEqual(['ucred'])
      await search.fill('mshgdr')
      expect(await found()).toEqual(expect.arrayContaining(['msghdr']))
      expect(await page.locator('.list-column [role="status"]').textContent()).toContain('Similar names')
      await page.locator('#struct-msghdr').click()
      expect(new URL(page.url()).hash).toContain('find=mshgdr')
    })
  })

  describe('shows the catalogue', () => {
    const names = (page: Page): Promise<string[]> => page.locator('.kind-row .kind').allTextContents()

    it('searched by name, number and documentation, and adds a kind to the buffer', async () => {
      const { page, errors } = await built.open('#types')
      expect((await names(page)).length).toBe(kinds.length)
      const search = page.getByLabel(/^Search/)
      await search.fill('1:2')
      expect(await names(page)).toEqual(['credentials'])
      await search.fill('negative errno')
      expect(await names(page)).toContain('pidfd')
      await search.fill('SCM_RIGHTS')
      expect(await names(page)).toEqual(['rights'])
      expect(await page.locator('.entry').textContent()).toContain('CMSG_SPACE(1012) = 1032')
      await page.getByRole('link', { name: 'Add it to the buffer' }).click()
      expect(await page.locator('.items h3').allTextContents()).toEqual(['[0] SCM_CREDENTIALS', '[1] SCM_RIGHTS', '[2] SCM_RIGHTS'])
      expect(errors).toEqual([])
    })

    it('in columns, with a purpose for each kind', async () => {
      const { page } = await built.open('#types')
      expect(await page.getByRole('columnheader').allTextContents()).toEqual(['Name', 'Purpose', 'Numbers', 'Direction', 'Linux'])
      const purposes = await page.locator('.kind-row .purpose').allTextContents()
      expect(purposes.filter((text) => !/^\S.{5,}/.test(text))).toEqual([])
      const row = page.getByRole('row', { name: /^SCM_PIDFD/ })
      expect(await row.getByRole('cell').allTextContents()).toEqual([expect.stringContaining('The process that sent the message'), '1:4',
        'receive', '6.5'])
    })

    it('filtered by family, level, direction and version of Linux', async () => {
      const { page } = await built.open('#types')
      const of = (filter: (kind: (typeof kinds)[number]) => boolean): string[] => kinds.filter(filter).map(({ kind }) => kind)
      await page.getByLabel('Family', { exact: true }).selectOption('vsock')
      expect((await names(page)).sort()).toEqual(of(({ family }) => family === undefined || [family].flat().includes('vsock')).sort())
      await page.getByRole('button', { name: 'Clear the filters' }).click()
      await page.getByLabel('Level', { exact: true }).selectOption('SOL_TLS')
      expect(await page.locator('.level code').allTextContents()).toEqual(['SOL_TLS'])
      await page.getByLabel('Level', { exact: true }).selectOption('SOL_SOCKET')
      await page.getByLabel('Direction', { exact: true }).selectOption('send')
      expect((await names(page)).sort())
        .toEqual(of(({ level, direction }) => level === constants.SOL_SOCKET && direction !== 'receive').sort())
      await page.getByLabel('Available in Linux').selectOption('2.6.18')
      const old = await names(page)
      expect(old).toContain('rights')
      expect(old).not.toContain('timestamping')
      expect(new URL(page.url()).hash).toBe('#types&target=x86_64-linux-gnu&level=SOL_SOCKET&direction=send&kernel=2.6.18')
    })

    it('with suggestions if a search finds nothing', async () => {
      const { page } = await built.open('#types')
      await page.getByLabel(/^Search/).fill('SCM_RIGTHS')
      await page.locator('.suggestions').getByRole('button', { name: 'SCM_RIGHTS' }).click()
      expect(await names(page)).toEqual(['rights'])
      // The filters are what hides it.
      await page.getByLabel('Family', { exact: true }).selectOption('inet')
      expect(await page.locator('#kinds').textContent()).toContain('1 kind matches “SCM_RIGHTS”, but not the filters.')
      await page.getByRole('button', { name: 'Clear the filters' }).click()
      expect(await names(page)).toEqual(['rights'])
      await page.getByLabel(/^Search/).fill('zzzzzzzzzzzzzzz')
      expect(await page.locator('#kinds').textContent()).toContain('No kind matches “zzzzzzzzzzzzzzz”.')
    })

    it('with a link to the API reference if there is one', async () => {
      const link = (page: Page): ReturnType<Page['locator']> => page.locator('.entry').getByRole('link', { name: 'API reference' })
      const { page } = await built.open('#types&open=rights')
      expect(await page.locator('.entry').count()).toBe(1)
      expect(await link(page).count()).toBe(0)
      // The site passes the links with the facts.
      const script = readFileSync(join(built.site, 'page.js'), 'utf8')
      const context = page.context()
      await context.route('**/page.js',
        (route) => route.fulfill({ contentType: 'text/javascript',
          body: script.replace(/headers:\{/, 'apiLinks:{rights:"/api/codec/variables/rights"},headers:{') }))
      await page.reload()
      expect(await link(page).getAttribute('href')).toBe('/api/codec/variables/rights')
    })

    withPeer('cc', 'with C that compiles', () => {
      it('for each kind and direction', async () => {
        const { page } = await built.open('#types')
        const directory = tempDir()
        const { c, typescript } = await examplesOf(page)
        const files = c.map((text, i) => { const file = join(directory, `${i}.c`); writeFileSync(file, text); return file })
        expect(files.length).toBeGreaterThan(kinds.length)
        expect(spawnSync('cc',
          ['-std=gnu11', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-Wno-unused-but-set-variable', '-Wno-sign-compare', ...files],
          { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
        expect(typesOf(typescript)).toEqual([])
      })
    })
  })

  it('has an address for each state', async () => {
    const { page, errors } = await built.open('#build&target=x86_64-linux-gnu&c=credentials,pid:1,uid:2,gid:3',
      { permissions: ['clipboard-read', 'clipboard-write'] })
    const hash = (): string => new URL(page.url()).hash
    /** Opens the address that the button copies, in a new page. */
    const copied = async (): Promise<Page> => {
      await page.getByRole('button', { name: 'Copy link' }).click()
      await page.getByText('Copied', { exact: true }).waitFor()
      const address = await page.evaluate(() => navigator.clipboard.readText())
      return (await built.open(new URL(address).hash)).page
    }
    await page.locator('.bytes button[title="gid"]').click()
    await page.getByLabel('Target', { exact: true }).selectOption('s390x-linux-gnu')
    expect(hash()).toBe('#build&target=s390x-linux-gnu&c=credentials,pid:1,uid:2,gid:3&at=24')
    const build = await copied()
    await expect.poll(() => build.locator('.details h3').textContent()).toBe('gid')
    expect(await bytesOf(build)).toBe(await bytesOf(page))

    await page.getByRole('link', { name: 'Explain', exact: true }).click()
    await page.getByLabel(/^Hex or a hex dump/).fill('0000000000000014 00000001 00000001 00000007 00000000')
    await page.getByLabel('Family of the socket').selectOption('unix')
    await page.locator('.bytes button[title="fd[0]"]').click()
    const explain = await copied()
    await expect.poll(() => explain.locator('.details h3').textContent()).toBe('fd[0]')
    expect(await explain.getByLabel('Family of the socket').inputValue()).toBe('unix')
    expect(await explain.getByLabel('Target', { exact: true }).inputValue()).toBe('s390x-linux-gnu')

    await page.getByRole('link', { name: 'Layouts', exact: true }).click()
    await page.locator('#struct-iovec').click()
    const layout = await copied()
    expect(await layout.locator('#layout h2').textContent()).toBe('struct iovec')

    await page.getByRole('link', { name: 'Catalogue', exact: true }).click()
    await page.getByLabel('Family', { exact: true }).selectOption('inet6')
    await page.getByRole('button', { name: 'IPV6_TCLASS', exact: true }).click()
    const types = await copied()
    expect(await types.getByRole('button', { name: 'IPV6_TCLASS', exact: true }).getAttribute('aria-expanded')).toBe('true')
    expect(await types.getByLabel('Family', { exact: true }).inputValue()).toBe('inet6')
    // Back goes through the views, and through the structs.
    await page.goBack()
    expect(await page.locator('#layout h2').textContent()).toBe('struct iovec')
    await page.goBack()
    await page.getByRole('heading', { name: 'struct msghdr', exact: true }).waitFor()
    expect(errors).toEqual([])
  })
})

/** Opens every kind, and returns the examples for it. */
async function examplesOf(page: Page): Promise<{ c: string[]; typescript: string[] }> {
  await page.evaluate(() => { for (const button of document.querySelectorAll<HTMLElement>('.c-name')) button.click() })
  const texts = (language: string): Promise<string[]> =>
    page.evaluate((language) => [...document.querySelectorAll('.entry .code')].map((block) => {
    const tab = [...block.querySelectorAll<HTMLElement>('[role="tab"]')].find(({ textContent }) => textContent === language)!
    tab.click()
    return block.querySelector('pre')!.textContent
  }), language)
  return { c: await texts('C'), typescript: await texts('TypeScript') }
}

/** Returns the mistakes that the compiler finds in programs for a socket and a descriptor. */
function typesOf(programs: readonly string[]): string[] {
  const directory = tempDir()
  const files = programs.map((text, i) => {
    const file = join(directory, `${i}.ts`)
    const declared = `import type { MessageSocket as AnyMessageSocket } from 'cmsg'\ndeclare const fd: number\n`
      + (text.includes('const socket') ? '' : 'declare const socket: AnyMessageSocket\n')
    writeFileSync(file, `${declared}${text}`)
    return file
  })
  const program = ts.createProgram(files, {
    strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true,
    moduleDetection: ts.ModuleDetectionKind.Force, types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { cmsg: [join(ROOT, 'src/index.ts')] },
  })
  return files.flatMap((file, i) => [...program.getSyntacticDiagnostics(program.getSourceFile(file)),
    ...program.getSemanticDiagnostics(program.getSourceFile(file))].map(({ messageText }) =>
      `${ts.flattenDiagnosticMessageText(messageText, ' ')} in ${programs[i]!}`))
}
