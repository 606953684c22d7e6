/**
 * The descriptor of a socket, and its socket file.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { closeWithin } from '../descriptors/closer.ts'
import { claim, closeClaimed, closeClaimedLater, release } from '../descriptors/thread-end.ts'
import { attempt } from '../errors.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { removeFile, type SocketFile } from './file/remove.ts'

const { SOL_SOCKET, SO_COOKIE } = constants
/** `SO_COOKIE` is a `u64`. */
const cookieSize = BigUint64Array.BYTES_PER_ELEMENT
/** ms that a close may hold up the event loop. It takes a twentieth of one unless a peer makes it last. */
const patience = 5

export class Handle {
  readonly fd: number
  /** The socket file to be removed at close. */
  file: SocketFile | undefined
  /** Minus errno on kernels without it, and for what is not a socket. */
  readonly #cookie: bigint | number
  #open = true

  /** Owns a descriptor, which may get another number. */
  constructor(fd: number) {
    this.fd = claim(fd)
    this.#cookie = cookieOf(this.fd)
  }

  /** Tells that the number is still this socket: somebody may have closed it, and then it may be anything. */
  get isOurs(): boolean {
    if (!this.#open || typeof this.#cookie === 'number') return this.#open
    const cookie = cookieOf(this.fd)
    // That it cannot be had now does not make it another's: every other socket has one.
    return typeof cookie === 'number' ? !notASocket.includes(-cookie) : cookie === this.#cookie
  }

  /**
   * Gives the descriptor away, under the number that is returned. `before` is called once nothing can fail any more. The
   * socket file stays.
   * @throws SystemError EMFILE
   */
  take(before?: () => void): number {
    const fd = release(this.fd, before)
    this.#open = false
    return fd
  }

  removeFile(): void {
    const { file } = this
    this.file = undefined
    if (file !== undefined) removeFile(file)
  }

  /** Closes the descriptor once, if it is still this socket. `mayBlock` tells if that may take as long as a peer likes. */
  close(mayBlock: (fd: number) => boolean): void {
    const { isOurs, fd } = this
    this.#open = false
    if (!isOurs) return
    if (!mayBlock(fd)) {
      closeClaimed(fd)
      return
    }
    // A claimed number is closed by this thread alone, while another one still refers to the socket.
    const last = attempt(() => release(fd))
    if (last === undefined) closeClaimedLater(fd)
    else closeWithin(last, patience)
  }
}

const notASocket: readonly number[] = [errno.EBADF, errno.ENOTSOCK]

/** `SO_COOKIE`: a number that no other socket has had since the system was started; or minus errno. */
function cookieOf(fd: number): bigint | number {
  const { address, view } = scratch(cookieSize + Int32Array.BYTES_PER_ELEMENT)
  view.setUint32(cookieSize, cookieSize, true)
  const result = sys.call('getsockopt', fd, SOL_SOCKET, SO_COOKIE, address, address + cookieSize)
  return result < 0 ? result : view.getBigUint64(0, true)
}
