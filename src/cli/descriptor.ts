/**
 * Describes a file descriptor, as far as the kernel reports it.
 * @module
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { constants } from '../abi/constants.ts'
import { decodeAddress, formatAddress } from '../address/address.ts'
import { statx } from '../descriptors/statx.ts'
import { attempt, SystemError } from '../errors.ts'
import { getsockopt } from '../libc/options.ts'
import { getpeername, getsockname } from '../libc/sockets.ts'
import { count, printable } from './style.ts'

const {
  SOL_SOCKET, SO_DOMAIN, SO_TYPE, SO_ACCEPTCONN, O_WRONLY, O_RDWR, O_APPEND, O_NONBLOCK, O_PATH,
  S_IFMT, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG, S_IFSOCK,
} = constants

/** The description of a descriptor. */
export interface Description {
  /** `regular file`, `pipe`, `unix datagram socket`, `pidfd`, … */
  readonly what: string
  /** Its name in /proc: a path, `pipe:[1234]`, `anon_inode:[eventfd]`. */
  readonly name: string
  readonly access: 'read-only' | 'write-only' | 'read-write' | 'path only' | 'access unknown'
  /** `append`, `non-blocking`. */
  readonly flags: readonly string[]
  /** Further properties, which depend on `what`: `size`, `offset`, `address`, `peer`, `pid`. */
  readonly details: Readonly<Record<string, string | number>>
}

/** Describes a descriptor that is open in this process. The kernel reports nothing about some that a peer can send. */
export const describe = (fd: number): Description =>
  attempt(() => look(fd)) ?? {
    what: 'descriptor', name: attempt(() => readlinkSync(`/proc/self/fd/${fd}`)) ?? String(fd), access: 'access unknown', flags: [],
    details: {},
  }

function look(fd: number): Description {
  const stats = statx(fd)
  if (typeof stats === 'number') throw new SystemError({ syscall: 'statx', errno: -stats })
  const isSocket = (stats.mode & S_IFMT) === S_IFSOCK
  const name = readlinkSync(`/proc/self/fd/${fd}`)
  const info = Object.fromEntries(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1').split('\n').map((line) =>
    line.split(/:\s*/, 2) as [string, string]))
  const flags = parseInt(info.flags ?? '0', 8)
  const mode = flags & (O_WRONLY | O_RDWR)
  return {
    what: (flags & O_PATH) !== 0 && isSocket ? 'socket file' : kindOf(fd, stats.mode, name), name,
    access: (flags & O_PATH) !== 0 ? 'path only' : mode === O_WRONLY ? 'write-only' : mode === O_RDWR ? 'read-write' : 'read-only',
    flags: [...((flags & O_APPEND) !== 0 ? ['append'] : []), ...((flags & O_NONBLOCK) !== 0 ? ['non-blocking'] : [])],
    details: (flags & O_PATH) !== 0 && isSocket ? {} : detailsOf(fd, stats, info),
  }
}

function kindOf(fd: number, mode: number, name: string): string {
  switch (mode & S_IFMT) {
    case S_IFSOCK: return `${[familyOf(fd), typeOf(fd)].join(' ')} socket`
    case S_IFIFO: return 'pipe'
    case S_IFDIR: return 'directory'
    case S_IFCHR: return name.startsWith('/dev/pts/') || name.startsWith('/dev/tty') ? 'terminal' : 'character device'
    case S_IFBLK: return 'block device'
    case S_IFLNK: return 'symbolic link'
  }
  const anonymous = /^anon_inode:\[?([^\]]+)\]?$/.exec(name)?.[1]
  if (anonymous !== undefined) return anonymous
  if (name.startsWith('pidfd:')) return 'pidfd' // Linux 6.9 and later: pidfs
  return name.startsWith('/memfd:') ? 'memory file' : 'regular file'
}

const nameIn = (prefix: string, number: number, but: RegExp): string | undefined =>
  Object.entries(constants).find(([name, value]) => value === number && name.startsWith(prefix) && !but.test(name))?.[0]
    .slice(prefix.length).toLowerCase()

const familyOf = (fd: number): string => {
  const family = getsockopt(fd, SOL_SOCKET, SO_DOMAIN)
  return nameIn('AF_', family, /LOCAL|UNSPEC/) ?? `family ${family}`
}
const typeOf = (fd: number): string => {
  const type = getsockopt(fd, SOL_SOCKET, SO_TYPE)
  const listening = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 0 ? 'listening ' : ''
  return listening + (nameIn('SOCK_', type, /CLOEXEC|NONBLOCK/)?.replace('dgram', 'datagram') ?? `type ${type}`)
}

function detailsOf(
  fd: number, { mode, links, size }: { readonly mode: number; readonly links: number; readonly size: number },
  info: Readonly<Record<string, string>>,
): Record<string, string | number> {
  if ((mode & S_IFMT) === S_IFSOCK) {
    const [own, peer] = [addressOf(() => getsockname(fd)), addressOf(() => getpeername(fd))]
    return { ...(own === undefined ? {} : { address: own }), ...(peer === undefined ? {} : { peer }) }
  }
  const { Pid: pid, 'eventfd-count': events } = info
  if (pid !== undefined) return { pid: Number(pid) }
  if (events !== undefined) return { count: parseInt(events, 16) }
  return (mode & S_IFMT) === S_IFREG && links + size > 0 ? { size, offset: Number(info.pos ?? 0) } : {}
}

/** Returns the address of a socket or of its peer, if it has a name. */
function addressOf(get: () => Uint8Array): string | undefined {
  try {
    const address = decodeAddress(get())
    return 'unnamed' in address ? undefined : formatAddress(address)
  } catch {
    return undefined // not connected
  }
}

/** Formats a description on one line. */
export function showDescription({ what, name, access, flags, details }: Description): string {
  const { size, offset, ...rest } = details
  const parts = [
    `${what} ${printable(name)}`, access, ...flags,
    ...(typeof size === 'number' ? [count(size, 'byte')] : []), ...(offset !== undefined && offset !== 0 ? [`at offset ${offset}`] : []),
    ...Object.entries(rest).map(([key, value]) => `${key} ${printable(String(value))}`),
  ]
  return parts.join(', ')
}
