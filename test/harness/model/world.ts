/**
 * One run: its sockets, what they hold, and what is still under way. Everything that it opens is closed at its end.
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { OwnedFd } from '../../../src/index.ts'
import * as libc from '../../../src/libc.ts'
import { Violation } from './channel.ts'
import type { Endpoint, Received, Socket } from './endpoint.ts'
import type { Listener } from './listening.ts'
import { openDescriptors, type Source } from './files.ts'
import type { Outgoing } from './outgoing.ts'

/** What the runs of a process did. */
export interface Count {
  runs: number
  commands: number
  messages: number
  descriptors: number
  aborts: number
  closes: number
  handovers: number
}
export const newCount = (): Count => ({ runs: 0, commands: 0, messages: 0, descriptors: 0, aborts: 0, closes: 0, handovers: 0 })

/** A message that was received and not disposed of yet, and its descriptors. */
export interface Held {
  readonly message: Received
  readonly owned: readonly { readonly fd: number; readonly reference: string; readonly handle: OwnedFd }[]
  disposed: boolean
}

/** A send, or another call, that has not settled. */
export interface Call {
  readonly what: string
  readonly endpoint: Endpoint | undefined
  /** Why it has to settle now; `undefined` while it may wait. */
  readonly due: () => string | undefined
  readonly messages: readonly Outgoing[]
}

/** How long to wait for what must happen, ms. Only a defect takes this long. While a failure is made smaller it is less. */
export const patience = { ms: 5000 }

const leftBehind = new Map<number, string>()

export class World {
  readonly count: Count
  readonly endpoints: Endpoint[] = []
  /** Sockets that belong to no endpoint, such as a listener. */
  readonly others: Socket[] = []
  readonly calls = new Set<Call>()
  held: Held[] = []
  readonly taken = new Map<number, string>()
  /** Descriptors to send that are still open. */
  readonly sources = new Set<Source>()
  /** Sends were aborted or closed in this turn of the loop: nobody knows yet which of them had gone. */
  unsafe = 0
  violation: Violation | undefined
  nextId = 1
  /** Resolves when the scheduler of the run says so. */
  readonly later: (label: string) => Promise<unknown>
  listener: Listener | undefined
  /** Work to do at the end of the run, such as to return from loops. */
  readonly atEnd: (() => unknown)[] = []
  readonly #lines: string[] = []
  readonly #baseline = new Map([...openDescriptors()].filter(([fd, reference]) => leftBehind.get(fd) !== reference))

  /** Commands and details that are not to be used: to see what is behind a failure that is known. */
  readonly exclude: ReadonlySet<string>

  constructor(count: Count, later: (label: string) => Promise<unknown>, exclude: ReadonlySet<string>) {
    this.count = count
    this.exclude = exclude
    this.later = later
    process.on('unhandledRejection', this.#unhandled)
    process.on('uncaughtException', this.#uncaught)
  }

  readonly #unhandled = (error: unknown): void => { this.fail(`unhandled rejection: ${stackOf(error)}`) }
  readonly #uncaught = (error: unknown): void => { this.fail(`uncaught exception: ${stackOf(error)}`) }

  trace(line: string): void {
    if (this.#lines.push(line) > 400) this.#lines.splice(0, 200)
  }

  fail(error: unknown): void {
    if (this.violation !== undefined) return
    this.violation = error instanceof Violation ? error : new Violation(typeof error === 'string' ? error : stackOf(error))
    this.trace(`VIOLATION: ${this.violation.message}`)
  }

  /** Throw what was found so far. */
  check(): void {
    if (this.violation !== undefined) throw this.violation
  }

  get history(): string {
    return this.#lines.slice(-80).join('\n')
  }

  /** Run what reacts to a socket: what it finds wrong fails the run, not the socket. */
  guard<T>(body: () => T): T | undefined {
    try {
      return body()
    } catch (error) {
      this.fail(error)
      return undefined
    }
  }

  /** Sends may be rejected in this turn of the loop. */
  uncertain(): void {
    this.unsafe++
    setImmediate(() => {
      this.unsafe--
      if (this.unsafe === 0) for (const endpoint of this.endpoints) this.guard(() => { endpoint.advance() })
    })
  }

  hold(message: Received, owned: Held['owned']): Held {
    const held: Held = { message, owned, disposed: false }
    this.held.push(held)
    return held
  }

  dispose(held: Held): void {
    if (held.disposed) return
    held.message[Symbol.dispose]()
    this.gone(held)
  }

  /** Somebody else has disposed of it. */
  gone(held: Held): void {
    held.disposed = true
    this.held = this.held.filter((other) => other !== held)
    for (const { handle, reference } of held.owned) {
      if (handle.owned) this.fail(`a message was disposed of, but its descriptor ${reference} is still owned`)
    }
  }

  closeSource(source: Source): void {
    if (this.sources.delete(source)) libc.close(source.fd)
  }

  /** What must not be so while nothing happens. */
  #blocked(): string | undefined {
    for (const endpoint of this.endpoints) {
      const why = endpoint.blocked()
      if (why !== undefined) return why
    }
    for (const call of this.calls) {
      const why = call.due()
      if (why !== undefined) return `${call.what} has not settled although ${why}`
    }
    return undefined
  }

  /** Wait until everything that must happen has happened. */
  async quiesce(): Promise<void> {
    await this.until(() => this.#blocked())
  }

  async until(blocked: () => string | undefined): Promise<void> {
    const deadline = performance.now() + patience.ms
    for (let turns = 0; ; turns++) {
      // Somebody else may need the processor to let it happen.
      if (turns < 100) await turn()
      else await new Promise((resolve) => setTimeout(resolve, 1))
      this.check()
      if (this.unsafe > 0) continue
      const why = this.guard(blocked)
      this.check()
      if (why === undefined) return
      if (performance.now() > deadline && turns > 150) throw new Violation(why)
    }
  }

  /** Compare the descriptors of this process with those the model knows of. At the end there must be no others. */
  async account(final: boolean): Promise<void> {
    await this.until(() => this.#difference(final))
  }

  #difference(final: boolean): string | undefined {
    const open = openDescriptors()
    const expected = new Map(this.#baseline)
    for (const { fd, reference } of this.sources) expected.set(fd, reference)
    for (const [fd, reference] of this.taken) expected.set(fd, reference)
    for (const { owned } of this.held) for (const { fd, reference, handle } of owned) if (handle.owned) expected.set(fd, reference)
    for (const socket of [...this.others, ...this.endpoints.map(({ socket }) => socket)]) {
      if (socket !== undefined && !socket.closed) expected.set(socket.fd, open.get(socket.fd) ?? 'a socket')
    }
    for (const [fd, reference] of expected) {
      if (open.get(fd) !== reference) return `descriptor ${fd} should be ${reference}, but is ${open.get(fd) ?? 'closed'}`
    }
    const extra = [...open].filter(([fd, reference]) => !expected.has(fd) && leftBehind.get(fd) !== reference)
    if (extra.length === 0) return undefined
    if (!final) this.#excuse(extra)
    return extra.length === 0
      ? undefined
      : `there are more descriptors open than the model knows of: ${extra.map((entry) => entry.join(' ')).join(', ')}`
  }

  /** Take out of a list what sockets may hold: copies for sends that wait, helpers, and what was read ahead. */
  #excuse(extra: [number, string][]): void {
    const take = (which: (reference: string) => boolean): void => {
      const i = extra.findIndex(([, reference]) => which(reference))
      if (i >= 0) extra.splice(i, 1)
    }
    const channels = this.endpoints.flatMap(({ incoming }) => incoming)
    for (const channel of channels) {
      if (channel.to.closed && !channel.pending) continue
      const load = channel.load
      for (const reference of load.files) {
        // Once as a copy of a sender whose message waits, once as received ahead.
        take((other) => other === reference)
        take((other) => other === reference)
      }
      if (channel.to.receives.pidfd) for (let i = 0; i < load.messages; i++) take((reference) => reference.includes('pidfd'))
    }
    // Last of all, since any socket could be a helper.
    for (const channel of channels) if (channel.pending) take((reference) => reference.startsWith('socket:'))
  }

  /** The end of every run, also of one that failed. */
  async end(): Promise<void> {
    try {
      for (const action of this.atEnd.splice(0)) await action()
      for (const endpoint of this.endpoints) if (endpoint.open) this.close(endpoint)
      for (const socket of this.others) await socket.close()
      await turn()
      for (const [fd] of this.taken) libc.close(fd)
      this.taken.clear()
      for (const held of [...this.held]) this.dispose(held)
      if (this.violation === undefined) await this.quiesce()
      for (const source of [...this.sources]) this.closeSource(source)
      if (this.violation === undefined) await this.account(true)
    } finally {
      await turn()
      // What a run that failed leaves behind is closed at some time: the next runs have nothing to do with it.
      if (this.violation !== undefined) {
        for (const [fd, reference] of openDescriptors()) if (this.#baseline.get(fd) !== reference) leftBehind.set(fd, reference)
      }
      process.off('unhandledRejection', this.#unhandled)
      process.off('uncaughtException', this.#uncaught)
    }
  }

  /** Close an endpoint: what it has not read is lost, what it has sent is not. */
  close(endpoint: Endpoint): void {
    const { socket } = endpoint
    this.trace(`${endpoint.name}.close()`)
    this.count.closes++
    this.closing(endpoint)
    this.guard(() => {
      void socket!.close().catch((error: unknown) => { this.fail(`close() rejected: ${String(error)}`) })
      if (!socket!.closed) this.fail(`${endpoint.name} was closed, but says that it is not`)
    })
  }

  /** What the others have to expect when an endpoint closes. */
  closing(endpoint: Endpoint): void {
    endpoint.closed = true
    this.uncertain()
    for (const { to } of endpoint.outgoing) {
      if (!to.connected) continue
      to.peerClosed = true
      const [unread] = endpoint.incoming.filter(({ from }) => from === to)
      if (unread !== undefined && (unread.load.messages > 0 || endpoint.undecided > 0)) to.resets = 1
      // A datagram socket that learns by a send that its peer is gone drops what it has not read.
      if (to.type === 'datagram' && unread?.pending === true) for (const channel of to.incoming) channel.lose()
    }
    // What is lost with it, the senders know as sent.
    for (const channel of endpoint.incoming) {
      for (const message of channel.messages) if (!message.arrived && message.fate === 'sent') message.fate = 'maybe'
    }
  }
}

const stackOf = (error: unknown): string => (error instanceof Error ? error.stack ?? String(error) : String(error))
