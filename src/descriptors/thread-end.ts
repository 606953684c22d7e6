/**
 * Descriptors of ours in a Worker, which may be terminated at any instant and then runs none of our code.
 *
 * What `fs.openSync` opened in a Worker Node closes when the thread ends, however it ends. So a descriptor of ours is put
 * in the place of such a one. From then on only `fs.closeSync` may close that number: closed in any other way, and given
 * to the main thread meanwhile, it would be closed under its new owner when the Worker ends.
 *
 * Whoever claims: a termination between two of these calls leaves one descriptor behind. Nothing can prevent that.
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
 * Have this thread's end close a descriptor: the number it has from now on, which is another. Do it before the
 * descriptor is watched, as an epoll knows it by its number. On the main thread, on runtimes that close nothing, and where
 * no number is left (EMFILE) it stays as it is.
 */
export function claim(fd: number): number {
  if (!(threadCloses ??= canThreadClose())) return fd
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
 * Takes a descriptor out of the thread's hands, to give it away: the number it has from now on. `before` is called while it
 * has both, once nothing else can fail any more: an epoll must not watch the old one afterwards.
 * @throws SystemError EMFILE, and what `before` throws; then it is claimed as before
 */
export function release(fd: number, before?: () => void): number {
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

/** close(2) of a descriptor, claimed or not: 0, or minus errno. */
export function closeClaimed(fd: number): number {
  if (!claimed.delete(fd)) return sys.call('close', fd)
  try {
    closeSync(fd)
    return 0
  } catch (error) {
    return (error as { errno?: number }).errno ?? sys.call('close', fd)
  }
}

/** close(2) of a claimed descriptor on one of libuv's threads, for which the end of the process waits. */
export function closeClaimedLater(fd: number): void {
  claimed.delete(fd)
  close(fd, () => {})
}

let threadCloses: boolean | undefined

/**
 * Whether this thread knows which descriptors are open, and so closes them at its end: Node's Workers do, unless they were
 * started with `trackUnmanagedFds: false`, and warn of one that they have not opened.
 */
function canThreadClose(): boolean {
  const fd = sys.call('eventfd', 0, EFD_CLOEXEC)
  if (fd < 0) return false
  const { emitWarning } = process
  let warned = false
  try {
    process.emitWarning = () => { warned = true }
    closeSync(fd)
  } catch {
    // It closes nothing but what it has opened itself.
    sys.call('close', fd)
  } finally {
    process.emitWarning = emitWarning
  }
  return warned
}
