/**
 * The name of a socket's peer, as `encodeAddress` returns it.
 * @module
 */
import { structs } from '../../abi/structs.ts'
import { attempt } from '../../errors.ts'
import { getpeername } from '../../libc/sockets.ts'

const { size, fields: { sun_path } } = structs.sockaddr_un

/** Returns the name of the peer; undefined if the socket is not connected, or its peer has none. */
export function peerOf(fd: number): Uint8Array | undefined {
  const name = attempt(() => getpeername(fd))
  // The kernel adds a NUL to a pathname that fills sun_path.
  return name === undefined || name.length <= sun_path.offset ? undefined : name.subarray(0, size)
}
