/**
 * What comes in: messages, or connections. Whoever waits is served in order; what came in one batch and nobody has
 * asked for yet is kept.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Watch } from '../readiness/poller.ts'

const { EPOLLIN, EPOLLERR, EPOLLHUP, EPOLLET } = constants

/** What one attempt to read gave. */
export interface ReadResult<T> {
  readonly items: T[]
  /** Whether more may be there at once. Nothing and no more means: it would wait. */
  readonly more: boolean
  /** Whether that was the last of all. */
  readonly ended: boolean
}

interface Waiter<T, R> {
  readonly request: R
  readonly plain: boolean
  resolve(item: T | undefined): void
  reject(error: unknown): void
}

/** Batches read for one socket in one turn of the event loop: then the others have theirs, and the timers. */
const batchesPerTurn = 8
/** Wakes without anything to read before the kernel is asked what they are about. */
const fruitless = 2

export class Inbox<T extends Disposable, R extends object> {
  readonly #read: (request: R) => ReadResult<T>
  readonly #watch: Watch
  /** Tell the socket whether anybody is waiting here. */
  readonly #onWaiting: () => void
  readonly #queue: T[] = []
  readonly #waiters: Waiter<T, R>[] = []
  #more = false
  #budget = batchesPerTurn
  #idleWakes = 0
  ended = false

  constructor(read: (request: R) => ReadResult<T>, watch: Watch, onWaiting: () => void) {
    this.#read = read
    this.#watch = watch
    this.#onWaiting = onWaiting
  }

  get waiting(): boolean {
    return this.#waiters.length > 0
  }

  /** The next one if it is here, without a system call. */
  take(): T | undefined {
    return this.#queue.shift()
  }

  /** The next one if it is here or can be read at once. @throws SystemError */
  now(request: R, plain: boolean): T | undefined {
    if (plain || this.#queue.length > 0) {
      const item = this.take()
      if (item !== undefined) return item
    }
    if (!this.ended) this.#fill(request)
    return this.take()
  }

  /** The next one, as soon as it comes; `undefined` at the end. `plain`: nothing special is asked of it. */
  next(request: R, plain: boolean, signal?: AbortSignal): Promise<T | undefined> {
    try {
      signal?.throwIfAborted()
      if (this.#waiters.length === 0) {
        const item = this.take()
        if (item !== undefined) return Promise.resolve(item)
        // The last read was cut off by its own limit: there is more, and waiting for the loop would be slower.
        while (this.#more && plain && !this.ended && this.#budget > 0) {
          this.#budget--
          this.#fill(request)
          const item = this.take()
          if (item !== undefined) return Promise.resolve(item)
        }
        if (this.ended) return Promise.resolve(undefined)
      }
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      const settled = (): void => { signal?.removeEventListener('abort', abort) }
      const waiter: Waiter<T, R> = {
        request, plain,
        resolve: (item) => { settled(); resolve(item) },
        reject: (error) => { settled(); reject(error as Error) },
      }
      const abort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        this.#onWaiting()
        waiter.reject(signal!.reason)
      }
      signal?.addEventListener('abort', abort)
      this.#waiters.push(waiter)
      this.#watch.set(this.#watch.events | EPOLLIN)
      this.#onWaiting()
    })
  }

  /** The descriptor is ready, perhaps for us. */
  onReady(events: number | undefined): void {
    this.#budget = batchesPerTurn
    if (this.#waiters.length === 0) {
      // Nobody has come back for more since the last wake: the kernel keeps it until somebody does.
      this.#unwatch()
      return
    }
    while (this.#waiters.length > 0) {
      const waiter = this.#waiters[0]!
      const item = this.take()
      if (item !== undefined || this.ended) {
        this.#waiters.shift()
        waiter.resolve(item)
      } else if (this.#budget-- === 0 || !this.#tryFill(waiter, events)) {
        break
      }
    }
    if (this.ended) this.#unwatch()
    this.#onWaiting()
  }

  #unwatch(): void {
    this.#watch.set(this.#watch.events & ~(EPOLLIN | EPOLLET))
  }

  /** Read for who waits first: whether to go on. */
  #tryFill(waiter: Waiter<T, R>, events: number | undefined): boolean {
    try {
      this.#fill(waiter.request)
    } catch (error) {
      this.#waiters.shift()
      waiter.reject(error)
      return true
    }
    if (this.#queue.length > 0 || this.ended) {
      this.#idleWakes = 0
      this.#watch.set(this.#watch.events & ~EPOLLET)
      return true
    }
    this.#nothingRead(events)
    return this.ended
  }

  /** A wake, and nothing to read: once is chance, more often it is a condition that stays. */
  #nothingRead(events: number | undefined): void {
    if (events === undefined && ++this.#idleWakes < fruitless) return
    const what = events ?? this.#watch.ready()
    // Both directions were shut down on a datagram socket: nothing will ever come.
    if ((what & EPOLLHUP) !== 0) this.ended = true
    // Something is in the error queue: it is reported for as long as it is there, unless only changes are.
    else if ((what & EPOLLERR) !== 0) this.#watch.set(this.#watch.events | EPOLLET)
  }

  #fill(request: R): void {
    const { items, more, ended } = this.#read(request)
    this.#queue.push(...items)
    this.#more = more
    if (ended) this.ended = true
  }

  /** Nothing more: who waits gets the error, what is queued is disposed of. */
  close(error: Error): void {
    this.ended = true
    for (const item of this.#queue.splice(0)) item[Symbol.dispose]()
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }
}
