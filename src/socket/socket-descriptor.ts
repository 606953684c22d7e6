/**
 * Owns the descriptor of a socket, and its socket file.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { intSize } from '../abi/scalars.ts'
import { closeAndWait } from '../descriptors/closer.ts'
import { claim, closeClaimed, closeClaimedLater, unclaim } from '../descriptors/thread-end.ts'
import { attempt, outOfRange } from '../errors.ts'
import { sharedByCopies } from '../limits.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { removeFile, type SocketFile } from './file/remove.ts'

const { SOL_SOCKET, SO_COOKIE } = constants
/** `SO_COOKIE` is a `u64`. */
const cookieSize = BigUint64Array.BYTES_PER_ELEMENT

/** The sockets of this thread, by their numbers, also those of other copies of this package. */
const owners = sharedByCopies('cmsg.sockets.1', () => new Map<number, { readonly isOurs: boolean }>())

/** Refuses to adopt a descriptor that a socket of this thread owns. @throws RangeError */
export function checkUnowned(fd: number): void {
  if (owners.get(fd)?.isOurs !== true) return
  throw outOfRange(`Cannot adopt file descriptor ${fd}: another socket of this library owns it; adopt what its detach() returns`)
}

/** The descriptor of a socket, until it is closed or detached. */
export class SocketDescriptor {
  readonly #fd: number
  /** The socket file to remove at close. */
  file: SocketFile | undefined
  /** Minus errno on kernels without SO_COOKIE, and if the descriptor is not a socket. */
  readonly #cookie: bigint | number
  #open = true

  /** Takes ownership of a descriptor, which may get another number. */
  constructor(fd: number) {
    this.#fd = claim(fd)
    this.#cookie = cookieOf(this.#fd)
    owners.set(this.#fd, this)
  }

  /** The number; -1 once it is closed or handed over, when the number may be another file's. A call that is under way then fails. */
  get fd(): number {
    return this.#open ? this.#fd : -1
  }

  /** True if the number still refers to this socket. If other code closed it, the number may now refer to any file. */
  get isOurs(): boolean {
    if (!this.#open || typeof this.#cookie === 'number') return this.#open
    const cookie = cookieOf(this.fd)
    // If the cookie cannot be read now, this is still the same socket, because every other socket has one.
    return typeof cookie === 'number' ? !notASocket.includes(-cookie) : cookie === this.#cookie
  }

  /**
   * Hands over the descriptor under the returned number. `before` is called once nothing can fail any more. The socket file
   * stays.
   * @throws SystemError EMFILE
   */
  take(before?: () => void): number {
    const fd = unclaim(this.fd, before)
    this.#end()
    return fd
  }

  #end(): void {
    this.#open = false
    // Other code may have closed the number, and another socket has it by now.
    if (owners.get(this.#fd) === this) owners.delete(this.#fd)
  }

  removeFile(): void {
    const { file } = this
    this.file = undefined
    if (file !== undefined) removeFile(file)
  }

  /** Closes the descriptor once, if it still refers to this socket. `mayBlock` returns true if a peer can delay the close. */
  close(mayBlock: (fd: number) => boolean): void {
    const { isOurs, fd } = this
    this.#end()
    if (!isOurs) return
    if (!mayBlock(fd)) {
      closeClaimed(fd)
      return
    }
    // A claimed number must be closed by this thread, which cannot block while another descriptor refers to the socket.
    const last = attempt(() => unclaim(fd))
    if (last === undefined) closeClaimedLater(fd)
    else closeAndWait(last)
  }
}

const notASocket: readonly number[] = [errno.EBADF, errno.ENOTSOCK]

/** `SO_COOKIE`: a number that is unique among all sockets since the system was started; or minus errno. */
function cookieOf(fd: number): bigint | number {
  const { address, view } = scratch(cookieSize + intSize)
  view.setUint32(cookieSize, cookieSize, true)
  const result = sys.call('getsockopt', fd, SOL_SOCKET, SO_COOKIE, address, address + cookieSize)
  return result < 0 ? result : view.getBigUint64(0, true)
}
