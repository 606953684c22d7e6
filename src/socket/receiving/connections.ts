/**
 * Where a listening socket's connections come from: accept4, one after the other.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { SystemError } from '../../errors.ts'
import { accept4 } from '../../libc/sockets.ts'
import type { InboxSource, ReadResult } from './inbox.ts'

const { SOCK_NONBLOCK } = constants

export class Connections<S> implements InboxSource<S, object> {
  readonly #fd: number
  readonly #make: (fd: number) => S

  /** Of a descriptor that does not block. `make` owns each that it is given. */
  constructor(fd: number, make: (fd: number) => S) {
    this.#fd = fd
    this.#make = make
  }

  /** The connection that waits first. @throws SystemError EMFILE */
  read(): ReadResult<S> {
    for (;;) {
      try {
        const { fd } = accept4(this.#fd, SOCK_NONBLOCK)
        return { items: [this.#make(fd)], more: true, ended: false }
      } catch (error) {
        if (!(error instanceof SystemError)) throw error
        if (error.code === 'EAGAIN') return { items: [], more: false, ended: false }
        // It was there, and is gone: the next one, then.
        if (error.code !== 'ECONNABORTED') throw error
      }
    }
  }
}
