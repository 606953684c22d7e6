/**
 * The flood: 100,000 messages with 0 to 253 descriptors, received in every way at random, and never to the end: cut off,
 * peeked at, aborted, closed in between. Not one descriptor is left, and none had to be found by the garbage collector.
 *
 * FLOOD_SEED repeats a run; FLOOD_COUNT makes it longer or shorter.
 */
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as after } from 'node:timers/promises'
import { expect, it } from 'vitest'
import {
  MessageSocket, OwnedFd, Pidfd, constants, credentials, defineControlMessage, pidfd, rights, type AnyControlMessage, type Message,
} from '../../src/index.ts'
import { rights as numbers } from '../../src/codec.ts'
import { newDescriptors, openDescriptors } from '../support/fds.ts'
import { withPeer } from '../support/peers.ts'
import { start, tempDir } from '../support/processes.ts'

const { SOL_SOCKET, SCM_RIGHTS, SO_PASSCRED, SO_PASSPIDFD, MSG_PEEK } = constants

const seed = Number(process.env.FLOOD_SEED ?? Date.now() % 2 ** 31)
const total = Number(process.env.FLOOD_COUNT ?? 100_000)
const senders = 3

/** mulberry32: small, and the same everywhere. */
function randomness(seed: number) {
  let state = seed
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(random() * n)
  return { below, chance: (p: number): boolean => random() < p, pick: <T>(list: readonly T[]): T => list[below(list.length)]! }
}

const few = defineControlMessage({
  kind: 'few descriptors', level: SOL_SOCKET, type: SCM_RIGHTS, family: 'unix', minSize: 0, receive: { size: 4 },
  decode: (data) => { if (data.length > 4) throw new Error('one too many'); return data.length },
})

class Flooded {
  readonly #random: ReturnType<typeof randomness>
  readonly #over: AbortSignal
  readonly seen = { messages: 0, descriptors: 0, truncated: 0, aborted: 0, closed: 0 }

  constructor(seed: number, over: AbortSignal) {
    this.#random = randomness(seed)
    this.#over = over
  }

  /** What a socket asks for: anything, or nothing. */
  get #kinds(): AnyControlMessage[] {
    const { pick, chance } = this.#random
    const descriptors: AnyControlMessage | undefined = pick([rights, rights, numbers, few, undefined])
    return [descriptors, chance(0.5) ? pidfd : undefined, chance(0.5) ? credentials : undefined].filter((kind) => kind !== undefined)
  }

  // What a stream has no room for is for the next read: many small ones would take all the time.
  get #options() {
    return { receive: this.#kinds, messageSize: this.#random.pick([20, 100, 65536]) }
  }

  /** Datagram sockets on one path, one after the other. */
  async datagrams(path: string): Promise<void> {
    while (!this.#over.aborted) {
      const socket = MessageSocket.bind(path, { type: 'datagram', unlink: true, ...this.#options })
      await this.#use(socket)
    }
  }

  /** Listeners on one path, and what connects to them. */
  async connections(type: 'seqpacket' | 'stream', path: string): Promise<void> {
    while (!this.#over.aborted) {
      const listener = MessageSocket.bind(path, { type, unlink: true, ...this.#options })
      const using: Promise<void>[] = []
      try {
        for (let i = this.#random.below(5); i >= 0; i--) using.push(this.#use(await listener.accept({ signal: this.#over })))
      } catch (error) {
        if (!this.#over.aborted) throw error
      }
      if (this.#random.chance(0.5)) await listener.close()
      await Promise.all(using)
      await listener.close()
    }
  }

  /** A socket's life. */
  async #use(socket: MessageSocket<AnyControlMessage>): Promise<void> {
    const { chance, below } = this.#random
    if (chance(0.2)) socket.setOption(SOL_SOCKET, SO_PASSPIDFD, 1)
    if (chance(0.2)) socket.setOption(SOL_SOCKET, SO_PASSCRED, 1)
    for (let left = below(300); left > 0 && !this.#over.aborted && !socket.ended; left--) await this.#step(socket)
    // Sometimes with somebody waiting, mostly with messages queued.
    const waiting = chance(0.3) ? socket.receive().then((message) => message?.[Symbol.dispose](), () => {}) : undefined
    await socket.close()
    this.seen.closed++
    await waiting
  }

  async #step(socket: MessageSocket<AnyControlMessage>): Promise<void> {
    const { below, chance, pick } = this.#random
    const size = pick([undefined, undefined, 10, 1000])
    const flags = chance(0.1) ? MSG_PEEK : undefined
    try {
      switch (below(5)) {
        case 0: return this.#look(socket.receiveNow({ size, flags }))
        case 1: return this.#look(await socket.receive({ size, flags, signal: this.#over }))
        case 2: {
          const abort = new AbortController()
          const receiving = socket.receive({ size, flags, signal: abort.signal })
          if (chance(0.5)) await turn()
          abort.abort()
          return this.#look(await receiving)
        }
        case 3: {
          for (const message of await socket.receiveMany({ max: 1 + below(70), signal: this.#over })) this.#look(message)
          return
        }
        default: {
          let left = below(10)
          if (left === 0) return
          const stop = (): void => { void socket.close() }
          this.#over.addEventListener('abort', stop)
          for await (const message of socket) {
            if (chance(0.5)) this.#look(message)
            if (--left <= 0) break
          }
          this.#over.removeEventListener('abort', stop)
        }
      }
    } catch (error) {
      if ((error as Error).name !== 'AbortError' && (error as { code?: unknown }).code !== 'ERR_CMSG_CLOSED') throw error
      this.seen.aborted++
    }
  }

  /** Do something with a message, or nothing, and dispose of it. */
  #look(message: Message<AnyControlMessage> | undefined): void {
    if (message === undefined) return
    using _message = message
    const { chance, pick } = this.#random
    this.seen.messages++
    if (message.controlTruncated) this.seen.truncated++
    if (chance(0.3)) return
    try {
      for (const { kind } of message.control) expect(kind).toBeTypeOf('string')
    } catch (error) {
      expect((error as Error).message).toBe('one too many')
      return
    }
    const fds = (message.get(rights) ?? []) as (OwnedFd | number)[]
    this.seen.descriptors += fds.length
    const some = fds.length > 0 ? pick(fds) : undefined
    if (some instanceof OwnedFd && chance(0.5)) closeSync(some.take())
    else if (some instanceof OwnedFd) some.close()
    const sender = message.get(pidfd)
    if (sender instanceof Pidfd && chance(0.1)) expect(sender.pid).not.toBe(process.pid)
  }
}

withPeer('python3', `${total} messages with 0 to 253 descriptors`, () => {
  it(`leave none behind (FLOOD_SEED=${seed})`, { timeout: 300_000 }, async () => {
    const warnings: string[] = []
    const warned = ({ name, message }: Error): void => { if (name === 'CmsgWarning') warnings.push(message) }
    process.on('warning', warned)
    const directory = tempDir()
    const before = openDescriptors()

    const over = new AbortController()
    const flooded = new Flooded(seed, over.signal)
    const receiving = Promise.all([
      flooded.datagrams(join(directory, 'datagram')),
      flooded.connections('seqpacket', join(directory, 'seqpacket')),
      flooded.connections('stream', join(directory, 'stream')),
    ])
    receiving.catch(() => {})
    const programs = Array.from({ length: senders }, (_, i) =>
      start(['python3', '-B', 'test/descriptors/flood.py', directory, `${seed + i}`, `${Math.ceil(total / senders)}`]))
    const ended = Promise.all(programs.map(async (program) => {
      // Each thousand is waited for by itself: how long all of them take depends on what else the machine does.
      for (let at = 1000; at <= total / senders; at += 1000) await program.line(`at ${at}`)
      const [, messages, descriptors] = (await program.output()).at(-1)!.split(' ').map(Number)
      return [messages!, descriptors!] as const
    }))
    // Whichever fails first says why.
    const sent = await Promise.race([ended, receiving.then(() => ended)])
    over.abort()
    await receiving
    const [messages, descriptors] = [0, 1].map((i) => sent.reduce((sum, counts) => sum + counts[i]!, 0))
    console.log(`seed ${seed}: ${messages} messages sent with ${descriptors} descriptors; ${JSON.stringify(flooded.seen)}`)
    expect(messages).toBeGreaterThanOrEqual(total)
    expect(flooded.seen.messages).toBeGreaterThan(total / 4)

    // Number and identity. The event loop's own, and those of our children, are closed a moment later.
    const deadline = Date.now() + 3000
    while (newDescriptors(before).length > 0 && Date.now() < deadline) await after(20)
    expect(newDescriptors(before).filter((line) => !/\/dev\/null|io_uring/.test(line))).toEqual([])
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })
})
