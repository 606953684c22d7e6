/**
 * Finds the descriptors in a control buffer.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import { cmsghdrOf, walkControl } from '../abi/cmsg.ts'
import { intSize } from '../abi/scalars.ts'
import { systemError } from '../arguments.ts'
import * as sys from '../native/syscalls.ts'
import { closeReceived } from './closer.ts'
import { closeKindOf, forgetMounts } from './close-kind.ts'
import { claim, threadClosesAll } from './thread-end.ts'

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD, F_DUPFD_CLOEXEC } = constants
const { EBADF } = errno

/** Types, at SOL_SOCKET, of the control messages that carry descriptors. */
const carriers: ReadonlySet<number> = new Set([SCM_RIGHTS, SCM_PIDFD])

/** Returns the descriptors in control bytes, each with its position. */
function descriptorsIn(control: Uint8Array): { at: number; fd: number }[] {
  const view = viewOf(control)
  const found: { at: number; fd: number }[] = []
  walkControl(view, 0, control.length, cmsghdrOf(hostAbi()), (level, type, start, end) => {
    if (level !== SOL_SOCKET || !carriers.has(type)) return
    for (let at = start; at + intSize <= end; at += intSize) {
      const fd = view.getInt32(at, hostAbi().littleEndian)
      if (fd >= 0) found.push({ at, fd })
    }
  })
  return found
}

/**
 * Copies control bytes with duplicates of their descriptors, to be closed by {@link closeDescriptors}. `move` may give each another
 * number.
 * @throws SystemError EMFILE, EBADF
 */
export function duplicateDescriptors(control: Uint8Array, move: (fd: number) => number = (fd) => fd): Uint8Array {
  const copy = Uint8Array.from(control)
  const kept: number[] = []
  try {
    for (const { at, fd } of descriptorsIn(control)) {
      const duplicate = sys.call('fcntl', fd, F_DUPFD_CLOEXEC, 0)
      if (duplicate < 0) throw systemError(-duplicate, 'dup', undefined, duplicate === -EBADF ? `descriptor ${fd} is not open` : undefined)
      kept.push(move(duplicate))
      viewOf(copy).setInt32(at, kept.at(-1)!, hostAbi().littleEndian)
    }
  } catch (error) {
    forgetMounts()
    closeReceived(kept)
    throw error
  }
  return copy
}

/**
 * {@link duplicateDescriptors} for a message that waits to be sent: the end of the thread closes the duplicates too.
 * @throws SystemError EMFILE, EBADF
 */
export function keepDescriptors(control: Uint8Array): Uint8Array {
  if (!threadClosesAll()) return duplicateDescriptors(control)
  forgetMounts()
  // Only this thread may close a claimed number, and for such a file each close may block.
  return duplicateDescriptors(control, (fd) => (closeKindOf(fd) === 'every' ? fd : claim(fd)))
}

/** Closes the descriptors in control bytes. */
export function closeDescriptors(control: Uint8Array): void {
  forgetMounts()
  closeReceived(descriptorsIn(control).map(({ fd }) => fd))
}
