/**
 * Connections of a listening socket: accept4, one after the other.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { errno } from '../../../../generated/errno.ts'
import { SystemError } from '../../../errors.ts'
import * as sys from '../../../native/syscalls.ts'
import { spend } from '../../../readiness/turn.ts'
import type { Outcome, Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { SOCK_NONBLOCK, SOCK_CLOEXEC } = constants

/** Of the turn's budget: a connection made into a socket takes as long as so many messages. */
const cost = 16

export class ListenerReader<S> implements Reader<S> {
  readonly #fd: number
  readonly #make: (fd: number) => S

  /** Takes a descriptor that does not block. `make` owns each that it is given. */
  constructor(fd: number, make: (fd: number) => S) {
    this.#fd = fd
    this.#make = make
  }

  read(_request: ReceiveRequest, _count: number, into: S[]): Outcome {
    for (;;) {
      // Without a name: some families have none, and fail when asked for it.
      const fd = sys.restart('accept4', this.#fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC)
      if (fd >= 0) {
        spend(cost, 0)
        into.push(this.#make(fd))
        return 'more'
      }
      if (fd === -errno.EAGAIN) return 'none'
      // It was there, and is gone: the next one, then.
      if (fd !== -errno.ECONNABORTED) return new SystemError({ syscall: 'accept4', errno: -fd })
    }
  }
}
