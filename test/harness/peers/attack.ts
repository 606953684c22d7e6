/**
 * An attack: a victim, its hostile peers, and a healthy client beside them; how much of the machine the victim took.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, start, tempDir, type Running } from '../../support/running.ts'

export type Json = Readonly<Record<string, unknown>>

/** Where a victim can be reached: what it printed when it was ready, and its directory. */
export type Place = Readonly<Record<string, string>>

export interface Attack {
  readonly name: string
  /** The rules of the core it is about, for the reader. */
  readonly rules: string
  readonly victim: string
  /** Arguments of the victim. `scale` is 1 in CI; the torture mode takes more. */
  args?(scale: number, place: Place): readonly (string | number)[]
  /** RLIMIT_NOFILE of the victim. */
  readonly descriptors?: number
  /** A command line the victim runs under: strace. */
  readonly under?: readonly string[]
  /** The peer that must be there first: its first line is `place.first`. Its arguments of hostile.py. */
  first?(scale: number, place: Place): readonly (string | number)[]
  /** Arguments of hostile.py for each peer. They run at the same time. */
  peers?(scale: number, place: Place): readonly (readonly (string | number)[])[]
  /** Of the healthy client: its kind, and the place it turns to. */
  readonly healthy?: readonly [kind: string, place: string]
  /** Whether it matters little how the victim waits: in CI it is tried in one way. */
  readonly once?: boolean
  /** Whether the victim's loop may stand still, as where it blocks by itself. */
  readonly blocks?: boolean
  /** What is wrong; nothing when all is well. */
  check?(result: Result, scale: number): Iterable<string | false | undefined>
}

export interface Usage {
  readonly descriptors: number
  readonly mib: number
  readonly cpuSeconds: number
}

export interface Healthy { readonly replies: number; readonly lost: number; readonly slowest: number; readonly problem: string | null }

export interface Result {
  readonly saw: Json
  readonly first: Json | undefined
  readonly peers: readonly Json[]
  readonly healthy: Healthy | undefined
  readonly usage: Usage
}

/**
 * How long a client may wait for its reply, and the loop for its turn, in milliseconds. Where nothing blocks it is far less
 * on a machine that is idle; the limits are for one that is not. What blocks does so for 3 s and more.
 */
const patience = { reply: 10_000, tick: 2900 }

const ticksPerSecond = 100

/** Looks at a process again and again. */
class Sampler implements Disposable {
  readonly #pid: string
  readonly #timer: NodeJS.Timeout
  #descriptors = 0
  #mib = 0
  #cpu = 0

  constructor(pid: string) {
    this.#pid = pid
    this.#timer = setInterval(() => { this.#look() }, 10)
  }

  #look(): void {
    try {
      const proc = `/proc/${this.#pid}`
      this.#descriptors = Math.max(this.#descriptors, readdirSync(`${proc}/fd`).length)
      const resident = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`${proc}/status`, 'latin1'))
      this.#mib = Math.max(this.#mib, Number(resident?.[1] ?? 0) / 1024)
      const stat = readFileSync(`${proc}/stat`, 'latin1')
      const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number)
      this.#cpu = (user! + system!) / ticksPerSecond
    } catch {
      // It has ended.
    }
  }

  get usage(): Usage {
    this.#look()
    return { descriptors: this.#descriptors, mib: Math.round(this.#mib), cpuSeconds: this.#cpu }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

let bundled: string | undefined
/** The victim in one file of JavaScript, over the sources: it starts three times as fast, and there are hundreds. */
function victimProgram(): string {
  if (bundled !== undefined) return bundled
  // Below the repository, where its dependencies are found.
  const outfile = join(ROOT, '.cache/harness/victim.mjs')
  const own = `${outfile}-${process.pid}`
  // The program, since the library leaves a process of its own running.
  execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [
    'test/harness/peers/victim.ts', `--outfile=${own}`, '--bundle', '--platform=node', '--format=esm', '--target=node20',
    '--packages=external', '--tsconfig=tsconfig.json', '--sourcemap=inline', '--log-level=error',
  ], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  // Others may be starting it.
  renameSync(own, outfile)
  return (bundled = outfile)
}

const strings = (args: readonly (string | number)[]): string[] => args.map(String)
const hostile = (args: readonly (string | number)[]): Running => start(['python3', '-B', 'test/harness/peers/hostile.py', ...strings(args)])
const last = async (program: Running): Promise<Json> => JSON.parse((await program.output()).at(-1)!) as Json

/** Runs an attack once. @throws Error when a program fails, with what it printed */
export async function run(attack: Attack, readiness: string, scale = 1): Promise<Result> {
  const programs: Running[] = []
  const started = (program: Running): Running => {
    programs.push(program)
    return program
  }
  let place: Place = { directory: tempDir(0o755) }
  try {
    const first = attack.first === undefined ? undefined : started(hostile(attack.first(scale, place)))
    if (first !== undefined) place = { ...place, first: await first.line(/./) }

    const limit = attack.descriptors === undefined ? [] : ['sh', '-c', `ulimit -n ${attack.descriptors} && exec "$@"`, 'sh']
    const args = strings(attack.args?.(scale, place) ?? [])
    const program = [process.execPath, '--enable-source-maps', victimProgram(), attack.victim, place.directory!, ...args]
    const victim = started(start([...limit, ...(attack.under ?? []), ...program], { CMSG_READINESS: readiness }))
    const where = JSON.parse(await victim.line(/^{"pid"/)) as Record<string, string | number>
    place = { ...place, ...Object.fromEntries(Object.entries(where).map(([name, value]) => [name, String(value)])) }
    const pid = place.pid!

    using sampler = new Sampler(pid)
    const client =
      attack.healthy && started(start(['python3', '-B', 'test/harness/peers/client.py', attack.healthy[0], place[attack.healthy[1]]!]))
    // A server that never serves fails below, with what the client says.
    await Promise.race([client?.line('served'), client?.exit()])
    const peers = (attack.peers?.(scale, place) ?? []).map((args) => started(hostile(args)))
    const did = await Promise.all(peers.map(last))
    const firstDid = first && await last(first)
    client?.kill('SIGTERM')
    const healthy = client && await last(client) as unknown as Healthy
    const { usage } = sampler
    if (victim.ended === undefined) process.kill(Number(pid), 'SIGTERM')
    return { saw: await last(victim), first: firstDid, peers: did, healthy, usage }
  } finally {
    await Promise.all(programs.map((program) => program.stop()))
  }
}

/** What is wrong with a result: the same for every attack, and what its own check says. */
export function* complaints(attack: Attack, result: Result, scale = 1): Generator<string> {
  const { saw, healthy } = result
  if (saw.brokeOff !== undefined) yield `the victim's loop ended: ${String(saw.brokeOff)}`
  if (attack.blocks !== true && Number(saw.tickGap) > patience.tick) yield `the event loop stood still for ${String(saw.tickGap)} ms`
  for (const warning of saw.warnings as string[]) yield `the victim warned: ${warning}`
  if (healthy !== undefined) {
    const { replies, lost, slowest, problem } = healthy
    if (problem !== null) yield `the healthy client failed: ${problem}`
    if (lost > 0) yield `the healthy client got no reply to ${lost} of ${replies + lost} requests`
    if (slowest > patience.reply) yield `the healthy client waited ${slowest} ms`
  }
  for (const complaint of attack.check?.(result, scale) ?? []) if (typeof complaint === 'string') yield complaint
}

/** What is wrong, or nothing. A program that fails is a complaint. */
export async function trouble(attack: Attack, readiness: string, scale = 1): Promise<{ complaints: string[]; result?: Result }> {
  try {
    const result = await run(attack, readiness, scale)
    return { complaints: [...complaints(attack, result, scale)], result }
  } catch (error) {
    return { complaints: [(error as Error).message] }
  }
}
