/**
 * A Unix datagram socket with the interface of node:dgram.
 * @module
 */
import { asyncDispose } from '../dispose.ts'
import type { AddressLike } from '../address/address.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { invalidType, show } from '../errors.ts'
import type { BindOptions, ReceiveKinds } from '../socket/options/options.ts'
import type { Settings } from '../socket/options/settings.ts'
import type { Abortable, Data } from '../socket/types.ts'
import { EmittingSocket, endpointOf, shownAsSocket } from './emitting-socket.ts'
import { emitLater } from './events.ts'
import type { MessageInfo } from './message-info.ts'
import { slice } from './slice.ts'

/** Options of {@link createSocket} for a socket with the interface of node:dgram. */
export interface DatagramOptions<D extends AnyControlMessage>
  extends ReceiveKinds<D>, Pick<Settings, 'recvBufferSize' | 'sendBufferSize'>, Abortable {
  readonly type: 'unix_dgram'
}

/** Called with the number of bytes once the kernel has accepted the message, or with the error. */
export type SendCallback = (error: Error | null, bytes?: number) => void

/** Events of a {@link DatagramSocket}, and the arguments of their listeners. */
export interface DatagramEvents<D extends AnyControlMessage> {
  /** A message was received. */
  message: [data: Buffer, info: MessageInfo<D>]
  /** The socket is bound. */
  listening: []
  /** The socket is connected. */
  connect: []
  /** A call without a callback failed. */
  error: [error: Error]
  /** The socket is closed. */
  close: []
}

/** Checks a callback. As in node:dgram, null is none. */
function checkCallback<F>(callback: F | null | undefined): F | undefined {
  if (callback === undefined || callback === null || typeof callback === 'function') return callback ?? undefined
  throw invalidType(`Cannot use ${show(callback)} as callback: expected a function`)
}

/**
 * A socket with the interface of node:dgram: events and callbacks occur after the call has returned, error codes are strings, and
 * messages wait until the kernel has room. It keeps the process alive while it is bound, or while an operation is pending.
 */
export class DatagramSocket<D extends AnyControlMessage = never> extends EmittingSocket<DatagramEvents<D>> {
  static {
    shownAsSocket(this, 'DatagramSocket')
  }

  /** The number of waiting sends. */
  #waiting = 0
  readonly #stop: () => void

  /** @internal */
  constructor(options: DatagramOptions<D>) {
    const { signal, recvBufferSize, sendBufferSize } = options
    // As in node:dgram, an aborted signal closes the socket.
    const aborted = signal?.aborted === true
    if (!aborted) throwIfAborted(signal)
    super(options, (error) => { this.#emitWhileOpen('error', error) })
    this.#stop = onAbort(signal, () => { if (endpointOf(this).open) this.close() })
    try {
      if (recvBufferSize !== undefined) this.setRecvBufferSize(recvBufferSize)
      if (sendBufferSize !== undefined) this.setSendBufferSize(sendBufferSize)
    } catch (error) {
      this.close()
      throw error
    }
    if (aborted) this.close()
  }

  /** Emits an event later, unless the socket is closed before: its `close` is then the only event. */
  #emitWhileOpen(event: string, ...args: unknown[]): void {
    process.nextTick(() => { if (endpointOf(this).open) (this as NodeJS.EventEmitter).emit(event, ...args) })
  }

  /** `bind(2)`: receives messages sent to an address. Emits `listening` or `error` later; `callback` is added for `listening`. */
  bind(address: AddressLike, callback?: () => void): this
  /** The same with options: the permissions of the socket file, and its removal. */
  bind(address: AddressLike, options: Pick<BindOptions, 'mode' | 'unlink'>, callback?: () => void): this
  bind(address: AddressLike, second?: Pick<BindOptions, 'mode' | 'unlink'> | (() => void), third?: () => void): this {
    const [options, last] = typeof second === 'function' ? [{}, second] : [second ?? {}, third]
    const callback = checkCallback(last)
    const endpoint = endpointOf(this)
    endpoint.check('bind')
    try {
      endpoint.bind(address, options)
      if (callback !== undefined) this.once('listening', callback)
      this.#emitWhileOpen('listening')
    } catch (error) {
      this.#emitWhileOpen('error', error)
    }
    return this
  }

  /**
   * `connect(2)`: sends to an address by default from now on, and receives only from it. Emits `connect` later and calls `callback`.
   * An error is passed to `callback`, or emitted as `error` without one. When the peer is gone, one send fails, and the next send
   * reconnects to the address.
   */
  connect(address: AddressLike, callback?: (error?: Error) => void): void {
    const done = checkCallback(callback)
    const endpoint = endpointOf(this)
    endpoint.check('connect')
    endpoint.connect(address).then(() => {
      if (done !== undefined) this.once('connect', done)
      this.#emitWhileOpen('connect')
    }, (error: Error) => {
      if (done === undefined) this.#emitWhileOpen('error', error)
      else process.nextTick(done, error)
    })
  }

  /**
   * `sendmsg(2)`: sends to an address, or to the peer of a connected socket. The callback is called once the kernel has accepted the
   * message, which may have to wait; do not modify the data until then. Messages that still wait at {@link close} fail.
   * The callback gets an Error `ERR_CMSG_BACKLOG` if too much data is waiting.
   */
  send(data: Data, callback?: SendCallback): void
  send(data: Data, address: AddressLike | undefined, callback?: SendCallback): void
  send(data: Data, offset: number, length: number, callback?: SendCallback): void
  send(data: Data, offset: number, length: number, address: AddressLike | undefined, callback?: SendCallback): void
  send(data: Data, ...rest: (number | AddressLike | SendCallback | undefined)[]): void {
    const [offset, length] = rest
    const isPart = typeof offset === 'number'
    const [first, second] = isPart ? rest.slice(2) : rest
    const [address, last] = typeof first === 'function'
      ? [undefined, first] : [first as AddressLike | undefined, second as SendCallback | undefined]
    const callback = checkCallback(last)
    const sent = endpointOf(this).send(isPart ? slice(data, offset, length) : data, address ?? undefined)
    this.#waiting++
    sent.then((bytes) => {
      this.#waiting--
      if (callback !== undefined) process.nextTick(callback, null, bytes)
    }, (error: Error) => {
      this.#waiting--
      if (callback !== undefined) process.nextTick(callback, error)
      else this.#emitWhileOpen('error', error)
    })
  }

  /** The number of bytes waiting to be sent. */
  getSendQueueSize(): number {
    return endpointOf(this).buffered
  }

  /** The number of messages waiting to be sent. */
  getSendQueueCount(): number {
    return this.#waiting
  }

  /** `close(2)`: closes at once, and emits `close` later; `callback` is added for it. @throws Error `ERR_CMSG_CLOSED` if already closed */
  close(callback?: () => void): this {
    const done = checkCallback(callback)
    const endpoint = endpointOf(this)
    endpoint.check('close')
    if (done !== undefined) this.once('close', done)
    this.#stop()
    endpoint.close()
    emitLater(this, 'close')
    return this
  }

  /** {@link close}, for `await using`. */
  [asyncDispose](): Promise<void> {
    return endpointOf(this).open ? new Promise((resolve) => { this.close(resolve) }) : Promise.resolve()
  }
}
