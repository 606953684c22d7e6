/**
 * The part that both manners of `createSocket` have in common.
 * @module
 */
import type { EventEmitter as Emitter } from 'node:events'
import { constants } from '../../generated/constants.ts'
import type { Address } from '../address/address.ts'
import { integer } from '../arguments.ts'
import type { AnyControlMessage } from '../control/define.ts'
import { shownAs } from '../inspect.ts'
import type { ReceiveKinds } from '../socket/options/options.ts'
import { Endpoint } from './endpoint.ts'
import { EventEmitter } from './events.ts'

const { SOL_SOCKET, SO_RCVBUF, SO_SNDBUF } = constants

const Emitting: typeof Emitter = EventEmitter

/** The endpoint of a socket, for the classes that extend this one. */
export let endpointOf: (socket: object) => Endpoint

/** What every socket of {@link createSocket} has. `E` has its events, each with the arguments of its listeners. */
export abstract class EmittingSocket<E extends Record<keyof E, unknown[]>> extends Emitting<E> {
  static {
    endpointOf = (socket) => (socket as EmittingSocket<Record<string, unknown[]>>).#endpoint
  }

  /** The type it was made with. */
  readonly type = 'unix_dgram' as const
  readonly #endpoint: Endpoint

  /** @internal */
  constructor(options: ReceiveKinds<AnyControlMessage>, onError: (error: unknown) => void) {
    super()
    this.#endpoint = new Endpoint(options, this as NodeJS.EventEmitter, onError)
  }

  /** The number of the descriptor, which the socket owns; -1 once it is closed. */
  get fd(): number {
    return this.#endpoint.fd
  }

  /** `getsockname(2)`: its own address; `{ unnamed: true }` before it is bound. */
  address(): Address {
    return this.#endpoint.address
  }

  /** `getpeername(2)`: the address of the peer. @throws SystemError ENOTCONN when it is not connected */
  remoteAddress(): Address {
    return this.#endpoint.remoteAddress
  }

  /** Keeps the process alive again, after {@link unref}. */
  ref(): this {
    this.#endpoint.ref()
    return this
  }

  /** Lets the process end although the socket is open. */
  unref(): this {
    this.#endpoint.unref()
    return this
  }

  /** `SO_RCVBUF`, bytes: twice what was set. */
  getRecvBufferSize(): number {
    return this.#endpoint.getOption(SOL_SOCKET, SO_RCVBUF)
  }

  /** `SO_RCVBUF`, bytes, up to /proc/sys/net/core/rmem_max. */
  setRecvBufferSize(size: number): void {
    this.#endpoint.setOption(SOL_SOCKET, SO_RCVBUF, integer('setsockopt', 'size', size, 1))
  }

  /** `SO_SNDBUF`, bytes: twice what was set. It also limits the size of a message. */
  getSendBufferSize(): number {
    return this.#endpoint.getOption(SOL_SOCKET, SO_SNDBUF)
  }

  /** `SO_SNDBUF`, bytes, up to /proc/sys/net/core/wmem_max. */
  setSendBufferSize(size: number): void {
    this.#endpoint.setOption(SOL_SOCKET, SO_SNDBUF, integer('setsockopt', 'size', size, 1))
  }
}

/** Has objects of a class shown by what they are to their user. */
export const shownAsSocket = (type: { readonly prototype: object }, name: string): void => {
  shownAs(type, name, (socket) => {
    const endpoint = endpointOf(socket)
    return endpoint.open ? { fd: endpoint.fd, address: endpoint.address } : { closed: true }
  })
}
