/**
 * How long the close of a descriptor may take, by the kind of file it refers to, found without waiting for anybody.
 *
 * fstat(2) asks the server of a FUSE file, which may never answer; statx(2) can be told not to. What it says of the
 * device is true as long as the descriptor is open, for no two file systems have the same at one time.
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { constants, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { hostAbi } from '../abi/abi.ts'
import { structs } from '../abi/structs.ts'
import { attempt } from '../errors.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'

/**
 * - `quick`: a pipe, eventfd, memfd or pidfd: its close cannot block.
 * - `last`: only the close of the last descriptor that refers to it may block, as of a socket.
 * - `every`: each close may block, as of a file on FUSE, or of something unknown.
 * - a device, `8:1`: `last` if its file system has nothing to do at each close, which {@link localDevices} tells.
 * - `none`: it is not open.
 */
export type Closing = 'quick' | 'last' | 'every' | 'none' | { readonly device: string }

const {
  AT_EMPTY_PATH, AT_STATX_DONT_SYNC, STATX_TYPE, STATX_NLINK, S_IFMT, S_IFSOCK, S_IFREG, S_IFDIR, S_IFCHR, S_IFIFO, F_GET_SEALS,
  MEM_MAJOR, UNIX98_PTY_SLAVE_MAJOR,
} = constants
const [modeAt, nlinkAt, rdevAt, majorAt, minorAt] = (['stx_mode', 'stx_nlink', 'stx_rdev_major', 'stx_dev_major', 'stx_dev_minor'] as const)
  .map((field) => structs.statx.fields[field].offset) as [number, number, number, number, number]
const size = structs.statx.size
/** Of /dev/null and its like, and of terminals: their drivers do nothing at each close. */
const plainDevices: ReadonlySet<number> = new Set([MEM_MAJOR, UNIX98_PTY_SLAVE_MAJOR])

export function closingOf(fd: number): Closing {
  const { address, view } = scratch(size + 1)
  // The empty path.
  view.setUint8(size, 0)
  const number = constantsByTarget.SYS_statx[hostAbi().target]
  const result = sys.call('syscall', number, fd, address + size, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_NLINK, address, 0)
  if (result < 0) return result === -errno.EBADF ? 'none' : 'every'
  switch (view.getUint16(modeAt, true) & S_IFMT) {
    case S_IFIFO: return 'quick'
    case S_IFSOCK: return 'last'
    case S_IFCHR: return plainDevices.has(view.getUint32(rdevAt, true)) ? 'last' : 'every'
    case S_IFREG: {
      const device = `${view.getUint32(majorAt, true)}:${view.getUint32(minorAt, true)}`
      // A memfd has no name in any folder, and can be sealed.
      return view.getUint32(nlinkAt, true) === 0 && sys.call('fcntl', fd, F_GET_SEALS, 0) >= 0 ? 'quick' : { device }
    }
    case S_IFDIR: return { device: `${view.getUint32(majorAt, true)}:${view.getUint32(minorAt, true)}` }
    case 0: return /^anon_inode:\[(eventfd|pidfd)\]$/.test(attempt(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? '') ? 'quick' : 'every'
    default: return 'every'
  }
}

/** File systems that do nothing when a descriptor is closed that is not the last. */
const local: ReadonlySet<string> = new Set([
  'ext2', 'ext3', 'ext4', 'xfs', 'f2fs', 'vfat', 'exfat', 'iso9660', 'squashfs', 'erofs', 'tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs', 'proc', 'sysfs',
])

/** The devices of such file systems, as they are mounted now. Whatever is not in the list, mounted elsewhere, is not known. */
export function localDevices(): ReadonlySet<string> {
  const devices = new Set<string>()
  for (const line of (attempt(() => readFileSync('/proc/self/mountinfo', 'latin1')) ?? '').split('\n')) {
    const [, device, type] = /^\d+ \d+ (\d+:\d+) .* - (\S+) /.exec(line) ?? []
    if (device !== undefined && local.has(type!)) devices.add(device)
  }
  return devices
}
