/**
 * A python3 process at the other end: the functions of a module in peers/ are called by a line of JSON each way.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

const running = new Set<ChildProcess>()

/** The processes of a check do not outlive it. */
export function endPeers(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

export class Peer {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #waiting: { resolve: (value: Json) => void; reject: (error: Error) => void }[] = []

  /** Start python3 with the functions of a module. */
  constructor(module: string) {
    const child = spawn('python3', ['-S', '-E', 'peers/peer.py', module], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    this.pid = child.pid!
    running.add(child)
    createInterface(child.stdout).on('line', (line) => {
      const { value = null, error } = JSON.parse(line) as { value?: Json; error?: string }
      const call = this.#waiting.shift()!
      if (error === undefined) call.resolve(value)
      else call.reject(new Error(`python3: ${error}`))
    })
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`python3 ended with ${signal ?? code}`))
    })
    child.stdin.on('error', () => {})
  }

  /** Call a function. Calls are done in their order, each when the one before has returned. */
  call<T = Json>(name: string, ...args: Json[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: Json) => void, reject })
      this.#child.stdin!.write(`${JSON.stringify([name, args])}\n`)
    })
  }
}
