/**
 * What goes out: messages that have to wait for room. Each destination has a lane of its own, in which order is kept; a
 * receiver that does not read holds up nobody else.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { sendError } from '../libc/messages.ts'
import { close, poll } from '../libc/sockets.ts'
import { Batch, totalOf, type OutgoingMessage } from '../message/batch.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { Watch } from '../readiness/poller.ts'
import { onAbort, throwIfAborted } from './abort.ts'
import { closeDescriptors, duplicateDescriptors } from './owner.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, SOCK_NONBLOCK, SOCK_CLOEXEC, MSG_DONTWAIT, EPOLLOUT, POLLOUT, _K_SS_MAXSIZE } = constants
const { EAGAIN } = errno

/** A message on its way. */
export interface Outgoing extends OutgoingMessage {
  readonly flags: number
}

interface Pending {
  message: Outgoing
  /** Bytes gone so far: of a stream, some may go before the rest. */
  sent: number
  resolve(bytes: number): void
  reject(error: unknown): void
}

const copyLimit = 65536
let batch: Batch | undefined
/** Messages sent in one system call at most. */
const mostMessages = 64

function batchFor(controlSize: number): Batch {
  if (batch === undefined || batch.shape.controlSize < controlSize) {
    batch = new Batch({ count: mostMessages, dataSize: copyLimit, controlSize: Math.max(controlSize, 256), nameSize: _K_SS_MAXSIZE, iovecs: 8 })
  }
  return batch
}

export class Outbox {
  readonly #fd: number
  readonly #stream: boolean
  /** Whether EPOLLOUT of the socket says nothing about its destination: an unconnected Unix datagram socket. */
  readonly #blind: boolean
  readonly #watch: Watch
  readonly #onWaiting: () => void
  readonly #lanes = new Map<string, Lane>()

  constructor(fd: number, family: number, type: number, watch: Watch, onWaiting: () => void) {
    this.#fd = fd
    this.#stream = type === SOCK_STREAM
    this.#blind = family === AF_UNIX && type === SOCK_DGRAM
    this.#watch = watch
    this.#onWaiting = onWaiting
  }

  get waiting(): boolean {
    return this.#lanes.size > 0
  }

  /** Send at once, or not at all: the bytes sent, or `undefined` where it would wait. @throws SystemError */
  now(message: Outgoing): number | undefined {
    return this.waiting && this.#lanes.has(laneKey(message.name)) ? undefined : this.#attempt(message)
  }

  /** Send, in its turn. */
  send(message: Outgoing, signal?: AbortSignal): Promise<number> {
    let lane = this.waiting ? this.#lanes.get(laneKey(message.name)) : undefined
    let sent = 0
    try {
      throwIfAborted(signal)
      if (lane === undefined) {
        const bytes = this.#attempt(message)
        if (bytes === totalOf(message.buffers)) return Promise.resolve(bytes)
        sent = bytes ?? 0
      }
      if (sent > 0) message = rest(message, sent)
      else message = keepDescriptors(message)
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        stop()
        releaseDescriptors(pending.message)
      }
      const pending: Pending = {
        message, sent,
        resolve: (bytes) => { settled(); resolve(bytes) },
        reject: (error) => { settled(); reject(error as Error) },
      }
      const stop = onAbort(signal, () => {
        // Once its first byte has gone a stream's message goes out whole: the peer could not make sense of half of one.
        if (pending.sent > 0) return
        lane!.remove(pending)
        pending.reject(signal!.reason)
      })
      if (lane === undefined) {
        const key = laneKey(message.name)
        lane = this.#blind && message.name !== undefined
          ? new Lane(this.#pump, this.#ended(key), new RoomAt(message.name, () => { lane!.pump() }))
          : new Lane(this.#pump, this.#ended(key))
        this.#lanes.set(key, lane)
      }
      lane.queue.push(pending)
      try {
        if (lane.queue.length === 1) lane.wait()
        this.#update()
      } catch (error) {
        // Nothing left to watch with (EMFILE): then it does not wait, and does not go later either.
        lane.remove(pending)
        pending.reject(error)
      }
    })
  }

  /** Send what there is room for of a list, from `start` on, in one call: how many went. @throws SystemError when the first failed */
  many(messages: readonly Outgoing[], start: number): number {
    const next = messages.slice(start, start + mostMessages)
    // A call has one set of flags for all.
    const other = next.findIndex(({ flags }) => flags !== next[0]!.flags)
    const list = other < 0 ? next : next.slice(0, other)
    const it = batchFor(Math.max(...list.map(({ control }) => control?.length ?? 0)))
    list.forEach((message, i) => { it.set(i, flat(message)) })
    const sent = sys.sendmmsg(this.#fd, it.address(), list.length, list[0]!.flags | MSG_DONTWAIT)
    if (sent < 0 && sent !== -EAGAIN) throw sendError('sendmsg', -sent, list[0]!)
    return Math.max(0, sent)
  }

  #attempt(message: Outgoing): number | undefined {
    const it = batchFor(message.control?.length ?? 0)
    it.set(0, flat(message))
    const result = sys.sendmsg(this.#fd, it.address(), message.flags | MSG_DONTWAIT)
    if (result === -EAGAIN) return undefined
    if (result < 0) throw sendError('sendmsg', -result, message)
    return result
  }

  /** Send what waits first in a lane: whether it is gone, with an error or without. */
  readonly #pump = (pending: Pending): boolean => {
    try {
      const size = totalOf(pending.message.buffers)
      const bytes = this.#attempt(pending.message)
      if (bytes === undefined) return false
      pending.sent += bytes
      if (bytes < size && this.#stream) {
        releaseDescriptors(pending.message)
        pending.message = rest(pending.message, bytes)
        return false
      }
      pending.resolve(pending.sent)
    } catch (error) {
      pending.reject(error)
    }
    return true
  }

  readonly #ended = (key: string) => (): void => {
    this.#lanes.delete(key)
    this.#update()
  }

  /** The socket itself is watched for those lanes that go by it. */
  #update(): void {
    const own = [...this.#lanes.values()].some(({ room }) => room === undefined)
    this.#watch.set(own ? this.#watch.events | EPOLLOUT : this.#watch.events & ~EPOLLOUT)
    this.#onWaiting()
  }

  /** The socket is ready, perhaps to send. */
  onReady(events: number | undefined): void {
    if (this.#lanes.size === 0 || (events !== undefined && (events & ~constants.EPOLLIN) === 0)) return
    for (const lane of [...this.#lanes.values()]) if (lane.room === undefined) lane.pump()
  }

  close(error: Error): void {
    for (const lane of [...this.#lanes.values()]) lane.close(error)
  }
}

const laneKey = (name: Uint8Array | undefined): string => (name === undefined ? '' : Buffer.from(name).toString('latin1'))

/** More buffers than there are iovecs are made one: that they were several does not show at the other end. */
const flat = (message: Outgoing): Outgoing =>
  message.buffers.length > 8 && totalOf(message.buffers) > copyLimit ? { ...message, buffers: [Buffer.concat(message.buffers)] } : message

/** What is left of a stream's message: the data from there on. Control messages went with the first byte. */
function rest(message: Outgoing, sent: number): Outgoing {
  let skip = sent
  const buffers = message.buffers.flatMap((buffer) => {
    const from = Math.min(skip, buffer.length)
    skip -= from
    return from === buffer.length ? [] : [buffer.subarray(from)]
  })
  return { buffers, name: message.name, control: undefined, flags: message.flags }
}

/**
 * Descriptors in a message that has to wait: duplicates, so that what is sent is what was meant, even if the sender
 * closes its own meanwhile and the number goes to another file.
 */
const keepDescriptors = (message: Outgoing): Outgoing =>
  message.control === undefined ? message : { ...message, control: duplicateDescriptors(message.control) }

function releaseDescriptors({ control }: Outgoing): void {
  if (control !== undefined) closeDescriptors(control)
}

/** Messages sent from one lane in one turn of the event loop. */
const sendsPerTurn = 64

/** The messages for one destination, in order. */
class Lane {
  readonly queue: Pending[] = []
  readonly room: RoomAt | undefined
  readonly #send: (pending: Pending) => boolean
  readonly #onEmpty: () => void

  constructor(send: (pending: Pending) => boolean, onEmpty: () => void, room?: RoomAt) {
    this.#send = send
    this.#onEmpty = onEmpty
    this.room = room
  }

  wait(): void {
    this.room?.wait(false)
  }

  /** Send as many as there is room for. */
  pump(): void {
    let sent = 0
    while (this.queue.length > 0 && sent < sendsPerTurn) {
      if (!this.#send(this.queue[0]!)) break
      this.queue.shift()
      sent++
    }
    if (this.queue.length === 0) this.#end()
    else this.room?.wait(sent === 0)
  }

  remove(pending: Pending): void {
    const at = this.queue.indexOf(pending)
    if (at >= 0) this.queue.splice(at, 1)
    if (this.queue.length === 0) this.#end()
  }

  close(error: Error): void {
    for (const pending of this.queue.splice(0)) pending.reject(error)
    this.#end()
  }

  #end(): void {
    this.room?.close()
    this.#onEmpty()
  }
}

/** ms between tries where nothing tells when to try. */
const retryAfter = 10
/** ms until the name is looked up again: it may be another's by now, while its former owner hangs and reads no more. */
const lookAgainAfter = 1000

/**
 * Room in the queue of a Unix datagram socket. An unconnected sender is always writable to poll, full as its receiver
 * may be; a connected one is told. So a socket of our own is connected there, sends nothing, and is waited on.
 */
class RoomAt {
  readonly #name: Uint8Array
  readonly #onRoom: () => void
  #fd: number | undefined
  #watch: Watch | undefined
  #timer: NodeJS.Timeout | undefined
  #delay = 0

  constructor(name: Uint8Array, onRoom: () => void) {
    this.#name = name
    this.#onRoom = onRoom
  }

  /**
   * Wait. `inVain`: there was room, and yet nothing could be sent. Another sender may have taken it; but if there still
   * is room, our own buffer is full of messages to others, and then, or where nobody can be connected to, a timer has to do.
   */
  wait(inVain: boolean): void {
    if (!this.#connect() || (inVain && this.#hasRoom())) {
      this.#watch?.set(0)
      this.#again(retryAfter)
    } else {
      this.#watch!.set(EPOLLOUT)
      this.#again(lookAgainAfter)
    }
  }

  #again(delay: number): void {
    if (this.#timer !== undefined && delay === this.#delay) return
    clearTimeout(this.#timer)
    this.#delay = delay
    this.#timer = setTimeout(() => {
      this.close()
      this.#onRoom()
    }, delay).unref()
  }

  #connect(): boolean {
    if (this.#fd !== undefined) return true
    const fd = sys.call('socket', AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (fd < 0) return false
    const { address, bytes } = scratch(_K_SS_MAXSIZE)
    bytes.set(this.#name)
    if (sys.call('connect', fd, address, this.#name.length) < 0) {
      close(fd)
      return false
    }
    this.#fd = fd
    this.#watch = new Watch(fd, () => { this.#onRoom() })
    return true
  }

  #hasRoom(): boolean {
    return poll([{ fd: this.#fd!, events: POLLOUT }], 0)[0]!.revents !== 0
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#watch?.close()
    if (this.#fd !== undefined) close(this.#fd)
    this.#fd = this.#watch = undefined
  }
}

