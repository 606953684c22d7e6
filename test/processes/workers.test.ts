/**
 * Sockets in Workers: they work, and a Worker that waits can be ended, whichever way.
 * @module
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { start, tempDir } from '../support/processes.ts'

const works = ['works', 'works', 'works']

async function run(
  CMSG_READINESS: string, wait: string, end: string,
): Promise<{ status: number | string; lines: string[]; stderr: string }> {
  const program = start([process.execPath, 'test/processes/workers.program.mjs', join(tempDir(), 'socket'), wait, end], { CMSG_READINESS })
  const status = await program.exit()
  return { status, lines: program.lines, stderr: program.stderr }
}

describe.each(['handle', 'thread'])('waiting by %s', (strategy) => {
  it.each(['receive', 'iteration', 'accept', 'send'])('Workers end by themselves when the sockets of %s are closed', async (wait) => {
    expect(await run(strategy, wait, 'told')).toEqual({ status: 0, lines: [...works, 'ended'], stderr: '' })
  })

  it.each(['receive', 'send', 'receiveSync'])('terminate() ends a Worker during %s', async (wait) => {
    expect(await run(strategy, wait, 'terminated')).toEqual({ status: 0, lines: [...works, 'ended'], stderr: '' })
  })

  it.each(['receive', 'send', 'receiveSync'])('process.exit() ends Workers during %s', async (wait) => {
    expect(await run(strategy, wait, 'exit')).toEqual({ status: 3, lines: works, stderr: '' })
  })

  it('the library works if only Workers use it', async () => {
    expect(await run(strategy, 'receive', 'only in Workers')).toEqual({ status: 0, lines: [...works, 'ended'], stderr: '' })
  })
})

// By thread two are left for each Worker: whoever would close them ends with it.
it.each(['', 'handle'])('Workers leave no descriptors behind, CMSG_READINESS=%s', async (strategy) => {
  const { lines, status } = await run(strategy, 'receive', 'count')
  expect([status, lines.at(-1)]).toEqual([0, '0'])
})
