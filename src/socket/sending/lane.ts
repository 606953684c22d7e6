/**
 * Messages that wait for room at one destination, in order.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { close, poll } from '../../libc/sockets.ts'
import type { OutgoingMessage } from '../../message/batch.ts'
import { scratch } from '../../native/memory.ts'
import * as sys from '../../native/syscalls.ts'
import { Watch } from '../../readiness/poller.ts'

const { AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC, EPOLLOUT, POLLOUT, _K_SS_MAXSIZE } = constants

/** A message on its way. */
export interface Outgoing extends OutgoingMessage {
  readonly flags: number
}

/** A message that waits. */
export interface Pending {
  message: Outgoing
  /** Bytes gone so far: of a stream, some may go before the rest. */
  sent: number
  /** Once some have: then its control messages have gone, too. */
  readonly begun?: () => void
  readonly resolve: (bytes: number) => void
  readonly reject: (error: unknown) => void
}

/** Messages sent from one lane in one turn of the event loop. */
const sendsPerTurn = 512

export class Lane {
  readonly room: RoomAt | undefined
  /** Those that wait are from `#head` on: a list of many is not moved with each that goes. */
  #queue: Pending[] = []
  #head = 0
  #over = false
  readonly #atOnce: number
  readonly #send: (first: readonly Pending[]) => number
  readonly #onEmpty: () => void

  /** `send` sends the first of those given, up to `atOnce`, as far as there is room: how many have been settled. */
  constructor(send: (first: readonly Pending[]) => number, atOnce: number, onEmpty: () => void, room?: RoomAt) {
    this.#send = send
    this.#atOnce = atOnce
    this.#onEmpty = onEmpty
    this.room = room
  }

  get #length(): number {
    return this.#queue.length - this.#head
  }

  /** Wait behind the others. */
  add(pending: Pending): void {
    this.#queue.push(pending)
    if (this.#length === 1) this.room?.wait(false)
  }

  /** Send as many as there is room for. */
  pump(): void {
    if (this.#over) return
    let settled = 0
    for (let room = true; room && this.#length > 0 && settled < sendsPerTurn;) {
      const first = this.#queue.slice(this.#head, this.#head + this.#atOnce)
      const gone = this.#send(first)
      this.#head += gone
      settled += gone
      room = gone === first.length
    }
    if (this.#length === 0) this.#end()
    else this.room?.wait(settled === 0)
  }

  /** Those that wait no more. They are settled elsewhere. */
  remove(these: ReadonlySet<Pending>): void {
    if (this.#over) return
    this.#queue = this.#queue.slice(this.#head).filter((pending) => !these.has(pending))
    this.#head = 0
    if (this.#queue.length === 0) this.#end()
  }

  close(error: Error): void {
    const waiting = this.#queue.slice(this.#head)
    this.#end()
    for (const pending of waiting) pending.reject(error)
  }

  #end(): void {
    this.#over = true
    this.#queue = []
    this.#head = 0
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
export class RoomAt {
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
