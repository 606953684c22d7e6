/**
 * Other programs as peers: start one, wait for what it prints, read how it ended. For tests, which import processes.ts, and
 * for programs of the harness that run without vitest. Nothing outlives the process.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The repository, where the programs under test are started. */
export const ROOT: string = join(import.meta.dirname, '../..')

/** How long to wait for anything, in milliseconds. Only a defect takes this long. */
const PATIENCE = 60_000

const running = new Set<Running>()
const directories = new Set<string>()

/** A started program. `await using` it, or leave it to the end of the test file. */
export class Running implements AsyncDisposable {
  /** The complete lines of standard output so far. */
  readonly lines: string[] = []
  /** Standard error so far. */
  stderr = ''
  /** The exit status, or the name of the signal that ended it; undefined while it runs. */
  ended: number | string | undefined
  readonly #child: ChildProcess
  readonly #command: string
  readonly #wakers = new Set<() => void>()

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#command = [command, ...args].join(' ')
    // A process group of its own, so that what it starts in turn (the program under strace) ends with it.
    this.#child = spawn(command, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    running.add(this)
    createInterface(this.#child.stdout!).on('line', (line) => {
      this.lines.push(line)
      this.#wake()
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('close', (code, signal) => this.#end(code ?? signal ?? 'closed'))
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(this.#report('did not start'))
    return this.#child.pid
  }

  /** The first line that is `wanted`, or that matches it. It may have come already. */
  line(wanted: string | RegExp): Promise<string> {
    return this.#until(`the line ${wanted}`, () =>
      this.lines.find((line) => (typeof wanted === 'string' ? line === wanted : wanted.test(line))),
    )
  }

  /** The exit status, or the name of a signal, once all output has been read. `patience` in ms. */
  exit(patience = PATIENCE): Promise<number | string> {
    return this.#until('its end', () => this.ended, patience)
  }

  /** All lines of a program that is to end well: any other end is an error that shows its standard error. */
  async output(): Promise<string[]> {
    if ((await this.exit()) !== 0) throw new Error(this.#report('failed'))
    return this.lines
  }

  /** Ends it, and with it what it started, if it still runs. */
  async stop(): Promise<void> {
    if (this.ended !== undefined) return
    this.kill()
    await this.exit()
  }

  /** Sends a signal to its process group. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined || this.ended !== undefined) return // it never started, or is over
    try {
      process.kill(-pid, signal)
    } catch (error) {
      // It may end by itself a moment before.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker()
  }

  #end(how: number | string): void {
    this.ended ??= how
    running.delete(this)
    this.#wake()
  }

  #report(what: string): string {
    const state = this.ended === undefined ? 'still running' : `ended: ${this.ended}`
    return `${this.#command}\n${what} (${state})\nstdout:\n${this.lines.join('\n')}\nstderr:\n${this.stderr}`
  }

  #until<T>(what: string, answer: () => T | undefined, patience = PATIENCE): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer)
        this.#wakers.delete(check)
        finish()
      }
      const check = (): void => {
        const value = answer()
        if (value !== undefined) settle(() => resolve(value))
        else if (this.ended !== undefined) settle(() => reject(new Error(this.#report(`ended before ${what}`))))
      }
      const timer = setTimeout(() => {
        settle(() => reject(new Error(this.#report(`${what} did not come within ${patience} ms`))))
      }, patience)
      this.#wakers.add(check)
      check()
    })
  }
}

/** Starts a program in the repository's directory. The first element of `command` is the program. */
export function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const [program, ...args] = command
  if (program === undefined) throw new Error('Cannot start an empty command')
  return new Running(program, args, env)
}

/** A process that does nothing, until it is stopped. */
export const idle = (): Running => start([process.execPath, '-e', 'setInterval(() => {}, 1e6)'])

/** The command that runs one of our TypeScript programs. */
export const typescript = (file: string): string[] => [process.execPath, '--import', 'tsx', file]

/**
 * A new directory, removed at the end. Its path is short: an AF_UNIX address holds 108 bytes.
 * `mode` lets another user in.
 */
export function tempDir(mode = 0o700): string {
  const parent = tmpdir()
  const directory = mkdtempSync(join(parent.length < 40 ? parent : '/tmp', 'cmsg-'))
  chmodSync(directory, mode)
  directories.add(directory)
  return directory
}

/** Ends every program and removes every directory. */
export async function stopAll(): Promise<void> {
  await Promise.allSettled([...running].map((program) => program.stop()))
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
}

// A run that is broken off does not get as far as stopAll.
process.on('exit', () => {
  for (const program of running) program.kill()
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
