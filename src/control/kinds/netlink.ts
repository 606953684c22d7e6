/**
 * Control messages of level SOL_NETLINK.
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 * @module
 */
import { SOL_NETLINK, NETLINK_PKTINFO, NETLINK_LISTEN_ALL_NSID } from '../../../generated/constants.ts'
import { nl_pktinfo } from '../../../generated/layouts.ts'
import { cStruct } from '../../abi/structs.ts'
import { defineBuiltin, type ControlMessage } from '../define.ts'

/**
 * `NETLINK_PKTINFO`: the multicast group that a message was sent to. AF_NETLINK, Linux 2.6.14. Only received.
 *
 * Payload: `struct nl_pktinfo`, 4 bytes; group 0 means that it was sent to this socket alone. Received when `NETLINK_PKTINFO` is on.
 *
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 * @example
 * import { decodeControl, encodeControl, netlinkPacketInfo, rawControl } from 'cmsg/codec'
 *
 * // As the kernel sends it: the number of a multicast group.
 * const control = encodeControl([rawControl(netlinkPacketInfo.level, netlinkPacketInfo.type, new Uint8Array(Uint32Array.of(3).buffer))])
 * const [message] = decodeControl(control, { family: 'netlink' })
 * if (message?.kind === 'netlinkPacketInfo') console.log(message.value.group) // 3
 */
export const netlinkPacketInfo: ControlMessage<'netlinkPacketInfo', never, { group: number }> = /* @__PURE__ */ defineBuiltin({
  kind: 'netlinkPacketInfo', name: 'NETLINK_PKTINFO', level: SOL_NETLINK, type: NETLINK_PKTINFO, family: 'netlink', since: '2.6.14',
  direction: 'receive',
  layout: () => cStruct({ nl_pktinfo }),
  receive: { option: { NETLINK_PKTINFO } },
})

/**
 * `NETLINK_LISTEN_ALL_NSID`: the network namespace that a message came from, by its id in the namespace of the socket.
 * AF_NETLINK, Linux 4.2. Only received, and only with messages from other namespaces.
 *
 * Payload: `int`, 4 bytes. Received when `NETLINK_LISTEN_ALL_NSID` is on, which needs CAP_NET_BROADCAST.
 *
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 */
export const netlinkNamespace: ControlMessage<'netlinkNamespace', never, number> = /* @__PURE__ */ defineBuiltin({
  kind: 'netlinkNamespace', name: 'NETLINK_LISTEN_ALL_NSID', level: SOL_NETLINK, type: NETLINK_LISTEN_ALL_NSID, family: 'netlink',
  since: '4.2',
  direction: 'receive',
  layout: 'i32',
  receive: { option: { NETLINK_LISTEN_ALL_NSID } },
})
