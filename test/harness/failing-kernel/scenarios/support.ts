/**
 * What scenarios have in common.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fstatSync, openSync, unlinkSync } from 'node:fs'
import { constants, MessageSocket, rights, type AddressLike, type Message, type SocketType } from 'cmsg'
import { Wrong, type Stage } from '../stage.ts'

const { SOL_SOCKET, SO_SNDBUF } = constants

export type Scenario = (stage: Stage) => Promise<void>

export const textOf = (message: { readonly data: Uint8Array } | undefined): string | undefined =>
  (message === undefined ? undefined : String(message.data))
export const loopback = { address: '127.0.0.1', port: 0 } as const

/** A file of our own to be passed, and a check that a descriptor is of the same one. */
export function passable(stage: Stage): { readonly fd: number; check(what: string, message: Message<typeof rights> | undefined): void } {
  const [fd] = stage.keepFds([openSync('/proc/self/status', 'r')] as const)
  const { dev, ino } = fstatSync(fd)
  return {
    fd,
    check: (what, message) => {
      const fds = message?.get(rights)
      if (fds?.length !== 1) throw new Wrong(`${what}: ${fds?.length ?? 'no'} descriptors instead of 1`)
      const stats = fstatSync(fds[0]!.fd)
      stage.equal(`${what}: the file of the descriptor`, [stats.dev, stats.ino], [dev, ino])
    },
  }
}

/** Send until there is no room. */
export function fill(socket: Pick<MessageSocket, 'sendNow'>, to?: AddressLike): string[] {
  const sent: string[] = []
  // A few times there may be no room for no reason.
  for (let refused = 0; refused < 5;) {
    const text = `fill ${sent.length}`.padEnd(2000)
    if (socket.sendNow(text, { to }) === undefined) refused++
    else sent.push(text)
    if (sent.length > 5000) throw new Wrong('the queue never fills')
  }
  return sent
}

/** Try until it is not to wait: what says EAGAIN for no reason is not an error. */
export function atOnce<T>(attempt: () => T | undefined): T {
  for (let tries = 0; tries < 10; tries++) {
    const result = attempt()
    if (result !== undefined) return result
  }
  throw new Wrong('it would wait, again and again')
}

/** A pair whose queues hold little. */
export function smallPair(stage: Stage, type: SocketType): [MessageSocket<typeof rights>, MessageSocket<typeof rights>] {
  const [a, b] = MessageSocket.pair({ type, receive: [rights] })
  stage.keep(a)
  stage.keep(b)
  a.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
  return [a, b]
}

export async function expectMessages(
  stage: Stage, socket: { receive(): Promise<{ readonly data: Uint8Array } | undefined> }, expected: readonly string[],
): Promise<void> {
  for (const text of expected) stage.equal('a message', textOf(await stage.run('receive', socket.receive())), text)
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** A process that connects to an abstract name and ends when its connection does. */
export class Child {
  readonly #process
  constructor(abstract: string) {
    this.#process = spawn(process.env.FAILING_KERNEL_CHILD!, [abstract], { stdio: 'ignore' })
  }
  get pid(): number | undefined {
    return this.#process.pid
  }
  async close(): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, 'exit')
  }
}
