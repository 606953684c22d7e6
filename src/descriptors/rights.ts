/**
 * `SCM_RIGHTS` for sockets: received descriptors have an owner.
 * @module
 */
import { hostAbi } from '../abi/abi.ts'
import { viewOf } from '../abi/bytes.ts'
import type { ControlMessage } from '../control/define.ts'
import { rights as numbers } from '../control/kinds/socket.ts'
import { fdToShare, type Descriptor } from './descriptor.ts'
import { OwnedFd, owning } from './owned-fd.ts'

/** Creates the owners of the descriptors in a payload. */
export function ownRights(view: DataView, start: number, end: number): { value: OwnedFd[]; fds: readonly OwnedFd[] } {
  // Two lists: changes by the user to one must not hide descriptors that have to be closed.
  const fds: OwnedFd[] = []
  const value: OwnedFd[] = []
  for (const number of numbers.read!(view, start, end, hostAbi())) {
    const fd = new OwnedFd(number, 'received')
    fds.push(fd)
    value.push(fd)
  }
  return { value, fds }
}

const { kind, level, type, minSize, receive } = numbers

/**
 * `SCM_RIGHTS`: open file descriptors. AF_UNIX only, Linux 2.2.
 *
 * To send, pass up to 253 numbers or objects that have a descriptor: an {@link OwnedFd}, a `FileHandle`, a `net.Socket`, `net.Server`
 * or `dgram.Socket`, a `MessageSocket`. The sender keeps its own. They are received as {@link OwnedFd}s, which are closed with their
 * message unless they are taken. A socket receives them if it was created with `receive: [rights]`; on other sockets the kernel
 * closes them, and `controlTruncated` is true.
 *
 * On a stream at least one byte of data must be sent with them, or the kernel would silently drop them: that is refused here.
 *
 * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for more than 253, TypeError without a descriptor
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 * @example
 * import { once } from 'node:events'
 * import net from 'node:net'
 * import { MessageSocket, rights } from 'cmsg'
 *
 * // Passes a listening server to another process; here, from one end of a pair to the other.
 * const [here, there] = MessageSocket.pair({ type: 'seqpacket', receive: [rights] })
 * const server = net.createServer().listen(0, '127.0.0.1')
 * await once(server, 'listening')
 * await here.send('take over', { control: [rights([server])] })
 * server.close()
 *
 * const message = await there.receive()
 * const [listening] = message?.get(rights) ?? []
 * const successor = net.createServer().listen({ fd: listening!.take() })
 * successor.close()
 * await here.close()
 * await there.close()
 */
export const rights: ControlMessage<'rights', readonly Descriptor[], OwnedFd[]> = /* @__PURE__ */ Object.assign(
  // Array.from reads a hole as undefined, which is refused; map would keep it.
  (value: readonly Descriptor[]) => numbers(Array.isArray(value) ? Array.from(value, fdToShare) : value as never),
  {
    kind, level, type, minSize, receive: receive!, family: 'unix' as const, [owning]: true,
    decode: (data: Uint8Array) => ownRights(viewOf(data), 0, data.length).value,
  },
)
