/**
 * What comes in: messages, or connections. Whoever waits is served in order; what came in one batch and nobody has
 * asked for yet is kept.
 * @module
 */
import { dispose } from '../../dispose.ts'
import { constants } from '../../../generated/constants.ts'
import type { Watch } from '../../readiness/poller.ts'
import { onAbort, throwIfAborted } from '../../abort.ts'

const { EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLET, MSG_PEEK } = constants

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
  resolve(item: T | undefined): void
  reject(error: unknown): void
}

/** Batches read for one socket in one turn of the event loop: then the others have theirs, and the timers. */
const batchesPerTurn = 8
/** Wakes without anything to read before the kernel is asked what they are about. */
const fruitless = 2

/** What the items of an inbox come from. */
export interface InboxSource<T, R> {
  read(request: R): ReadResult<T>
  /** Another of an item, for who only wants to look. */
  copy?(item: T): T
  /** What tells that there is something to read: EPOLLIN if absent. */
  readonly event?: number
}

export class Inbox<T extends Disposable, R extends { readonly flags?: number | undefined }> {
  readonly #source: InboxSource<T, R>
  readonly #event: number
  readonly #watch: Watch
  /** Tell the socket whether anybody is waiting here. */
  readonly #onWaiting: () => void
  /** What came with the last read, from `#head` on. */
  #queue: T[] = []
  #head = 0
  readonly #waiters: Waiter<T, R>[] = []
  #more = false
  #failed: { readonly error: unknown } | undefined
  #budget = batchesPerTurn
  #idleWakes = 0
  ended = false

  constructor(source: InboxSource<T, R>, watch: Watch, onWaiting: () => void) {
    this.#source = source
    this.#event = source.event ?? EPOLLIN
    this.#watch = watch
    this.#onWaiting = onWaiting
  }

  get waiting(): boolean {
    return this.#waiters.length > 0
  }

  /** The next one if it is here or can be read at once. @throws SystemError */
  now(request: R): T | undefined {
    return this.#take(request) ?? (this.ended ? undefined : this.#fill(request))
  }

  /** Add to `items` what else there is, until they are `count`. An error is kept for who reads next: what was read before it counts. */
  rest(items: T[], request: R, count: number): T[] {
    while (items.length < count) {
      let item = this.#shift()
      try {
        if (item === undefined && this.#more && !this.ended) item = this.#fill(request)
      } catch (error) {
        this.#failed = { error }
      }
      if (item === undefined) break
      items.push(item)
    }
    return items
  }

  /** The next one, as soon as it comes; `undefined` at the end. */
  next(request: R, signal?: AbortSignal): Promise<T | undefined> {
    try {
      throwIfAborted(signal)
      if (this.#waiters.length === 0) {
        let item = this.#take(request)
        // The last read was cut off by its own limit: there is more, and waiting for the loop would be slower.
        while (item === undefined && !this.ended && (this.#failed !== undefined || (this.#more && this.#budget-- > 0))) item = this.#fill(request)
        if (item !== undefined || this.ended) return Promise.resolve(item)
      }
      // First of all: if this fails nobody must be left waiting, who would get a message that nobody gets.
      this.#watch.set(this.#watch.events | this.#event)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      if (signal === undefined) {
        this.#waiters.push({ request, resolve, reject })
        this.#onWaiting()
        return
      }
      const stop = onAbort(signal, () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        this.#onWaiting()
        waiter.reject(signal.reason)
      })
      const waiter: Waiter<T, R> = {
        request,
        resolve: (item) => { stop(); resolve(item) },
        reject: (error) => { stop(); reject(error as Error) },
      }
      this.#waiters.push(waiter)
      this.#onWaiting()
    })
  }

  /** The descriptor is ready, perhaps for us. */
  onReady(events: number | undefined): void {
    this.#budget = batchesPerTurn
    if (events !== undefined && (events & ~EPOLLOUT) === 0) return
    if (this.#waiters.length === 0) {
      // Nobody has come back for more since the last wake: the kernel keeps it until somebody does.
      this.#unwatch()
      return
    }
    while (this.#waiters.length > 0) {
      const waiter = this.#waiters[0]!
      let item = this.#take(waiter.request)
      if (item === undefined && !this.ended) {
        if (this.#budget-- === 0) break
        try {
          item = this.#fill(waiter.request)
        } catch (error) {
          this.#waiters.shift()
          waiter.reject(error)
          continue
        }
        if (item === undefined && !this.ended) this.#nothingRead(events)
        else this.#read()
        if (item === undefined && !this.ended) break
      }
      this.#waiters.shift()
      waiter.resolve(item)
    }
    if (this.ended) this.#unwatch()
    this.#onWaiting()
  }

  #unwatch(): void {
    this.#watch.set(this.#watch.events & ~(this.#event | EPOLLET))
  }

  #read(): void {
    this.#idleWakes = 0
    this.#watch.set(this.#watch.events & ~EPOLLET)
  }

  /**
   * A wake, and nothing to read: once is chance, more often it is a condition that stays, such as an error queue that
   * nobody reads. It is reported for as long as it is there, unless only changes are.
   */
  #nothingRead(events: number | undefined): void {
    if (events === undefined && ++this.#idleWakes < fruitless) return
    const what = events ?? this.#watch.ready()
    // Both directions were shut down on a datagram socket: nothing will ever come.
    if ((what & EPOLLHUP) !== 0) this.ended = true
    else if ((what & ~EPOLLOUT) !== 0) this.#watch.set(this.#watch.events | EPOLLET)
  }

  /** The next one for a request, if it is here. */
  #take(request: R): T | undefined {
    const { flags } = request
    if (flags === undefined || (flags & MSG_PEEK) === 0 || this.#source.copy === undefined) return this.#shift()
    const first = this.#queue[this.#head]
    return first === undefined ? undefined : this.#source.copy(first)
  }

  /** The next one. The queue does not keep what it has given away. */
  #shift(): T | undefined {
    const item = this.#queue[this.#head]
    if (item !== undefined) this.#queue[this.#head++] = undefined as never
    return item
  }

  /** Read, now that none is here: the first of what came. */
  #fill(request: R): T | undefined {
    if (this.#failed !== undefined) {
      const { error } = this.#failed
      this.#failed = undefined
      throw error
    }
    const { items, more, ended } = this.#source.read(request)
    this.#queue = items
    this.#head = 0
    this.#more = more
    if (ended) this.ended = true
    return this.#shift()
  }

  /** Nothing more: who waits gets the error, what is queued is disposed of. */
  close(error: Error): void {
    this.ended = true
    for (let item = this.#shift(); item !== undefined; item = this.#shift()) item[dispose]()
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }
}
