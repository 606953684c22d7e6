/**
 * Runs scenarios again and again, each time with another call failing, and collects what is wrong.
 * @module
 */
import { fork, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { constants as os } from 'node:os'
import { join } from 'node:path'
import { build, stop } from 'esbuild'
import { createControl, type Failure } from './control.ts'
import { burstOf, fewWaysOf, waysOf, type Mode } from './functions.ts'
import { buildLibrary } from './library.ts'
import type { Outcome, Place, Run } from './run.ts'
import { onTrial, scenarios } from './scenarios.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** How the library waits; `trial`: it has to find out first. */
export const strategies = ['handle', 'thread', 'trial'] as const
export type Strategy = (typeof strategies)[number]

export interface SweepOptions {
  /**
   * Every errno and mode, and more than the first call from each place, in each scenario. Else a few errnos, and each place
   * only in the first scenario that comes to it.
   */
  readonly full: boolean
  readonly strategies?: readonly Strategy[]
  /** Parts of the names of scenarios, and names of functions; all if absent. */
  readonly scenarios?: readonly string[]
  readonly functions?: readonly string[]
  /** Processes at once. */
  readonly jobs?: number
  /** The program that runs scenarios; this one's if absent. */
  readonly node?: string
  readonly onProgress?: (line: string) => void
  readonly onViolation?: (violation: Violation) => void
}

/** A failure that had another effect than an error or a right result. */
export interface Violation {
  readonly strategy: Strategy
  readonly scenario: string
  readonly failure: Failure | undefined
  readonly errno: string
  readonly mode: Mode | ''
  readonly outcome: Outcome
}

export interface Summary {
  readonly runs: number
  readonly absorbed: number
  readonly reported: number
  readonly notReached: number
  readonly violations: readonly Violation[]
  readonly seconds: number
}

/** ms. The program has its own limits, which are shorter: so long takes only a thread that is blocked or spins. */
const patience = 30_000

/** Problems that a busy machine may look like: they count only if they show a second time. */
const aboutTime: ReadonlySet<string> = new Set([
  'hangs', 'never settles', 'leak', 'blocks', 'close fails', 'broken afterwards', 'fails by itself',
])
const isAboutTime = ({ problems }: Outcome): boolean => problems.every(({ kind }) => aboutTime.has(kind))

interface Built { readonly directory: string; readonly library: string; readonly child: string; readonly program: string }

async function buildAll(): Promise<Built> {
  // Within the repository, where ffi-rs is found.
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const directory = mkdtempSync(join(ROOT, '.cache/failing-kernel-'))
  const [child, program] = [join(directory, 'child'), join(directory, 'program.mjs')]
  const cc = spawnSync('cc', ['-O2', '-Wall', '-Wextra', join(import.meta.dirname, 'child.c'), '-o', child], { encoding: 'utf8' })
  if (cc.status !== 0) throw cc.error ?? new Error(cc.stderr)
  await build({
    entryPoints: [join(import.meta.dirname, 'program.ts')], outfile: program, bundle: true, platform: 'node', format: 'esm',
    target: 'node20', sourcemap: 'inline', external: ['ffi-rs'], absWorkingDir: ROOT, tsconfig: join(ROOT, 'tsconfig.json'),
    logLevel: 'error',
  })
  // Its service would stay, and the descriptors to it.
  await stop()
  return { directory, library: buildLibrary(directory), child, program }
}

let controls = 0

/** A process that runs scenarios. */
class Worker {
  readonly #child: ChildProcess
  #stderr = ''
  #ended: string | undefined
  #answer: ((value: Outcome | 'ready' | undefined) => void) | undefined

  constructor({ directory, library, child, program }: Built, strategy: Strategy, node: string) {
    const control = join(directory, `control-${++controls}`)
    createControl(control)
    const { CMSG_READINESS: _, ...env } = process.env
    this.#child = fork(program, [], {
      execPath: node, execArgv: ['--enable-source-maps'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...env, LD_PRELOAD: library, FAILING_KERNEL: control, FAILING_KERNEL_CHILD: child,
        ...(strategy === 'trial' ? {} : { CMSG_READINESS: strategy }),
      },
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => { this.#stderr = (this.#stderr + text).slice(-2000) })
    this.#child.on('message', (message) => { this.#settle(message as Outcome) })
    this.#child.on('error', (error) => { this.#end(error.message) })
    this.#child.on('close', (code, signal) => { this.#end(String(signal ?? code)) })
  }

  async ready(): Promise<this> {
    if (await this.#wait(4 * patience) !== 'ready') {
      throw new Error(`The program does not start: it ends with ${this.#ended ?? 'nothing'}\n${this.#stderr}`)
    }
    return this
  }

  async run(run: Run): Promise<Outcome> {
    const start = Date.now()
    this.#child.send(run)
    const outcome = await this.#wait()
    if (typeof outcome === 'object') return outcome
    const [kind, detail] = this.#ended === undefined
      ? ['blocks', `no answer for ${patience} ms`]
      : ['crash', `the process ends with ${this.#ended}: ${this.#stderr.slice(-500)}`]
    return { result: 'wrong', problems: [{ kind, detail }], ms: Date.now() - start }
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  #wait(ms = patience): Promise<Outcome | 'ready' | undefined> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) return resolve(undefined)
      const timer = setTimeout(() => { this.#settle(undefined) }, ms)
      this.#answer = (value) => {
        clearTimeout(timer)
        resolve(value)
      }
    })
  }
  #settle(value: Outcome | 'ready' | undefined): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(value)
  }
  #end(how: string): void {
    this.#ended ??= how
    this.#settle(undefined)
  }
}

interface Case { readonly failure: Failure; readonly errno: string; readonly mode: Mode }

/** The calls of a place that are to fail: the first, and in a full sweep the second and the last. */
function callsOf({ calls, lines, thread }: Place, full: boolean): number[] {
  // The Worker waits in a loop, and how often depends on the time.
  if (thread === 'worker') return calls.slice(0, full ? 3 : 1)
  // Without knowing the places, the first few.
  const few = lines.length > 0 ? [0, 1] : [0, 1, 2, 3, 4, 5, 6, 7]
  const chosen = full ? [...few.map((i) => calls[i]), calls.at(-1)] : [calls[0]]
  return [...new Set(chosen)].filter((n) => n !== undefined)
}

/** `tried` has the places of the library that a short sweep has been at: it does not come back from another scenario. */
function casesOf(places: readonly Place[], { full, functions }: SweepOptions, tried: Set<string>): Case[] {
  return places.flatMap((place) => {
    const { name, thread } = place
    if (functions !== undefined && !functions.includes(name)) return []
    const lines = place.lines.filter((line) => line.startsWith('src/'))
    // The Worker does the same in all of them.
    if (!full && (lines.length > 0 || thread === 'worker')) {
      const key = [name, thread, ...lines].join()
      if (tried.has(key)) return []
      tried.add(key)
    }
    const chosen = full ? waysOf(name).flatMap(({ errno, modes }) => modes.map((mode) => ({ errno, mode }))) : fewWaysOf(name)
    return callsOf(place, full).flatMap((n) => chosen.map(({ errno, mode }) => {
      const times = mode === 'always' ? 0 : mode === 'once' ? 1 : burstOf(errno)
      return { errno, mode, failure: { name, thread, n, times, errno: os.errno[errno as keyof typeof os.errno] } }
    }))
  })
}

export async function sweep(options: SweepOptions): Promise<Summary> {
  const start = Date.now()
  const { jobs = 4, node = process.execPath, onProgress } = options
  const counts = { absorbed: 0, reported: 0, 'not reached': 0, wrong: 0 }
  const violations: Violation[] = []
  const wanted = Object.keys(scenarios).filter((name) => options.scenarios?.some((part) => name.includes(part)) ?? true)
  const tasks = (options.strategies ?? strategies).flatMap((strategy) =>
    wanted.filter((name) => strategy !== 'trial' || onTrial.includes(name)).map((scenario) => ({ strategy, scenario })))
  const tried: Readonly<Record<Strategy, Set<string>>> = { handle: new Set(), thread: new Set(), trial: new Set() }
  const built = await buildAll()
  let done = 0

  const work = async ({ strategy, scenario }: (typeof tasks)[number]): Promise<void> => {
    const began = Date.now()
    let worker: Worker | undefined
    const fresh = async (): Promise<Worker> => {
      worker?.stop()
      worker = await new Worker(built, strategy, node).ready()
      return worker
    }
    const note = (outcome: Outcome, failure?: Failure, errno = '', mode: Mode | '' = ''): void => {
      counts[outcome.result]++
      if (outcome.result !== 'wrong') return
      const violation = { strategy, scenario, failure, errno, mode, outcome }
      violations.push(violation)
      options.onViolation?.(violation)
    }
    let runs = 0
    let found = 0
    try {
      await fresh()
      let counted = await worker!.run({ scenario })
      // What is opened at first use and kept is open from now on. On trial, it is the first use that counts.
      if (strategy !== 'trial') counted = await worker!.run({ scenario })
      if (counted.result === 'wrong') {
        await fresh()
        counted = await worker!.run({ scenario })
        if (counted.result === 'wrong') return note(counted)
      }
      for (const { failure, errno, mode } of casesOf(counted.places ?? [], options, tried[strategy])) {
        if (strategy === 'trial') await fresh()
        let outcome = await worker!.run({ scenario, failure })
        for (let tries = 0; outcome.result === 'wrong' && tries < 2; tries++) {
          // Nothing in this process can be relied on any more.
          await fresh()
          if (strategy !== 'trial') await worker!.run({ scenario })
          if (tries > 0 || !isAboutTime(outcome)) break
          outcome = await worker!.run({ scenario, failure })
        }
        note(outcome, failure, errno, mode)
        runs++
        if (outcome.result === 'wrong') found++
      }
    } finally {
      worker?.stop()
      onProgress?.(`[${++done}/${tasks.length}] ${strategy}: ${scenario}: ${runs} failures, ${found} `
        + `violations, ${((Date.now() - began) / 1000).toFixed(1)} s`)
    }
  }

  const queue = [...tasks]
  const loop = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) await work(task)
  }
  try {
    await Promise.all(Array.from({ length: jobs }, loop))
  } finally {
    rmSync(built.directory, { recursive: true, force: true })
  }
  const { absorbed, reported, 'not reached': notReached, wrong } = counts
  return {
    runs: absorbed + reported + notReached + wrong, absorbed, reported, notReached, violations, seconds: (Date.now() - start) / 1000,
  }
}
