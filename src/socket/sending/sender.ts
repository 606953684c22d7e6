/**
 * Sends messages at once or when there is room. Each destination has its own ordered queue, so a destination that does not read
 * delays no other. Only the sender drives these queues.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { onAbort, throwIfAborted } from '../../abort.ts'
import { closeDescriptors, keepDescriptors } from '../../descriptors/find.ts'
import { backlog, closed } from '../../errors.ts'
import { isReady } from '../../libc/sockets.ts'
import type { Registration, Watch, Watcher } from '../../readiness/registration.ts'
import { exhausted, nextTurn, spend } from '../../readiness/turn.ts'
import { isEnd } from '../network-reports.ts'
import { Backlog } from './backlog.ts'
import { byDestination, Destination, nameKey, runs, sizeOf, toSendLater, type Entry } from './destination.ts'
import { Flushes } from './flushes.ts'
import { FullBuffer } from './full-buffer.ts'
import { Group } from './group.ts'
import type { Traffic } from '../traffic.ts'
import type { Outgoing } from './outgoing.ts'
import { Retries } from './retries.ts'
import { Room } from './room.ts'
import { maxMessages, plainMessage, withSent, type Transmitter } from './transmit.ts'

const { AF_UNIX, SOCK_DGRAM, EPOLLOUT, POLLOUT } = constants
const { EAGAIN } = errno

/** Sends the messages of one socket, and keeps those that have to wait. */
export class Sender implements Watcher {
  readonly events: number = EPOLLOUT
  readonly #transmitter: Transmitter
  readonly #watch: Watch
  readonly #traffic: Traffic
  readonly #onWaiting: () => void
  readonly #destinations = new Map<string, Destination>()
  /** The number of destinations without a room, for which the socket itself is watched. */
  #watching = 0
  readonly #flushes = new Flushes()
  readonly #backlog = new Backlog()
  readonly #ownBuffer = new FullBuffer()
  /** Set once a stream contains an incomplete message. */
  #broken: Error | undefined
  readonly #retries = new Retries(() => { this.#pumpWatched(); return this.#watch.on })
  #closed = false

  constructor(transmitter: Transmitter, registration: Registration, traffic: Traffic, onWaiting: () => void) {
    this.#transmitter = transmitter
    this.#traffic = traffic
    this.#onWaiting = onWaiting
    this.#watch = registration.addWatcher(this)
  }

  get waiting(): boolean {
    return this.#destinations.size > 0
  }

  /**
   * Refuses to connect a datagram socket to another peer while messages to the present one wait, and to a destination for which
   * messages wait: they would reach the wrong peer, or be overtaken. @throws Error `ERR_CMSG_BACKLOG`
   */
  checkPeer(name: Uint8Array): void {
    if (this.#keyOf(name) === '') return
    if (!['', nameKey(name)].some((key) => this.#destinations.get(key)?.sends === true)) return
    throw backlog('Cannot connect to another peer while messages to it or to the present one wait to be sent: await flush() first')
  }

  /** The number of data bytes accepted and not yet passed to the kernel. */
  get buffered(): number {
    return this.#backlog.buffered
  }

  /** Checks that it can send. The caller's own code may have closed the socket during the call: getters, subscribers, signals. */
  #check(): void {
    if (this.#closed) throw closed('Cannot send on a socket that was closed during the call')
    if (this.#broken !== undefined) throw this.#broken
  }

  /** Sends at once or not at all. Returns the number of bytes sent, or undefined if it would wait. @throws SystemError */
  now(message: Outgoing): number | undefined {
    this.#check()
    if (this.#mustWait(message)) return undefined
    const result = this.#transmitter.one(message)
    if (result >= 0) return this.#gone(1, result)
    if (result === -EAGAIN) return undefined
    throw this.#transmitter.error(result, message)
  }

  /** Reports messages that were sent. Nothing is under way here then: the subscriber may do anything, even close the socket. */
  #gone(count: number, bytes: number): number {
    this.#traffic.sent(count, bytes)
    return bytes
  }

  /** Sends a datagram with only data to the peer, at once or not at all. Returns false if it would wait. @throws SystemError */
  plainNow(data: Uint8Array): boolean {
    this.#check()
    const result = this.#destinations.size > 0 && this.#destinations.has('') ? -EAGAIN : this.#transmitter.plain(data)
    if (result < 0 && result !== -EAGAIN) throw this.#transmitter.error(result, plainMessage(data))
    if (result >= 0) this.#gone(1, result)
    return result >= 0
  }

  /** The key of a destination. The peer of a connection has one, whatever the name: nothing may come between parts of a message. */
  #keyOf(name: Uint8Array | undefined): string {
    const { isStream, peer } = this.#transmitter
    const key = name === undefined || isStream ? '' : nameKey(name)
    return peer !== undefined && key === nameKey(peer) ? '' : key
  }

  #mustWait({ name }: Outgoing): boolean {
    return this.#destinations.size > 0 && this.#destinations.has(this.#keyOf(name))
  }

  /** Sends a message in its turn. Resolves with the number of bytes sent. */
  send(message: Outgoing, signal?: AbortSignal): Promise<number> {
    let sent = 0
    let kept: Uint8Array | undefined
    let waiting = message
    try {
      throwIfAborted(signal)
      this.#check()
      if (!this.#mustWait(message)) {
        const result = this.#transmitter.one(message)
        if (result === message.size || (result >= 0 && !this.#transmitter.isStream)) {
          this.#gone(1, result)
          // The message was sent, but a program that awaits one send after another would let nothing else run.
          return exhausted() ? nextTurn().then(() => result) : Promise.resolve(result)
        }
        if (result < 0 && result !== -EAGAIN) throw this.#transmitter.error(result, message)
        sent = Math.max(0, result)
      }
      if (sent === 0) {
        this.#backlog.admit(message, this.#destinations.get(this.#keyOf(message.name)))
        waiting = toSendLater(message)
        // Its descriptors are duplicated, so that the intended files are sent even if the caller closes its own descriptors
        // meanwhile and the numbers are reused.
        if (message.control !== undefined) waiting = { ...waiting, control: (kept = keepDescriptors(message.control)) }
      }
    } catch (error) {
      // A program that retries in a loop would let nothing else run, either.
      return exhausted() ? nextTurn().then(() => { throw error }) : Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      const closeKept = (): void => {
        if (kept !== undefined) closeDescriptors(kept)
        kept = undefined
      }
      const settle = (how: () => void): void => {
        stop()
        closeKept()
        how()
      }
      const entry = this.#queue([waiting], true, {
        onBegun: closeKept,
        onSent: () => { settle(() => resolve(message.size)) },
        onFailed: (error) => { settle(() => reject(error as Error)) },
      }, sent)
      const stop = onAbort(signal, () => {
        // Once its first byte was sent, a stream message is sent in full: the peer could not make sense of half a message.
        if (entry.sent === 0) this.#reject(entry, signal!.reason)
      })
      this.#start(entry)
    })
  }

  /**
   * Sends messages in order, with as few system calls as possible. Later messages to the same destinations go after them. If one
   * fails, those after it are not sent, except for messages to other destinations that were sent before it failed.
   * @throws the error of the first that failed, with `sent` and `sentMessages`, once those before it were sent
   */
  async many(messages: readonly Outgoing[], signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    let i = 0
    try {
      this.#check()
      while (!this.#transmitter.isStream && !this.waiting && i < messages.length && !exhausted()) {
        const sent = this.#transmitter.many(messages, i)
        if (sent === -EAGAIN) break
        if (sent < 0) throw this.#transmitter.error(sent, messages[i]!)
        this.#gone(sent, sizeOf(messages, i, i + sent))
        i += sent
        if (this.#closed && i < messages.length) throw closed('The socket was closed before these messages were sent')
      }
    } catch (error) {
      throw withSent(error, { sent: i, sentMessages: i })
    }
    if (i < messages.length) {
      // A subscriber that was notified of those sent may have aborted it.
      throwIfAborted(signal)
      await this.#group(messages, i, signal)
    } else if (exhausted()) await nextTurn()
  }

  /** Queues the messages starting at `start`, each at its destination. */
  #group(messages: readonly Outgoing[], start: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const group = new Group(start, (entry, from) => { this.#cut(entry, from) }, (failure) => {
        stop()
        if (failure === undefined) resolve()
        else reject(failure.error as Error)
      })
      const stop = onAbort(signal, () => { group.abort(signal!.reason) })
      for (const list of byDestination(messages, start, (name) => this.#keyOf(name))) {
        group.add(list.indexes, (callbacks) => this.#queue(list.messages, false, callbacks))
      }
      for (const entry of group.entries) {
        // Nothing has been sent on the stream yet.
        if (this.#transmitter.isStream && entry.destination.first === entry) this.#pumpGuarded(entry.destination)
        if (!entry.gone) this.#start(entry)
      }
    })
  }

  /** Resolves when a message to this name would not have to wait, after those already waiting. Sends nothing. */
  whenWritable(name: Uint8Array | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      this.#check()
      const settling = { onSent: () => { stop(); resolve() }, onFailed: (error: unknown) => { stop(); reject(error as Error) } }
      const entry = this.#queue([], false, settling, 0, name)
      const stop = onAbort(signal, () => { this.#reject(entry, signal!.reason) })
      this.#start(entry)
    })
  }

  /** Resolves when all entries that wait now have settled. */
  flush(signal?: AbortSignal): Promise<void> {
    return this.#flushes.wait(signal)
  }

  #queue(
    messages: Outgoing[], limited: boolean, settling: Pick<Entry, 'onSent' | 'onBegun' | 'onFailed'>, sent = 0, name = messages[0]?.name,
  ): Entry {
    const key = this.#keyOf(name)
    let destination = this.#destinations.get(key)
    if (destination === undefined) {
      const { family, type } = this.#transmitter
      // An unconnected Unix datagram socket always polls as writable, whatever the state of its destinations.
      const room: Room | undefined = name !== undefined && key !== '' && family === AF_UNIX && type === SOCK_DGRAM
        ? new Room(name, this.#ownBuffer, () => this.#pump(destination!), (error) => this.#failFirst(destination!, error)) : undefined
      this.#destinations.set(key, (destination = new Destination(key, room)))
      if (room === undefined) this.#watching++
    }
    const entry: Entry = { destination, number: this.#flushes.next(), messages, limited, at: 0, sent, gone: false, ...settling }
    destination.entries.add(entry)
    this.#flushes.add(entry)
    this.#backlog.account(entry, messages.length, sizeOf(messages, 0) - sent)
    this.#onWaiting()
    return entry
  }

  /** Waits for room at a destination. */
  #start(entry: Entry): void {
    const { destination } = entry
    if (destination.first === undefined) return
    try {
      if (destination.room !== undefined) this.#waitForRoom(destination, false)
      else if (!this.#watch.on) {
        const error = this.#watch.want(true)
        if (error !== undefined) throw error
        if (this.#transmitter.family === AF_UNIX) this.#retries.check()
      }
    } catch (error) {
      // Waiting is not possible, so the message fails.
      this.#failFirst(destination, error)
    }
    if (!entry.gone && entry.messages.length > 0) {
      this.#traffic.waiting(entry.messages.length - entry.at, sizeOf(entry.messages, entry.at) - entry.sent, this.buffered)
    }
  }

  /** Fails a waiting entry. The error tells how much of its message was sent. */
  #reject(entry: Entry, error: unknown): void {
    this.#cut(entry, entry.at)
    entry.onFailed(entry.sent > 0 ? withSent(error, { sent: entry.sent }) : error)
  }

  /** Cancels the messages of an entry starting at `from`. */
  #cut(entry: Entry, from: number): void {
    this.#backlog.account(entry, from - entry.messages.length, (from === entry.at ? entry.sent : 0) - sizeOf(entry.messages, from))
    entry.messages.length = from
    if (entry.at >= from) this.#remove(entry)
  }

  /** Removes an entry that is settled. */
  #remove(entry: Entry): void {
    entry.gone = true
    entry.destination.entries.left()
    this.#flushes.settled()
    if (entry.destination.first === undefined) this.#end(entry.destination)
  }

  /** Removes a destination without waiting entries. */
  #end(destination: Destination): void {
    if (this.#destinations.get(destination.key) !== destination) return
    this.#destinations.delete(destination.key)
    destination.room?.close()
    if (destination.room === undefined && --this.#watching === 0) {
      this.#watch.want(false)
      this.#retries.stop()
    }
    this.#onWaiting()
  }

  /** Sends as much as there is room for. Returns false if nothing could be sent. */
  #pump(destination: Destination): boolean {
    let progress = false
    while (destination.first !== undefined && !(progress && exhausted())) {
      // Before a message is chosen, since it may be rejected here.
      if (this.#transmitter.held() < 0 || !this.#sendFirst(destination, destination.first)) break
      progress = true
    }
    this.#waitForRoom(destination, !progress)
    return progress
  }

  /** Waits for room at a destination. */
  #waitForRoom(destination: Destination, again: boolean): void {
    if (destination.first === undefined) return
    const result = destination.room?.wait(again) ?? 0
    if (result < 0) this.#failUnbound(destination, result)
  }

  /** Fails all messages for a name that no socket has any more. Only looking up the name is slow, so that is done once. */
  #failUnbound(destination: Destination, result: number): void {
    for (const entry of destination.entries.all) {
      const message = entry.messages[entry.at]
      if (entry.gone) continue
      // Creating the error takes as long as sending a message.
      spend(1, 0)
      if (message === undefined) this.#settleFree(entry)
      else this.#reject(entry, this.#transmitter.error(result, message))
    }
  }

  /** Settles an entry that only waited for room. */
  #settleFree(entry: Entry): void {
    this.#remove(entry)
    entry.onSent()
  }

  #pumpGuarded(destination: Destination): void {
    try {
      this.#pump(destination)
    } catch (error) {
      this.#failFirst(destination, error)
    }
  }

  /** Sends the first messages of a destination. Returns false if there is no room. */
  #sendFirst(destination: Destination, entry: Entry): boolean {
    if (entry.messages.length === 0) {
      if (!(destination.room === undefined ? isReady(this.#transmitter.fd, POLLOUT) : destination.room.free)) return false
      this.#settleFree(entry)
      return true
    }
    const { isStream } = this.#transmitter
    const { messages, entries } =
      isStream ? { messages: [entry.messages[entry.at]!], entries: [entry] } : destination.firstMessages(maxMessages)
    const [message] = messages as [Outgoing, ...Outgoing[]]
    let result: number
    try {
      result = messages.length === 1 ? this.#transmitter.one(message, entry.sent) : this.#transmitter.many(messages, 0)
    } catch (error) {
      return this.#failFirst(destination, error)
    }
    if (result === -EAGAIN) return false
    if (result < 0) return this.#failFirst(destination, this.#transmitter.error(result, message))
    if (isStream && entry.sent + result < message.size) {
      if (entry.sent === 0) entry.onBegun?.()
      entry.sent += result
      this.#backlog.account(entry, 0, -result)
      return true
    }
    const gone = messages.length === 1 ? 1 : result
    for (const [its, count] of runs(entries.slice(0, gone))) this.#advance(its, count)
    this.#gone(gone, sizeOf(messages, 0, gone))
    return true
  }

  /** Records that the next `count` messages of an entry were sent. */
  #advance(entry: Entry, count: number): void {
    this.#backlog.account(entry, -count, entry.sent - sizeOf(entry.messages, entry.at, entry.at + count))
    entry.at += count
    entry.sent = 0
    if (entry.at < entry.messages.length) return
    this.#remove(entry)
    entry.onSent()
  }

  /** Fails the first message of a destination. Returns false if none waits. */
  #failFirst(destination: Destination, error: unknown): boolean {
    const entry = destination.first
    if (entry === undefined) return false
    if (entry.sent > 0 && !isEnd(error, this.#transmitter.fd)) {
      this.#broken = closed(`Cannot send on this stream any more: an earlier message was sent only in part (${String(error)})`, error)
    }
    this.#reject(entry, error)
    // The peer would take every later message for the rest of this one.
    while (this.#broken !== undefined && destination.first !== undefined) this.#reject(destination.first, this.#broken)
    return true
  }

  /** Called when the socket is writable. */
  onReady(): boolean {
    let progress = false
    for (const destination of [...this.#destinations.values()]) {
      if (destination.room === undefined && this.#pump(destination)) progress = true
      // The socket is still reported as writable next time.
      if (progress && exhausted()) break
    }
    if (progress) this.#retries.stopSoon()
    return progress
  }

  /** Called when the sender's buffer has room but the peer's does not. On netlink no event reports when it has. */
  onIdle(): void {
    this.#retries.soon()
  }

  /** Tries to send to the destinations for which the socket itself is watched. */
  #pumpWatched(): void {
    for (const destination of [...this.#destinations.values()]) if (destination.room === undefined) this.#pumpGuarded(destination)
  }

  fail(error: unknown): boolean {
    for (const destination of this.#destinations.values()) if (destination.room === undefined) return this.#failFirst(destination, error)
    return false
  }

  /** The socket was connected, perhaps again: nothing of an incomplete message is in the new connection. */
  reopen(): void {
    this.#broken = undefined
  }

  /** Fails the messages that wait for a connection that has ended, or was not made: they are not for the next one. */
  failMessages(makeError: () => Error): void {
    for (const entry of this.#entries) if (!entry.gone && entry.messages.length > 0) this.#reject(entry, makeError())
  }

  /** True while a message waits. */
  get hasMessages(): boolean {
    return this.#entries.some(({ gone, messages }) => !gone && messages.length > 0)
  }

  get #entries(): Entry[] {
    return [...this.#destinations.values()].flatMap(({ entries }) => entries.all)
  }

  /** Ends the sender: waiting sends reject with the error. */
  close(error: Error): void {
    this.#closed = true
    this.#transmitter.fd = -1
    this.#flushes.close(error)
    for (const entry of this.#entries) if (!entry.gone) this.#reject(entry, error)
    for (const destination of [...this.#destinations.values()]) this.#end(destination)
  }
}
