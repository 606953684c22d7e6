/**
 * Connects a socket, waiting as long as necessary.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { systemError } from '../arguments.ts'
import type { SystemError } from '../errors.ts'
import { getsockopt } from '../libc/options.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import type { Registration, Watch } from '../readiness/registration.ts'
import { Delays } from './delay.ts'
import { isConnected } from './network-reports.ts'

const { EPOLLOUT, SOL_SOCKET, SO_ERROR } = constants
const { EAGAIN, EALREADY, ECONNABORTED, EINPROGRESS, EISCONN, ENOTCONN } = errno

/** The socket that is connected. */
interface ConnectingSocket {
  readonly fd: number
  /** Throws if the socket is closed. */
  check(attempt: string): void
  setNonBlocking(): void
}

/**
 * The error if connect(2) has ignored the address, and returned the result of an aborted connect to another one, which is pending or
 * has succeeded.
 */
const ofOther = (result: number, name: Uint8Array): SystemError => result >= 0
  ? systemError(EISCONN, 'connect', name, 'an aborted connect to another address has succeeded: use a new socket')
  : systemError(EALREADY, 'connect', name, 'an aborted connect to another address is still pending: use a new socket')

/** The error that has ended a connection; undefined if the socket is connected. */
export function endOfConnection(fd: number, name: Uint8Array): SystemError | undefined {
  if (isConnected(fd)) return undefined
  return systemError(getsockopt(fd, SOL_SOCKET, SO_ERROR) || ENOTCONN, 'connect', name)
}

/** Makes one connection at a time. */
export class Connector {
  readonly #socket: ConnectingSocket
  readonly #watch: Watch
  readonly #onWaiting: () => void
  readonly #delays: Delays
  #waiter: { resolve(): void; reject(error: unknown): void } | undefined
  /** The address of the last connect that the kernel did not finish at once. An abort does not end it. */
  #pending: Uint8Array | undefined
  /** That connect has failed. TCP lets the next one fail, too, with ECONNABORTED. */
  #failed = false

  /** `onWaiting` is called when a connect starts or stops waiting. */
  constructor(socket: ConnectingSocket, registration: Registration, onWaiting: () => void) {
    this.#socket = socket
    this.#onWaiting = onWaiting
    this.#delays = new Delays(onWaiting)
    this.#watch = registration.addWatcher({
      events: EPOLLOUT, exclusive: true, needsEvents: true,
      onReady: () => { this.#waiter?.resolve(); return true },
      fail: (error) => { this.#waiter?.reject(error); return false },
    })
  }

  get waiting(): boolean {
    return this.#waiter !== undefined || this.#delays.waiting
  }

  /** The address to which the kernel may still be connecting. */
  get pending(): Uint8Array | undefined {
    return this.#pending
  }

  /** @throws SystemError */
  async connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, 50)) {
      throwIfAborted(signal)
      this.#socket.check('connect')
      // connect(2) would take the result for which the other call waits.
      if (this.#waiter !== undefined) throw systemError(EALREADY, 'connect', name, 'another connect is still pending: await it first')
      const result = this.#attempt(name)
      const isOther = this.#pending !== undefined && Buffer.compare(this.#pending, name) !== 0
      if (result === -EINPROGRESS || (result === -EALREADY && this.#pending !== undefined && !isOther)) {
        this.#pending = name
        await this.#finished(name, signal)
        break
      }
      if (isOther && (result >= 0 || result === -EALREADY)) throw ofOther(result, name)
      if (isOther || (result === -ECONNABORTED && this.#failed)) {
        // The failure of the earlier connect, which nobody waits for.
        this.#pending = undefined
        this.#failed = false
        continue
      }
      if (result >= 0) break
      if (result !== -EAGAIN) this.#fail(-result, name)
      // The backlog of a Unix listener is full. The kernel does not report when it has room again.
      await this.#delays.wait(delayMs, signal)
    }
    this.#pending = undefined
    this.#failed = false
  }

  #attempt(name: Uint8Array): number {
    this.#socket.setNonBlocking()
    const { address, bytes } = scratch(name.length)
    bytes.set(name)
    return sys.connect(this.#socket.fd, address, name.length)
  }

  #fail(number: number, name: Uint8Array): never {
    if (number === EALREADY) throw systemError(number, 'connect', name, 'a connect of another owner is still pending: use a new socket')
    this.#failed = this.#pending !== undefined
    this.#pending = undefined
    throw systemError(number, 'connect', name)
  }

  /** Waits for a pending connect to finish. */
  async #finished(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => { this.#waiter?.reject(signal!.reason) })
      const settle = (finish: () => void): void => {
        stop()
        this.#waiter = undefined
        this.#watch.want(false)
        this.#onWaiting()
        finish()
      }
      this.#waiter = {
        resolve: () => { settle(resolve) },
        reject: (error) => { settle(() => { reject(error as Error) }) },
      }
      const error = this.#watch.want(true)
      if (error !== undefined) this.#waiter.reject(error)
      this.#onWaiting()
    })
    this.#socket.check('connect')
    const error = getsockopt(this.#socket.fd, SOL_SOCKET, SO_ERROR)
    if (error !== 0) this.#fail(error, name)
  }

  /** Rejects all that wait. */
  close(error: Error): void {
    this.#waiter?.reject(error)
    this.#delays.close(error)
  }
}
