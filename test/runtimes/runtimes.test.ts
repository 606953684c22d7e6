/**
 * The published package on other runtimes than the one the suite runs on: smoke.mjs and scenarios.mjs, over dist/, on each
 * that install.sh has put under .cache/runtimes.
 *
 * A process that ends badly one time in twenty shows only when it is run often. CMSG_RUNS=200 runs the smoke program 200
 * times with each engine under each strategy, and each scenario 20 times; without it these are 5 and 1.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missing, required, ROOT, unlessMissing, type PeerName } from '../support/peers.ts'
import { start, tempDir, type Running } from '../support/processes.ts'

interface Runtime {
  readonly program: string
  readonly args?: readonly string[]
  /** What runs the program, where the system cannot. */
  readonly emulator?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Which strategy it finds by itself. */
  readonly finds: 'handle' | 'thread'
  /** The engines it has; the first is the one it chooses itself. */
  readonly engines: readonly string[]
}

const installed = join(ROOT, '.cache/runtimes')
/** ffi-rs looks for its binary there, too. */
const NODE_PATH = join(installed, 'node_modules')

const node = (major: number, ...own: string[]): Runtime =>
  ({ program: `node${major}/bin/node`, finds: 'handle', engines: [...own, 'ffi-rs'] })

const runtimes: Readonly<Record<string, Runtime>> = {
  node20: node(20),
  node22: node(22),
  node24: node(24),
  node26: node(26, 'node'),
  bun: { program: 'bun/bin/bun', finds: 'thread', engines: ['bun', 'ffi-rs'] },
  deno: { program: 'deno/deno', args: ['run', '-A'], finds: 'thread', engines: ['deno', 'ffi-rs'] },
  // Other platforms, on x86-64.
  ...process.arch === 'x64' && {
    'bun-musl': {
      program: 'bun-musl/bin/bun', env: { NODE_PATH, LD_LIBRARY_PATH: join(installed, 'musl') }, finds: 'thread',
      engines: ['bun', 'ffi-rs'],
    },
    'node20-arm64': {
      ...node(20), program: 'node20-arm64/bin/node', emulator: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
      env: { NODE_PATH, SMOKE_MS: '120000' },
    },
  },
}

/** How often the smoke program is run, and each scenario. */
const RUNS = Number(process.env.CMSG_RUNS ?? 5)
const SCENARIO_RUNS = Math.max(1, Math.floor(RUNS / 10))
/** How many run at a time: the more there is to do, the more shows. */
const LANES = 2
/** ms for one run: an emulator takes longer. */
const PATIENCE = 30_000
const EMULATED_PATIENCE = 240_000

type Run = (program: 'smoke' | 'scenarios' | '../native/workers.program', argument: string, env?: NodeJS.ProcessEnv) => Running

/** As withPeer does it: skipped with a reason where it is not installed, a failure where it is promised. */
function withRuntime(name: string, body: (run: Run) => void): void {
  const { program, args = [], emulator = [], env: own } = runtimes[name]!
  const path = join(installed, 'node_modules', program)
  const command = [...emulator, path, ...args]
  const RUNTIME = JSON.stringify(command)
  const suite = (): void => {
    body((file, argument, env) => start([...command, `test/runtimes/${file}.mjs`, argument, tempDir()], { RUNTIME, ...own, ...env }))
  }
  unlessMissing(existsSync(path) ? undefined : `${name} is not installed: test/runtimes/install.sh`, name, suite)
}

/** Run a program many times. Every end has to be the exit status 0, and `judge` has to be content with what it printed. */
async function repeat(runs: number, run: () => Running, judge: (lines: readonly string[]) => void, patience?: number): Promise<void> {
  let begun = 0
  const ends: Record<string, number> = {}
  const outputs: string[] = []
  const lane = async (): Promise<void> => {
    while (begun++ < runs) {
      const program = run()
      const end = await program.exit(patience)
      ends[end] = (ends[end] ?? 0) + 1
      try {
        if (end === 0) judge(program.lines)
        else throw new Error(`ended: ${end}`)
      } catch (error) {
        outputs.push(`${(error as Error).message}\n${program.lines.join('\n')}\n${program.stderr}`)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  expect({ ends, outputs }).toEqual({ ends: { 0: runs }, outputs: [] })
}

const checks = 15

interface Scenario { readonly name: string; readonly only: string; readonly needs: '' | PeerName }
const scenarios = execFileSync(process.execPath, [join(ROOT, 'test/runtimes/scenarios.mjs')], { encoding: 'utf8' })
  .trim().split('\n').map((line) => JSON.parse(line) as Scenario)

for (const [name, { finds, engines, emulator, env: platform }] of Object.entries(runtimes)) {
  const emulated = emulator !== undefined
  const runs = emulated ? 1 : RUNS
  const patience = emulated ? EMULATED_PATIENCE : undefined
  const timeout = patience ?? PATIENCE
  const otherPlatform = platform !== undefined
  withRuntime(name, (run) => {
    const strategies = finds === 'handle' && !emulated ? ['', 'handle', 'thread'] : ['', 'thread']

    if (otherPlatform) {
      it.each(engines)('terminating Workers that allocate messages is safe, %s', { timeout: 5 * timeout }, async (CMSG_FFI) => {
        await repeat(emulated ? 1 : 5, () => run('../native/workers.program', 'terminated-at-work', { CMSG_FFI }), (lines) => {
          expect(lines).toEqual(['done'])
        }, patience)
      })
    }

    // What a runtime finds by itself is one of the others: once, with the engine it chooses.
    const ways = engines.flatMap((engine, i) =>
      strategies.filter((strategy) => i === 0 || strategy !== '').map((strategy) => ({ engine, strategy })))
    describe.each(ways)('CMSG_READINESS=$strategy, $engine', ({ engine, strategy: CMSG_READINESS }) => {
      const env = { CMSG_READINESS, CMSG_FFI: CMSG_READINESS === '' ? '' : engine }
      it(`passes all checks, and ends by itself, ${runs} times`, { timeout: timeout * runs }, async () => {
        await repeat(runs, () => run('smoke', 'all', env), (lines) => {
          expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([`strategy ${CMSG_READINESS || finds}`, `engine ${engine}`])
          expect(lines).toHaveLength(checks + 2)
        }, patience)
      })

      it('ends at process.exit() while a receive waits', async () => {
        expect(await run('smoke', 'exit', env).exit()).toBe(3)
      })

      it('ends with an uncaught exception', async () => {
        const program = run('smoke', 'throw', env)
        expect(await program.exit()).toBe(1)
        expect(program.stderr).toContain('thrown on purpose')
      })

      it('ends with SIGINT', async () => {
        const program = run('smoke', 'wait', env)
        await program.line('waiting')
        program.kill('SIGINT')
        expect(await program.exit()).toBe('SIGINT')
      })

      // The scenarios are about runtimes, and not about platforms.
      const here = CMSG_READINESS === '' || otherPlatform ? [] : scenarios.filter(({ only, needs }) =>
        (only === '' || only === CMSG_READINESS) && (needs === '' || required || missing(needs) === undefined))
      for (const { name } of here) {
        it(`${name}, ${SCENARIO_RUNS} times`, { timeout: PATIENCE * SCENARIO_RUNS }, async () => {
          await repeat(SCENARIO_RUNS, () => run('scenarios', name, env), (lines) => {
            expect(lines.at(-1)).toBe(`ok ${name}`)
          })
        })
      }
    })
  })
}
