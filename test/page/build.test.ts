/**
 * A control buffer put together on the page: its bytes are those of C, here and on other machines, and so are those of the
 * programs that it shows.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { abis, constants, credentials, decodeControl, encodeControl, hostAbi, packetInfo, rawControl, rights } from '../../src/codec.ts'
import { structOf } from '../../src/control/payload.ts'
import { kinds } from '../../src/reference/search.ts'
import { compile, compileText } from '../support/cc.ts'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'
import { bytesOf, code, everyKind, usePage } from './browser.ts'

const host = hostAbi().target

withPeer('chromium', 'the page builds', () => {
  const built = usePage()

  /** Adds a control message with the controls of the page. */
  async function add(page: Page, query: string, fields: Readonly<Record<string, string>>): Promise<void> {
    await page.getByRole('combobox', { name: 'Add a control message' }).fill(query)
    await page.getByRole('listbox').getByRole('option').first().click()
    const card = page.locator('.items > li').last()
    for (const [path, text] of Object.entries(fields)) await card.locator(`[data-path="${path}"]`).fill(text)
  }

  async function putTogether(page: Page): Promise<void> {
    await page.getByLabel('Target', { exact: true }).selectOption(host)
    for (const remove of ['Remove SCM_CREDENTIALS', 'Remove SCM_RIGHTS']) await page.getByRole('button', { name: remove }).click()
    expect(await bytesOf(page)).toBe('')
    await add(page, 'SCM_RIGHTS', { fd: '5, 6, 7' })
    await add(page, 'SCM_CREDENTIALS', { pid: '4242', uid: '0x3e9', gid: '1002' })
    await page.getByRole('button', { name: 'Move up SCM_CREDENTIALS' }).click()
    await add(page, 'packetInfo', { ipi_ifindex: '2', ipi_spec_dst: '192.0.2.7', ipi_addr: '192.0.2.8' })
    await add(page, 'SO_TIMESTAMP_OLD', { tv_sec: '1700000000', tv_usec: '123456' })
    await add(page, 'level, type', { cmsg_level: 'SOL_IPV6', cmsg_type: '1234', data: 'de ad be' })
  }

  withPeer('cc', 'the same bytes as C', () => {
    it('for a buffer assembled by hand', async () => {
      const { page, errors } = await built.open()
      await putTogether(page)
      const [bytes] = await start([compile('control.c')]).output()
      expect(await bytesOf(page)).toBe(bytes)
      // The address leads to the same buffer.
      const again = await built.open(new URL(page.url()).hash)
      expect(await bytesOf(again.page)).toBe(bytes)
      expect([...errors, ...again.errors]).toEqual([])
    })

    it('with C and TypeScript code that builds these bytes', async () => {
      const { page } = await built.open()
      await putTogether(page)
      const shown = await bytesOf(page)
      const file = join(tempDir(), 'control.ts')
      writeFileSync(file, (await code(page, 'Program', 'TypeScript')).replace("'cmsg/codec'", JSON.stringify(join(ROOT, 'src/codec.ts'))))
      expect(await start([compileText('page-control', await code(page, 'Program', 'C'))]).output()).toEqual([shown])
      expect(await start(typescript(file)).output()).toEqual([shown])
    })

    it('for every kind of the catalogue, in either form, with C and TypeScript for all of them at once', async () => {
      const { page, errors } = await built.open(`#build&target=${host}&${everyKind(kinds)}`)
      const shown = await bytesOf(page)
      // Each is there, with a payload that it may have.
      const sent = kinds.flatMap((kind) => (kind.alternative === undefined ? [{ kind }] : [{ kind }, { kind, layout: kind.alternative }]))
      const wrong = decodeControl(Buffer.from(shown, 'hex')).map(({ level, type, data }, i) => ({ level, type, data, ...sent[i]! }))
        .filter(({ kind, level, type, data, layout }) =>
        kind.level !== level || kind.type !== type
          || !(layout === undefined ? kind.accepts!(data.length, hostAbi()) : structOf(layout).size === data.length))
      expect(wrong).toEqual([])
      expect(sent.length).toBeGreaterThan(100)
      expect(await page.locator('.fields [aria-invalid="true"]').count()).toBe(0)
      const file = join(tempDir(), 'control.ts')
      writeFileSync(file, (await code(page, 'Program', 'TypeScript')).replace("'cmsg/codec'", JSON.stringify(join(ROOT, 'src/codec.ts'))))
      expect(await start([compileText('page-catalogue', await code(page, 'Program', 'C'))]).output()).toEqual([shown])
      expect(await start(typescript(file)).output()).toEqual([shown])
      expect(errors).toEqual([])
    })
  })

  withPeer('cross compilers', 'the same bytes as C on other targets', () => {
    it.each(['arm-linux-gnueabihf', 's390x-linux-gnu'] as const)('on %s: 32-bit, and big-endian', async (target) => {
      const { page } = await built.open('#build&c=credentials,pid:4242,uid:1001,gid:1002&c=rights,fd:5%2C6'
        + '&c=timestamp,tv_sec:1700000000,tv_usec:123456')
      await page.getByLabel('Target', { exact: true }).selectOption(target)
      // Laid out one after the other as the macros would: C aligns a header to a word.
      const text = `
        #define _GNU_SOURCE
        #include <sys/socket.h>
        #include <linux/time_types.h>
        const struct {
          struct cmsghdr a __attribute__((aligned(sizeof(size_t)))); struct ucred credentials;
          struct cmsghdr b __attribute__((aligned(sizeof(size_t)))); int rights[2];
          struct cmsghdr c __attribute__((aligned(sizeof(size_t)))); struct __kernel_old_timeval time;
        } control = {
          { .cmsg_len = CMSG_LEN(sizeof(struct ucred)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS }, { 4242, 1001, 1002 },
          { .cmsg_len = CMSG_LEN(2 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }, { 5, 6 },
          { .cmsg_len = CMSG_LEN(sizeof(struct __kernel_old_timeval)), .cmsg_level = SOL_SOCKET, .cmsg_type = SO_TIMESTAMP_OLD },
            { 1700000000, 123456 },
        };`
      const directory = tempDir()
      const [object, binary] = [join(directory, 'control.o'), join(directory, 'control.bin')]
      const compiled = spawnSync(`${target}-gcc`, ['-c', '-x', 'c', '-', '-o', object], { input: text, encoding: 'utf8' })
      expect(compiled).toMatchObject({ status: 0, stderr: '' })
      expect(spawnSync(`${target}-objcopy`, ['-O', 'binary', '-j', '.rodata', object, binary])).toMatchObject({ status: 0 })
      expect(await bytesOf(page)).toBe(readFileSync(binary, 'hex'))
    })
  })

  it('for every target the bytes of encodeControl', async () => {
    const { page, errors } = await built.open('#build&c=credentials,pid:1,uid:2,gid:3&c=rights,fd:4%2C5%2C6'
      + '&c=packetInfo,ipi_ifindex:7,ipi_spec_dst:192.0.2.1,ipi_addr:192.0.2.2&c=raw,cmsg_level:1,cmsg_type:9,data:aabbcc')
    for (const abi of Object.values(abis)) {
      await page.getByLabel('Target', { exact: true }).selectOption(abi.target)
      const control = encodeControl([
        credentials({ pid: 1, uid: 2, gid: 3 }), rights([4, 5, 6]),
        packetInfo({ interfaceIndex: 7, localAddress: '192.0.2.1', address: '192.0.2.2' }),
        rawControl(constants.SOL_SOCKET, 9, Uint8Array.of(0xaa, 0xbb, 0xcc)),
      ], { abi })
      expect([abi.target, await bytesOf(page)]).toEqual([abi.target, Buffer.from(control).toString('hex')])
      expect(await page.locator('.total').textContent()).toContain(`${control.length} bytes`)
    }
    expect(errors).toEqual([])
  })

  describe('a buffer, and shows', () => {
    const hash = '#build&target=x86_64-linux-gnu&c=credentials,pid:1,uid:2,gid:3&c=rights,fd:4%2C5'

    it('the place of each field, the results of the macros, and the next header', async () => {
      const { page } = await built.open(hash)
      const fields = await page.locator('.bytes button .visually-hidden').allTextContents()
      expect(fields).toEqual([
        'cmsg_len, offset 0, 8 bytes: 28, header 16 + payload 12', 'cmsg_level, offset 8, 4 bytes: 1, SOL_SOCKET',
        'cmsg_type, offset 12, 4 bytes: 2, SCM_CREDENTIALS',
        'pid, offset 16, 4 bytes: 1', 'uid, offset 20, 4 bytes: 2', 'gid, offset 24, 4 bytes: 3',
        'padding, offset 28, 4 bytes: 00 00 00 00',
        'cmsg_len, offset 32, 8 bytes: 24, header 16 + payload 8', 'cmsg_level, offset 40, 4 bytes: 1, SOL_SOCKET',
        'cmsg_type, offset 44, 4 bytes: 1, SCM_RIGHTS',
        'fd[0], offset 48, 4 bytes: 4, file descriptor', 'fd[1], offset 52, 4 bytes: 5, file descriptor',
      ])
      expect(await page.locator('.measures').allTextContents()).toEqual([
        'CMSG_LEN(12) = 16 + 12 = 28CMSG_SPACE(12) = 16 + 16 = 32CMSG_NXTHDR → header at 32',
        'CMSG_LEN(8) = 16 + 8 = 24CMSG_SPACE(8) = 16 + 8 = 24CMSG_NXTHDR → NULL: the buffer ends here',
      ])
    })

    it('a field: its meaning, and its declaration in C', async () => {
      const { page } = await built.open(hash)
      await page.locator('.bytes button[title="uid"]').click()
      const details = page.locator('.details')
      expect(await details.locator('dl').textContent()).toBe('offset20, 4 in the payloadsize4 bytesvalue2')
      expect(await details.textContent()).toContain('The real user id')
      expect((await details.locator('mark').textContent())!.trim()).toBe('uid_t uid;  /* 4, 4 bytes */')
      await page.locator('.bytes button.padding').click()
      expect(await details.textContent()).toContain('CMSG_SPACE counts and cmsg_len does not')
    })

    it('the truncation by a smaller receive buffer', async () => {
      const { page } = await built.open(hash)
      const room = page.locator('#room')
      await room.fill('53')
      await room.press('Enter')
      expect(await page.locator('.badge').allTextContents()).toEqual(['delivered', 'cut: 4 of 8 bytes, cmsg_len 20'])
      expect(await page.locator('.room .outcome').textContent())
        .toBe('recvmsg leaves msg_controllen = 53, msg_flags = MSG_CTRUNC: something was cut off.')
      expect(await page.locator('.hex b.lost').count()).toBe(4)
      await page.getByLabel('Bytes of the receive buffer').fill('20')
      expect(await page.locator('.badge').allTextContents()).toEqual(['cut: 4 of 12 bytes, cmsg_len 20', 'lost'])
      expect(new URL(page.url()).hash).toContain('room=20')
    })

    it('the mistake in a value, where it is written, and everything that is out of date because of it', async () => {
      const { page, errors } = await built.open(hash)
      const pid = page.locator('[data-path="pid"]')
      const before = await bytesOf(page)
      const warning = page.locator('.bytes-column .outcome')
      await pid.fill('3000000000')
      expect(await pid.getAttribute('aria-invalid')).toBe('true')
      expect(await page.locator('.error').first().textContent()).toBe('Expected a whole number from -2147483648 to 2147483647.')
      // The bytes are the last valid ones, and everything that has them says so.
      expect(await warning.textContent()).toContain('Out of date. Not valid: pid of [0] SCM_CREDENTIALS')
      expect(await bytesOf(page)).toBe(before)
      expect(await page.locator('.bytes button.stale .visually-hidden').textContent()).toBe('pid, offset 16, 4 bytes: 1, out of date')
      expect(await page.locator('.code.stale').count()).toBe(2)
      for (const copy of await page.locator('.codes').getByRole('button',
        { name: 'Copy' }).all()) expect(await copy.isDisabled()).toBe(true)
      await warning.getByRole('link').click()
      expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.path)).toBe('pid')
      // A reload has no last valid value: the default takes its place, and it is out of date too.
      await page.reload()
      expect(await bytesOf(page)).toBe(before.replace(/^(.{32})01000000/, '$167120000'))
      expect(await page.locator('.code.stale').count()).toBe(2)
      await pid.fill('SOL_NOTHING')
      expect(await page.locator('.error').first().textContent()).toBe('SOL_NOTHING is not a number, and not a constant that is known here.')
      await pid.fill('SCM_MAX_FD')
      expect(await pid.getAttribute('aria-invalid')).toBe('false')
      expect(await bytesOf(page)).toContain('fd000000')
      expect(await page.locator('.stale').count()).toBe(0)
      expect(errors).toEqual([])
    })

    it('the bytes as hex, C and TypeScript', async () => {
      const { page } = await built.open(hash)
      expect(await code(page, 'Bytes',
        'Hex')).toBe('1c000000 00000000 01000000 02000000\n01000000 02000000 03000000 00000000\n'
        + '18000000 00000000 01000000 01000000\n04000000 05000000')
      const bytes = await bytesOf(page)
      const listed = (text: string): string => [...text.matchAll(/\b0x([0-9a-f]{2})\b/g)].map(([, digits]) => digits).join('')
      expect(listed(await code(page, 'Bytes', 'C'))).toBe(bytes)
      const typescript = (await code(page, 'Bytes', 'TypeScript')).replace('const control = ', 'return ')
      expect(Buffer.from((new Function(typescript) as () => Uint8Array)()).toString('hex')).toBe(bytes)
    })

    withPeer('python3', 'the bytes for Python', () => {
      it('as a literal of bytes', async () => {
        const { page } = await built.open(hash)
        const { status, stdout } = spawnSync('python3', ['-c', `${await code(page, 'Bytes', 'Python')}\nprint(control.hex())`],
          { encoding: 'utf8' })
        expect({ status, stdout }).toEqual({ status: 0, stdout: `${await bytesOf(page)}\n` })
      })
    })

    it('code that can be copied', async () => {
      const { page } = await built.open(hash, { permissions: ['clipboard-read', 'clipboard-write'] })
      const expected = await code(page, 'Bytes', 'Python')
      await page.locator('section.code[aria-label="Bytes"]').getByRole('button', { name: 'Copy' }).click()
      await page.getByText('Copied', { exact: true }).waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(expected)
    })

    it('code in colors, with exactly its text, in a block that shows where it continues', async () => {
      const { page } = await built.open(hash, { viewport: { width: 360, height: 740 } })
      const text = await code(page, 'Program', 'C')
      for (const token of ['keyword', 'string', 'comment', 'constant', 'number',
        'call']) expect([token, await page.locator(`.codes .token-${token}`).count() > 0]).toEqual([token, true])
      expect(text).toMatch(/^#define _GNU_SOURCE\n#include <stdio.h>/)
      const block = page.locator('section.code[aria-label="Program"] .scroller')
      await expect.poll(() => block.getAttribute('class')).toBe('scroller more-right more-down')
      await block.locator('pre').evaluate((pre) => { pre.scrollTo(pre.scrollWidth, pre.scrollHeight) })
      await expect.poll(() => block.getAttribute('class')).toBe('scroller more-left more-up')
      // Only a block that scrolls is a stop for the Tab key.
      expect(await block.locator('pre').getAttribute('tabindex')).toBe('0')
      expect(await page.locator('section.code[aria-label="Bytes"] pre').getAttribute('tabindex')).toBe(null)
    })
  })

  it('with a filtered list of all kinds, used with the keyboard as a combobox', async () => {
    const { page, errors } = await built.open('#build&c=')
    const field = page.getByRole('combobox', { name: 'Add a control message' })
    const options = page.getByRole('listbox').getByRole('option')
    const active = (): Promise<string | undefined> =>
      field.evaluate((input) =>
        document.getElementById(input.getAttribute('aria-activedescendant') ?? '')?.querySelector('code')?.textContent)
    expect(await field.getAttribute('aria-expanded')).toBe('false')
    await field.press('ArrowDown')
    expect(await field.getAttribute('aria-expanded')).toBe('true')
    expect(await options.count()).toBe(kinds.length + 1)
    expect(await active()).toBe('SCM_CREDENTIALS')
    await field.press('ArrowUp')
    expect(await active()).toBe('SCM_CREDENTIALS')
    for (const [key, name] of [['ArrowDown', 'SCM_RIGHTS'], ['ArrowDown', 'SCM_SECURITY'], ['ArrowUp', 'SCM_RIGHTS']] as const) {
      await field.press(key)
      expect(await active()).toBe(name)
    }
    expect(await page.locator('[role="option"][aria-selected="true"]').count()).toBe(1)
    await field.press('Escape')
    expect(await field.getAttribute('aria-expanded')).toBe('false')
    expect(await options.count()).toBe(0)
    // What the description says is found too; and a text that finds nothing gets a suggestion.
    await field.fill('negative errno')
    expect(await options.allTextContents()).toEqual([expect.stringContaining('SCM_PIDFD')])
    await field.fill('SCM_RIGTHS')
    expect(await page.locator('.popup').textContent()).toContain('Did you mean SCM_RIGHTS')
    expect(await field.getAttribute('aria-expanded')).toBe('false')
    await field.fill('1:2')
    await field.press('Enter')
    expect(await page.locator('.items h3').allTextContents()).toEqual(['[0] SCM_CREDENTIALS'])
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.path)).toBe('pid')
    expect(errors).toEqual([])
  })

  it('on a phone with the explanation of a field next to the tapped byte', async () => {
    const { page, errors } = await built.open('#build&target=x86_64-linux-gnu&c=credentials,pid:1,uid:2,gid:3&c=rights,fd:4%2C5',
      { viewport: { width: 360, height: 740 }, hasTouch: true })
    const inline = page.locator('.inline-details')
    expect(await inline.count()).toBe(0)
    expect(await page.locator('.about').isVisible()).toBe(false)
    const field = page.locator('.bytes button[title="uid"]')
    await field.tap()
    expect(await inline.locator('h3').textContent()).toBe('uid')
    const [byte, description] = await Promise.all([field.boundingBox(), inline.boundingBox()])
    expect(description!.y - (byte!.y + byte!.height)).toBeLessThan(12)
    expect(new URL(page.url()).hash).toContain('at=20')
    await page.locator('.bytes button[title="fd[1]"]').tap()
    expect(await inline.locator('h3').allTextContents()).toEqual(['fd[1]'])
    await page.locator('.bytes button[title="fd[1]"]').tap()
    expect(await inline.count()).toBe(0)
    await field.tap()
    await inline.getByRole('button', { name: 'Close the description' }).tap()
    expect(await inline.count()).toBe(0)
    // Turned to the side, it moves beside the bytes.
    await field.tap()
    await page.setViewportSize({ width: 1024, height: 740 })
    await expect.poll(() => page.locator('.about h3').textContent()).toBe('uid')
    expect(await inline.count()).toBe(0)
    expect(errors).toEqual([])
  })
})
