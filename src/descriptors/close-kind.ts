/**
 * Decides whether closing a received descriptor may block, by its file type, without ever blocking itself. For this library's own
 * sockets, whose family and state are known, socket/close-may-block.ts decides.
 * @module
 */
import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { attempt } from '../errors.ts'
import * as sys from '../native/syscalls.ts'
import { statx } from './statx.ts'

/**
 * - `quick`: a pipe, eventfd, memfd or pidfd, or /dev/null: its close cannot block.
 * - `last`: only the close of the last descriptor that refers to it may block, as of a socket.
 * - `every`: each close may block, as of a file on FUSE, or of something unknown.
 * - `none`: it is not open.
 */
export type CloseKind = 'quick' | 'last' | 'every' | 'none'

const { S_IFMT, S_IFSOCK, S_IFREG, S_IFDIR, S_IFCHR, S_IFIFO, F_GET_SEALS, MEM_MAJOR, UNIX98_PTY_SLAVE_MAJOR } = constants

/** Closing /dev/null and similar devices cannot block; for a terminal only the last close may. Other drivers are not known. */
function kindOfDevice(major: number): CloseKind {
  if (major === MEM_MAJOR) return 'quick'
  return major === UNIX98_PTY_SLAVE_MAJOR ? 'last' : 'every'
}

/** Returns how a descriptor closes. It must have been open when {@link forgetMounts} was last called. */
export function closeKindOf(fd: number): CloseKind {
  if (diskOnly ??= hasDisksOnly()) {
    const stats = attempt(() => fstatSync(fd))
    // Deno's file system functions accept only Deno's own descriptors.
    if (stats !== undefined) return kindByStats(fd, stats.mode, stats.dev, stats.nlink, majorOf(stats.rdev))
  }
  return kindByName(fd) ?? kindByStatx(fd)
}

// fstat(2) asks the server of a FUSE file, which may never answer. But it is the cheapest way to identify a descriptor, and is safe
// if no such file system is mounted anywhere on this machine. Each file system has an entry in /sys/class/bdi, in all namespaces,
// before a file on it can be opened. So it is enough to check once after a descriptor was received.
let diskOnly: boolean | undefined
let devices: ReadonlySet<string> | undefined

/** Forgets which file systems are mounted. Call it after receiving a descriptor: one may have been mounted since the last check. */
export function forgetMounts(): void {
  diskOnly = devices = undefined
}

/** True if every file system with a backing device is on a disk, such as `8:0`. A FUSE file system has a device such as `0:51`. */
function hasDisksOnly(): boolean {
  const names = attempt(() => readdirSync('/sys/class/bdi'))
  return names?.every((name) => /^([1-9]\d*:\d+|btrfs-\d+)$/.test(name)) === true
}

/** The major number of the C library's dev_t. Its low 12 bits are enough for the devices here. */
const majorOf = (device: number): number => (device >>> 8) & 0xfff

/** Devices whose files can be sealed, which are in memory. While only disks are mounted, device numbers are not reused for others. */
const sealable = new Set<number>()

function kindByStats(fd: number, mode: number, device: number, links: number, major: number): CloseKind {
  switch (mode & S_IFMT) {
    case S_IFIFO: return 'quick'
    case S_IFCHR: return kindOfDevice(major)
    case S_IFSOCK: case S_IFDIR: return 'last'
    case S_IFREG:
      // A memfd has no name in any folder.
      if (links > 0) return 'last'
      if (!sealable.has(device)) {
        if (!canBeSealed(fd)) return 'last'
        sealable.add(device)
      }
      return 'quick'
    default: return kindByName(fd) ?? 'every'
  }
}

const canBeSealed = (fd: number): boolean => sys.call('fcntl', fd, F_GET_SEALS, 0) >= 0

/** Decides by the name in /proc. Returns `undefined` if that is not conclusive or cannot be read. */
function kindByName(fd: number): CloseKind | undefined {
  const name = attempt(() => readlinkSync(`/proc/self/fd/${fd}`))
  // The path of a file begins with a slash, so no file can have the first four names.
  if (name?.startsWith('socket:')) return 'last'
  if (name?.startsWith('pipe:') || name === 'anon_inode:[eventfd]' || name === 'anon_inode:[pidfd]') return 'quick'
  // A file of another mount namespace can have such a name, but it cannot be sealed.
  if (name?.startsWith('/memfd:') && canBeSealed(fd)) return 'quick'
  return undefined
}

/** Decides by statx(2). It costs nine times as much as fstatSync. */
function kindByStatx(fd: number): CloseKind {
  const stats = statx(fd)
  if (typeof stats === 'number') return stats === -errno.EBADF ? 'none' : 'every'
  const byDevice = (): CloseKind => ((devices ??= localDevices()).has(stats.device) ? 'last' : 'every')
  switch (stats.mode & S_IFMT) {
    case S_IFIFO: return 'quick'
    case S_IFSOCK: return 'last'
    case S_IFCHR: return kindOfDevice(stats.majorOfDevice)
    case S_IFREG: return canBeSealed(fd) ? 'quick' : byDevice()
    case S_IFDIR: return byDevice()
    default: return 'every'
  }
}

/** File systems that do nothing when a descriptor other than the last is closed. */
const local: ReadonlySet<string> = new Set([
  'ext2', 'ext3', 'ext4', 'xfs', 'f2fs', 'vfat', 'exfat', 'iso9660', 'squashfs', 'erofs', 'tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs', 'proc',
  'sysfs',
])

/**
 * The devices of such file systems that are mounted in this namespace now. The device of an open descriptor cannot belong to another
 * file system, so the list is correct; file systems mounted elsewhere are not in it.
 */
function localDevices(): ReadonlySet<string> {
  const devices = new Set<string>()
  for (const line of (attempt(() => readFileSync('/proc/self/mountinfo', 'latin1')) ?? '').split('\n')) {
    const [, device, type] = /^\d+ \d+ (\d+:\d+) .* - (\S+) /.exec(line) ?? []
    if (device !== undefined && local.has(type!)) devices.add(device)
  }
  return devices
}
