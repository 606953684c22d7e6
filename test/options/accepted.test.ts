/**
 * setsockopt that says yes and does nothing, as that of gVisor does for options that it does not have: strace puts in its answer.
 * @module
 */
import { expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, typescript } from '../support/processes.ts'

interface Report { readonly kinds: Readonly<Record<string, string>>; readonly passRights: string; readonly packets: readonly string[] }
const run = async (...strace: string[]): Promise<Report> =>
  JSON.parse((await start([...strace, ...typescript('test/options/accepted.program.ts')]).output()).join('\n')) as Report

withPeer('strace', 'options that the kernel accepts and ignores', () => {
  it('are found by reading them back, for every kind', async () => {
    const real = await run()
    const ignoring =
      await run('strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=setsockopt', '-e', 'inject=setsockopt:retval=0')
    const there = Object.keys(real.kinds).filter((kind) => real.kinds[kind] === 'received')
    expect(there.length).toBeGreaterThan(40)
    // SO_INQ cannot be read.
    for (const kind of there.filter((kind) => kind !== 'unix inq')) {
      expect.soft(ignoring.kinds[kind], kind).toMatch(/^ERR_CMSG_UNSUPPORTED: Cannot receive \w+: this kernel does not support it, /)
      expect.soft(ignoring.kinds[kind], kind).toMatch(/\(setsockopt accepted \w+, \d+, but had no effect: it is \d+\)$/)
    }
    expect(ignoring.passRights).toMatch(/^ERR_CMSG_UNSUPPORTED: Cannot refuse descriptors, passRights: false: .*SO_PASSRIGHTS/)
    expect(ignoring.packets).toEqual(['', 'after an empty packet', 'undefined'])
  })
})
