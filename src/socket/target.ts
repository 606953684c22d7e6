/**
 * The name that a socket was connected to, or is being connected to.
 * @module
 */
import { constants } from '../../generated/constants.ts'

const { SOCK_DGRAM, SOCK_RAW, SOCK_RDM } = constants

/** True for types of sockets that need no connection: connect(2) only chooses whom they send to without a name, and receive from. */
export const isConnectionless = (type: number): boolean => type === SOCK_DGRAM || type === SOCK_RAW || type === SOCK_RDM

/** Set by connect() and MSG_FASTOPEN, and by adopt for a connectionless socket that is connected. */
export class Target {
  #name: Uint8Array | undefined
  #begun: Uint8Array | undefined

  /** The resolved name, as the caller gave it. It may differ from the peer's own: a relative pathname, or `0.0.0.0`. */
  get name(): Uint8Array | undefined {
    return this.#name
  }

  /** The name, if the kernel did not connect at once. The next connect(2) then ignores its address, and returns the result of this one. */
  get begun(): Uint8Array | undefined {
    return this.#begun
  }

  /** The kernel connects in the background. */
  begin(name: Uint8Array): void {
    this.#name = this.#begun = name
  }

  /** The kernel has connected at once. */
  set(name: Uint8Array): void {
    this.#name = name
    this.#begun = undefined
  }

  /** The connect has failed, or the connection has. */
  forget(): void {
    this.#name = this.#begun = undefined
  }
}
