/**
 * One measurement: two programs, the one that is measured and the one at the other end, and what they say.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { close, constants, socketpair } from 'cmsg/libc'

const { AF_UNIX, SOCK_DGRAM, SOCK_CLOEXEC } = constants

/** What a program is told, as `name=value`. */
export type Words = Readonly<Record<string, string | number>>

/** A program to start: its command line, what its environment has besides, and the processors it may run on, all if absent. */
export interface Start {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly words: Words
  readonly cpu?: number | undefined
}

/** What a program says at its end: messages, and the ns they took; the client of a ping-pong, its round trips in ns. */
export interface Outcome {
  readonly messages: number
  readonly wall: number
  readonly cpu: number
  readonly p50?: number
  readonly p99?: number
}

/** A measurement that goes wrong ends, rather than hang. */
const limit = 120_000

interface Running {
  readonly child: ChildProcess
  /** The next line it prints. */
  line(): Promise<string>
  /** Why it has ended, if that was not well. */
  complaint(): string | undefined
  readonly ended: Promise<void>
}

function start({ command, env, words, cpu }: Start, fd?: number): Running {
  const pinned = cpu === undefined ? [] : ['taskset', '-c', String(cpu)]
  const line = [...pinned, ...command, ...Object.entries(words).map(([name, value]) => `${name}=${value}`)]
  const child = spawn(line[0]!, line.slice(1), {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe', ...(fd === undefined ? [] : [fd])],
  })
  let out = ''
  let error = ''
  let taken = 0
  let wake: (() => void) | undefined
  let hasEnded = false
  let complaint: string | undefined
  const name = command.at(-1)!.split('/').at(-1)!
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { out += text; wake?.() })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { error += text })
  child.stdin!.on('error', () => { /* it has ended: what it said is told below */ })
  child.on('error', (reason) => {
    hasEnded = true
    complaint = reason.message
    wake?.()
  })
  child.on('close', (code, signal) => {
    hasEnded = true
    if (code !== 0) complaint = `${name} ended with ${signal ?? `code ${code}`}: ${whatMatters(error)}`
    wake?.()
  })
  return {
    child,
    complaint: () => complaint,
    ended: new Promise((resolve) => child.on('close', () => resolve())),
    async line() {
      for (;;) {
        const end = out.indexOf('\n', taken)
        if (end >= 0) {
          const text = out.slice(taken, end)
          taken = end + 1
          return text
        }
        if (hasEnded) throw new Error(complaint ?? `${name} ended without a result`)
        await new Promise<void>((resolve) => { wake = resolve })
      }
    },
  }
}

/** The line of an uncaught error that says what it is, or the last one. */
export function whatMatters(text: string): string {
  const lines = text.trim().split('\n')
  return lines.find((line) => /^(\w*Error|message \d+)\b/.test(line)) ?? lines.at(-1)!
}

async function readyLine(program: Running): Promise<void> {
  const line = await program.line()
  if (line !== 'ready') throw new Error(`expected "ready" and got ${line}`)
}

/**
 * A sender and a receiver, connected by a socket pair, or with `path` by name. The sender is there first, so that the
 * receiver can be told its process; it begins when the receiver is ready.
 */
export async function play(sender: Start, receiver: Start, path?: string): Promise<{ sender: Outcome; receiver: Outcome }> {
  const pair = path === undefined ? socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC) : undefined
  const running: Running[] = []
  let timer: NodeJS.Timeout | undefined
  try {
    const begin = (side: Start, fd: number | undefined, words: Words): Running => {
      const program = start({ ...side, words: { socket: path ?? 3, ...side.words, ...words } }, fd)
      running.push(program)
      return program
    }
    if (path !== undefined) rmSync(path, { force: true })
    const game = async (): Promise<{ sender: Outcome; receiver: Outcome }> => {
      const from = begin(sender, pair?.[0], {})
      await readyLine(from)
      const to = begin(receiver, pair?.[1], { from: from.child.pid! })
      // Theirs alone from now on: if one goes, the other hears of it.
      for (const fd of pair?.splice(0) ?? []) close(fd)
      await readyLine(to)
      from.child.stdin!.write('go\n')
      const [sent, received] = await Promise.all([from.line(), to.line()])
      // They end by themselves: one that does not has something open.
      await Promise.all(running.map(({ ended }) => ended))
      return { sender: JSON.parse(sent) as Outcome, receiver: JSON.parse(received) as Outcome }
    }
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end after ${limit / 1000} s`)), limit)
    })
    return await Promise.race([game(), tooLong])
  } catch (error) {
    // Where one has failed the other fails too: both say why.
    await new Promise((resolve) => setTimeout(resolve, 200))
    const complaints = running.flatMap((program) => program.complaint() ?? [])
    throw complaints.length === 0 ? error : new Error(complaints.join('; '))
  } finally {
    clearTimeout(timer)
    for (const fd of pair ?? []) close(fd)
    for (const { child } of running) child.kill('SIGKILL')
  }
}

/** A program that needs nobody else. */
export async function playAlone(program: Start): Promise<Outcome> {
  const { child, line } = start(program)
  try {
    await line()
    return JSON.parse(await line()) as Outcome
  } finally {
    child.kill('SIGKILL')
  }
}
