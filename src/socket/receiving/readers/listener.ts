/**
 * Accepts connections of a listening socket, one after another.
 * @module
 */
import { constants } from '../../../../generated/constants.ts'
import { errno } from '../../../../generated/errno.ts'
import { SystemError } from '../../../errors.ts'
import { isReady } from '../../../libc/sockets.ts'
import * as sys from '../../../native/syscalls.ts'
import { spend } from '../../../readiness/turn.ts'
import type { Outcome, Reader } from '../reader.ts'
import type { ReceiveRequest } from '../request.ts'

const { SOCK_NONBLOCK, SOCK_CLOEXEC, POLLIN } = constants
/** The kernel allocates the new socket before it looks for a connection, so these do not mean that one waits. */
const shortages: readonly number[] = [errno.EMFILE, errno.ENFILE, errno.ENOMEM]

/** Cost in the turn's budget: creating a socket for a connection takes as long as this many messages. */
const cost = 16

/** Accepts connections, and makes a socket of each. */
export class ListenerReader<S> implements Reader<S> {
  readonly #fd: number
  readonly #setNonBlocking: () => void
  readonly #make: (fd: number) => S | undefined

  /** `make` owns each descriptor passed to it, and returns undefined if the connection has ended. */
  constructor(fd: number, setNonBlocking: () => void, make: (fd: number) => S | undefined) {
    this.#fd = fd
    this.#setNonBlocking = setNonBlocking
    this.#make = make
  }

  read(_request: ReceiveRequest, _count: number, into: S[]): Outcome {
    // Another process with this socket may have accepted the connection, and may have cleared O_NONBLOCK, so accept4 would block the
    // event loop. The poll comes first, to leave the shortest time for that between the flag and the call.
    if (!isReady(this.#fd, POLLIN)) return 'none'
    this.#setNonBlocking()
    // Without asking for the name: some families have none, and fail.
    const fd = sys.restart('accept4', this.#fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (fd === -errno.EAGAIN) return 'none'
    if (fd < 0 && shortages.includes(-fd) && !isReady(this.#fd, POLLIN)) return 'none'
    // Peers may cause any number of connections that are gone already. They are skipped, and count too.
    if (fd < 0 && fd !== -errno.ECONNABORTED) return new SystemError({ syscall: 'accept4', errno: -fd })
    spend(cost, 0)
    const connection = fd < 0 ? undefined : this.#make(fd)
    if (connection !== undefined) into.push(connection)
    return 'more'
  }
}
