/**
 * Descriptors of this library in a Worker, which may be terminated at any moment and then runs no more JavaScript.
 *
 * When a Worker ends, however it ends, Node closes what `fs.openSync` has opened in it. So a descriptor is duplicated over one that
 * was opened that way. From then on only `fs.closeSync` may close that number: if it were closed in another way and reused by the
 * main thread, the end of the Worker would close it under its new owner.
 *
 * A termination between two of these calls leaves one descriptor behind. Nothing can prevent that. Descriptors that belong to
 * messages or to the program are not claimed: claiming costs three system calls, and the program closes its numbers as it likes.
 * @module
 */
import { close, closeSync, openSync } from 'node:fs'
import { constants } from '../../generated/constants.ts'
import { succeeded } from '../arguments.ts'
import { attempt } from '../errors.ts'
import * as sys from '../native/syscalls.ts'

const { EFD_CLOEXEC, O_CLOEXEC, F_DUPFD_CLOEXEC } = constants

const claimed = new Set<number>()

/**
 * Makes the end of this thread close a descriptor. Returns its new number. Call it before the descriptor is watched, since epoll
 * identifies descriptors by number. On the main thread, on runtimes that close nothing, and if no number is left (EMFILE), the
 * descriptor stays as it is.
 */
export function claim(fd: number): number {
  if (!threadClosesAll()) return fd
  const place = attempt(() => openSync('/dev/null', 'r'))
  if (place === undefined) return fd
  if (sys.call('dup3', fd, place, O_CLOEXEC) < 0) {
    closeSync(place)
    return fd
  }
  claimed.add(place)
  sys.call('close', fd)
  return place
}

/**
 * Undoes {@link claim} to hand over a descriptor. Returns its new number. `before` is called while both numbers exist, once nothing
 * else can fail: epoll must not watch the old number afterwards.
 * @throws SystemError EMFILE, and what `before` throws; then it is claimed as before
 */
export function unclaim(fd: number, before?: () => void): number {
  const isClaimed = claimed.has(fd)
  const given = isClaimed ? succeeded(sys.call('fcntl', fd, F_DUPFD_CLOEXEC, 0), 'dup') : fd
  try {
    before?.()
  } catch (error) {
    if (isClaimed) sys.call('close', given)
    throw error
  }
  if (isClaimed) closeClaimed(fd)
  return given
}

/** close(2) of a descriptor, claimed or not. Returns 0 or minus errno. */
export function closeClaimed(fd: number): number {
  if (!claimed.delete(fd)) return sys.call('close', fd)
  try {
    closeSync(fd)
    return 0
  } catch (error) {
    return (error as { errno?: number }).errno ?? sys.call('close', fd)
  }
}

/** close(2) of a claimed descriptor on one of libuv's threads, for which process exit waits. */
export function closeClaimedLater(fd: number): void {
  claimed.delete(fd)
  close(fd, () => {})
}

let threadCloses: boolean | undefined
/** True if the end of this thread closes claimed descriptors. */
export const threadClosesAll = (): boolean => (threadCloses ??= canThreadClose()) === true

/**
 * True if this thread tracks its open descriptors, and so closes them at its end. Node's Workers do, unless they were started with
 * `trackUnmanagedFds: false`; they warn about closing a descriptor that they have not opened. Undefined if no descriptor is left to
 * find out with.
 */
function canThreadClose(): boolean | undefined {
  const fd = sys.call('eventfd', 0, EFD_CLOEXEC)
  if (fd < 0) return undefined
  const { emitWarning } = process
  let warned = false
  try {
    process.emitWarning = () => { warned = true }
    closeSync(fd)
  } catch {
    // The runtime closes only descriptors that it has opened itself.
    sys.call('close', fd)
  } finally {
    process.emitWarning = emitWarning
  }
  return warned
}
