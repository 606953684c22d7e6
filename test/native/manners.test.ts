/**
 * Flags that a family refuses, and names that it has not got: the calls do without. The families (RDS, J1939, AF_ALG) are
 * in few kernels, so that here a preloaded library gives Unix sockets their manners.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

withPeer('cc', 'sockets that refuse a flag or argument', () => {
  let library: string | undefined
  const preloaded = (): string => {
    if (library === undefined) {
      library = join(tempDir(), 'manners.so')
      execFileSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-o', library, join(ROOT, 'test/c/manners.c'), '-ldl'])
    }
    return library
  }
  const run = (manners: string): Promise<string[]> =>
    start(typescript('test/native/manners.program.ts'), { MANNERS: manners, LD_PRELOAD: preloaded() }).output()

  it('are sent to without MSG_NOSIGNAL', async () => {
    expect(await run('rds')).toEqual(['3', '2', 'EOPNOTSUPP'].map((line) =>
      expect.stringMatching(line === 'EOPNOTSUPP' ? /^(EOPNOTSUPP|ENOTSUP)$/ : `^${line}$`) as string))
  })

  it('are received from without MSG_CMSG_CLOEXEC and MSG_TRUNC', async () => {
    expect(await run('j1939')).toEqual(['2', '2', '[2]', '2', 'EAGAIN'])
  })

  it('are accepted from without asking for a name', async () => {
    expect(await run('alg')).toEqual(['0'])
  })
})
