/**
 * One descriptor in the epoll of the thread, with the events it is watched for.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { SystemError } from '../errors.ts'
import { add, enter, leave, readyEvents, remove, update, type Dispatched } from './poller.ts'

const { EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET } = constants

/** What is watched for: one of the channels of a socket. */
export interface Channel {
  /** The events it waits for: `EPOLLIN`, `EPOLLOUT`, … */
  readonly events: number
  /** It also takes EPOLLERR while nobody waits for it, as long as the descriptor is watched for something else. */
  readonly passive?: boolean
  /** Nothing else is dispatched while it waits. */
  readonly exclusive?: boolean
  /** Deals with readiness. `events` is undefined where they are not known. Returns false if there was nothing to do. */
  onReady(events: number | undefined): boolean
  /** The descriptor has hung up (EPOLLHUP, EPOLLRDHUP), and there was nothing to do. Returns false if that changes nothing. */
  onHangUp?(events: number): boolean
  /** It is ready, says the kernel again and again, and there was nothing to do: from now on only changes are told. */
  onIdle?(): void
  /** Rejects the operation that waits first. Returns false if none waits. */
  fail(error: unknown): boolean
}

/** A channel of a registration. */
export interface Interest {
  readonly on: boolean
  /** Watch for its events, or no more. Returns the error if that fails. */
  want(on: boolean): Error | undefined
}

interface Entry {
  readonly channel: Channel
  on: boolean
}

/** Wakes without anything to do before the kernel is asked for the reason. */
const idleWakes = 2

export class Registration implements Dispatched {
  readonly fd: number
  /** In the order of dispatch. */
  readonly #entries: Entry[] = []
  /** The events that epoll has. */
  #registered = 0
  #edge = 0
  #idle = 0
  #exclusive: Entry | undefined
  #hasPassive = false
  #closed = false

  constructor(fd: number) {
    this.fd = fd
    enter()
  }

  /** Adds a channel. Those added first are dispatched first. */
  interest(channel: Channel): Interest {
    const entry: Entry = { channel, on: false }
    this.#entries.push(entry)
    if (channel.passive === true) this.#hasPassive = true
    const want = (on: boolean): Error | undefined => {
      if (entry.on === on) return undefined
      entry.on = on
      const error = this.#apply()
      if (error !== undefined) entry.on = !on
      else if (channel.exclusive === true) this.#exclusive = on ? entry : undefined
      return error
    }
    return { get on() { return entry.on }, want }
  }

  /**
   * Tells epoll. Without any event the descriptor is taken out of it: the kernel reports EPOLLHUP and EPOLLERR unasked,
   * again and again, and the loop would spin.
   */
  #apply(): Error | undefined {
    if (this.#closed) return undefined
    let events = 0
    for (const { on, channel } of this.#entries) if (on) events |= channel.events
    if (events === 0) this.#edge = 0
    else events |= this.#edge
    if (events === this.#registered) return undefined
    try {
      const result = events === 0 ? remove(this) : this.#registered === 0 ? add(this, events) : update(this, events)
      // Whoever closes a descriptor behind our back takes it out of the epoll.
      if (result < 0 && events !== 0) return new SystemError({ syscall: 'epoll_ctl', errno: -result })
    } catch (error) {
      return error as Error
    }
    this.#registered = events
    return undefined
  }

  /** Deals with a wake. `only` is undefined where this is the only descriptor watched: asking costs more than trying. */
  dispatch(only: number | undefined): void {
    // Trying finds no reports that nobody waits for: where data keeps coming they would fill the buffer of the socket.
    const events = only ?? (this.#hasPassive ? readyEvents(this) : undefined)
    if (this.#run(events)) {
      this.#idle = 0
      if (this.#edge !== 0) this.#setEdge(0)
      return
    }
    // Once is chance: another thread or process was quicker.
    if (events === undefined && ++this.#idle < idleWakes) return
    const what = events ?? readyEvents(this)
    if (what === 0) return
    if (events === undefined && this.#run(what)) return
    if ((what & (EPOLLHUP | EPOLLRDHUP)) !== 0 && this.#hangUp(what)) return
    // A condition that stays. It is reported for as long as it does, unless only changes are.
    this.#setEdge(EPOLLET)
    for (const { on, channel } of this.#entries) if (on && (what & channel.events) !== 0) channel.onIdle?.()
  }

  #setEdge(edge: number): void {
    this.#edge = edge
    this.#apply()
  }

  /** Each channel that the events are for. Returns false if none had anything to do. */
  #run(events: number | undefined): boolean {
    if (this.#exclusive !== undefined) return this.#guard(this.#exclusive.channel, events)
    let progress = false
    // What nobody else waits for can only be for the one that waits.
    const known = events ?? this.#onlyEvents
    for (const { on, channel } of this.#entries) {
      if (!on || (events !== undefined && (events & (channel.events | EPOLLERR | EPOLLHUP)) === 0)) continue
      if (this.#guard(channel, known)) progress = true
      if (this.#closed) return true
    }
    if (events === undefined || (events & EPOLLERR) === 0) return progress
    // After those that wait: they may be told of the same error.
    for (const { on, channel } of this.#entries) if (!on && channel.passive === true && !this.#closed && this.#guard(channel, events)) progress = true
    return progress
  }

  /** The events of the only channel that waits, if there is one. */
  get #onlyEvents(): number | undefined {
    let events: number | undefined
    for (const { on, channel } of this.#entries) {
      if (!on) continue
      if (events !== undefined) return undefined
      events = channel.events
    }
    return events
  }

  /** The only place where callbacks of the event loop are caught: what one throws is the error of the operation it was called for. */
  #guard(channel: Channel, events: number | undefined): boolean {
    for (;;) {
      try {
        return channel.onReady(events)
      } catch (error) {
        if (!channel.fail(error)) return true
      }
    }
  }

  #hangUp(events: number): boolean {
    let progress = false
    for (const { on, channel } of this.#entries) if (on && channel.onHangUp?.(events) === true) progress = true
    return progress
  }

  /** Nothing can be waited for any more: all that waits is rejected. */
  fail(error: Error): void {
    this.#registered = 0
    this.#exclusive = undefined
    for (const entry of this.#entries) {
      entry.on = false
      while (entry.channel.fail(error));
    }
  }

  /** No more. To be called before the descriptor is closed. */
  close(): void {
    if (this.#closed) return
    if (this.#registered !== 0) remove(this)
    this.#closed = true
    leave()
  }
}

