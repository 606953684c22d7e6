/**
 * One descriptor in the thread's epoll instance, with the events it is watched for.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { SystemError } from '../errors.ts'
import { poll } from '../libc/sockets.ts'
import {
  addRegistration, changeEvents, readyEvents, removeRegistration, startWatching, stopWatching, type Dispatched,
} from './poller.ts'

const { EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET, POLLRDHUP } = constants

/** A part of a socket that waits for events of its descriptor. */
export interface Watcher {
  /** The events it waits for: `EPOLLIN`, `EPOLLOUT`, … */
  readonly events: number
  /** It also handles EPOLLERR while it does not wait, as long as another watcher waits. */
  readonly passive?: boolean
  /** No other watcher is dispatched while it waits. */
  readonly exclusive?: boolean
  /**
   * Called when another part of the socket wants to make a call while this watcher is exclusive: it may stop waiting. Returns 0, or
   * minus errno if that call has failed with the operation of this watcher.
   */
  onHeld?(): number
  /** It acts on readiness without trying a call, so it must be told which events occurred. */
  readonly needsEvents?: boolean
  /** Handles readiness. `events` is undefined if not known. Returns false if there was nothing to do. */
  onReady(events: number | undefined): boolean
  /** Called if the descriptor has hung up (EPOLLHUP, EPOLLRDHUP) and there was nothing to do. Returns false if that changes nothing. */
  onHangUp?(events: number): boolean
  /** Called if the kernel keeps reporting readiness and there is nothing to do. From then on only changes are reported. */
  onIdle?(): void
  /** Rejects the first waiting operation. Returns false if none waits. */
  fail(error: unknown): boolean
}

/** Turns a watcher of a registration on and off. */
export interface Watch {
  readonly on: boolean
  /**
   * Starts or stops watching for the watcher's events. Returns the error if that fails. To start again means that a new operation
   * waits: it is notified of what is ready already, even if others had nothing to do with it and only changes were reported since.
   */
  want(on: boolean): Error | undefined
}

interface Entry {
  readonly watcher: Watcher
  on: boolean
}

const concerns = (events: number, watcher: Watcher): boolean => (events & (watcher.events | EPOLLERR | EPOLLHUP)) !== 0

/** Number of wakeups with nothing to do after which the kernel is asked for the events. */
const idleWakes = 2

/** A descriptor in the thread's epoll instance, and the parts of the socket that wait for its events. */
export class Registration implements Dispatched {
  readonly fd: number
  generation = 0
  /** In the order of dispatch. */
  readonly #entries: Entry[] = []
  /** The events registered with epoll. */
  #registered = 0
  #edge = 0
  #idle = 0
  #exclusive: Entry | undefined
  #hasPassive = false
  /** The number of waiting watchers that must be told their events. */
  #needingEvents = 0
  #closed = false

  constructor(fd: number) {
    this.fd = fd
    addRegistration()
  }

  /** Adds a watcher. Those added first are dispatched first. */
  addWatcher(watcher: Watcher): Watch {
    const entry: Entry = { watcher, on: false }
    this.#entries.push(entry)
    if (watcher.passive === true) this.#hasPassive = true
    const want = (on: boolean): Error | undefined => {
      if (entry.on === on) return on && this.#edge !== 0 ? this.#setEdge(0) : undefined
      entry.on = on
      const error = this.#apply()
      if (error !== undefined) {
        entry.on = !on
        return error
      }
      if (watcher.exclusive === true) this.#exclusive = on ? entry : undefined
      if (watcher.needsEvents === true) this.#needingEvents += on ? 1 : -1
      return undefined
    }
    return { get on() { return entry.on }, want }
  }

  /**
   * Updates epoll. Without any event the descriptor is removed: the kernel always reports EPOLLHUP and EPOLLERR, again and again,
   * and the loop would spin.
   */
  #apply(): Error | undefined {
    if (this.#closed) return undefined
    let events = 0
    for (const { on, watcher } of this.#entries) if (on) events |= watcher.events
    if (events === 0) this.#edge = 0
    else events |= this.#edge
    if (events === this.#registered) return undefined
    try {
      const result = events === 0 ? stopWatching(this) : this.#registered === 0 ? startWatching(this, events) : changeEvents(this, events)
      // If other code closed the descriptor, that has removed it from the epoll instance.
      if (result < 0 && events !== 0) return new SystemError({ syscall: 'epoll_ctl', errno: -result })
    } catch (error) {
      return error as Error
    }
    this.#registered = events
    return undefined
  }

  /** Handles a wakeup. `events` is undefined if no other descriptor is watched: reading the events costs more than trying. */
  dispatch(events: number | undefined): void {
    // Trying does not find error reports that no receive waits for. While data keeps arriving, they would fill the socket's buffer.
    const known = events ?? (this.#hasPassive || this.#needingEvents > 0 ? readyEvents(this) : undefined)
    if (this.#run(known)) {
      this.#idle = 0
      if (this.#edge !== 0) this.#setEdge(0)
      return
    }
    // Once may be a coincidence: another thread or process was quicker.
    if (known === undefined && ++this.#idle < idleWakes) return
    const ready = known ?? readyEvents(this)
    if (ready === 0) return
    if (known === undefined && this.#run(ready)) return
    if ((ready & (EPOLLHUP | EPOLLRDHUP)) !== 0 && this.#hangUp(ready)) return
    // A permanent condition, which is reported all the time unless only changes are (EPOLLET).
    this.#setEdge(EPOLLET)
    for (const { on, watcher } of this.#entries) if (on && (ready & watcher.events) !== 0) watcher.onIdle?.()
  }

  /**
   * Call this before a system call of another part of the socket. Returns minus EAGAIN while an exclusive watcher waits: the call could
   * take the result for which that waits; otherwise 0, or minus errno if the call has failed with the operation of that watcher. What
   * waits for the same operation has been rejected then.
   */
  held(): number {
    const exclusive = this.#exclusive
    if (exclusive === undefined) return 0
    const result = exclusive.watcher.onHeld?.() ?? 0
    return result === 0 && this.#exclusive === exclusive ? -errno.EAGAIN : result
  }

  #setEdge(edge: number): Error | undefined {
    this.#edge = edge
    return this.#apply()
  }

  /** Runs the watchers that the events concern. Returns false if none had anything to do. */
  #run(events: number | undefined): boolean {
    if (this.#exclusive !== undefined) {
      const { watcher } = this.#exclusive
      return (events === undefined || concerns(events, watcher)) && this.#guard(watcher, events)
    }
    let progress = false
    // If a single watcher waits, the events can only be for that one.
    const known = events ?? this.#onlyEvents
    for (const { on, watcher } of this.#entries) {
      if (!on || (events !== undefined && !concerns(events, watcher))) continue
      if (this.#guard(watcher, known)) progress = true
      if (this.#closed) return true
    }
    if (events === undefined || (events & EPOLLERR) === 0) return progress
    // After the waiting watchers, which may get the same error.
    for (const { on, watcher } of this.#entries) {
      if (!on && watcher.passive === true && !this.#closed && this.#guard(watcher, events)) progress = true
    }
    return progress
  }

  /** The events of the only waiting watcher; undefined if several wait, or none. */
  get #onlyEvents(): number | undefined {
    let events: number | undefined
    for (const { on, watcher } of this.#entries) {
      if (!on) continue
      if (events !== undefined) return undefined
      events = watcher.events
    }
    return events
  }

  /** The only place where errors of event loop callbacks are caught. An error rejects the operation the callback was called for. */
  #guard(watcher: Watcher, events: number | undefined): boolean {
    for (;;) {
      try {
        return watcher.onReady(events)
      } catch (error) {
        if (!watcher.fail(error)) return true
      }
    }
  }

  /** True if nothing more will be received. EPOLLRDHUP is asked for, since epoll reports it only to those that watch for it. */
  get hasShutDown(): boolean {
    return (poll([{ fd: this.fd, events: POLLRDHUP }], 0)[0]!.revents & POLLRDHUP) !== 0
  }

  #hangUp(events: number): boolean {
    let progress = false
    for (const { on, watcher } of this.#entries) if (on && watcher.onHangUp?.(events) === true) progress = true
    return progress
  }

  /** Called when waiting is no longer possible: rejects all waiting operations. */
  fail(error: Error): void {
    this.#registered = 0
    this.#exclusive = undefined
    this.#needingEvents = 0
    for (const entry of this.#entries) {
      entry.on = false
      while (entry.watcher.fail(error));
    }
  }

  /** Ends the registration. Call it before closing the descriptor. */
  close(): void {
    if (this.#closed) return
    if (this.#registered !== 0) stopWatching(this)
    this.#closed = true
    removeRegistration()
  }
}

