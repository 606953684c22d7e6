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
import { nameNow } from './sending/names.ts'

const { EPOLLOUT, SOL_SOCKET, SO_ERROR } = constants
const { EAGAIN, EALREADY, ECONNABORTED, EINPROGRESS, EISCONN, ENOTCONN } = errno

/** The socket that is connected. */
interface ConnectingSocket {
  readonly fd: number
  /** Throws if the socket is closed. */
  check(attempt: string): void
  setNonBlocking(): void
}

/** The error if connect(2) has ignored the address, and returned the result of a connect to another one. */
const ofOther = (result: number, name: Uint8Array): SystemError => result === -EALREADY
  ? systemError(EALREADY, 'connect', nameNow(name), 'an aborted connect to another address is still pending: use a new socket')
  : systemError(EISCONN, 'connect', nameNow(name), 'the socket is connected to another address: use a new socket')

/** Calls connect(2) with a name that is resolved. Returns 0 or minus errno. */
export function connectNow(fd: number, resolvedName: Uint8Array): number {
  const name = nameNow(resolvedName)
  const { address, bytes } = scratch(name.length)
  bytes.set(name)
  return sys.connect(fd, address, name.length)
}

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
  #last: Uint8Array | undefined

  /** `onWaiting` is called when a connect starts or stops waiting. */
  constructor(socket: ConnectingSocket, registration: Registration, onWaiting: () => void) {
    this.#socket = socket
    this.#onWaiting = onWaiting
    this.#delays = new Delays(onWaiting)
    this.#watch = registration.addWatcher({
      events: EPOLLOUT, exclusive: true, needsEvents: true,
      onReady: () => { this.#finish(); return true },
      fail: (error) => { this.#waiter?.reject(error); return false },
    })
  }

  get waiting(): boolean {
    return this.#waiter !== undefined || this.#delays.waiting
  }

  /** The address of the last connect, which may still be pending. */
  get last(): Uint8Array | undefined {
    return this.#last
  }

  /**
   * Connects to a name that is resolved. After a connect that did not finish at once, connect(2) ignores the address the next time, and
   * returns the result of that one: 0, or why it failed, or ECONNABORTED if that was reported already. @throws SystemError
   */
  async connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, 50)) {
      throwIfAborted(signal)
      this.#socket.check('connect')
      // connect(2) would take the result for which the other call waits.
      if (this.#waiter !== undefined) throw systemError(EALREADY, 'connect', nameNow(name), 'another connect is pending: await it first')
      this.#socket.setNonBlocking()
      const result = connectNow(this.#socket.fd, name)
      const last = this.#last
      const isSame = last !== undefined && Buffer.compare(last, name) === 0
      const isOther = last !== undefined && !isSame
      if (result === -EINPROGRESS || (result === -EALREADY && isSame)) {
        this.#last = name
        return this.#finished(signal)
      }
      if (isOther && (result >= 0 || result === -EALREADY || result === -EISCONN)) throw ofOther(result, name)
      if (isOther || (isSame && result === -ECONNABORTED)) {
        // Nobody waits for the failure of the earlier connect.
        this.#last = undefined
        continue
      }
      if (result >= 0 || (isSame && result === -EISCONN)) return
      if (result === -EALREADY) {
        throw systemError(EALREADY, 'connect', nameNow(name), 'a connect of another owner is still pending: use a new socket')
      }
      if (result !== -EAGAIN) throw systemError(-result, 'connect', nameNow(name))
      // The backlog of a Unix listener is full. The kernel does not report when it has room again.
      await this.#delays.wait(delayMs, signal)
    }
  }

  /** Waits for a pending connect to finish. */
  #finished(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
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
  }

  /** Reads the result at once: whoever connects next would take it. */
  #finish(): void {
    if (this.#waiter === undefined) return
    const error = getsockopt(this.#socket.fd, SOL_SOCKET, SO_ERROR)
    if (error === 0) this.#waiter.resolve()
    else this.#waiter.reject(systemError(error, 'connect', nameNow(this.#last!)))
  }

  /** Rejects all that wait. */
  close(error: Error): void {
    this.#waiter?.reject(error)
    this.#delays.close(error)
  }
}
