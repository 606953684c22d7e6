/**
 * A Unix datagram socket with the interface of the npm package unix-dgram, version 2.0.7.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import type { AddressLike } from '../address/address.ts'
import { invalidType, show } from '../errors.ts'
import { createTraced } from '../stack.ts'
import type { WritableListener } from '../socket/sending/writable.ts'
import type { Data } from '../socket/types.ts'
import { EmittingSocket, endpointOf, shownAsSocket } from './emitting-socket.ts'
import { emitLater } from './events.ts'
import type { MessageInfo } from './message-info.ts'
import { slice } from './slice.ts'
import { congestion, refused, translated, type UnixDgramCall, type UnixDgramError } from './unix-dgram-error.ts'

const { EBADF, EAGAIN, ENOBUFS } = errno

/** Called within `send`; without arguments if the message was sent. */
export type UnixDgramCallback = (error?: UnixDgramError) => void

/** Events of a {@link UnixDgramSocket}, and the arguments of their listeners. */
export interface UnixDgramEvents {
  /** A message was received. */
  message: [data: Buffer, info: MessageInfo]
  /** Emitted within {@link UnixDgramSocket.bind}. */
  listening: []
  /** Emitted within {@link UnixDgramSocket.connect}. */
  connect: []
  /** Emitted within a failed call that had no callback. Without a listener, that call throws the error. */
  error: [error: UnixDgramError]
  /** Emitted within a `send` without a callback: the queue of the peer is full, and the data was not sent. */
  congestion: [data: Data]
  /** Emitted after the error or event `congestion`, once there is room again. */
  writable: []
  /** Never emitted by the socket itself: unix-dgram does not emit it, and hot-shots emits it instead. */
  close: []
}

/** Methods that throw in unix-dgram. */
const notImplemented = ['setTTL', 'setBroadcast', 'setMulticastTTL', 'setMulticastLoopback', 'addMembership', 'dropMembership']

/** Converts an offset or a length as unix-dgram does: `'7'` is 7, 1.5 is 1, undefined is 0. @throws TypeError for a symbol or bigint */
function uint32(name: string, value: unknown): number {
  if (typeof value === 'number') return value >>> 0
  try {
    return (value as number) >>> 0
  } catch {
    throw invalidType(`Cannot call send with ${name} ${show(value)}: expected a number`)
  }
}

const callbackIn = (...values: unknown[]): UnixDgramCallback | undefined =>
  values.find((value) => typeof value === 'function') as UnixDgramCallback | undefined

/**
 * A socket with the interface of unix-dgram 2.0.7: calls, their events and their callbacks are synchronous; error codes are numbers.
 * It keeps the process alive from its creation until {@link close} or {@link unref}, and does not remove socket files.
 *
 * It adds abstract names, strings and any TypedArray as data, {@link address}, {@link ref} and {@link unref}, and `info.message`.
 * Where unix-dgram aborts the process, it throws.
 */
export class UnixDgramSocket extends EmittingSocket<UnixDgramEvents> {
  static {
    shownAsSocket(this, 'UnixDgramSocket')
    const value = (): never => { throw createTraced(() => new Error('not implemented')) }
    for (const name of notImplemented) Object.defineProperty(this.prototype, name, { value, writable: true, configurable: true })
  }

  /** True after {@link connect}; `send` then takes no path. Assign false to send to paths again. */
  connected = false
  /** True while `writable` is still to be emitted. */
  #congested = false

  /** @internal */
  constructor() {
    try {
      super({}, (error) => { this.#fail('recv', error) })
    } catch (error) {
      throw translated('socket', error)
    }
    endpointOf(this).keep()
  }

  override ref(): this {
    super.ref()
    endpointOf(this).keep()
    return this
  }

  /** `bind(2)`: receives messages sent to a path. Emits `listening`, or `error`: -98 for EADDRINUSE, -13, -2. */
  bind(path: AddressLike): void {
    if (this.#attempt('bind', () => { endpointOf(this).bind(path, {}) })) this.emit('listening')
  }

  /**
   * `connect(2)`: sends to a path from now on. Emits `connect`, or `error`: -2 for ENOENT, -111 for ECONNREFUSED. When the peer is
   * gone, one send fails with -111 and later ones with -107, until it is connected again.
   */
  connect(path: AddressLike): void {
    if (!this.#attempt('connect', () => { endpointOf(this).connectOnce(path) })) return
    this.connected = true
    this.emit('connect')
  }

  /**
   * `sendmsg(2)`: sends to the peer of a connected socket, at once or not at all. If the peer's queue is full, the error has the code
   * 1 and the message `congestion`, and `writable` is emitted when there is room.
   */
  send(data: Data, callback?: UnixDgramCallback): void
  /** `sendmsg(2)`: sends to a path, at once or not at all. If the receiver's queue is full, the error code is -11. */
  send(data: Data, offset: number, length: number, path: AddressLike, callback?: UnixDgramCallback): void
  send(data: Data, offset?: number | UnixDgramCallback, length?: number, path?: AddressLike, callback?: UnixDgramCallback): void {
    const to = this.connected ? undefined : path
    const done = typeof offset === 'function' ? offset : callbackIn(callback, path, length)
    const error = this.#send(to === undefined ? data : slice(data, uint32('offset', offset), uint32('length', length)), to)
    if (done !== undefined) {
      if (error === undefined) done()
      else done(error)
    } else if (error?.errno !== undefined) {
      this.emit('error', error)
    } else if (error !== undefined) {
      this.emit('congestion', data)
    }
  }

  /** The same as `send`. */
  sendto(data: Data, offset: number, length: number, path: AddressLike, callback?: UnixDgramCallback): void {
    this.send(data, offset, length, path, callback)
  }

  #send(data: Data, to: AddressLike | undefined): UnixDgramError | undefined {
    const endpoint = endpointOf(this)
    if (!endpoint.open) return refused('send', EBADF)
    try {
      if (endpoint.sendNow(data, to)) return undefined
    } catch (error) {
      const failure = translated('send', error)
      if (!(this.connected && failure.errno === -ENOBUFS)) return failure
    }
    if (!this.connected) return refused('send', EAGAIN)
    this.#awaitRoom()
    return congestion()
  }

  #awaitRoom(): void {
    if (this.#congested) return
    this.#congested = true
    endpointOf(this).tellWritable(this.#room)
  }

  readonly #room: WritableListener = {
    onWritable: () => {
      this.#congested = false
      process.nextTick(() => { if (endpointOf(this).open) this.emit('writable') })
    },
    onError: (error) => {
      this.#congested = false
      this.#fail('send', error)
    },
  }

  /** Reports a failure outside of any call. */
  #fail(syscall: UnixDgramCall, error: unknown): void {
    emitLater(this, 'error', translated(syscall, error))
  }

  #attempt(syscall: UnixDgramCall, call: () => void): boolean {
    let failure: UnixDgramError
    try {
      if (endpointOf(this).open) {
        call()
        return true
      }
      failure = refused(syscall, EBADF)
    } catch (error) {
      failure = translated(syscall, error)
    }
    this.emit('error', failure)
    return false
  }

  /** `close(2)`: closes at once. The socket file stays. @throws UnixDgramError -9 (EBADF) if it is already closed */
  close(): void {
    const endpoint = endpointOf(this)
    if (!endpoint.open) throw refused('close', EBADF)
    endpoint.close()
  }
}
