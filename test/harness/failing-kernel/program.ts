/**
 * The program in which calls fail: runs scenarios as it is told to by messages from sweep.ts, one after the other, and
 * answers each with its outcome.
 * @module
 */
import { constants as os } from 'node:os'
import { readdirSync, readlinkSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers'
import { setTimeout as later } from 'node:timers/promises'
import { Control, type Failure } from './control.ts'
import type { Outcome, Place, Run } from './run.ts'
import { describe, Stage, Wrong, type Problem } from './stage.ts'
import { Trace } from './trace.ts'

// Time runs ten times as fast for long timers: the library keeps its epoll for a while after the last socket was closed,
// and a sweep would wait for that thousands of times. Not where the strategy is on trial, which judges by a timer.
const { setTimeout: realTimeout } = timers
if (process.env.CMSG_READINESS !== undefined) {
  const shorter = (delay: number): number => (delay >= 50 && delay <= 5000 ? delay / 10 : delay)
  timers.setTimeout = ((callback: () => void, delay = 0) => realTimeout(callback, shorter(delay))) as typeof realTimeout
  syncBuiltinESMExports()
}

const control = new Control(process.env.FAILING_KERNEL!)
// What we start is not to fail.
delete process.env.LD_PRELOAD
const trace = new Trace()
const { scenarios } = await import('./scenarios.ts')
const { close, socket } = await import('cmsg/libc')
// Loads the engine, so that its own calls are not among those that fail.
close(socket(1, 2))

/** ms. A run takes a few; so long takes only one that hangs, and not one that needs a new Worker for each wake. */
const patience = 10_000

const uncaught: string[] = []
process.on('uncaughtException', (error) => { uncaught.push(describe(error)) })
process.on('unhandledRejection', (error) => { uncaught.push(`unhandled rejection, ${describe(error)}`) })

const secondNames = ['EWOULDBLOCK', 'EOPNOTSUPP']
/** The names of errnos, from the runtime and not from the library under test. */
const nameOf = (errno: number): string =>
  Object.entries(os.errno).find(([name, number]) => number === errno && !secondNames.includes(name))?.[0] ?? String(errno)

/** The names under which a call may be reported. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  recvmmsg: ['recvmsg', 'recvmmsg'], sendmmsg: ['sendmsg', 'sendmmsg'], fcntl: ['fcntl', 'dup'], syscall: ['pidfd_send_signal'],
  epoll_wait: ['epoll_wait', 'epoll_ctl'],
  // Room at a destination is waited for on a socket that is connected to it: whose name that is, the send is told.
  connect: ['connect', 'sendmsg'],
}

/** What is wrong with an error that a failed call was reported by. */
function misreported(error: unknown, { name, errno }: Failure): Problem | undefined {
  if (error instanceof Wrong) return { kind: 'wrong result', detail: error.message }
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  if (code === 'ERR_CMSG_CLOSED' || code === 'ERR_CMSG_UNSUPPORTED' || code === 'ERR_CMSG_BACKLOG') return undefined
  // A path that is in use is tried by connecting to it, and whatever that says, it is in use.
  if (name === 'connect' && syscall === 'bind' && code === 'EADDRINUSE') return undefined
  const names = aliases[name] ?? [name]
  if (code === nameOf(errno) && names.includes(String(syscall))) return undefined
  return { kind: 'wrong error', detail: `${describe(error)}${syscall === undefined ? '' : ` (of ${String(syscall)})`}` }
}

/** What Node opens at first use and keeps. */
const runtime = (what: string): boolean => what === '/dev/null' || what === 'anon_inode:inotify' || what === 'anon_inode:[io_uring]'

function descriptors(): Map<string, string> {
  const open = new Map<string, string>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const what = readlinkSync(`/proc/self/fd/${name}`)
      if (!runtime(what)) open.set(name, what)
    } catch {
      // The one that the directory was read by.
    }
  }
  return open
}

/** Wait until the descriptors are what they were. */
async function compared(before: Map<string, string>): Promise<Problem[]> {
  const deadline = Date.now() + 2000
  for (;;) {
    const after = descriptors()
    const more = [...after].filter(([fd, what]) => before.get(fd) !== what)
    const less = [...before].filter(([fd, what]) => after.get(fd) !== what)
    if (more.length === 0 && less.length === 0) return []
    if (Date.now() > deadline) {
      const list = (some: [string, string][]): string => some.map(([fd, what]) => `${fd} ${what}`).join(', ')
      return [
        ...(more.length > 0 ? [{ kind: 'leak', detail: list(more) }] : []),
        ...(less.length > 0 ? [{ kind: 'a descriptor of somebody else closed', detail: list(less) }] : []),
      ]
    }
    await later(2)
  }
}

/** Run a scenario to its end: the error that it gave, or that was reported to it, and what went wrong beside. */
async function play(name: string, before: Map<string, string>): Promise<{ error?: unknown; problems: Problem[] }> {
  const stage = new Stage()
  const problems: Problem[] = []
  const ended = (async () => { await scenarios[name]!(stage) })()
  ended.catch(() => {})
  let error: unknown
  let inTime = true
  try {
    const limit = later(patience).then(() => { inTime = false })
    await Promise.race([ended, stage.failed, limit])
    if (!inTime) {
      problems.push({ kind: 'hangs', detail: stage.pending.length > 0 ? `pending: ${stage.pending.join(', ')}` : 'nothing is pending' })
    }
  } catch (thrown) {
    error = thrown
  }
  problems.push(...await stage.end(1000))
  // The rest of a scenario that was broken off.
  await Promise.race([ended.catch(() => {}), later(1000)])
  // Until then calls still fail: the library goes on closing for a while.
  problems.push(...await compared(before))
  control.disarm()
  trace.stop()
  for (const detail of uncaught.splice(0)) problems.push({ kind: 'uncaught', detail })
  return { error: error ?? stage.reported, problems }
}

async function run({ scenario, failure }: Run): Promise<Outcome> {
  const start = performance.now()
  const before = descriptors()
  trace.start(failure === undefined ? {} : { name: failure.name, n: failure.n })
  control.arm(failure)
  const { error, problems } = await play(scenario, before)
  const ms = (): number => Math.round(performance.now() - start)
  if (failure === undefined) {
    if (error !== undefined) problems.push({ kind: 'fails by itself', detail: describe(error) })
    return { result: problems.length > 0 ? 'wrong' : 'absorbed', problems, places: places(), ms: ms() }
  }
  const { count, args } = control.failed()
  const wrong = error === undefined ? undefined : misreported(error, failure)
  if (wrong !== undefined) problems.push(wrong)
  const lines = failure.thread === 'main' ? trace.of(failure.name)[failure.n - 1] ?? [] : []
  if (problems.length === 0) {
    // Nothing may be broken for ever.
    const again = await play(scenario, before)
    if (again.error !== undefined) again.problems.push({ kind: 'failure', detail: describe(again.error) })
    for (const { kind, detail } of again.problems) problems.push({ kind: 'broken afterwards', detail: `${kind}: ${detail}` })
  }
  const result = problems.length > 0 ? 'wrong' : error !== undefined ? 'reported' : count === 0 ? 'not reached' : 'absorbed'
  return { result, problems, ...(error === undefined ? {} : { error: describe(error) }), args, lines, ms: ms() }
}

/** The calls that were counted, by the place that they were made from. */
function places(): Place[] {
  return control.calls().flatMap(({ name, thread, count }) => {
    const lines = thread === 'main' ? trace.of(name) : []
    const found = new Map<string, { lines: readonly string[]; calls: number[] }>()
    for (let n = 1; n <= count; n++) {
      const key = (lines[n - 1] ?? []).join()
      if (!found.has(key)) found.set(key, { lines: lines[n - 1] ?? [], calls: [] })
      found.get(key)!.calls.push(n)
    }
    return [...found.values()].map((place) => ({ name, thread, ...place }))
  })
}

process.on('message', (message: Run) => {
  void run(message).then((outcome) => { process.send!(outcome) }, (error: unknown) => {
    process.send!({ result: 'wrong', problems: [{ kind: 'the harness fails', detail: describe(error) }], ms: 0 } satisfies Outcome)
  })
})
// Nobody is left to ask for anything.
process.on('disconnect', () => { process.exit() })
process.send!('ready')
