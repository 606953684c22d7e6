/**
 * System calls that a sandbox refuses, or that an old kernel does not have: strace gives its answers.
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

interface Run { readonly result: unknown; readonly calls: Readonly<Record<string, number>> }

/** What a scenario prints, and how often it has made each of the calls. */
async function run(scenario: string, ...injections: string[]): Promise<Run> {
  const trace = join(tempDir(), 'trace')
  const lines = await start([
    'strace', '-f', '-qq', '--seccomp-bpf', '-o', trace, '-e', 'trace=recvmsg,recvmmsg,sendmsg,sendmmsg',
    ...injections.flatMap((injection) => ['-e', `inject=${injection}`]),
    ...typescript('test/native/sandbox.program.ts'), scenario,
  ]).output()
  const calls: Record<string, number> = {}
  for (const [, call] of readFileSync(trace, 'latin1').matchAll(/^\d+ +(\w+)\(/gm)) calls[call!] = (calls[call!] ?? 0) + 1
  return { result: JSON.parse(lines.join('\n')) as unknown, calls }
}

const one = (text: string, length = text.length, flags = 0): unknown => [text, length, 'credentials', flags]
/** `name` is that of the call that fails. */
const raw = (receive: string, send: string): unknown => ({
  'empty': `${receive} EAGAIN`, 'sent': 4, 'two': [one('one'), one('thr', 3, 0x20)], 'rest': [one(''), one('two')],
  'refused': `${send} ENOENT /nobody/is/here`, 'refused later': 1, 'four': [one('fou', 3, 0x20)], 'batch': [2, 2, 'five', 'six', 0],
  'stream': 1, 'empty again': 'recvmsg EAGAIN',
})
const sockets = { received: true, awaited: 'awaited', refused: 'sendmsg ENOENT /nobody/is/here' }

withPeer('strace', 'recvmmsg and sendmmsg', () => {
  it('are called if the sandbox allows them', async () => {
    expect((await run('raw')).result).toEqual(raw('recvmmsg', 'sendmmsg'))
    expect((await run('sockets')).result).toEqual(sockets)
  })

  describe.each(['ENOSYS', 'EPERM'])('that fail with %s', (errno) => {
    const refused = `recvmmsg,sendmmsg:error=${errno}`

    it('are replaced by single calls with the same results, and not tried again', async () => {
      const { result, calls } = await run('raw', refused)
      expect(result).toEqual(raw('recvmsg', 'sendmsg'))
      expect(calls).toMatchObject({ recvmmsg: 1, sendmmsg: 1 })
    })

    it('do not matter to sockets', async () => {
      const { result, calls } = await run('sockets', refused)
      expect(result).toEqual(sockets)
      expect(calls).toMatchObject({ recvmmsg: 1, sendmmsg: 1 })
    })
  })

  it('are called again after an EPERM caused by the message', async () => {
    const { result, calls } = await run('twice', 'sendmmsg:error=EPERM:when=1', 'sendmsg:error=EPERM:when=1')
    expect(result).toEqual([expect.stringMatching(/^sendmsg EPERM/), 2])
    expect(calls).toMatchObject({ sendmmsg: 2, sendmsg: 1 })
  })

  it('are named with the reason if the single calls are refused too', async () => {
    const { result } = await run('raw', 'recvmmsg,recvmsg,sendmmsg,sendmsg:error=ENOSYS')
    expect(result).toMatchObject({
      empty: expect.stringMatching(/^recvmsg ENOSYS: .*sandbox/), sent: expect.stringMatching(/^sendmsg ENOSYS: .*sandbox/),
    } as object)
  })
})
