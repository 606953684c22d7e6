/**
 * A python3 process at the other end: the functions of a module in peers/ are called by a line of JSON each way.
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The paths at which modules are served: see peers/peer.py. */
const servers = new Map<string, string>()
const running = new Set<Peer>()

/** The processes of a check do not outlive it. */
export function endPeers(): void {
  for (const peer of running) peer.end()
  running.clear()
}

function serverOf(module: string): string {
  let path = servers.get(module)
  if (path === undefined) {
    path = `/tmp/peer-${process.pid}-${module}`
    spawn('python3', ['-S', '-E', 'peers/peer.py', module, path], { stdio: ['ignore', 'ignore', 'inherit'] }).unref()
    servers.set(module, path)
  }
  return path
}

/** Start python3 with a family's functions, if it has any: no check's time is spent on it. */
export async function startPeers(family: string): Promise<void> {
  if (existsSync(`peers/${family}.py`)) (await connected(serverOf(family))).destroy()
}

export class Peer {
  readonly #connection: Promise<Socket>
  readonly #waiting: { resolve: (value: Json) => void; reject: (error: Error) => void }[] = []
  #pid: number | undefined
  readonly #ready: Promise<number>

  /** A process with the functions of a module. */
  constructor(module: string) {
    running.add(this)
    let ready!: (pid: number) => void
    this.#ready = new Promise((resolve) => { ready = resolve })
    this.#connection = connected(serverOf(module))
    void this.#connection.then((connection) => {
      createInterface(connection).on('line', (line) => {
        const { pid, value = null, error } = JSON.parse(line) as { pid?: number; value?: Json; error?: string }
        if (pid !== undefined) return ready(this.#pid = pid)
        const call = this.#waiting.shift()!
        if (error === undefined) call.resolve(value)
        else call.reject(new Error(`python3: ${error}`))
      })
      connection.on('error', () => {})
      connection.on('close', () => { for (const { reject } of this.#waiting.splice(0)) reject(new Error('python3 has ended')) })
    })
  }

  /** The process. */
  get pid(): Promise<number> {
    return this.#ready
  }

  /** Call a function. Calls are done in their order, each when the one before has returned. */
  async call<T = Json>(name: string, ...args: Json[]): Promise<T> {
    const connection = await this.#connection
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (value: Json) => void, reject })
      connection.write(`${JSON.stringify([name, args])}\n`)
    })
  }

  end(): void {
    if (this.#pid !== undefined) process.kill(this.#pid, 'SIGKILL')
    void this.#connection.then((connection) => { connection.destroy() })
  }
}

/** A connection to a path that somebody is about to listen at. */
async function connected(path: string): Promise<Socket> {
  for (;;) {
    if (existsSync(path)) {
      const connection = connect(path)
      const failed = await new Promise((resolve) => {
        connection.once('connect', () => { resolve(false) }).once('error', () => { resolve(true) })
      })
      if (!failed) return connection
    }
    await sleep(50)
  }
}
