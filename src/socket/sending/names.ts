/**
 * Names of destinations and peers, as `encodeAddress` returns them.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { structs } from '../../abi/structs.ts'
import { familyOf } from '../../address/address.ts'
import { attempt } from '../../errors.ts'
import { getpeername } from '../../libc/sockets.ts'

const { AF_UNIX } = constants
const { size, fields: { sun_path } } = structs.sockaddr_un
const slash = '/'.charCodeAt(0)

/** True if two names are the same. */
export const isSame = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0

/** True for a relative pathname. */
export const isRelative = (name: Uint8Array): boolean =>
  name.length > sun_path.offset && familyOf(name) === AF_UNIX
    && name[sun_path.offset] !== slash && name[sun_path.offset] !== 0

/** Relative pathnames by the names that {@link resolved} has made of them, with the directory of that time. */
const written = new WeakMap<Uint8Array, { readonly name: Uint8Array; readonly directory: string }>()

const workingDirectory = (): string | undefined => attempt(() => process.cwd())

/**
 * Makes a relative pathname absolute, because the kernel resolves it at each call, and the working directory may have changed when a
 * message has waited or a socket reconnects. Returns the name unchanged if the result would be too long.
 */
export function resolved(name: Uint8Array): Uint8Array {
  if (!isRelative(name)) return name
  const directory = workingDirectory()
  const start = Buffer.from(`${directory}/`)
  if (directory === undefined || name.length + start.length > size) return name
  const absolute = Buffer.concat([name.subarray(0, sun_path.offset), start, name.subarray(sun_path.offset)])
  written.set(absolute, { name, directory })
  return absolute
}

/**
 * The name for a system call now. In an unchanged directory that is the pathname as it was written: the directory may have been renamed,
 * or this process may not enter it by its path.
 */
export function nameNow(name: Uint8Array): Uint8Array {
  const relative = written.get(name)
  return relative !== undefined && relative.directory === workingDirectory() ? relative.name : name
}

/**
 * Returns the name of the peer, as the peer has bound it, or only a family if the peer has none; undefined if the socket is not
 * connected.
 */
export function connectionOf(fd: number): Uint8Array | undefined {
  // The kernel adds a NUL to a pathname that fills sun_path.
  return attempt(() => getpeername(fd))?.subarray(0, size)
}

/** Returns the name of the peer; undefined if the socket is not connected, or its peer has none. */
export function peerOf(fd: number): Uint8Array | undefined {
  const name = connectionOf(fd)
  return name === undefined || name.length <= sun_path.offset ? undefined : name
}

/**
 * Returns the name of the peer, if it can be connected to again: a relative pathname is relative to the working directory of the peer.
 */
export function reachablePeerOf(fd: number): Uint8Array | undefined {
  const name = peerOf(fd)
  return name === undefined || isRelative(name) ? undefined : name
}
