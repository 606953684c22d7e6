/**
 * Names of destinations and peers, as `encodeAddress` returns them.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { viewOf } from '../../abi/bytes.ts'
import { hostAbi } from '../../abi/abi.ts'
import { structs } from '../../abi/structs.ts'
import { attempt } from '../../errors.ts'
import { getpeername } from '../../libc/sockets.ts'

const { AF_UNIX } = constants
const { size, fields: { sun_path } } = structs.sockaddr_un
const slash = '/'.charCodeAt(0)

/** True for a relative pathname. */
const isRelative = (name: Uint8Array): boolean =>
  name.length > sun_path.offset && viewOf(name).getUint16(0, hostAbi().littleEndian) === AF_UNIX
    && name[sun_path.offset] !== slash && name[sun_path.offset] !== 0

/**
 * Makes a relative pathname absolute, because the kernel resolves it at each call, and the working directory may have changed when a
 * message has waited or a socket reconnects. Returns the name unchanged if the result would be too long.
 */
export function resolved(name: Uint8Array): Uint8Array {
  if (!isRelative(name)) return name
  const directory = attempt(() => Buffer.from(`${process.cwd()}/`))
  if (directory === undefined || name.length + directory.length > size) return name
  return Buffer.concat([name.subarray(0, sun_path.offset), directory, name.subarray(sun_path.offset)])
}

/** Returns the name of the peer, as the peer has bound it; undefined if the socket is not connected, or its peer has none. */
export function peerOf(fd: number): Uint8Array | undefined {
  const name = attempt(() => getpeername(fd))
  // The kernel adds a NUL to a pathname that fills sun_path.
  return name === undefined || name.length <= sun_path.offset ? undefined : name.subarray(0, size)
}

/**
 * Returns the name of the peer, if it can be connected to again: a relative pathname is relative to the working directory of the peer.
 */
export function reachablePeerOf(fd: number): Uint8Array | undefined {
  const name = peerOf(fd)
  return name === undefined || isRelative(name) ? undefined : name
}
