/**
 * A Unix datagram socket in the manner of node:dgram.
 * @module
 */
import { asyncDispose } from '../dispose.ts'
import type { AddressLike } from '../address/address.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { onAbort, throwIfAborted } from '../abort.ts'
import { invalidType, show } from '../errors.ts'
import type { BindOptions, ReceiveKinds } from '../socket/options/options.ts'
import type { Abortable, Data } from '../socket/types.ts'
import { EmittingSocket, endpointOf, shownAsSocket } from './emitting-socket.ts'
import { emitLater } from './events.ts'
import type { MessageInfo } from './message-info.ts'
import { part } from './part.ts'

/** Options of {@link createSocket} for a socket in the manner of node:dgram. */
export interface DatagramOptions<D extends AnyControlMessage> extends ReceiveKinds<D>, Abortable {
  readonly type: 'unix_dgram'
  /** `SO_RCVBUF`, bytes. */
  readonly recvBufferSize?: number
  /** `SO_SNDBUF`, bytes. */
  readonly sendBufferSize?: number
}

/** Called when the message has been given to the kernel, with its bytes, or cannot be. */
export type SendCallback = (error: Error | null, bytes?: number) => void

/** Events of a {@link DatagramSocket}, and the arguments of their listeners. */
export interface DatagramEvents<D extends AnyControlMessage> {
  /** A message has come. */
  message: [data: Buffer, info: MessageInfo<D>]
  /** It is bound. */
  listening: []
  /** It is connected. */
  connect: []
  /** A call without a callback has failed. */
  error: [error: Error]
  /** It is closed. */
  close: []
}

const checkCallback = (callback: unknown): void => {
  if (callback !== undefined && typeof callback !== 'function') throw invalidType(`Cannot use ${show(callback)} as callback: expected a function`)
}

/**
 * A socket in the manner of node:dgram: events and callbacks come after the call has returned, errors have names for codes,
 * and a message waits where there is no room for it. It keeps the process alive while it is bound, or something waits.
 */
export class DatagramSocket<D extends AnyControlMessage = never> extends EmittingSocket<DatagramEvents<D>> {
  static {
    shownAsSocket(this, 'DatagramSocket')
  }

  /** Sends that wait. */
  #waiting = 0
  readonly #stop: () => void

  /** @internal */
  constructor(options: DatagramOptions<D>) {
    const { signal, recvBufferSize, sendBufferSize } = options
    throwIfAborted(signal)
    super(options, (error) => { emitLater(this, 'error', error) })
    this.#stop = onAbort(signal, () => { if (endpointOf(this).open) this.close() })
    try {
      if (recvBufferSize !== undefined) this.setRecvBufferSize(recvBufferSize)
      if (sendBufferSize !== undefined) this.setSendBufferSize(sendBufferSize)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** `bind(2)`: receive what is sent to an address. `listening`, or `error`, is emitted later; `callback` hears the former. */
  bind(address: AddressLike, callback?: () => void): this
  /** The same with options: who may send to the socket file, and what becomes of it. */
  bind(address: AddressLike, options: Pick<BindOptions, 'mode' | 'unlink'>, callback?: () => void): this
  bind(address: AddressLike, second?: Pick<BindOptions, 'mode' | 'unlink'> | (() => void), third?: () => void): this {
    const [options, callback] = typeof second === 'function' ? [{}, second] : [second ?? {}, third]
    checkCallback(callback)
    const endpoint = endpointOf(this)
    endpoint.check('bind')
    if (callback !== undefined) this.once('listening', callback)
    try {
      endpoint.bind(address, options)
      emitLater(this, 'listening')
    } catch (error) {
      emitLater(this, 'error', error)
    }
    return this
  }

  /**
   * `connect(2)`: send to an address from now on, and hear only from there. `connect` is emitted later, and `callback` is
   * called; an error is its first argument, or the event `error` without one. When the peer has gone, one send fails, and
   * the next one connects to the address again.
   */
  connect(address: AddressLike, callback?: (error?: Error) => void): void {
    checkCallback(callback)
    const endpoint = endpointOf(this)
    endpoint.check('connect')
    endpoint.connect(address).then(() => {
      if (callback !== undefined) this.once('connect', callback)
      emitLater(this, 'connect')
    }, (error: Error) => {
      if (callback === undefined) emitLater(this, 'error', error)
      else process.nextTick(callback, error)
    })
  }

  /**
   * `sendmsg(2)`: to an address, or to the peer of a connected socket. The callback is called when the kernel has the
   * message, which may have to wait for room; leave the data alone until then. What {@link close} leaves waiting fails.
   * @throws Error `ERR_CMSG_BACKLOG` goes to the callback: too much waits already
   */
  send(data: Data, callback?: SendCallback): void
  send(data: Data, address: AddressLike | undefined, callback?: SendCallback): void
  send(data: Data, offset: number, length: number, callback?: SendCallback): void
  send(data: Data, offset: number, length: number, address: AddressLike | undefined, callback?: SendCallback): void
  send(data: Data, ...rest: (number | AddressLike | SendCallback | undefined)[]): void {
    const [offset, length] = rest
    const isPart = typeof offset === 'number'
    const [first, second] = isPart ? rest.slice(2) : rest
    const [address, callback] = typeof first === 'function' ? [undefined, first] : [first as AddressLike | undefined, second as SendCallback | undefined]
    checkCallback(callback)
    const sent = endpointOf(this).send(isPart ? part(data, offset, length) : data, address)
    this.#waiting++
    sent.then((bytes) => {
      this.#waiting--
      if (callback !== undefined) process.nextTick(callback, null, bytes)
    }, (error: Error) => {
      this.#waiting--
      if (callback !== undefined) process.nextTick(callback, error)
      else if (endpointOf(this).open) emitLater(this, 'error', error)
    })
  }

  /** Bytes that wait to be sent. */
  getSendQueueSize(): number {
    return endpointOf(this).buffered
  }

  /** Messages that wait to be sent. */
  getSendQueueCount(): number {
    return this.#waiting
  }

  /** `close(2)`, at once; `close` is emitted later, and `callback` hears it. @throws Error `ERR_CMSG_CLOSED`: it is closed already */
  close(callback?: () => void): this {
    checkCallback(callback)
    const endpoint = endpointOf(this)
    endpoint.check('close')
    if (callback !== undefined) this.once('close', callback)
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
