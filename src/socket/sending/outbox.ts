/**
 * What goes out, at once or when there is room. Each destination has a lane of its own, in which order is kept; a receiver
 * that does not read holds up nobody else.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { sendError } from '../../libc/messages.ts'
import { Batch, copyLimit, totalOf } from '../../message/batch.ts'
import * as sys from '../../native/syscalls.ts'
import type { Watch } from '../../readiness/poller.ts'
import { onAbort, throwIfAborted } from '../../abort.ts'
import { Lane, RoomAt, type Outgoing, type Pending } from './lane.ts'
import { closeDescriptors, duplicateDescriptors } from '../../descriptors/find.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_STREAM, MSG_DONTWAIT, EPOLLOUT, _K_SS_MAXSIZE } = constants
const { EAGAIN } = errno

let batch: Batch | undefined
/** Messages sent in one system call at most, and buffers of each. */
const mostMessages = 256
const mostBuffers = 8
/** And bytes: of what a socket has no room for (net.core.wmem_default), nothing needs to be laid out. */
const mostBytes = 256 << 10

function batchFor(controlSize: number): Batch {
  if (batch === undefined || batch.shape.controlSize < controlSize) {
    batch?.release()
    batch = new Batch({ count: mostMessages, dataSize: copyLimit, controlSize: Math.max(controlSize, 256), nameSize: _K_SS_MAXSIZE, iovecs: mostBuffers })
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
    let sent = 0
    // Duplicates of its descriptors, so that what is sent is what was meant, even if the sender closes its own meanwhile
    // and the number goes to another file.
    let kept: Uint8Array | undefined
    try {
      throwIfAborted(signal)
      if (!this.waiting || !this.#lanes.has(laneKey(message.name))) {
        const bytes = this.#attempt(message)
        if (bytes === totalOf(message.buffers)) return Promise.resolve(bytes)
        sent = bytes ?? 0
      }
      if (sent > 0) {
        message = rest(message, sent)
      } else if (message.control !== undefined) {
        kept = duplicateDescriptors(message.control)
        message = { ...message, control: kept }
      }
    } catch (error) {
      return Promise.reject(error as Error)
    }
    return new Promise((resolve, reject) => {
      const begun = (): void => {
        if (kept !== undefined) closeDescriptors(kept)
        kept = undefined
      }
      const settled = (): void => {
        stop()
        begun()
      }
      const pending: Pending = {
        message, sent, begun,
        resolve: (bytes) => { settled(); resolve(bytes) },
        reject: (error) => { settled(); reject(error as Error) },
      }
      const stop = onAbort(signal, () => {
        // Once its first byte has gone a stream's message goes out whole: the peer could not make sense of half of one.
        if (pending.sent > 0) return
        this.#takeBack([pending])
        pending.reject(signal!.reason)
      })
      this.#wait(pending)
    })
  }

  /**
   * Send messages that have to wait, each in its turn, so that what is sent later to one of their destinations goes after
   * them. When one fails, those after it do not go.
   * @throws the error of the first that failed, once those before it are gone
   */
  async sendAll(messages: readonly Outgoing[], signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    const all: Pending[] = []
    const left = new Set<Pending>()
    let failed: { readonly at: number; readonly error: unknown } | undefined
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        if (left.size > 0) return
        stop()
        resolve()
      }
      const fail = (at: number, error: unknown): void => {
        if (failed === undefined || at < failed.at) failed = { at, error }
        const rest = all.slice(at).filter((pending) => left.has(pending) && pending.sent === 0)
        this.#takeBack(rest)
        for (const pending of rest) left.delete(pending)
        settle()
      }
      const stop = onAbort(signal, () => { fail(0, signal!.reason) })
      messages.forEach((message, at) => {
        const pending: Pending = {
          message, sent: 0,
          resolve: () => { left.delete(pending); settle() },
          // Those after it are let go with the first.
          reject: (error) => { if (left.delete(pending)) fail(at, error) },
        }
        all.push(pending)
        left.add(pending)
      })
      for (const pending of all) if (left.has(pending)) this.#wait(pending)
      // Of a stream nothing has been tried yet.
      if (this.#stream) this.#lanes.get('')?.pump()
    })
    if (failed !== undefined) throw (failed as { error: Error }).error
  }

  /** Let a message wait for its turn. */
  #wait(pending: Pending): void {
    const { name } = pending.message
    const key = laneKey(name)
    let lane = this.#lanes.get(key)
    const isFirst = lane === undefined
    if (lane === undefined) {
      const atOnce = this.#stream ? 1 : mostMessages
      lane = this.#blind && name !== undefined
        ? new Lane(this.#pump, atOnce, this.#ended(key), new RoomAt(name, () => { lane!.pump() }))
        : new Lane(this.#pump, atOnce, this.#ended(key))
      this.#lanes.set(key, lane)
    }
    try {
      lane.add(pending)
      if (isFirst) this.#update()
    } catch (error) {
      // Nothing left to watch with (EMFILE): then it does not wait, and does not go later either.
      lane.remove(new Set([pending]))
      pending.reject(error)
    }
  }

  #takeBack(pending: readonly Pending[]): void {
    const these = new Set(pending)
    if (these.size > 0) for (const lane of [...this.#lanes.values()]) lane.remove(these)
  }

  /** Send what there is room for of a list, from `start` on, in one call: how many went. @throws SystemError when the first failed */
  many(messages: readonly Outgoing[], start: number): number {
    const { flags } = messages[start]!
    let end = start
    let size = 0
    let controlSize = 0
    // A call has one set of flags for all.
    for (; end < messages.length && end - start < mostMessages && size < mostBytes && messages[end]!.flags === flags; end++) {
      size += totalOf(messages[end]!.buffers)
      controlSize = Math.max(controlSize, messages[end]!.control?.length ?? 0)
    }
    const it = batchFor(controlSize)
    for (let i = start; i < end; i++) it.set(i - start, flat(messages[i]!))
    const sent = sys.sendmmsg(this.#fd, it.address(), end - start, flags | MSG_DONTWAIT)
    if (sent < 0 && sent !== -EAGAIN) throw sendError('sendmsg', -sent, messages[start]!)
    return Math.max(0, sent)
  }

  #attempt(message: Outgoing): number | undefined {
    const it = batchFor(message.control?.length ?? 0)
    it.set(0, flat(this.#stream ? beginning(message) : message))
    const result = sys.sendmsg(this.#fd, it.address(), message.flags | MSG_DONTWAIT)
    if (result === -EAGAIN) return undefined
    if (result < 0) throw sendError('sendmsg', -result, message)
    return result
  }

  /** Send the first messages of a lane: how many of them are settled, for they are gone, or one cannot go. */
  readonly #pump = (first: readonly Pending[]): number => {
    const [head] = first as [Pending, ...Pending[]]
    try {
      if (this.#stream || first.length === 1) return this.#pumpOne(head) ? 1 : 0
      const sent = this.many(first.map(({ message }) => message), 0)
      for (const { message, resolve } of first.slice(0, sent)) resolve(totalOf(message.buffers))
      return sent
    } catch (error) {
      head.reject(error)
      return 1
    }
  }

  /** Whether all of it is gone. */
  #pumpOne(pending: Pending): boolean {
    const bytes = this.#attempt(pending.message)
    if (bytes === undefined) return false
    pending.sent += bytes
    if (bytes < totalOf(pending.message.buffers) && this.#stream) {
      pending.begun?.()
      pending.message = rest(pending.message, bytes)
      return false
    }
    pending.resolve(pending.sent)
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
  message.buffers.length > mostBuffers && totalOf(message.buffers) > copyLimit ? { ...message, buffers: [Buffer.concat(message.buffers)] } : message

/** As much of a stream's message as may go at once. */
const beginning = (message: Outgoing): Outgoing =>
  totalOf(message.buffers) > mostBytes ? { ...message, buffers: part(message.buffers, 0, mostBytes) } : message

/** What is left of a stream's message: the data from there on. Control messages went with the first byte. */
const rest = ({ buffers, name, flags }: Outgoing, sent: number): Outgoing => ({ buffers: part(buffers, sent), name, control: undefined, flags })

/** A part of the data that several buffers are, in as many of them as it takes. */
function part(buffers: readonly Uint8Array[], from: number, to: number = Infinity): Uint8Array[] {
  let at = 0
  return buffers.flatMap((buffer) => {
    const [start, end] = [Math.max(0, from - at), Math.min(buffer.length, to - at)]
    at += buffer.length
    return start < end ? [buffer.subarray(start, end)] : []
  })
}
