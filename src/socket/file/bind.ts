/**
 * bind(2) for sockets with a file: the file's permissions, what to do with one that is in the way, and which one is ours.
 * @module
 */
import { chmodSync, closeSync, fstatSync, openSync } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { attempt, outOfRange } from '../../errors.ts'
import { integer, succeeded } from '../../arguments.ts'
import { getsockname } from '../../libc/sockets.ts'
import { restart } from '../../native/syscalls.ts'
import { inTheWay, inUse, onFile, pathOf, stale, tryBind } from './in-use.ts'
import { identify, removeFile, type SocketFile } from './remove.ts'
import { replace } from './replace.ts'

export { removeFile, type SocketFile } from './remove.ts'

const { O_CLOEXEC, O_NOFOLLOW, O_PATH } = constants
/** Of all that a mode can hold, the permissions; all of them, which a new socket has. */
const permissions = 0o777

/** How to bind to a pathname. */
export interface FileOptions {
  /** Replace a socket file that nobody is bound to, and remove ours at close. */
  readonly unlink?: boolean | undefined
  /** The permissions of the socket file, whatever the umask. */
  readonly mode?: number | undefined
}

/**
 * bind(2), with an EADDRINUSE that explains itself. The permissions are never wider than `mode`, which is exact in the end.
 * Returns the file that is to be removed at close, if one is.
 */
export function bindFile(fd: number, name: Uint8Array, { unlink = false, mode }: FileOptions): SocketFile | undefined {
  if (mode === undefined) return bindIt()
  integer('bind', 'mode', mode, 0, permissions)
  if (pathOf(name) === undefined) throw outOfRange(`Cannot call bind with mode 0o${mode.toString(8)}: only a pathname socket has permissions`)
  // The file gets these, less the umask.
  succeeded(restart('fchmod', fd, mode), 'fchmod')
  try {
    return bindIt()
  } catch (error) {
    restart('fchmod', fd, permissions) // it may be bound to another name
    throw error
  }

  function bindIt(): SocketFile | undefined {
    const free = tryBind(fd, name)
    if (free && !unlink && mode === undefined) return undefined
    const path = pathOf(name)
    if (!free) {
      if (path === undefined || !unlink) throw inUse(name, path && inTheWay(path, name))
      replace(fd, name, path)
    }
    const file = path && attempt(() => identify(path))
    try {
      if (path !== undefined && mode !== undefined) widen(path, mode, name)
    } catch (error) {
      if (file !== undefined) removeFile(file)
      throw error
    }
    return unlink ? file : undefined
  }
}

/** Give a socket file that was made a moment ago the permissions that the umask has withheld. */
function widen(path: Buffer, mode: number, name: Uint8Array): void {
  const fd = onFile('open', name, () => openSync(path, O_PATH | O_NOFOLLOW | O_CLOEXEC))
  try {
    const stats = fstatSync(fd)
    if ((stats.mode & permissions) === mode) return
    // In a directory that others may write to, it could be any file by now: a link, or another socket of ours.
    const made = stats.isSocket() && stats.uid === process.geteuid!() && stats.nlink === 1 && (stats.mode & permissions & ~mode) === 0
    if (!made) throw inUse(name, 'the socket file was replaced as soon as it was created')
    // By the descriptor: the path may lead elsewhere the next moment. fchmod(2) does not take one of O_PATH.
    onFile('chmod', name, () => { chmodSync(`/proc/self/fd/${fd}`, mode) })
  } finally {
    closeSync(fd)
  }
}

/**
 * The socket file of a socket that somebody else has bound, to take over its removal; `undefined` where it has none, or
 * where its file is gone and another is in its place.
 */
export function fileOf(fd: number): SocketFile | undefined {
  const name = getsockname(fd)
  const path = pathOf(name)
  const file = path && attempt(() => identify(path))
  return file && inTheWay(file.path, name) !== stale ? file : undefined
}
