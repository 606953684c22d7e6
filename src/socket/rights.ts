/**
 * `SCM_RIGHTS` for sockets: what is received has an owner.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import type { ControlMessage } from '../control/define.ts'
import { rights as numbers } from '../control/socket.ts'
import { invalidType, show } from '../errors.ts'
import { OwnedFd } from './owned-fd.ts'

/** What can be sent as a descriptor: a number, or anything that has one: an OwnedFd, a FileHandle, a MessageSocket. */
export type Descriptor = number | { readonly fd: number }

const numberOf = (value: Descriptor): number => {
  const fd: unknown = typeof value === 'object' && value !== null ? value.fd : value
  if (typeof fd !== 'number') throw invalidType(`Cannot send ${show(value)} as a file descriptor: expected a number, or an object with a number as fd`)
  return fd
}

/**
 * `SCM_RIGHTS`: open file descriptors. AF_UNIX only, Linux 2.2.
 *
 * Sent from numbers or from whatever has an `fd`, 253 at most; the sender keeps its own. Received as {@link OwnedFd}s,
 * which are closed with their message unless they are taken. A socket gets them when it is opened with
 * `receive: [rights]`; others have the kernel close them, and see `controlTruncated`.
 *
 * On a stream at least one byte of data must go along, or the kernel drops them without a word: that is refused here.
 *
 * @throws RangeError `ERR_CMSG_OUT_OF_RANGE` for more than 253, TypeError for what is no descriptor
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export const rights: ControlMessage<'rights', readonly Descriptor[], OwnedFd[]> = Object.assign(
  (value: readonly Descriptor[]) => numbers(Array.isArray(value) ? value.map(numberOf) : value as never),
  {
    ...facts(numbers),
    decode: (...[data, abi]: Parameters<typeof numbers.decode>) => numbers.decode(data, abi).map((fd) => new OwnedFd(fd)),
  },
)

function facts({ kind, level, type, family, receive, minSize }: typeof numbers) {
  return { kind, level, type, family: family!, receive: receive!, minSize }
}

const { SOL_SOCKET, SCM_RIGHTS, SCM_PIDFD } = constants

/**
 * Whether a control message of an AF_UNIX socket carries descriptors, ints that the kernel has installed in this process:
 * a list of them (SCM_RIGHTS), or one, or a negative errno in its place (SCM_PIDFD).
 */
export const carriesDescriptors = (level: number, type: number): boolean => level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD)
