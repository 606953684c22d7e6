/**
 * Waits for room in the queue of a Unix datagram socket. An unconnected sender always polls as writable, even if the receiver's
 * queue is full; a connected sender does not. So a helper socket is connected to the receiver; it is polled and sends nothing.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { isReady } from '../../libc/sockets.ts'
import { claim, closeClaimed } from '../../descriptors/thread-end.ts'
import { counts, maxHelpers } from '../../limits.ts'
import { scratch } from '../../native/memory.ts'
import * as sys from '../../native/syscalls.ts'
import { Registration, type Watch, type Watcher } from '../../readiness/registration.ts'
import { spend, withinBudget } from '../../readiness/turn.ts'
import { retryCost, type FullBuffer } from './full-buffer.ts'
import { nameNow, resolved } from './names.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC, EPOLLOUT, POLLOUT, _K_SS_MAXSIZE } = constants

const { EAGAIN, ECONNREFUSED, ENOENT } = errno

/** Time to the first retry in ms, if no event can be waited for. It doubles with each failed retry, up to a limit. */
const retryMs = 10
/** Time in ms until the name is looked up again: another socket may have been bound to it while the former one no longer reads. */
const lookupMs = 1000

/** Rooms without a helper, which wait for a timer. */
const timed = new Set<Room>()
/** Minimum average time in ms between their retries, so that many silent receivers cost little. */
const minTimedMs = 1

interface Helper {
  readonly fd: number
  readonly registration: Registration
  readonly watch: Watch
}

/** Waits for room at one receiver. */
export class Room {
  readonly #name: Uint8Array
  readonly #watcher: Watcher
  readonly #onRoom: () => void
  readonly #ownBuffer: FullBuffer
  #helper: Helper | undefined
  #timer: NodeJS.Timeout | undefined
  #lookupTimer: NodeJS.Timeout | undefined
  /** Time to the next retry in ms, without a helper. */
  #retryAfterMs = retryMs

  /**
   * `onRoom` and `fail` are like `onReady` and `fail` of a {@link Watcher}: there may be room; the first waiting operation fails.
   * `ownBuffer` is that of the sender.
   */
  constructor(name: Uint8Array, ownBuffer: FullBuffer, onRoom: () => boolean, fail: (error: unknown) => boolean) {
    this.#name = resolved(name)
    this.#ownBuffer = ownBuffer
    this.#watcher = { events: EPOLLOUT, onReady: onRoom, fail }
    this.#onRoom = () => {
      for (;;) {
        try {
          onRoom()
          return
        } catch (error) {
          // Later operations keep waiting.
          if (!fail(error)) return
        }
      }
    }
  }

  /**
   * Starts waiting, unless it is waiting already. `again` means that there was room, but nothing could be sent: another sender may
   * have used the room, but if there still is some, the sender's own buffer is full of messages to other destinations. Without a
   * helper, a timer is used. Returns 0, or minus errno if no socket has this name; the kernel does not report that to
   * a sender whose own buffer is full.
   */
  wait(again: boolean): number {
    if (!again && (this.#timer !== undefined || this.#ownBuffer.has(this) || this.#helper?.watch.on === true)) return 0
    const result = this.#connect()
    if (isUnbound(result)) return result
    const helper = this.#helper
    if (!again) this.#retryAfterMs = retryMs
    const ownIsFull = again && helper !== undefined && hasRoom(helper)
    if (helper !== undefined && !ownIsFull && helper.watch.want(true) === undefined) {
      this.#retryAfterMs = retryMs
      return 0
    }
    helper?.watch.want(false)
    this.#stop()
    if (ownIsFull) {
      this.#ownBuffer.add(this)
      return 0
    }
    timed.add(this)
    this.#timer = setTimeout(() => {
      this.#stop()
      this.#retryNow(this.#onRoom)
    }, Math.min(this.#retryAfterMs, Math.max(lookupMs, timed.size * minTimedMs))).unref()
    this.#retryAfterMs *= 2
    return 0
  }

  /** Tries to send, because the sender's own buffer may have room. */
  retry(): void {
    this.#onRoom()
  }

  #retryNow(retry: () => void): void {
    withinBudget(() => {
      spend(retryCost, 0)
      retry()
    })
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    timed.delete(this)
    this.#ownBuffer.delete(this)
  }

  /** Connects the helper. Returns 0 or minus errno. */
  #connect(): number {
    if (this.#helper !== undefined) return 0
    const helper = connected(nameNow(this.#name), this.#watcher)
    if (typeof helper === 'number') return helper
    this.#helper = helper
    this.#lookupTimer = setTimeout(() => {
      this.#retryNow(() => {
        this.close()
        this.#onRoom()
      })
    }, lookupMs).unref()
    return 0
  }

  /** True if a send would not wait: there is room, or no socket has this name, so it would fail at once. */
  get free(): boolean {
    const result = this.#connect()
    return this.#helper === undefined ? isUnbound(result) : hasRoom(this.#helper)
  }

  close(): void {
    clearTimeout(this.#lookupTimer)
    this.#stop()
    const helper = this.#helper
    this.#helper = undefined
    if (helper === undefined) return
    helper.registration.close()
    closeClaimed(helper.fd)
    counts.helpers--
  }
}

const isUnbound = (result: number): boolean => result === -ECONNREFUSED || result === -ENOENT

/** Creates a helper, or returns minus errno. */
function connected(name: Uint8Array, watcher: Watcher): Helper | number {
  if (counts.helpers >= maxHelpers) return -EAGAIN
  const fd = sys.call('socket', AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return fd
  const { address, bytes } = scratch(_K_SS_MAXSIZE)
  bytes.set(name)
  const result = sys.call('connect', fd, address, name.length)
  if (result < 0) {
    sys.call('close', fd)
    return result
  }
  counts.helpers++
  const helper = claim(fd)
  const registration = new Registration(helper)
  return { fd: helper, registration, watch: registration.addWatcher(watcher) }
}

const hasRoom = ({ fd }: Helper): boolean => isReady(fd, POLLOUT)
