/**
 * The published package on other runtimes than the one the suite runs on: smoke.mjs, over dist/, on each that
 * install.sh has put under .cache/runtimes.
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { required, ROOT } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'

interface Runtime {
  readonly program: string
  readonly args?: readonly string[]
  /** Which strategy it finds by itself. */
  readonly finds: 'handle' | 'thread'
}

const node = (major: number): Runtime => ({ program: `node${major}/bin/node`, finds: 'handle' })

const runtimes: Readonly<Record<string, Runtime>> = {
  node20: node(20),
  node22: node(22),
  node24: node(24),
  node26: node(26),
  bun: { program: 'bun/bin/bun', finds: 'thread' },
  deno: { program: 'deno/deno', args: ['run', '-A'], finds: 'thread' },
}

/** As withPeer does it: skipped with a reason where it is not installed, a failure where it is promised. */
function withRuntime(name: string, body: (run: (mode: string, env?: NodeJS.ProcessEnv) => Running) => void): void {
  const { program, args = [] } = runtimes[name]!
  const path = join(ROOT, '.cache/runtimes/node_modules', program)
  const suite = (): void => { body((mode, env) => start([path, ...args, 'test/runtimes/smoke.mjs', mode, tempDir()], env)) }
  if (existsSync(path)) describe(name, suite)
  else if (!required) describe.skip(name, { meta: { missingPeer: `${name} is not installed: test/runtimes/install.sh` } }, suite)
  else it(`${name} is there`, () => { throw new Error(`CMSG_REQUIRE_PEERS=1, but ${name} is not installed: test/runtimes/install.sh`) })
}

const checks = 15

for (const [name, { finds }] of Object.entries(runtimes)) {
  withRuntime(name, (run) => {
    const strategies = finds === 'handle' ? ['', 'handle', 'thread'] : ['', 'thread']
    describe.each(strategies)('CMSG_READINESS=%s', (CMSG_READINESS) => {
      it('does all that it should, and ends by itself', async () => {
        const lines = await run('all', { CMSG_READINESS }).output()
        expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([`strategy ${CMSG_READINESS || finds}`])
        expect(lines).toHaveLength(checks + 1)
      })

      it('ends at process.exit() while something is awaited', async () => {
        expect(await run('exit', { CMSG_READINESS }).exit()).toBe(3)
      })

      it('ends with an uncaught exception', async () => {
        const program = run('throw', { CMSG_READINESS })
        expect(await program.exit()).toBe(1)
        expect(program.stderr).toContain('thrown on purpose')
      })

      it('ends with SIGINT', async () => {
        const program = run('wait', { CMSG_READINESS })
        await program.line('waiting')
        program.kill('SIGINT')
        expect(await program.exit()).toBe('SIGINT')
      })
    })
  })
}
