/**
 * Each libc function the library calls is made to fail, in scenarios that use it: whatever fails is reported to somebody,
 * or makes no difference; nothing leaks, hangs, or stays broken. The short sweep; `npm run torture failing-kernel` is the
 * full one.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants as os, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, withPeer } from '../../support/peers.ts'
import { Control, createControl } from './control.ts'
import { buildLibrary } from './library.ts'
import { headline, groups } from './report.ts'
import { sweep } from './sweep.ts'

// musl knows no symbol versions, and they are what keeps the failures away from Node (kernel.c).
const glibc = 'glibcVersionRuntime' in (process.report.getReport() as unknown as { header: object }).header

withPeer('cc', 'a kernel that fails', () => {
  describe.runIf(glibc)('the library that is preloaded', () => {
    let directory: string
    let library: string
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'cmsg-failing-kernel-'))
      library = buildLibrary(directory)
    })
    afterAll(() => { rmSync(directory, { recursive: true, force: true }) })

    /** Run a program of which each call of a function fails: what it prints. */
    const output = (name: string, errno: number, program: string): string => {
      const path = join(directory, 'control')
      createControl(path)
      const control = new Control(path)
      control.arm({ name, thread: 'main', n: 1, times: 0, errno })
      control.close()
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
        cwd: ROOT, encoding: 'utf8', env: { ...process.env, LD_PRELOAD: library, FAILING_KERNEL: path }, timeout: 30_000,
      })
      return stdout + stderr
    }

    it.each([['eventfd', os.errno.EMFILE], ['recvmsg', os.errno.ENOMEM], ['close', os.errno.EIO], ['epoll_ctl', os.errno.ENOSPC]])(
      'fails no %s of Node itself', (name, errno) => {
        expect(output(name, errno, `
          import { createServer, connect } from 'node:net'
          const server = createServer((socket) => { socket.end('hello'); server.close() })
          server.listen('\\0failing-kernel-' + process.pid, () => {
            connect('\\0failing-kernel-' + process.pid).setEncoding('utf8').on('data', console.log)
          })`)).toBe('hello\n')
      })

    it('fails one of our calls with the chosen errno', () => {
      expect(output('recvmsg', os.errno.ENOMEM, `
        import { recvmsg, socketpair } from 'cmsg/libc'
        try { recvmsg(socketpair(1, 2)[0]) } catch (error) { console.log(error.message) }`)).toBe('recvmsg ENOMEM\n')
    })
  })

  describe.runIf(glibc).each([
    { strategy: 'handle', functions: undefined },
    // All else it has in common with the other; and here each run costs a Worker or more.
    { strategy: 'thread', functions: ['epoll_create1', 'epoll_ctl', 'epoll_wait', 'eventfd'] },
  ] as const)('when the library waits by $strategy', ({ strategy, functions }) => {
    it('does no harm', async () => {
      const summary = await sweep({ full: false, strategies: [strategy], ...(functions === undefined ? {} : { functions }) })
      expect(summary.runs, 'runs').toBeGreaterThan(30)
      expect(groups(summary.violations), headline(summary)).toBe('')
    }, 240_000)
  })
})
