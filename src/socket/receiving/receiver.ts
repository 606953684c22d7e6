/**
 * A receiver serves one incoming channel of a socket: its data, urgent data, error queue, or connections. It owns the
 * waiting requests and the items that were read ahead, and nothing else drives them.
 * @module
 */
import { setImmediate } from 'node:timers'
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import { onAbort, throwIfAborted } from '../../abort.ts'
import { closed } from '../../errors.ts'
import type { Registration, Watch, Watcher } from '../../readiness/registration.ts'
import { exhausted } from '../../readiness/turn.ts'
import { Queue } from '../queue.ts'
import type { Consumer, Consumption } from './consumer.ts'
import { countFor, descriptorsLeft, ReadAhead } from './read-ahead.ts'
import { failed, type Outcome, type Reader } from './reader.ts'
import type { ReceiverOptions } from './receiver-options.ts'
import { plainRequest, type ReceiveRequest, type Waiter } from './request.ts'

const { EPOLLHUP, EPOLLIN, EPOLLRDHUP, MSG_PEEK } = constants

/** Serves the requests of one incoming channel, in order. */
export class Receiver<T extends Disposable> implements Watcher {
  readonly events: number
  readonly passive: boolean
  readonly #reader: Reader<T>
  readonly #options: ReceiverOptions<T>
  readonly #watch: Watch
  readonly #registration: Registration
  readonly #items: ReadAhead<T>
  readonly #waiters = new Queue<Waiter<T>>()
  #consumer: Consumer<T> | undefined
  #paused = false
  /** The last read reached its limit, so more items may be available. */
  #more = false
  /** Scheduled calls that deliver an item each to a spaced consumer. */
  #scheduled = 0
  /** An error to report after the messages that were received before it. */
  #failed: { readonly error: unknown } | undefined
  #ended = false
  #closed = false
  /** The end is that of the peek for which it was found, and items may remain. */
  #passed = false

  constructor(reader: Reader<T>, registration: Registration, options: ReceiverOptions<T>) {
    this.#reader = reader
    this.#options = options
    this.events = options.events
    this.passive = options.keep !== undefined
    this.#items = new ReadAhead(options.descriptors?.of)
    this.#registration = registration
    this.#watch = registration.addWatcher(this)
  }

  get waiting(): boolean {
    return this.#waiters.size > 0 || (this.#consumer !== undefined && !this.#paused)
  }

  get ended(): boolean {
    return this.#ended && this.#items.size === 0
  }

  /** True if the last call found the end: that of all items, or of those that a peek can show. */
  get foundEnd(): boolean {
    return this.ended || this.#passed
  }

  /** Returns the next item if it can be read at once and no request is waiting. @throws SystemError */
  now(request: ReceiveRequest): T | undefined {
    if (this.waiting) return undefined
    this.#passed = false
    return this.#take(request) ?? (this.#ended ? undefined : this.#fill(request))
  }

  /** Resolves with the next item, or with undefined at the end. `owner` may {@link cancel} the request. */
  next(request: ReceiveRequest, signal?: AbortSignal, owner?: object): Promise<T | undefined> {
    return this.#ask(request, signal, owner, (item) => item)
  }

  /** Waits for an item, and resolves with all that are available, up to `request.max`; with none at the end. */
  many(request: ReceiveRequest, signal?: AbortSignal): Promise<T[]> {
    return this.#ask(request, signal, undefined, (item) => (item === undefined ? [] : this.#rest([item], request)))
  }

  /** `give` converts the first item to the result, at the moment when the request is served. */
  #ask<R>(
    request: ReceiveRequest, signal: AbortSignal | undefined, owner: object | undefined, give: (item: T | undefined) => R,
  ): Promise<R> {
    try {
      throwIfAborted(signal)
      if (!this.waiting) {
        this.#passed = false
        let item = this.#take(request)
        // More may be available, and waiting for the event loop would be slower.
        const readNow = this.#failed !== undefined || ((this.#more || this.#options.tryFirst === true) && !exhausted())
        if (item === undefined && !this.#ended && readNow) item = this.#fill(request)
        if (item !== undefined || this.#ended || this.#passed) return Promise.resolve(give(item))
      }
      // Before the request is queued: if this fails, no request may remain, since it would take a message that is then lost.
      const error = this.#watch.want(true)
      if (error !== undefined) throw error
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#waiters.add({ request, owner, gone: false, resolve: (item) => { resolve(give(item)) }, reject })
        this.#options.onWaiting()
        return
      }
      const stop = onAbort(signal, () => {
        this.#remove(waiter)
        waiter.reject(signal.reason)
      })
      const waiter: Waiter<T> = {
        request, owner, gone: false,
        resolve: (item) => { stop(); resolve(give(item)) },
        reject: (error) => { stop(); reject(error as Error) },
      }
      this.#waiters.add(waiter)
      this.#options.onWaiting()
    })
  }

  /** Resolves the requests of this owner with undefined, without taking an item. */
  cancel(owner: object): void {
    for (const waiter of this.#waiters.all.filter((one) => one.owner === owner)) {
      this.#remove(waiter)
      waiter.resolve(undefined)
    }
  }

  #remove(waiter: Waiter<T>): void {
    this.#settle(waiter)
    // The next request may be of another kind, and find what this one could not use.
    if (this.waiting) this.#watch.want(true)
    this.#options.onWaiting()
  }

  /** Marks a request as served or cancelled. */
  #settle(waiter: Waiter<T>): void {
    waiter.gone = true
    this.#waiters.left()
  }

  /** Appends available items, up to `request.max` in total. An error is kept for the next request, since these items came first. */
  #rest(items: T[], request: ReceiveRequest): T[] {
    const { descriptors } = this.#options
    let held = descriptors === undefined ? 0 : items.reduce((sum, item) => sum + descriptors.of(item), 0)
    while (items.length < request.max && (held === 0 || held < descriptorsLeft())) {
      let item = this.#items.shift()
      try {
        const fills = item === undefined && this.#more && !this.#ended && !exhausted()
        if (fills) item = this.#fill({ ...request, max: request.max - items.length }, held)
      } catch (error) {
        this.#failed = { error }
      }
      if (item === undefined) break
      if (descriptors !== undefined) held += descriptors.of(item)
      items.push(item)
    }
    return items
  }

  /** Passes items to a callback as they arrive, after the requests that are already waiting. */
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
      const error = this.#watch.want(true)
      if (error !== undefined) this.fail(error)
      // Items that were read ahead cause no epoll event.
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

  /** Serves in the next turn. */
  #serveSoon(): void {
    setImmediate(() => { this.#serveOutsideOfPoller(false) })
  }

  /** Serves when the poller does not run. An error thrown by the consumer is reported to the consumer. */
  #serveOutsideOfPoller(progress: boolean): void {
    try {
      this.#serve(progress)
    } catch (error) {
      this.fail(error)
    }
  }

  /**
   * Schedules the delivery of each item that was read ahead. Between two immediates Node runs all promises and ticks, even those
   * that a promise or a tick has added, and a turn of the event loop for each item would be slow.
   */
  #schedule(): void {
    for (const { size } = this.#items; this.#scheduled < size; this.#scheduled++) setImmediate(this.#deliverNext)
  }

  readonly #deliverNext = (): void => {
    this.#scheduled--
    if (this.waiting && (this.#scheduled === 0 || this.#items.size > 0)) this.#serveOutsideOfPoller(true)
  }

  onReady(): boolean {
    const { keep } = this.#options
    if (!this.waiting && keep !== undefined) return this.#moveOut(keep)
    if (!this.waiting) {
      // No request has followed since the last wakeup. The kernel keeps the items until there is one.
      this.#watch.want(false)
      return true
    }
    return this.#serve()
  }

  /** True if nothing will arrive on a socket that has these events, and nothing to read. */
  isOver(events: number): boolean {
    // After the peer's end no urgent data will arrive.
    if ((events & this.events & EPOLLRDHUP) !== 0) return true
    // Both directions were shut down. A stream that is not connected yet reports EPOLLHUP too, but can still be connected. TIPC, whose
    // end is EAGAIN, reports EPOLLIN instead of EPOLLRDHUP.
    return (events & EPOLLHUP) !== 0 && ((events & this.events & EPOLLIN) !== 0 || this.#registration.hasShutDown)
  }

  /** The socket is connected, perhaps again: an end found before that is over, and with a new connection an error that was kept. */
  reopen(isNew: boolean): void {
    this.#ended = false
    if (isNew) this.takeError()
  }

  onHangUp(events: number): boolean {
    if (!this.isOver(events) || !this.#watch.on) return false
    const waiter = this.#waiters.first
    if (waiter !== undefined && this.#isBehind(waiter.request)) {
      this.#remove(waiter)
      waiter.resolve(undefined)
      return true
    }
    this.#ended = true
    this.#serve()
    if (this.#options.endLasts?.() === false) this.#ended = false
    this.#watch.want(false)
    return true
  }

  #isBehind({ flags }: ReceiveRequest): boolean {
    return (flags & MSG_PEEK) !== 0 && this.#options.peeksBehind?.() === true
  }

  fail(error: unknown): boolean {
    const waiter = this.#waiters.first
    if (waiter !== undefined) {
      this.#remove(waiter)
      waiter.reject(error)
      return true
    }
    const consumer = this.#consumer
    this.#consumer = undefined
    this.#options.onWaiting()
    if (consumer?.context === undefined) consumer?.onError(error)
    else consumer.context.runInAsyncScope(() => { consumer.onError(error) })
    return consumer !== undefined
  }

  /**
   * Serves waiting requests with the available items. Returns false if there were none. Enters the consumer's context once for all.
   * With `progress`, this continues what began earlier, and reads no more if the turn's budget is spent.
   */
  #serve(progress = false): boolean {
    const context = this.#consumer?.context
    return context === undefined ? this.#serveAll(progress) : context.runInAsyncScope(this.#serveAll, this, progress)
  }

  #serveAll(progress: boolean): boolean {
    let delivered: Consumer<T> | undefined
    while (this.waiting) {
      this.#passed = false
      const waiter = this.#waiters.first
      const consumer = this.#consumer
      if (waiter === undefined && consumer === delivered && this.#items.size > 0) {
        this.#schedule()
        break
      }
      const request = waiter?.request ?? plainRequest
      let item = this.#take(request)
      if (item === undefined && !this.#ended) {
        // An error that was kept causes no epoll event.
        if (progress && exhausted() && this.#failed === undefined) break
        try {
          item = this.#fill(request)
        } catch (error) {
          progress = true
          this.fail(error)
          continue
        }
        // A subscriber that was notified of it has aborted the request that it was read for.
        if (this.#waiters.first !== waiter || (waiter === undefined && this.#consumer !== consumer)) {
          progress = true
          if (item !== undefined) this.#putBack(item, request)
          continue
        }
        if (item !== undefined && waiter === undefined && consumer === delivered) {
          this.#putBack(item, request)
          continue
        }
      }
      if (item === undefined && !this.#ended && !this.#passed) {
        if (!this.#more) break
        // What was read had to be skipped.
        progress = true
        continue
      }
      progress = true
      if (waiter !== undefined) {
        this.#settle(waiter)
        waiter.resolve(item)
      } else if (item !== undefined) {
        consumer!.onItem(item)
        if (consumer!.spaced === true) delivered = consumer
      } else {
        this.#consumer = undefined
        consumer!.onEnd()
      }
    }
    // The turn's budget ended between items that were read ahead, which cause no epoll event.
    if (this.#scheduled === 0 && this.#consumer !== undefined && !this.#paused && this.#items.size > 0) this.#serveSoon()
    if (this.#ended) this.#watch.want(false)
    this.#options.onWaiting()
    return progress
  }

  /** Moves items out of the kernel, where they would fill the socket's buffer, and keeps the newest. */
  #moveOut({ max, onDropped }: { readonly max: number; readonly onDropped: (items: readonly T[]) => void }): boolean {
    if (this.#registration.held() < 0) return false
    const found: T[] = []
    const outcome = this.#reader.read(plainRequest, max, found)
    if (found.length === 0) return outcome === 'some' || outcome === 'more'
    const kept = [...this.#items.drain(), ...found]
    const dropped = kept.splice(0, Math.max(0, kept.length - max))
    this.#items.fill(kept)
    for (const item of dropped) item[dispose]()
    this.#tell(found, plainRequest)
    if (dropped.length > 0) onDropped(dropped)
    return true
  }

  /** Reads available items, to serve requests and to keep the rest, because they would hinder another channel. Returns false if none. */
  catchUp(): boolean {
    const { keep } = this.#options
    const served = this.waiting
    if (served && !this.#serve()) return false
    // A request that only peeks has left its item there.
    const moved = keep !== undefined && this.#moveOut(keep)
    if (moved && this.waiting) this.#serve()
    return served || moved
  }

  /** Returns the next item for a request, if it was read ahead. */
  #take(request: ReceiveRequest): T | undefined {
    if ((request.flags & MSG_PEEK) === 0 || this.#reader.copy === undefined) return this.#items.shift()
    const { first } = this.#items
    return first === undefined ? undefined : this.#reader.copy(first, request)
  }

  /**
   * Reads when no item is left, and returns the first. `held` is the caller's number of descriptors not received yet.
   * @throws SystemError
   */
  #fill(request: ReceiveRequest, held = 0): T | undefined {
    const { waiting } = this
    const result = this.#registration.held()
    if (result < 0) {
      this.#more = false
      const outcome = failed(result)
      // A request that waits was rejected by now.
      if (outcome === 'none' || waiting) return undefined
      throw outcome
    }
    if (this.#failed !== undefined) throw this.#takeKept()
    const items: T[] = []
    const outcome: Outcome = this.#reader.read(request, countFor(request, this.#options, held), items)
    this.#items.fill(items)
    this.#more = outcome === 'more'
    if (outcome === 'ended') {
      if (this.#isBehind(request)) this.#passed = true
      else this.#ended = true
    }
    this.#tell(items, request)
    // A subscriber that was notified has closed or detached the socket. The items went to it, or were disposed of.
    if (this.#closed) throw closed('The socket was closed or detached during the call')
    if (typeof outcome === 'object') throw outcome
    return this.#reader.takesToPeek === true ? this.#take(request) : this.#items.shift()
  }

  /** Reports the items that a system call took. Items that the caller only peeked at are still in the kernel. */
  #tell(items: readonly T[], { flags }: ReceiveRequest): void {
    if (items.length > 0 && ((flags & MSG_PEEK) === 0 || this.#reader.takesToPeek === true)) this.#options.onTaken?.(items)
  }

  /** Keeps an item for the next request, unless the caller only peeked at it. */
  #putBack(item: T, { flags }: ReceiveRequest): void {
    if ((flags & MSG_PEEK) !== 0) item[dispose]()
    else this.#items.unshift(item)
  }

  /** Removes and returns the items that were read ahead and not received. */
  drain(): T[] {
    return this.#items.drain()
  }

  /** Removes and returns the error that was to be reported after the items, if the kernel has reported it already. */
  takeError(): Error | undefined {
    return this.#takeKept() ?? this.#reader.takeError?.()
  }

  #takeKept(): Error | undefined {
    const kept = this.#failed
    this.#failed = undefined
    return kept?.error as Error | undefined
  }

  /** Reports an error once, instead of the next read. */
  keepError(error: Error): void {
    this.#failed = { error }
  }

  /** Ends the receiver: waiting requests reject with the error, queued items are disposed of. */
  close(error: Error): void {
    this.#ended = true
    this.#closed = true
    const left = this.drain()
    for (const item of left) item[dispose]()
    if (left.length > 0) this.#options.onLeft?.(left)
    const consumer = this.#consumer
    this.#consumer = undefined
    for (const waiter of this.#waiters.all) {
      this.#settle(waiter)
      waiter.reject(error)
    }
    consumer?.onEnd()
  }
}
