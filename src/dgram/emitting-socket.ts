/**
 * The base class of both kinds of sockets that `createSocket` returns.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { Address } from '../address/address.ts'
import { integer } from '../arguments.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { shownAs } from '../inspect.ts'
import { EventEmitter } from '../socket/event-emitter.ts'
import type { ReceiveKinds } from '../socket/options/options.ts'
import { Endpoint } from './endpoint.ts'

const { SOL_SOCKET, SO_RCVBUF, SO_SNDBUF } = constants

/** The endpoint of a socket, for the classes that extend this one. */
export let endpointOf: (socket: object) => Endpoint

/** The base class of all sockets of {@link createSocket}. `E` maps its events to the arguments of their listeners. */
export abstract class EmittingSocket<E extends Record<keyof E, unknown[]>> extends EventEmitter<E> {
  static {
    endpointOf = (socket) => (socket as EmittingSocket<Record<string, unknown[]>>).#endpoint
  }

  /** The type it was created with. */
  readonly type = 'unix_dgram' as const
  readonly #endpoint: Endpoint

  /** @internal */
  constructor(options: ReceiveKinds<AnyControlMessage>, onError: (error: unknown) => void) {
    super()
    this.#endpoint = new Endpoint(options, this as NodeJS.EventEmitter, onError)
  }

  /** The descriptor, which the socket owns; -1 once it is closed. */
  get fd(): number {
    return this.#endpoint.fd
  }

  /** `getsockname(2)`: the socket's own address; `{ unnamed: true }` before it is bound. */
  address(): Address {
    return this.#endpoint.address
  }

  /** `getpeername(2)`: the address of the peer. @throws SystemError ENOTCONN if it is not connected */
  remoteAddress(): Address {
    return this.#endpoint.remoteAddress
  }

  /** Keeps the process alive again, after {@link unref}. */
  ref(): this {
    this.#endpoint.ref()
    return this
  }

  /** Lets the process end while the socket is open. */
  unref(): this {
    this.#endpoint.unref()
    return this
  }

  /** `SO_RCVBUF`, in bytes: twice the value that was set. */
  getRecvBufferSize(): number {
    return this.#endpoint.getOption(SOL_SOCKET, SO_RCVBUF)
  }

  /** `SO_RCVBUF`, in bytes, up to /proc/sys/net/core/rmem_max. */
  setRecvBufferSize(size: number): void {
    this.#endpoint.setOption(SOL_SOCKET, SO_RCVBUF, integer('setRecvBufferSize', 'size', size, 1))
  }

  /** `SO_SNDBUF`, in bytes: twice the value that was set. It also limits the size of a message. */
  getSendBufferSize(): number {
    return this.#endpoint.getOption(SOL_SOCKET, SO_SNDBUF)
  }

  /** `SO_SNDBUF`, in bytes, up to /proc/sys/net/core/wmem_max. */
  setSendBufferSize(size: number): void {
    this.#endpoint.setOption(SOL_SOCKET, SO_SNDBUF, integer('setSendBufferSize', 'size', size, 1))
  }
}

/** Defines how `console.log` shows objects of a class. */
export const shownAsSocket = (type: { readonly prototype: object }, name: string): void => {
  shownAs(type, name, (socket) => {
    const endpoint = endpointOf(socket)
    return endpoint.open ? { fd: endpoint.fd, address: endpoint.address } : { closed: true }
  })
}
