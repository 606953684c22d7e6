/**
 * A file descriptor that has an owner.
 * @module
 */
import { setImmediate } from 'node:timers'
import { descriptor } from '../arguments.ts'
import { dispose } from '../dispose.ts'
import { closed } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import { closeOwn, closeReceived, closeWithin } from './closer.ts'
import { received } from './file-types.ts'
import { Forgotten } from './forgotten.ts'

const forgotten = new Forgotten<number>((fd) => {
  closeReceived([fd])
  return `Received file descriptor ${fd} was garbage-collected without being closed, and is closed now. Take it, close it, or dispose of its message.`
}, 'CMSG_FORGOTTEN_FD')

const gone = -1
/** ms that the close of a detached socket may hold up the event loop. */
const patience = 5

/**
 * The origin of a descriptor decides how it is closed. A peer may have seen to it that the close of what it sent blocks,
 * or of a socket that holds what it sent. The end of a socket should show at once all the same.
 */
type Origin = 'own' | 'received' | 'detached'
const brand: unique symbol = Symbol.for('cmsg.OwnedFd') as never

/** Whether it is an OwnedFd, be it of another copy of this package or of another realm. */
export const isOwnedFd = (value: unknown): value is OwnedFd =>
  value instanceof OwnedFd || (typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true)

/** Those of this turn of the event loop: most are closed or taken before it ends, and to register one costs as much as closing it. */
let young: OwnedFd[] = []
/** So many at once are registered without waiting for the end of a turn, which a program that blocks may never see. */
const mostYoung = 1024
let registerYoung: () => void

/** The mark of a definition whose values own descriptors, in every copy of this package. */
export const owning: unique symbol = Symbol.for('cmsg.owning') as never

/** Close all of them, which takes less than one after the other. */
export function closeAll(owners: readonly OwnedFd[]): void {
  const numbers: number[] = []
  for (const owner of owners) {
    // A Pidfd does it in its own way.
    if (owner.close !== OwnedFd.prototype.close) owner.close()
    else if (owner.owned) numbers.push(owner.take())
  }
  if (numbers.length > 0) closeReceived(numbers)
}

/**
 * A file descriptor with an owner. One that was received is open and close-on-exec, and closed at the latest when its
 * message is disposed of, unless it was taken. One that is garbage and was neither taken nor closed is closed, with a
 * warning (`CmsgWarning`, code `CMSG_FORGOTTEN_FD`).
 *
 * @example
 * import { writeSync } from 'node:fs'
 * import { MessageSocket, rights } from 'cmsg'
 *
 * const [a, b] = MessageSocket.pair({ type: 'datagram', receive: [rights] })
 * await a.send('standard output', { control: [rights([1])] })
 * const message = await b.receive()
 * for (const fd of message?.get(rights) ?? []) {
 *   writeSync(fd.fd, 'written through a descriptor that was passed\n')
 *   fd.close()
 * }
 * await a.close()
 * await b.close()
 */
export class OwnedFd implements Disposable {
  static {
    shownAs(this, 'OwnedFd', (owned) => (owned.#fd === gone ? { owned: false } : { fd: owned.#fd }))
    registerYoung = () => {
      for (const one of young) {
        if (one.#fd === gone) continue
        forgotten.register(one, one.#fd)
        one.#registered = true
      }
      young = []
    }
  }

  /** By it one copy of this package knows the descriptors of another. */
  get [brand](): true {
    return true
  }

  #fd: number
  #registered = false
  readonly #origin: Origin

  /** Own a descriptor: it is closed with this object, unless it is taken. @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for a negative number */
  constructor(fd: number)
  /** @internal */
  constructor(fd: number, origin: Origin)
  constructor(fd: number, origin: Origin = 'own') {
    this.#fd = descriptor('OwnedFd', fd)
    this.#origin = origin
    if (origin === 'received') received()
    if (young.length === 0) setImmediate(registerYoung).unref()
    else if (young.length >= mostYoung) registerYoung()
    young.push(this)
  }

  /** The number, to be used while this object is at hand. @throws Error `ERR_CMSG_CLOSED` once it is taken or closed */
  get fd(): number {
    if (this.#fd === gone) throw closed('Cannot use a file descriptor that was taken or closed')
    return this.#fd
  }

  /** True while it is owned: neither taken nor closed. */
  get owned(): boolean {
    return this.#fd !== gone
  }

  /** Give the number away: from now on it is the caller's to close. @throws Error `ERR_CMSG_CLOSED` once it is taken or closed */
  take(): number {
    const { fd } = this
    this.#fd = gone
    if (this.#registered) forgotten.unregister(this)
    return fd
  }

  /**
   * `close(2)`: close it. More than once is fine, and after {@link take} it does nothing.
   *
   * A received descriptor may refer to a file whose close blocks, such as a TCP socket with SO_LINGER: only pipes, eventfds,
   * memfds and their like are closed before this returns. The number of most others is free at once too, and the rest is
   * closed soon, on a thread of its own.
   */
  close(): void {
    if (this.#fd === gone) return
    const fd = this.take()
    switch (this.#origin) {
      case 'received': return closeReceived([fd])
      case 'detached': return closeWithin(fd, patience)
      case 'own': closeOwn(fd)
    }
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }
}
