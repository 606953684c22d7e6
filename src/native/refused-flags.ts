/**
 * Flags that this library sets when it sends and receives messages, and that some families refuse as unknown. A refused call is
 * repeated without them.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { intOption } from './syscalls.ts'

const { EINVAL, EOPNOTSUPP } = errno
const {
  SOL_SOCKET, SO_DOMAIN, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL, MSG_TRUNC, AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP, AF_RDS,
  AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK,
} = constants

/** A flag, and the families with a protocol that refuses it as unknown. */
interface RefusedFlag {
  readonly flag: number
  readonly families: ReadonlySet<number>
}

/**
 * Flags that receiving may refuse: net/packet/af_packet.c, net/can/isotp.c and j1939/socket.c, net/key/af_key.c, net/phonet,
 * net/mctp/af_mctp.c. None of them passes descriptors. J1939 does not know MSG_TRUNC either, and returns the truncated length.
 */
export const receiveFlags: readonly RefusedFlag[] = [
  { flag: MSG_CMSG_CLOEXEC, families: new Set([AF_PACKET, AF_CAN, AF_KEY, AF_PHONET, AF_MCTP]) },
  { flag: MSG_TRUNC, families: new Set([AF_CAN]) },
]

/**
 * Flags that sending may refuse: net/rds/send.c, net/mctp/af_mctp.c, net/qrtr/af_qrtr.c, net/x25, net/ax25, net/netrom, net/rose,
 * net/atm/common.c, net/appletalk/ddp.c. Some of them raise SIGPIPE, which every runtime ignores.
 */
export const sendFlags: readonly RefusedFlag[] = [
  {
    flag: MSG_NOSIGNAL,
    families: new Set([AF_RDS, AF_MCTP, AF_QIPCRTR, AF_X25, AF_AX25, AF_NETROM, AF_ROSE, AF_ATMPVC, AF_ATMSVC, AF_APPLETALK]),
  },
]

/** True if a call may have failed because of a flag. It then had no effect and may be repeated without the flag. */
export const isRefusal = (result: number): boolean => result === -EINVAL || result === -EOPNOTSUPP

/** Repeats a call without the flags that the socket's family may have refused, one after another. */
export function withoutRefused(
  result: number, fd: number, flags: number, refused: readonly RefusedFlag[], again: (flags: number) => number,
): number {
  const domain = intOption(fd, SOL_SOCKET, SO_DOMAIN)
  for (const { flag, families } of refused) {
    if ((flags & flag) === 0 || !families.has(domain)) continue
    flags &= ~flag
    result = again(flags)
    if (!isRefusal(result)) return result
  }
  return result
}
