/**
 * Connects a socket, waiting as long as necessary.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { familyOf } from '../address/address.ts'
import { systemError } from '../arguments.ts'
import type { SystemError } from '../errors.ts'
import type { Family } from '../control/define.ts'
import { getsockopt } from '../libc/options.ts'
import { poll } from '../libc/sockets.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import type { Registration, Watch } from '../readiness/registration.ts'
import { Delays } from './delay.ts'
import { isConnected } from './network-reports.ts'
import { connectionOf, isSame, nameNow } from './sending/names.ts'
import { isConnectionless, type Target } from './target.ts'

const {
  AF_INET, AF_INET6, AF_UNSPEC, EPOLLOUT, POLLHUP, POLLOUT, SOCK_SEQPACKET, SOL_SOCKET, SO_ERROR,
} = constants
const { EAFNOSUPPORT, EAGAIN, EALREADY, ECONNABORTED, EINPROGRESS, EINVAL, EISCONN, ENOTCONN } = errno

/** The socket that is connected. */
interface ConnectingSocket {
  readonly fd: number
  readonly family: number
  readonly type: number
  readonly sending: { readonly isStream: boolean; readonly family: Family | undefined }
  readonly target: Target
  readonly sender: { readonly hasMessages: boolean }
  /** True while an operation waits that {@link onConnectionFailed} fails. */
  readonly needsConnection: boolean
  /** Throws if the socket is closed. */
  check(attempt: string): void
  setNonBlocking(): void
  /** Called when a connection begins, or is known to be made. */
  onConnecting(isNew: boolean): void
  onConnectionFailed(makeError: () => Error): void
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
  /** See {@link hold}. */
  #holds = false

  /** `onWaiting` is called when a connect starts or stops waiting. */
  constructor(socket: ConnectingSocket, registration: Registration, onWaiting: () => void) {
    this.#socket = socket
    this.#onWaiting = onWaiting
    this.#delays = new Delays(onWaiting)
    this.#watch = registration.addWatcher({
      events: EPOLLOUT, exclusive: true, needsEvents: true,
      onReady: () => this.#finish() !== undefined,
      // A result that only a message waits for is for whoever asks first.
      onHeld: () => (this.#waiter === undefined ? -(this.#finish() ?? 0) : 0),
      fail: (error) => {
        this.#waiter?.reject(error)
        this.#release()
        return false
      },
    })
  }

  get waiting(): boolean {
    return this.#waiter !== undefined || this.#delays.waiting
  }

  /** Connects to a name that is resolved. @throws SystemError */
  async connect(name: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    let repeats = false
    for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, 50)) {
      throwIfAborted(signal)
      this.#socket.check('connect')
      // connect(2) would take the result for which the other call waits.
      if (this.#waiter !== undefined) throw systemError(EALREADY, 'connect', nameNow(name), 'another connect is pending: await it first')
      this.#socket.setNonBlocking()
      if (familyOf(name) === AF_UNSPEC) return this.#disconnect(name)
      const { begun } = this.#socket.target
      const result = begun === undefined ? this.#start(name) : this.#continue(name, begun)
      if (result === 0) return
      if (result === -EINPROGRESS) return this.#finished(signal)
      if (result === -ECONNABORTED && !repeats) {
        // The kernel has returned the result of an earlier connect, and can begin the next.
        repeats = true
        continue
      }
      if (result !== -EAGAIN) throw this.#error(-result, name)
      // The backlog of a Unix listener is full, which the kernel checks first. It does not report when there is room again.
      if (isConnected(this.#socket.fd)) throw systemError(EISCONN, 'connect', nameNow(name))
      await this.#delays.wait(delayMs, signal)
    }
  }

  /** Connects a socket whose earlier connects have all finished, as far as is known. Returns 0 or minus errno. */
  #start(name: Uint8Array): number {
    const { fd, type, target } = this.#socket
    const isClosed = this.settle()
    const result = connectNow(fd, name)
    if (result === -EINPROGRESS) this.#begun(name)
    // So there was an earlier connect, by another owner, whose error somebody has read.
    if (result === -ECONNABORTED) this.fail(ECONNABORTED)
    if (!isClosed && (result === 0 || result === -EISCONN)) {
      // Another owner has connected it, or has begun to.
      const connection = connectionOf(fd)
      if (connection !== undefined && !isSame(connection, name)) throw ofOther(-EISCONN, name)
      if (connection === undefined) return result
      this.#socket.onConnecting(false)
      return 0
    }
    if (result === -EALREADY) {
      throw systemError(EALREADY, 'connect', nameNow(name), 'a connect of another owner is still pending: use a new socket')
    }
    if (result === 0) {
      // The errors of a connectionless socket are those of messages to its peer.
      if (!isConnectionless(type) || !isSame(target.name, name)) {
        if (isConnectionless(type)) getsockopt(fd, SOL_SOCKET, SO_ERROR)
        this.#socket.onConnecting(true)
      }
      target.set(name)
    }
    return result
  }

  /** The kernel connects in the background. */
  #begun(name: Uint8Array): void {
    this.#socket.target.begin(name)
    this.#socket.onConnecting(true)
  }

  /** Dissolves the connection, if there is one: that is how connect(2) takes an address of the family AF_UNSPEC. */
  #disconnect(name: Uint8Array): void {
    const { fd, type } = this.#socket
    const result = connectNow(fd, name)
    if (result < 0) throw systemError(-result, 'connect', name)
    // That of the connection, or of a message to the former peer.
    getsockopt(fd, SOL_SOCKET, SO_ERROR)
    // A connectionless socket receives without a peer, too.
    if (isConnectionless(type)) this.#socket.target.forget()
    else this.fail(ECONNABORTED)
    this.#socket.onConnecting(true)
  }

  /** The error of a connect that failed, which the kernel does not explain if the family of the address is not that of the socket. */
  #error(error: number, name: Uint8Array): SystemError {
    const { family, sending } = this.#socket
    const its = familyOf(name)
    if ((error !== EINVAL && error !== EAFNOSUPPORT) || its === family) return systemError(error, 'connect', nameNow(name))
    const advice = family === AF_INET6 && its === AF_INET ? ': write ::ffff: before the address' : ''
    return systemError(error, 'connect', nameNow(name), `the socket is of another family, ${sending.family ?? family}${advice}`)
  }

  /** Takes the result of an earlier connection, if that has ended, and fails what waits for it. Returns {@link isClosed}. */
  settle(): boolean {
    const { fd, target, sender } = this.#socket
    const { isClosed } = this
    if (!isClosed || !this.#isByteStream || this.#waiter !== undefined) return isClosed
    const error = getsockopt(fd, SOL_SOCKET, SO_ERROR)
    // On a socket that was never connected no message waits.
    if (error !== 0 || target.begun !== undefined || sender.hasMessages) this.fail(error || ECONNABORTED)
    this.#socket.onConnecting(true)
    return isClosed
  }

  /** Lets no other part of the socket make calls until the kernel has connected. Call it after a message has begun that (MSG_FASTOPEN). */
  hold(): void {
    // If it cannot be watched, the message cannot wait either.
    this.#holds = this.#watch.want(true) === undefined
  }

  /** True for TCP and the like: the kernel tells the states of their connections apart. */
  get #isByteStream(): boolean {
    const { isStream, family } = this.#socket.sending
    return isStream && (family === 'inet' || family === 'inet6')
  }

  /** True for SCTP with several peers: messages and receives may be for the others. */
  get #isOneToMany(): boolean {
    const { type, sending: { family } } = this.#socket
    return type === SOCK_SEQPACKET && (family === 'inet' || family === 'inet6')
  }

  /** True if the socket is neither connected nor being connected, not even by another owner, as far as the kernel tells. */
  get isClosed(): boolean {
    return !this.#isByteStream || ((this.#poll(0) & POLLHUP) !== 0 && !isConnected(this.#socket.fd))
  }

  #poll(events: number): number {
    return poll([{ fd: this.#socket.fd, events }], 0)[0]!.revents
  }

  /**
   * Calls connect(2) when the kernel has not finished the last one at once: it ignores the address, and returns the result of that one:
   * 0, or why it failed, or ECONNABORTED if that was reported already. Returns 0 or minus errno.
   */
  #continue(name: Uint8Array, begun: Uint8Array): number {
    const result = connectNow(this.#socket.fd, name)
    const same = isSame(begun, name)
    const isConnection = result === 0 || result === -EISCONN
    if (!same && (isConnection || result === -EALREADY)) throw ofOther(result, name)
    // EISCONN is also the result after the end of a connection whose result the kernel has returned before.
    if (isConnection) {
      if (this.#isByteStream && !isConnected(this.#socket.fd)) return -EISCONN
      this.#socket.onConnecting(false)
      return 0
    }
    if (result === -EALREADY) return -EINPROGRESS
    // A security module has forbidden the call.
    if (result !== -EINPROGRESS && !this.isClosed) return result
    // If the kernel has begun to connect, a send had the result of the last one (MSG_FASTOPEN).
    this.fail(result === -EINPROGRESS ? ENOTCONN : -result)
    if (result === -EINPROGRESS) this.#begun(name)
    // Nobody waits for the failure of a connect to another address.
    return same || result === -EINPROGRESS ? result : -ECONNABORTED
  }

  /** Waits for a pending connect to finish. */
  #finished(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const stop = onAbort(signal, () => { this.#waiter?.reject(signal!.reason) })
      const settle = (finish: () => void): void => {
        stop()
        this.#waiter = undefined
        if (!this.#holds) this.#watch.want(false)
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

  /** Ends the wait for the kernel. Returns 0, or the error for which operations were rejected; undefined if there is no result yet. */
  #finish(): number | undefined {
    if (this.#waiter === undefined && !this.#holds) return 0
    // Nobody waits: the next call has the result, and only that. It may be a send or a receive.
    if (this.#waiter === undefined && !this.#socket.needsConnection) return this.#leaveResult()
    const error = this.#takeResult()
    if (error === undefined) return undefined
    this.#release()
    if (error === 0) this.#waiter?.resolve()
    else {
      this.#waiter?.reject(systemError(error, 'connect', nameNow(this.#socket.target.name!)))
      this.fail(error)
    }
    return error
  }

  /** Reads the result, 0 or errno: whoever connects next would take it. Returns undefined if there is none yet. */
  #takeResult(): number | undefined {
    const error = getsockopt(this.#socket.fd, SOL_SOCKET, SO_ERROR)
    if (error !== 0 || !this.#isByteStream) return error
    const connected = this.#hasConnected()
    // If it has failed, somebody else has read the error. The kernel returns this, too.
    return connected === undefined ? undefined : connected ? 0 : ECONNABORTED
  }

  /** Leaves the result to the kernel. Returns 0; undefined if there is none yet. */
  #leaveResult(): 0 | undefined {
    const connected = this.#hasConnected()
    if (connected === undefined) return undefined
    this.#release()
    if (!connected) this.#socket.target.forget()
    return 0
  }

  /** True if the kernel has connected, false if that has failed; undefined if it has not finished. */
  #hasConnected(): boolean | undefined {
    const ready = this.#poll(POLLOUT)
    return (ready & (POLLOUT | POLLHUP)) === 0 ? undefined : (ready & POLLHUP) === 0
  }

  /** Ends {@link hold}. */
  #release(): void {
    this.#holds = false
    if (this.#waiter === undefined) this.#watch.want(false)
  }

  /** Fails what waits for a connection that was not made, or has ended. */
  fail(error: number): void {
    const { target } = this.#socket
    this.#release()
    const name = target.name && nameNow(target.name)
    target.forget()
    if (!this.#isOneToMany) this.#socket.onConnectionFailed(() => systemError(error, 'connect', name))
  }

  /** Rejects all that wait. */
  close(error: Error): void {
    this.#waiter?.reject(error)
    this.#delays.close(error)
  }
}
