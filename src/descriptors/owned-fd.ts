/**
 * File descriptors with an owner.
 * @module
 */
import { setImmediate } from 'node:timers'
import { descriptor } from '../arguments.ts'
import { dispose } from '../dispose.ts'
import { closed } from '../errors.ts'
import { shownAs } from '../inspect.ts'
import { closeAndWait, closeOwn, closeReceived } from './closer.ts'
import { forgetMounts } from './close-kind.ts'
import { Forgotten } from './forgotten.ts'

const forgotten = new Forgotten<number>((fd) => {
  closeReceived([fd])
  return `Received file descriptor ${fd} was garbage-collected without being closed, and is closed now. `
    + 'Take it, close it, or dispose of its message.'
}, 'CMSG_FORGOTTEN_FD')

const gone = -1

/**
 * The origin of a descriptor decides how it is closed. A peer can make the close of a descriptor that it sent block, or of a socket
 * whose queue contains one. Yet the peer of a closed socket should see its end at once.
 */
type Origin = 'own' | 'received' | 'detached'
const brand: unique symbol = Symbol.for('cmsg.OwnedFd') as never

/** True for an OwnedFd, even of another copy of this package or another realm. */
export const isOwnedFd = (value: unknown): value is OwnedFd =>
  value instanceof OwnedFd || (typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true)

/** Objects created in this turn. Most are closed or taken before it ends, and registering one costs as much as closing it. */
let young: OwnedFd[] = []
/** This many are registered without waiting for the end of the turn, which a blocking program may never reach. */
const maxYoung = 1024
let registerYoung: () => void

/** The mark of a definition whose values own descriptors, in every copy of this package. */
export const owning: unique symbol = Symbol.for('cmsg.owning') as never

/** Closes several descriptors, which is faster than closing them one by one. */
export function closeAll(owners: readonly OwnedFd[]): void {
  const numbers: number[] = []
  for (const owner of owners) {
    // A Pidfd overrides close.
    if (owner.close !== OwnedFd.prototype.close) owner.close()
    else if (owner.owned) numbers.push(owner.take())
  }
  if (numbers.length > 0) closeReceived(numbers)
}

/**
 * A file descriptor with an owner. A received descriptor is open and close-on-exec, and is closed at the latest when its message is
 * disposed of, unless it was taken. If it is garbage-collected without having been taken or closed, it is closed with a warning
 * (`CmsgWarning`, code `CMSG_FORGOTTEN_FD`).
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

  /** Lets one copy of this package recognize the descriptors of another. */
  get [brand](): true {
    return true
  }

  #fd: number
  #registered = false
  readonly #origin: Origin

  /** Takes ownership of a descriptor, and closes it unless it is taken. @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for a negative number */
  constructor(fd: number)
  /** @internal */
  constructor(fd: number, origin: Origin)
  constructor(fd: number, origin: Origin = 'own') {
    this.#fd = descriptor('create an OwnedFd', fd)
    this.#origin = origin
    if (origin === 'received') forgetMounts()
    if (young.length === 0) setImmediate(registerYoung).unref()
    else if (young.length >= maxYoung) registerYoung()
    young.push(this)
  }

  /** The number, which is valid as long as this object owns it. @throws Error `ERR_CMSG_CLOSED` once it is taken or closed */
  get fd(): number {
    if (this.#fd === gone) throw closed('Cannot use a file descriptor that was taken or closed')
    return this.#fd
  }

  /** True until it is taken or closed. */
  get owned(): boolean {
    return this.#fd !== gone
  }

  /** Hands the number over to the caller, who must close it. @throws Error `ERR_CMSG_CLOSED` once it is taken or closed */
  take(): number {
    const { fd } = this
    this.#fd = gone
    if (this.#registered) forgotten.unregister(this)
    return fd
  }

  /**
   * `close(2)`: closes it. Calling it again is fine, and after {@link take} it does nothing.
   *
   * Closing a received descriptor may block, for example for a TCP socket with SO_LINGER. So only pipes, eventfds, memfds and
   * similar files are closed before this returns. The numbers of most others are free at once too, and the files are closed soon
   * on another thread.
   */
  close(): void {
    if (this.#fd === gone) return
    const fd = this.take()
    switch (this.#origin) {
      case 'received': return closeReceived([fd])
      case 'detached': return closeAndWait(fd)
      case 'own': closeOwn(fd)
    }
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }
}
