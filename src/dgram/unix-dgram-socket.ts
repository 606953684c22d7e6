/**
 * A Unix datagram socket in the manner of the npm package unix-dgram, version 2.0.7.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import type { AddressLike } from '../address/address.ts'
import type { WritableListener } from '../socket/sending/writable.ts'
import type { Data } from '../socket/types.ts'
import { EmittingSocket, endpointOf, shownAsSocket } from './emitting-socket.ts'
import { emitLater } from './events.ts'
import type { MessageInfo } from './message-info.ts'
import { part } from './part.ts'
import { congestion, refused, translated, type UnixDgramCall, type UnixDgramError } from './unix-dgram-error.ts'

const { EBADF, EAGAIN, ENOBUFS } = errno

/** Called within `send`: without arguments when the message has gone. */
export type UnixDgramCallback = (error?: UnixDgramError) => void

/** Events of a {@link UnixDgramSocket}, and the arguments of their listeners. */
export interface UnixDgramEvents {
  /** A message has come. */
  message: [data: Buffer, info: MessageInfo]
  /** Within {@link UnixDgramSocket.bind}. */
  listening: []
  /** Within {@link UnixDgramSocket.connect}. */
  connect: []
  /** Within the call that failed and had no callback. Without a listener that call throws the error. */
  error: [error: UnixDgramError]
  /** Within a `send` without a callback: the queue of the peer is full, and the data did not go. */
  congestion: [data: Data]
  /** After the error `congestion`, or the event: there is room again. */
  writable: []
  /** Never emitted by the socket itself: unix-dgram does not, and hot-shots does it in its place. */
  close: []
}

/** In the original these throw. */
const notImplemented = ['setTTL', 'setBroadcast', 'setMulticastTTL', 'setMulticastLoopback', 'addMembership', 'dropMembership']

const callbackIn = (...values: unknown[]): UnixDgramCallback | undefined => values.find((value) => typeof value === 'function') as UnixDgramCallback | undefined

/**
 * A socket in the manner of unix-dgram 2.0.7: calls are synchronous, and so are their events and callbacks; errors have
 * numbers for codes. It keeps the process alive from its creation until {@link close} or {@link unref}, and leaves socket
 * files where they are.
 *
 * It does more than the original in some respects: abstract names, strings and any TypedArray as data, {@link address},
 * {@link ref} and {@link unref}, and `info.message`. Where the original aborts the process, it throws.
 */
export class UnixDgramSocket extends EmittingSocket<UnixDgramEvents> {
  static {
    shownAsSocket(this, 'UnixDgramSocket')
    const value = (): never => { throw new Error('not implemented') }
    for (const name of notImplemented) Object.defineProperty(this.prototype, name, { value, writable: true, configurable: true })
  }

  #connected = false
  /** `writable` will be emitted. */
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

  /** True after {@link connect}: then `send` takes no path. */
  get connected(): boolean {
    return this.#connected
  }

  override ref(): this {
    super.ref()
    endpointOf(this).keep()
    return this
  }

  /** `bind(2)`: receive what is sent to a path. Emits `listening`, or `error`: -98 for EADDRINUSE, -13, -2. */
  bind(path: AddressLike): void {
    if (this.#attempt('bind', () => { endpointOf(this).bind(path, {}) })) this.emit('listening')
  }

  /**
   * `connect(2)`: send to a path from now on. Emits `connect`, or `error`: -2 for ENOENT, -111 for ECONNREFUSED. When the
   * peer has gone, a send fails with -111 and those after it with -107, until it is connected again.
   */
  connect(path: AddressLike): void {
    if (!this.#attempt('connect', () => { endpointOf(this).connectOnce(path) })) return
    this.#connected = true
    this.emit('connect')
  }

  /**
   * `sendmsg(2)`, at once or not at all: to the peer of a connected socket. Where the queue of the peer is full, the error
   * has the code 1 and the message `congestion`, and `writable` is emitted when there is room.
   */
  send(data: Data, callback?: UnixDgramCallback): void
  /** `sendmsg(2)`, at once or not at all: to a path. Where the queue of its owner is full, the code of the error is -11. */
  send(data: Data, offset: number, length: number, path: AddressLike, callback?: UnixDgramCallback): void
  send(data: Data, offset?: number | UnixDgramCallback, length?: number, path?: AddressLike, callback?: UnixDgramCallback): void {
    const to = this.#connected ? undefined : path
    const done = typeof offset === 'function' ? offset : callbackIn(callback, path, length)
    const error = this.#send(to === undefined ? data : part(data, offset, length), to)
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
      if (!(this.#connected && failure.errno === -ENOBUFS)) return failure
    }
    if (!this.#connected) return refused('send', EAGAIN)
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
      emitLater(this, 'writable')
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

  /** `close(2)`, at once. The socket file stays. @throws UnixDgramError -9, EBADF: it is closed already */
  close(): void {
    const endpoint = endpointOf(this)
    if (!endpoint.open) throw refused('close', EBADF)
    endpoint.close()
  }
}
