/**
 * bind(2) for sockets with a file: its permissions, replacing a stale file, and identifying the new file for its removal.
 * @module
 */
import { chmodSync, closeSync, fstatSync, openSync } from 'node:fs'
import { constants } from '../../abi/constants.ts'
import { attempt, outOfRange } from '../../errors.ts'
import { boolean, integer, succeeded } from '../../arguments.ts'
import { getsockname } from '../../libc/sockets.ts'
import { restart } from '../../native/syscalls.ts'
import { isBoundTo } from './bound.ts'
import { usageOf, inUse, onFile, pathOf, tryBind } from './in-use.ts'
import { permitted } from './permitted.ts'
import { identify, removeFile, type SocketFile } from './remove.ts'
import { replace } from './replace.ts'

export { removeFile, type SocketFile } from './remove.ts'

const { O_CLOEXEC, O_NOFOLLOW, O_PATH } = constants
/** The permission bits of a mode. A new socket has all of them. */
const permissions = 0o777

/** Options for binding to a pathname. */
export interface FileOptions {
  /** Replaces a socket file that no socket is bound to, and removes the new file at close. */
  readonly unlink?: boolean | undefined
  /** The permissions of the socket file, regardless of the umask. */
  readonly mode?: number | undefined
}

/**
 * bind(2), with an EADDRINUSE that explains the cause. The permissions are never wider than `mode`, and are exactly `mode` in the
 * end. Returns the file to remove at close, if any.
 */
export function bindFile(fd: number, name: Uint8Array, { unlink = false, mode }: FileOptions): SocketFile | undefined {
  boolean('bind', 'unlink', unlink)
  if (mode === undefined) return bindIt()
  if (integer('bind', 'mode', mode) < 0 || mode > permissions) {
    throw outOfRange(`Cannot call bind with mode ${mode}: expected permissions from 0 to 0o777, in octal such as 0o660`)
  }
  const path = pathOf(name)
  if (path === undefined) {
    throw outOfRange(`Cannot call bind with mode 0o${mode.toString(8)}: only a pathname socket has permissions`)
  }
  checkPermitted(fd, path, mode)
  // The file gets these permissions, less the umask.
  succeeded(restart('fchmod', fd, mode), 'fchmod')
  try {
    return bindIt()
  } catch (error) {
    restart('fchmod', fd, permissions) // the socket may be bound to another name later
    throw error
  }

  function bindIt(): SocketFile | undefined {
    const free = tryBind(fd, name)
    if (free && !unlink && mode === undefined) return undefined
    const path = pathOf(name)
    if (!free) {
      if (path === undefined || !unlink) throw inUse(name, path && attempt(() => usageOf(path, name)))
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

/** The umask that is assumed if the runtime does not allow the process to ask for it. */
const usualUmask = 0o022
const openForMode = (path: Buffer): number => openSync(path, O_PATH | O_NOFOLLOW | O_CLOEXEC)
const linkTo = (fd: number): string => `/proc/self/fd/${fd}`

/**
 * Makes the calls of {@link widen} before there is a file, on what is there now and on the socket itself: a process that the runtime
 * does not allow to make them is not allowed to remove the new file either.
 * @throws Error `ERR_CMSG_UNSUPPORTED` if the runtime's permissions do not allow it
 */
function checkPermitted(fd: number, path: Buffer, mode: number): void {
  const refusal = (path: Buffer | string, call: () => void): unknown => {
    try {
      permitted(path, call)
      return undefined
    } catch (error) {
      // Errors of the system are for the real call.
      return (error as NodeJS.ErrnoException).code === 'ERR_CMSG_UNSUPPORTED' ? error : undefined
    }
  }
  const opening = refusal(path, () => { closeSync(openForMode(path)) })
  if (opening !== undefined) throw opening
  const link = linkTo(fd)
  const widening = refusal(link, () => { chmodSync(link, mode) })
  // To ask for the umask is to change it for a moment, for all threads, so it is only asked for when the answer matters.
  if (widening !== undefined && (mode & (attempt(() => process.umask()) ?? usualUmask)) !== 0) throw widening
}

/** Gives a newly created socket file the permissions that the umask removed. */
function widen(path: Buffer, mode: number, name: Uint8Array): void {
  const fd = onFile('open', name, path, () => openForMode(path))
  try {
    const stats = fstatSync(fd)
    if ((stats.mode & permissions) === mode) return
    // In a directory that others may write to, this could be any file by now: a link, or another socket of this user.
    const made = stats.isSocket() && stats.uid === process.geteuid!() && stats.nlink === 1 && (stats.mode & permissions & ~mode) === 0
    if (!made) throw inUse(name, 'the socket file was replaced as soon as it was created')
    // Through the descriptor, because the path may refer to another file by now. fchmod(2) does not accept O_PATH descriptors.
    const link = linkTo(fd)
    onFile('chmod', name, link, () => { chmodSync(link, mode) })
  } finally {
    closeSync(fd)
  }
}

/**
 * Identifies the socket file of a socket that was bound elsewhere, to take over its removal. Returns `undefined` if it has none, if
 * another file is now in its place, and if the kernel does not tell: a file that stays is replaced by the next `bind` with `unlink`,
 * but a socket whose file was removed cannot be reached.
 */
export function fileOf(fd: number): SocketFile | undefined {
  const path = pathOf(getsockname(fd))
  const file = path && attempt(() => identify(path))
  return file !== undefined && isBoundTo(fd, file) ? file : undefined
}
