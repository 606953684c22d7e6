/**
 * `struct sockaddr_nl`.
 * @see https://man7.org/linux/man-pages/man7/netlink.7.html
 * @module
 */
import { AF_NETLINK } from '../../generated/constants.ts'
import { viewOf } from '../abi/bytes.ts'
import { structs } from '../abi/structs.ts'
import { addressInteger } from './integer.ts'

/** An address of AF_NETLINK. */
export interface NetlinkAddress {
  /** `nl_pid`: the port of a socket; 0 is the kernel, or in `bind` lets the kernel choose one. It is not necessarily a process id. */
  readonly portId: number
  /** `nl_groups`: multicast groups as a 32-bit mask (`RTMGRP_*`); 0 if absent. */
  readonly groups?: number | undefined
}

/** Writes a `struct sockaddr_nl`. */
export function encodeNetlink({ portId, groups = 0 }: NetlinkAddress): Uint8Array {
  const { sockaddr_nl } = structs
  const bytes = new Uint8Array(sockaddr_nl.size)
  sockaddr_nl.write(viewOf(bytes), 0, {
    nl_family: AF_NETLINK, nl_pad: 0, nl_pid: addressInteger('a netlink port id', portId, 32),
    nl_groups: addressInteger('a mask of netlink groups', groups, 32),
  })
  return bytes
}

/** Reads a `struct sockaddr_nl`. */
export function decodeNetlink(view: DataView): NetlinkAddress {
  const { nl_pid: portId, nl_groups: groups } = structs.sockaddr_nl.read(view)
  return { portId, groups }
}

/** Formats an address for people: `netlink:4711`. */
export function formatNetlink({ portId, groups = 0 }: NetlinkAddress): string {
  const mask = addressInteger('a mask of netlink groups', groups, 32)
  return `netlink:${addressInteger('a netlink port id', portId, 32)}${mask === 0 ? '' : ` groups 0x${mask.toString(16)}`}`
}
