/**
 * Whatever wakes the event loop may break down, and then it is replaced, or everybody who waits is told; and it may not be
 * possible to start it, and then nothing is left open.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPeer } from '../support/peers.ts'
import { start, tempDir, typescript } from '../support/processes.ts'

async function run(mode: string, readiness: string, under: readonly string[] = []): Promise<unknown> {
  const lines = await start([...under, ...typescript('test/readiness/breakdown.program.ts'), mode], { CMSG_READINESS: readiness }).output()
  return JSON.parse(lines.join('\n'))
}

describe('the Worker of the thread strategy', () => {
  it('is replaced after it is terminated, and no message is lost', async () => {
    expect(await run('terminated', 'thread')).toEqual({ received: Array.from({ length: 20 }, (_, i) => i).join(' '), several: true })
  })

  it('is replaced a few times when it ends at once, and then the failure is reported, once', async () => {
    expect(await run('useless', 'thread')).toEqual({
      failed: ['The thread that waits for sockets failed 6 times: its exit code is 0'], workers: 6, leaked: [],
    })
  })

  it('is reported as failed when no other can be started', async () => {
    expect(await run('refused', 'thread')).toEqual({
      failed: ['The thread that waits for sockets failed 6 times: no more Workers'], workers: 1, leaked: [],
    })
  })
})

it('a handle destroyed by the program is reported as failed, once', async () => {
  expect(await run('destroyed', 'handle')).toEqual({
    failed: ['The handle that waits for sockets was closed by other code'], workers: 0, leaked: [],
  })
})

it('a test that fails when the other strategy cannot be started says why neither works, and decides nothing', async () => {
  expect(await run('neither', '')).toEqual([{
    failed: ['Cannot wait for sockets in this process: The handle that waits for sockets was closed by other code; '
      + 'thread cannot be started: no more Workers'],
    workers: 0, leaked: [],
  }, 'none'])
})

withPeer('prlimit', 'where too few descriptors are left', () => {
  const limited = ['prlimit', '--nofile=128:128']

  it.each(['handle', 'thread'])('%s is not started, and leaves nothing open', async (readiness) => {
    expect(await run('shortage', readiness, limited)).toEqual(['EMFILE', 'EMFILE', 'started', 'started'])
  })

  it('the Worker is started later, when there are enough descriptors', async () => {
    expect(await run('recovers', 'thread', limited)).toBe('late')
  })
})

withPeer('strace', 'where dup3 fails', () => {
  const failing = (errno: string, when: string): string[] =>
    ['strace', '-o', join(tempDir(), 'trace'), '-e', 'trace=dup3', '-e', `inject=dup3:error=${errno}:when=${when}`]

  it.each(['EPERM', 'ENOSYS', 'EINVAL'])('the thread strategy takes over if dup3 is not allowed or missing (%s)', async (errno) => {
    expect(await run('twice', '', failing(errno, '1+'))).toEqual(['thread', 'thread'])
  })

  it.each(['EMFILE', 'ENFILE', 'ENOMEM'])('a shortage (%s) is an error that decides nothing and leaves nothing open', async (errno) => {
    expect(await run('twice', '', failing(errno, '1'))).toEqual([errno, 'handle'])
  })

  it('dup3 is called again after a signal', async () => {
    expect(await run('twice', '', failing('EINTR', '1'))).toEqual(['handle', 'handle'])
  })
})

it.each(['handle', 'thread', ''])('a terminated Worker leaves no descriptor open, CMSG_READINESS=%s', async (CMSG_READINESS) => {
  const lines = await start([process.execPath, 'test/readiness/terminated.program.mjs', '10'], { CMSG_READINESS }).output()
  expect(lines).toEqual([JSON.stringify({ eventfds: 0, outer: 0 })])
})
