/**
 * Membership in multicast groups.
 * @module
 */
import { constants } from '../../../generated/constants.ts'
import { viewOf } from '../../abi/bytes.ts'
import { structs } from '../../abi/structs.ts'
import { encodeAddress } from '../../address/address.ts'
import { invalidAddress, object, show, SystemError } from '../../errors.ts'
import { integer } from '../../arguments.ts'
import { if_nametoindex } from '../../libc/interfaces.ts'
import { setsockopt } from '../../libc/options.ts'

const {
  SOL_IP, SOL_IPV6, MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP,
} = constants
const { group_req, group_source_req } = structs

/** The interface on which to join a group, and the sender to receive from. */
export interface GroupOptions {
  /** An interface by name, such as `'eth0'`, or by number; if absent, the one that routing selects for the group. */
  readonly interface?: string | number | undefined
  /** Receive only from this address (source-specific multicast); from any address if absent. */
  readonly source?: string | undefined
}

/** Joins or leaves a group. IPv4 and IPv6 use the same option (RFC 3678) at different levels. */
export function setMembership(socket: { readonly fd: number }, join: boolean, group: string, options: GroupOptions): void {
  const { interface: device = 0, source } = object(join ? 'joinGroup' : 'leaveGroup', 'options', options)
  const address = encodeAddress({ address: group, port: 0 })
  const level = group.includes(':') ? SOL_IPV6 : SOL_IP
  const index = typeof device === 'string' ? if_nametoindex(device) : integer(join ? 'joinGroup' : 'leaveGroup', 'interface', device, 0)
  if (source === undefined) {
    const bytes = new Uint8Array(group_req.size)
    group_req.write(viewOf(bytes), 0, { gr_interface: index, gr_group: address })
    return set(socket.fd, level, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, bytes, group)
  }
  const gsr_source = encodeAddress({ address: source, port: 0 })
  if (source.includes(':') !== group.includes(':')) {
    throw invalidAddress(`Cannot join ${group} with source ${show(source)}: the two are of different families`)
  }
  const bytes = new Uint8Array(group_source_req.size)
  group_source_req.write(viewOf(bytes), 0, { gsr_interface: index, gsr_group: address, gsr_source })
  set(socket.fd, level, join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, bytes, group)
}

function set(fd: number, level: number, option: number, bytes: Uint8Array, address: string): void {
  try {
    setsockopt(fd, level, option, bytes)
  } catch (error) {
    // The error has the group as its address, like the errors of other calls.
    if (error instanceof SystemError) throw new SystemError({ syscall: 'setsockopt', errno: -error.errno, address })
    throw error
  }
}
