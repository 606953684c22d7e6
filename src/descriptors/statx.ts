/**
 * Asks what a descriptor refers to, without ever waiting for the server of a file system, as fstat(2) does: the server of a FUSE file
 * system may never answer.
 * @see https://man7.org/linux/man-pages/man2/statx.2.html
 * @module
 */
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { hostAbi } from '../abi/abi.ts'
import { structs } from '../abi/structs.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

const { AT_EMPTY_PATH, AT_STATX_DONT_SYNC, STATX_TYPE, STATX_NLINK, STATX_SIZE } = constants
const { size, fields } = structs.statx

/** The answer, perhaps out of date. */
interface Answer {
  readonly mode: number
  readonly links: number
  readonly size: number
  /** The device of its file system: `8:1`. */
  readonly device: string
  /** For a device: the number of its driver. */
  readonly majorOfDevice: number
}

/** `statx(2)` with AT_STATX_DONT_SYNC: the answer, or minus errno. */
export function statx(fd: number): Answer | number {
  const { address, view } = scratch(size + 1)
  // The empty path.
  view.setUint8(size, 0)
  const number = constantsByTarget.SYS_statx[hostAbi().target]
  const mask = STATX_TYPE | STATX_NLINK | STATX_SIZE
  const result = sys.call('syscall', number, fd, address + size, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, address, 0)
  if (result < 0) return result
  const u32 = ({ offset }: { readonly offset: number }): number => view.getUint32(offset, true)
  return {
    mode: view.getUint16(fields.stx_mode.offset, true), links: u32(fields.stx_nlink),
    size: Number(view.getBigUint64(fields.stx_size.offset, true)),
    device: `${u32(fields.stx_dev_major)}:${u32(fields.stx_dev_minor)}`, majorOfDevice: u32(fields.stx_rdev_major),
  }
}
