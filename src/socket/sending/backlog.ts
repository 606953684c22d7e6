/**
 * The limits on messages that wait to be sent: per destination of an unconnected socket, per socket, and per thread.
 * @module
 */
import { backlog, count } from '../../errors.ts'
import { counts, maxBytesWaiting } from '../../limits.ts'
import { spend } from '../../readiness/turn.ts'
import type { Destination, Entry } from './destination.ts'
import type { Outgoing } from './outgoing.ts'

interface Amount {
  readonly count: number
  readonly bytes: number
}

export const perDestination: Amount = { count: 1024, bytes: 1 << 20 }
export const perSocket: Amount = { count: 65_536, bytes: 64 << 20 }

/** If nothing waits, one message of any size is accepted. */
const isOver = (waiting: Amount, max: Amount, size: number): boolean =>
  waiting.count >= max.count || (waiting.count > 0 && waiting.bytes + size > max.bytes)

const refuse = (size: number, where: string, max: string): never => {
  // Creating the error takes as long as sending a message.
  spend(1, 0)
  throw backlog(`Cannot send ${count(size, 'byte')}: the limit for data waiting ${where} is ${max}; await earlier sends, or flush()`)
}

/** Counts the waiting messages of a socket against the limits. */
export class Backlog {
  /** The number of bytes waiting on the socket. */
  buffered = 0
  /** Waiting messages and bytes that count against the limits. */
  #count = 0
  #bytes = 0

  /** Adds messages and bytes that start waiting, or with negative numbers subtracts those that stop. */
  account({ limited, destination }: Entry, count: number, bytes: number): void {
    this.buffered += bytes
    if (!limited) return
    destination.count += count
    destination.bytes += bytes
    this.#count += count
    this.#bytes += bytes
    counts.bytesWaiting += bytes
  }

  /** Refuses a message beyond the limits. @throws Error `ERR_CMSG_BACKLOG` */
  admit({ size }: Outgoing, destination: Destination | undefined): void {
    if (destination !== undefined && destination.key !== '' && isOver(destination, perDestination, size)) {
      refuse(size, 'for this destination', `${perDestination.count} messages or ${perDestination.bytes} bytes`)
    }
    if (isOver({ count: this.#count, bytes: this.#bytes }, perSocket, size)) {
      refuse(size, 'on this socket', `${perSocket.count} messages or ${perSocket.bytes} bytes`)
    }
    if (counts.bytesWaiting > 0 && counts.bytesWaiting + size > maxBytesWaiting) {
      refuse(size, 'on all sockets of this thread', `${maxBytesWaiting} bytes`)
    }
  }
}
