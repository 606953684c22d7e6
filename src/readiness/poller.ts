/**
 * Watching descriptors on the event loop: one epoll for all sockets of a thread, and one {@link Wakeup} for it.
 * @module
 */
import { isMainThread } from 'node:worker_threads'
import { constants } from '../../generated/constants.ts'
import { close } from '../libc/sockets.ts'
import { succeeded } from '../arguments.ts'
import { control, create, Events, type Wakeup } from './epoll.ts'
import { startWakeup } from './strategy.ts'

const { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } = constants

/**
 * Told that a descriptor is ready, and for what; `undefined` where it is the only one watched, and asking the kernel
 * would cost more than trying. It is told again on each turn of the loop until nothing is ready any more.
 */
export type OnReady = (events: number | undefined) => void

/** One descriptor that may be watched. */
export class Watch {
  readonly #fd: number
  readonly #onReady: OnReady
  #events = 0
  #also = 0

  constructor(fd: number, onReady: OnReady) {
    this.#fd = fd
    this.#onReady = onReady
    users++
  }

  /** What {@link set} has asked for: `EPOLLIN`, `EPOLLOUT`, …; 0 for nothing. */
  get events(): number {
    return this.#events
  }

  /**
   * Watch for these events. With 0 it is taken out of the epoll, not left in it without events: the kernel reports
   * EPOLLHUP and EPOLLERR whether asked or not, again and again, and the loop would spin.
   */
  set(events: number): void {
    if (events !== this.#events) this.#change(events, this.#also)
  }

  /** Watch for these too, whatever {@link set} asks for and takes back. */
  also(events: number): void {
    if (events !== this.#also) this.#change(this.#events, events)
  }

  #change(asked: number, also: number): void {
    const [before, after] = [this.#events | this.#also, asked | also]
    if (before !== after) {
      const { epoll, watches } = poller()
      const operation = after === 0 ? EPOLL_CTL_DEL : before === 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
      const result = control(epoll, operation, this.#fd, after)
      // Who closes a descriptor behind our back takes it out of the epoll.
      if (operation !== EPOLL_CTL_DEL) succeeded(result, 'epoll_ctl')
      if (after === 0) watches.delete(this.#fd)
      else watches.set(this.#fd, this.#onReady)
    }
    this.#events = asked
    this.#also = also
  }

  /** What is ready, asked of the kernel. */
  ready(): number {
    const { epoll, events } = poller()
    for (let i = events.poll(epoll) - 1; i >= 0; i--) if (events.fd(i) === this.#fd) return events.events(i)
    return 0
  }

  /** No more. To be called before the descriptor is closed. */
  close(): void {
    this.#change(0, 0)
    if (--users === 0) setTimeout(endIfIdle, idle).unref()
  }
}

interface Poller {
  readonly epoll: number
  readonly events: Events
  readonly watches: Map<number, OnReady>
  readonly wakeup: Wakeup
}

let current: Poller | undefined
/** How many descriptors may be watched. */
let users = 0
/** How many callers keep the process alive. */
let holds = 0
/** ms until the poller of a thread that has no more sockets is given up. */
const idle = 100

function poller(): Poller {
  if (current !== undefined) return current
  const epoll = create()
  const events = new Events()
  const watches = new Map<number, OnReady>()
  const wake = (): void => {
    try {
      if (watches.size === 1) {
        for (const onReady of watches.values()) onReady(undefined)
      } else {
        const ready = events.poll(epoll)
        if (ready < 0) end()
        // All of them first: what one callback does may use the same room.
        const found: number[] = []
        for (let i = 0; i < ready; i++) found.push(events.fd(i), events.events(i))
        for (let i = 0; i < found.length; i += 2) watches.get(found[i]!)?.(found[i + 1])
      }
    } finally {
      // Whatever happens: else nothing is heard of any socket any more.
      current?.wakeup.rearm()
    }
  }
  try {
    const wakeup = startWakeup(epoll, wake, end)
    if (holds > 0) wakeup.ref()
    // A Worker that ends takes no descriptors along, as a process does.
    if (!isMainThread) process.on('exit', end)
    return (current = { epoll, events, watches, wakeup })
  } catch (error) {
    close(epoll)
    throw error
  }
}

function endIfIdle(): void {
  if (users === 0) end()
}

function end(): void {
  if (current === undefined) return
  const { wakeup, epoll } = current
  current = undefined
  process.off('exit', end)
  wakeup.close()
  close(epoll)
}

/** Keep the process alive until {@link release}. */
export function hold(): void {
  if (holds++ === 0) poller().wakeup.ref()
}

export function release(): void {
  if (--holds === 0) current?.wakeup.unref()
}
