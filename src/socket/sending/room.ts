/**
 * Room in the queue of a Unix datagram socket. An unconnected sender is always writable to poll, full as its receiver may
 * be; a connected one is told. So a helper socket is connected there, sends nothing, and is waited on.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { constants } from '../../../generated/constants.ts'
import { errno } from '../../../generated/errno.ts'
import { poll } from '../../libc/sockets.ts'
import { claim, closeClaimed } from '../../descriptors/thread-end.ts'
import { counts, maxHelpers } from '../../limits.ts'
import { scratch } from '../../native/memory.ts'
import * as sys from '../../native/syscalls.ts'
import { Registration, type Channel, type Interest } from '../../readiness/registration.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC, EPOLLOUT, POLLOUT, _K_SS_MAXSIZE } = constants

const { EAGAIN, ECONNREFUSED, ENOENT } = errno

/** ms to the first try where nothing tells when to try. Each further one in vain takes twice as long, up to a limit. */
const retryAfter = 10
/** The limit where others keep our own buffer full: it may be any of them that reads. */
const retryFullAfter = 80
/** ms until the name is looked up again: it may be another's by now, while its former owner hangs and reads no more. */
const lookAgainAfter = 1000

interface Helper {
  readonly fd: number
  readonly registration: Registration
  readonly interest: Interest
}

export class Room {
  readonly #name: Uint8Array
  readonly #channel: Channel
  readonly #onRoom: () => void
  #helper: Helper | undefined
  #timer: NodeJS.Timeout | undefined
  #lookAgain: NodeJS.Timeout | undefined
  /** ms to the next try. */
  #retry = retryAfter

  /** `onReady` and `fail` as of a {@link Channel}: there may be room; the operation that waits first fails. */
  constructor(name: Uint8Array, onRoom: () => boolean, fail: (error: unknown) => boolean) {
    this.#name = name
    this.#channel = { events: EPOLLOUT, onReady: onRoom, fail }
    this.#onRoom = () => {
      for (;;) {
        try {
          onRoom()
          return
        } catch (error) {
          // Those behind it go on waiting.
          if (!fail(error)) return
        }
      }
    }
  }

  /**
   * Waits, unless it does so already. `again`: there was room, and yet nothing could be sent. Another sender may have taken it; but if there still is
   * room, our own buffer is full of messages to others. Then, and where there is no helper, a timer has to do. Returns 0,
   * or minus errno where nobody has this name: our own full buffer keeps the kernel from saying so.
   */
  wait(again: boolean): number {
    if (!again && (this.#timer !== undefined || this.#helper?.interest.on === true)) return 0
    const result = this.#connect()
    if (isNobody(result)) return result
    const helper = this.#helper
    if (!again) this.#retry = retryAfter
    if (helper !== undefined && !(again && hasRoom(helper)) && helper.interest.want(true) === undefined) {
      this.#retry = retryAfter
      return 0
    }
    helper?.interest.want(false)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#onRoom()
    }, Math.min(this.#retry, helper === undefined ? lookAgainAfter : retryFullAfter)).unref()
    this.#retry *= 2
    return 0
  }

  /** Connects the helper: 0, or minus errno. */
  #connect(): number {
    if (this.#helper !== undefined) return 0
    const helper = connected(this.#name, this.#channel)
    if (typeof helper === 'number') return helper
    this.#helper = helper
    this.#lookAgain = setTimeout(() => {
      this.close()
      this.#onRoom()
    }, lookAgainAfter).unref()
    return 0
  }

  /** Tells that there is room now. Nobody at this name: whatever is sent will fail at once. */
  get free(): boolean {
    const result = this.#connect()
    return this.#helper === undefined ? isNobody(result) : hasRoom(this.#helper)
  }

  close(): void {
    clearTimeout(this.#lookAgain)
    clearTimeout(this.#timer)
    this.#timer = undefined
    const helper = this.#helper
    this.#helper = undefined
    if (helper === undefined) return
    helper.registration.close()
    closeClaimed(helper.fd)
    counts.helpers--
  }
}

const isNobody = (result: number): boolean => result === -ECONNREFUSED || result === -ENOENT

/** A helper, or minus errno. */
function connected(name: Uint8Array, channel: Channel): Helper | number {
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
  return { fd: helper, registration, interest: registration.interest(channel) }
}

const hasRoom = ({ fd }: Helper): boolean => poll([{ fd, events: POLLOUT }], 0)[0]!.revents !== 0
