import { describe, expect, it } from 'vitest'
import { start, typescript } from '../support/processes.ts'

const run = (args: readonly string[], readiness = ''): Promise<string[]> =>
  start([...typescript('test/readiness/strategy.program.ts'), ...args], { CMSG_READINESS: readiness }).output()

describe('the strategy is found by a test', () => {
  it('the handle strategy works on Node', async () => {
    expect(await run([])).toEqual(['0123456789 handle'])
  })

  const missing = ['a way to start', 'every wake', 'all wakes but one']
  it.each(missing)('a runtime whose handles lack %s gets the thread strategy, and loses no message', async (lacking) => {
    expect(await run([lacking])).toEqual(['0123456789 thread'])
  })

  it.each(['nothing', 'every wake'])('the test may be interrupted, and begins again (lacking: %s)', async (lacking) => {
    expect(await run([lacking, 'close early'])).toEqual(['ERR_CMSG_CLOSED', `0123456789 ${lacking === 'nothing' ? 'handle' : 'thread'}`])
  })

  it.each(['handle', 'thread'])('CMSG_READINESS=%s overrides it', async (name) => {
    expect(await run([], name)).toEqual([`0123456789 ${name}`])
  })

  it('an unknown name is refused, and the error lists the names', async () => {
    const program = start(typescript('test/readiness/strategy.program.ts'), { CMSG_READINESS: 'magic' })
    expect(await program.exit()).toBe(1)
    expect(program.stderr).toContain('Cannot use CMSG_READINESS=magic: expected handle or thread')
  })
})
