/**
 * One channel of a socket on which something comes: its data, its urgent data, its error queue, or its connections. The
 * receiver owns the requests that wait and the items that were read ahead, and nothing else drives them.
 * @module
 */
import { setImmediate } from 'node:timers'
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { onAbort, throwIfAborted } from '../../abort.ts'
import { waitingToClose } from '../../descriptors/closer.ts'
import { counts, maxDescriptorsAhead } from '../../limits.ts'
import type { Channel, Interest, Registration } from '../../readiness/registration.ts'
import { exhausted } from '../../readiness/turn.ts'
import { maxBatch, type Outcome, type Reader } from './reader.ts'
import { plainRequest, type ReceiveRequest } from './request.ts'

const { EPOLLHUP, EPOLLRDHUP, MSG_PEEK } = constants

/** What a receiver needs besides its reader. */
export interface ReceiverOptions<T> {
  /** The events that tell that something is there. */
  readonly events: number
  /** The most items to take from the kernel beyond those that were asked for. */
  readonly readAhead: () => number
  /** Nothing may tell that something is there (AF_ALG): a request tries before it waits. */
  readonly tryFirst?: boolean
  /** The number of descriptors in an item, and the most that one can have. Absent: it has none. */
  readonly descriptors?: { readonly of: (item: T) => number; readonly max: () => number }
  /** Items are moved out of the kernel while nobody asks for them, and only so many are kept, the newest. */
  readonly keep?: { readonly max: number; readonly onDropped: (items: readonly T[]) => void }
  /** Told of each call that took items from the kernel, and of what is left at the end. It may do anything, even close the socket. */
  readonly onTaken?: (items: readonly T[]) => void
  readonly onLeft?: (items: readonly T[]) => void
  /** A request begins or ceases to wait. */
  readonly onWaiting: () => void
}

interface Waiter<T> {
  readonly request: ReceiveRequest
  /** Whoever may cancel it. */
  readonly owner: object | undefined
  resolve(item: T | undefined): void
  reject(error: unknown): void
}

/** A callback that takes items as they come: see {@link Receiver.consume}. */
export interface Consumer<T> {
  onItem(item: T): void
  onEnd(): void
  onError(error: unknown): void
}

/** Stops and continues a consumer. */
export interface Consumption {
  pause(): void
  resume(): void
  /** No more: what comes is for others. */
  stop(): void
}

/** Descriptors that may still be read ahead. Those that are not closed yet, since a peer makes it last, count too. */
const roomForDescriptors = (): number => maxDescriptorsAhead() - counts.descriptorsAhead - waitingToClose()

const single = <T>(item: T): T => item

export class Receiver<T extends Disposable> implements Channel {
  readonly events: number
  readonly passive: boolean
  readonly #reader: Reader<T>
  readonly #options: ReceiverOptions<T>
  readonly #interest: Interest
  /** What was read, from `#head` on. */
  #items: T[] = []
  #head = 0
  #waiters: Waiter<T>[] = []
  #consumer: Consumer<T> | undefined
  #paused = false
  /** The last read was cut off by its own limit: there may be more. */
  #more = false
  /** An error that came after messages which were handed out first. */
  #failed: { readonly error: unknown } | undefined
  #ended = false

  constructor(reader: Reader<T>, registration: Registration, options: ReceiverOptions<T>) {
    this.#reader = reader
    this.#options = options
    this.events = options.events
    this.passive = options.keep !== undefined
    this.#interest = registration.interest(this)
  }

  get waiting(): boolean {
    return this.#waiters.length > 0 || (this.#consumer !== undefined && !this.#paused)
  }

  get ended(): boolean {
    return this.#ended && this.#head === this.#items.length
  }

  /** The next one if it is here or can be read at once, and nobody waits for it. @throws SystemError */
  now(request: ReceiveRequest): T | undefined {
    if (this.waiting) return undefined
    return this.#take(request) ?? (this.#ended ? undefined : this.#fill(request))
  }

  /** The next one, as soon as it comes; undefined at the end. `owner` may {@link cancel} the request. */
  next(request: ReceiveRequest, signal?: AbortSignal, owner?: object): Promise<T | undefined> {
    return this.#ask(request, signal, owner, single)
  }

  /** All that are there, up to as many as asked for, as soon as there is one; none at the end. */
  many(request: ReceiveRequest, signal?: AbortSignal): Promise<T[]> {
    return this.#ask(request, signal, undefined, (item) => (item === undefined ? [] : this.#rest([item], request)))
  }

  /** `give` makes the answer of the first item, in the very moment that it is this request's turn. */
  #ask<R>(request: ReceiveRequest, signal: AbortSignal | undefined, owner: object | undefined, give: (item: T | undefined) => R): Promise<R> {
    try {
      throwIfAborted(signal)
      if (!this.waiting) {
        let item = this.#take(request)
        // There is more, and waiting for the loop would be slower.
        if (item === undefined && !this.#ended && (this.#failed !== undefined || ((this.#more || this.#options.tryFirst === true) && !exhausted()))) item = this.#fill(request)
        if (item !== undefined || this.#ended) return Promise.resolve(give(item))
      }
      // Before anybody waits: if this fails nobody must be left, who would take a message that nobody gets.
      const error = this.#interest.want(true)
      if (error !== undefined) throw error
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#waiters.push({ request, owner, resolve: (item) => { resolve(give(item)) }, reject })
        this.#options.onWaiting()
        return
      }
      const stop = onAbort(signal, () => {
        this.#remove(waiter)
        waiter.reject(signal.reason)
      })
      const waiter: Waiter<T> = {
        request, owner,
        resolve: (item) => { stop(); resolve(give(item)) },
        reject: (error) => { stop(); reject(error as Error) },
      }
      this.#waiters.push(waiter)
      this.#options.onWaiting()
    })
  }

  /** Requests of this owner resolve with nothing, and take nothing. */
  cancel(owner: object): void {
    for (const waiter of this.#waiters.filter((one) => one.owner === owner)) {
      this.#remove(waiter)
      waiter.resolve(undefined)
    }
  }

  #remove(waiter: Waiter<T>): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
    this.#options.onWaiting()
  }

  /** Adds to `items` what else is there, until they are `request.max`. An error is kept for the next request: what was read before it counts. */
  #rest(items: T[], request: ReceiveRequest): T[] {
    const { descriptors } = this.#options
    let held = descriptors === undefined ? 0 : items.reduce((sum, item) => sum + descriptors.of(item), 0)
    while (items.length < request.max && (held === 0 || held < roomForDescriptors())) {
      let item = this.#shift()
      try {
        if (item === undefined && this.#more && !this.#ended) item = this.#fill({ ...request, max: request.max - items.length }, held)
      } catch (error) {
        this.#failed = { error }
      }
      if (item === undefined) break
      if (descriptors !== undefined) held += descriptors.of(item)
      items.push(item)
    }
    return items
  }

  /** Has items taken by a callback as they come, after the requests that wait already. */
  consume(consumer: Consumer<T>): Consumption {
    this.#consumer = consumer
    const change = (paused: boolean): boolean => {
      if (this.#consumer !== consumer) return false
      this.#paused = paused
      this.#options.onWaiting()
      return true
    }
    const resume = (): void => {
      if (!change(false)) return
      const error = this.#interest.want(true)
      if (error !== undefined) this.fail(error)
      // What was read ahead wakes nobody.
      else this.#serveSoon()
    }
    resume()
    return {
      pause: () => { change(true) },
      resume,
      stop: () => {
        if (!change(false)) return
        this.#consumer = undefined
        this.#options.onWaiting()
      },
    }
  }

  /** Serves in the next turn, outside of the poller: what a consumer throws there is its own error, too. */
  #serveSoon(): void {
    setImmediate(() => {
      try {
        this.#serve()
      } catch (error) {
        this.fail(error)
      }
    })
  }

  onReady(): boolean {
    const { keep } = this.#options
    if (!this.waiting && keep !== undefined) return this.#moveOut(keep)
    if (!this.waiting) {
      // Nobody has come back for more since the last wake: the kernel keeps it until somebody does.
      this.#interest.want(false)
      return true
    }
    return this.#serve()
  }

  onHangUp(events: number): boolean {
    // Both directions of a datagram socket were shut down: nothing will ever come. After the peer's end no urgent data will.
    if ((events & EPOLLHUP) === 0 && (this.events & EPOLLRDHUP) === 0) return false
    if (!this.#interest.on) return false
    this.#ended = true
    this.#serve()
    this.#interest.want(false)
    return true
  }

  fail(error: unknown): boolean {
    const waiter = this.#waiters.shift()
    if (waiter !== undefined) {
      this.#options.onWaiting()
      waiter.reject(error)
      return true
    }
    const consumer = this.#consumer
    this.#consumer = undefined
    this.#options.onWaiting()
    consumer?.onError(error)
    return consumer !== undefined
  }

  /** Gives those who wait what is there. Returns false if there was nothing. */
  #serve(): boolean {
    let progress = false
    while (this.waiting) {
      const waiter = this.#waiters[0]
      const consumer = this.#consumer
      const request = waiter?.request ?? plainRequest
      let item = this.#take(request)
      if (item === undefined && !this.#ended) {
        if (progress && exhausted()) break
        try {
          item = this.#fill(request)
        } catch (error) {
          progress = true
          this.fail(error)
          continue
        }
        // Whoever was told of it has aborted the request that it was read for.
        if (this.#waiters[0] !== waiter || (waiter === undefined && this.#consumer !== consumer)) {
          progress = true
          if (item !== undefined) this.#putBack(item, request)
          continue
        }
      }
      if (item === undefined && !this.#ended) break
      progress = true
      if (waiter !== undefined) {
        this.#waiters.shift()
        waiter.resolve(item)
      } else if (item !== undefined) {
        consumer!.onItem(item)
      } else {
        this.#consumer = undefined
        consumer!.onEnd()
      }
    }
    // A turn's budget ended between items that were read ahead, which wake nobody.
    if (this.#consumer !== undefined && !this.#paused && this.#head < this.#items.length) this.#serveSoon()
    if (this.#ended) this.#interest.want(false)
    this.#options.onWaiting()
    return progress
  }

  /** Moves items out of the kernel, where they would fill the socket's buffer, and keeps the newest. */
  #moveOut({ max, onDropped }: { readonly max: number; readonly onDropped: (items: readonly T[]) => void }): boolean {
    const found: T[] = []
    const outcome = this.#reader.read(plainRequest, max, found)
    if (found.length === 0) return outcome === 'some' || outcome === 'more'
    this.#items = [...this.#items.slice(this.#head), ...found]
    this.#head = 0
    const dropped = this.#items.splice(0, Math.max(0, this.#items.length - max))
    for (const item of dropped) item[dispose]()
    this.#tell(found, plainRequest)
    if (dropped.length > 0) onDropped(dropped)
    return true
  }

  /** Takes what is there, for those who wait or to be kept: what another channel does would be in its way. */
  catchUp(): void {
    const { keep } = this.#options
    if (this.waiting) this.#serve()
    else if (keep !== undefined) this.#moveOut(keep)
  }

  /** The next one for a request, if it is here. */
  #take(request: ReceiveRequest): T | undefined {
    if ((request.flags & MSG_PEEK) === 0 || this.#reader.copy === undefined) return this.#shift()
    const first = this.#items[this.#head]
    return first === undefined ? undefined : this.#reader.copy(first)
  }

  /** The next one. The list does not keep what it has given away. */
  #shift(): T | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined as never
    if (this.#options.descriptors !== undefined) counts.descriptorsAhead -= this.#options.descriptors.of(item)
    return item
  }

  /** Reads, now that none is here: the first of what came. `held`: descriptors that the caller has and nobody received yet. @throws SystemError */
  #fill(request: ReceiveRequest, held = 0): T | undefined {
    if (this.#failed !== undefined) {
      const { error } = this.#failed
      this.#failed = undefined
      throw error
    }
    const items: T[] = []
    const count = this.#countFor(request, held)
    const outcome: Outcome = this.#reader.read(request, count, items)
    this.#items = items
    this.#head = 0
    this.#more = outcome === 'more'
    const { descriptors } = this.#options
    if (descriptors !== undefined) for (const item of items) counts.descriptorsAhead += descriptors.of(item)
    if (outcome === 'ended') this.#ended = true
    this.#tell(items, request)
    if (typeof outcome === 'object') throw outcome
    return this.#reader.takesToPeek === true ? this.#take(request) : this.#shift()
  }

  /** Says what a call has taken. What a caller only looked at is still there. */
  #tell(items: readonly T[], { flags }: ReceiveRequest): void {
    if (items.length > 0 && ((flags & MSG_PEEK) === 0 || this.#reader.takesToPeek === true)) this.#options.onTaken?.(items)
  }

  /** Keeps an item for the next request, unless it was only looked at. */
  #putBack(item: T, { flags }: ReceiveRequest): void {
    if ((flags & MSG_PEEK) !== 0 || this.#ended) {
      item[dispose]()
      return
    }
    this.#items[--this.#head] = item
    if (this.#options.descriptors !== undefined) counts.descriptorsAhead += this.#options.descriptors.of(item)
  }

  /** Messages to take in one call: those that were asked for and may be read ahead, as far as the limit on descriptors goes. */
  #countFor(request: ReceiveRequest, held: number): number {
    if (request.size !== undefined || request.flags !== 0) return 1
    const { readAhead, descriptors } = this.#options
    const wanted = Math.min(maxBatch, request.max + readAhead())
    const each = descriptors?.max() ?? 0
    if (each === 0 || wanted === 1) return wanted
    return Math.min(wanted, 1 + Math.max(0, Math.floor((roomForDescriptors() - held) / each)))
  }

  /** Takes what was read ahead and nobody has received. */
  drain(): T[] {
    const items: T[] = []
    for (let item = this.#shift(); item !== undefined; item = this.#shift()) items.push(item)
    return items
  }

  /** Nothing more: what waits gets the error, what is queued is disposed of. */
  close(error: Error): void {
    this.#ended = true
    const left = this.drain()
    for (const item of left) item[dispose]()
    if (left.length > 0) this.#options.onLeft?.(left)
    const consumer = this.#consumer
    this.#consumer = undefined
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
    consumer?.onEnd()
  }
}
