/**
 * The pages of the API reference that list constants and structs: each with a description, its header, and the control messages
 * that use it. TypeDoc cannot know them, since both are objects made of tables.
 * @module
 */
import { getSystemErrorMap } from 'node:util'
import { constants as numbers, constantsByTarget } from '../../generated/constants.ts'
import { errno } from '../../generated/errno.ts'
import { layouts } from '../../generated/layouts.ts'
import { builtins } from '../../src/control/catalogue.ts'
import type { AnyControlMessage } from '../../src/control/define.ts'
import { optionName } from '../../src/control/names.ts'
import { structOf } from '../../src/control/payload.ts'
import { constantNames } from '../generate/measure.ts'
import { groups } from '../generate/symbols.ts'

const kinds = builtins as readonly AnyControlMessage[]

/** Descriptions of constants by prefix, or by whole name. The longest one that fits describes a constant. */
const prefixes: Readonly<Record<string, string>> = {
  AF_: 'Address families, for `socket` and in the first field of an address.',
  PF_: 'The same numbers under their older names.',
  SOCK_: 'Types of sockets, and flags that are added to a type.',
  SHUT_: 'Directions for `shutdown`.',
  SOMAXCONN: 'The default length of the queue of connections, for `listen`.',
  SOL_: 'Levels of socket options and control messages.',
  SO_: 'Options at the level `SOL_SOCKET`.',
  SO_EE_: 'Values in the fields of `struct sock_extended_err`: the origin of a report, and its codes.',
  SO_J1939_: 'Options at the level `SOL_CAN_J1939`.',
  SO_RDS_: 'Options at the level `SOL_RDS`.',
  SCM_: 'Types of control messages.',
  SCM_MAX_FD: 'Maximum number of descriptors in one message.',
  SCM_TSTAMP_: 'The moments at which a transmit timestamp is taken, in `ee_info`.',
  MSG_: 'Flags of `sendmsg` and `recvmsg`, and of received messages.',
  SOF_TIMESTAMPING_: 'Flags of `SO_TIMESTAMPING`: which timestamps are taken, and how they are reported.',
  SOF_TXTIME_: 'Flags of `SO_TXTIME`.',
  IPPROTO_: 'Protocols over IP, for `socket`.',
  IP_: 'Options and control messages at the level `SOL_IP`.',
  IP_PMTUDISC_: 'Values of `IP_MTU_DISCOVER`.',
  IPTOS_: 'Values of `IP_TOS`.',
  IPV6_: 'Options and control messages at the level `SOL_IPV6`.',
  MCAST_: 'Options for multicast groups, at the levels `SOL_IP` and `SOL_IPV6`.',
  UDP_: 'Options and control messages at the level `SOL_UDP`.',
  TCP_: 'Options and control messages at the level `SOL_TCP`.',
  TCP_NLA_: 'Attributes of `SCM_TIMESTAMPING_OPT_STATS` for TCP.',
  ICMP_: 'Types and codes of ICMP messages.',
  ICMPV6_: 'Types and codes of ICMPv6 messages.',
  ICMP_FILTER: 'An option of raw ICMP sockets: which types are received.',
  ICMPV6_FILTER: 'An option of raw ICMPv6 sockets: which types are received.',
  NETLINK_: 'Netlink protocols, for `socket`, and options at the level `SOL_NETLINK`.',
  NLMSG_: 'Types of netlink messages.',
  NLM_F_: 'Flags of netlink messages.',
  SOCK_DIAG_BY_FAMILY: 'The type of messages of `NETLINK_SOCK_DIAG`.',
  UNIX_DIAG_: 'Attributes of `NETLINK_SOCK_DIAG` for Unix sockets.',
  UDIAG_SHOW_: 'Flags that ask for these attributes.',
  RTM_: 'Types of messages of `NETLINK_ROUTE`.',
  RTMGRP_: 'Groups of `NETLINK_ROUTE`, in the address of a netlink socket.',
  PACKET_: 'Options and control messages at the level `SOL_PACKET`, and the types of received packets.',
  TP_STATUS_: 'Flags in `struct tpacket_auxdata`.',
  ETH_P_: 'Protocols of Ethernet frames.',
  IF_NAMESIZE: 'The size of the name of a network interface, with its NUL.',
  VMADDR_: 'Addresses and ports of vsock.',
  VSOCK_: 'Options at the level `SOL_VSOCK`.',
  J1939_: 'Attributes and codes of the reports of J1939 sockets.',
  ALG_: 'Control messages and values at the level `SOL_ALG`.',
  TLS_: 'Options, control messages and record types at the level `SOL_TLS`.',
  LLC_: 'Options at the level `SOL_LLC`.',
  TIPC_: 'Control messages at the level `SOL_TIPC`, and the codes of errors.',
  SCTP_: 'Options, control messages and flags at the level `SOL_SCTP`.',
  DCCP_: 'Control messages at the level `SOL_DCCP`.',
  RDS_: 'Options, control messages and flags at the level `SOL_RDS`.',
  RXRPC_: 'Options, control messages and values at the level `SOL_RXRPC`.',
  BT_: 'Options and control messages of Bluetooth sockets.',
  HCI_: 'Options and control messages at the level `SOL_HCI`.',
  WPAN_: 'Options at the level `SOL_IEEE802154`.',
  MISDN_: 'Options at the level `SOL_MISDN`.',
  CLOCK_: 'Clocks, for `SO_TXTIME`.',
  POLL: 'Events of `poll`.',
  EPOLL: 'Operations, flags and events of epoll.',
  EFD_: 'Flags of `eventfd`.',
  F_: 'Commands of `fcntl`.',
  FD_: 'Flags of a descriptor.',
  F_SEAL_: 'Seals of a memory file.',
  MFD_: 'Flags of `memfd_create`.',
  FIO: 'Requests of `ioctl`.',
  SIOC: 'Requests of `ioctl` for sockets and network interfaces.',
  TIOC: 'Requests of `ioctl` for terminals.',
  O_: 'Flags of an open file.',
  LOCK_: 'Operations of `flock`.',
  RTLD_: 'Flags of `dlopen`.',
  P_PIDFD: 'An id type of `waitid`.',
  PIDFD_: 'Flags of `pidfd_open` and `pidfd_send_signal`.',
  SYS_: 'Numbers of system calls.',
  S_IF: 'Types of files, in a mode.',
  STATX_: 'Fields of `statx`.',
  AT_: 'Flags of `statx`.',
  _K_SS_MAXSIZE: 'The size of the largest address.',
  NGROUPS_MAX: 'Maximum number of groups of a process.',
  NAME_MAX: 'Maximum length of the name of a file.',
  DEFAULT_OVERFLOWUID: 'The user id in place of one that is not mapped.',
  UIO_MAXIOV: 'Maximum number of buffers in one system call.',
  INT_MAX: 'The largest `int`.',
  MEM_MAJOR: 'The major number of the devices for memory.',
  UNIX98_PTY_SLAVE_MAJOR: 'The major number of pseudoterminals.',
}

/** Descriptions of structs that are not the payload of a control message. */
const structs: Readonly<Record<string, string>> = {
  sockaddr: 'An address of any family.',
  sockaddr_un: 'The address of a Unix socket.',
  sockaddr_in: 'An IPv4 address and port.',
  sockaddr_in6: 'An IPv6 address and port.',
  sockaddr_nl: 'The address of a netlink socket.',
  sockaddr_ll: 'The address of a packet socket.',
  sockaddr_vm: 'The address of a vsock socket.',
  msghdr: 'A message, as `sendmsg` and `recvmsg` take it.',
  mmsghdr: 'A message, as `sendmmsg` and `recvmmsg` take it.',
  cmsghdr: 'The header of a control message.',
  iovec: 'A buffer of a message.',
  linger: 'The value of `SO_LINGER`.',
  sock_filter: 'An instruction of a packet filter, as `getsockopt` returns them for `SO_GET_FILTER`.',
  ip_mreq: 'A multicast group and the address of an interface.',
  ip_mreqn: 'A multicast group and the index of an interface.',
  ip_mreq_source: 'A multicast group and one sender.',
  ipv6_mreq: 'An IPv6 multicast group and the index of an interface.',
  group_req: 'A multicast group of either family.',
  group_source_req: 'A multicast group of either family and one sender.',
  ip_msfilter: 'The senders that a multicast group is received from.',
  icmp_filter: 'The value of `ICMP_FILTER`.',
  icmp6_filter: 'The value of `ICMPV6_FILTER`.',
  sock_ee_data_rfc4884: 'A field of `sock_extended_err`: where the extensions of an ICMP message begin.',
  so_timestamping: 'The value of `SO_TIMESTAMPING` with a clock.',
  sock_txtime: 'The value of `SO_TXTIME`.',
  nlattr: 'The header of a netlink attribute.',
  nlmsghdr: 'The header of a netlink message.',
  unix_diag_req: 'A request of `NETLINK_SOCK_DIAG` for Unix sockets.',
  unix_diag_msg: 'The beginning of its answer; attributes follow.',
  unix_diag_vfs: 'The value of `UNIX_DIAG_VFS`: the file that a socket is bound to.',
  sctp_initmsg: 'The parameters of a new SCTP association.',
  rds_iovec: 'A buffer of an RDS operation.',
  timeval: 'A time in seconds and microseconds.',
  timespec: 'A time in seconds and nanoseconds.',
  pollfd: 'A descriptor, as `poll` takes it.',
  epoll_event: 'An event of epoll.',
  statx: 'The result of `statx`.',
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
const code = (text: string | number): string => `\`${text}\``

/** The header that declares each name, as a program includes it, or the file of the kernel that has it. */
function declarations(): Map<string, string> {
  const found = new Map<string, string>()
  for (const group of groups) {
    const { header, source, stated = {}, structs = {}, errnos = '' } = group
    const place = header === undefined ? `kernel: ${code(source ?? '')}` : code(`<${header}>`)
    for (const name of [...constantNames(group), ...errnos.split(/\s+/), ...Object.keys(structs)]) found.set(name, place)
    if (source !== undefined) for (const name of Object.keys(stated)) found.set(name, `kernel: ${code(source)}`)
  }
  return found
}

/** The kinds that a constant is the type or the option of, and that a struct is the payload of; with links to their pages. */
function uses(link: (kind: string) => string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const add = (name: string | undefined, kind: string): void => {
    if (name !== undefined) found.set(name, [...new Set([...found.get(name) ?? [], `[${code(kind)}](${link(kind)})`])])
  }
  for (const kind of kinds) {
    add(kind.name, kind.kind)
    add(optionName(kind), kind.kind)
    for (const layout of [kind.layout, kind.alternative]) if (layout !== undefined) add(`struct ${structOf(layout).name}`, kind.kind)
  }
  return found
}

const prefixOf = (name: string): string | undefined =>
  Object.keys(prefixes).filter((prefix) => name.startsWith(prefix)).sort((a, b) => b.length - a.length)[0]

/** The sections of the page of `constants`. `link` returns the address of the page of a kind. @throws if one has no description */
export function constantsText(link: (kind: string) => string): string {
  const declared = declarations()
  const used = uses(link)
  const sections = new Map<string, string[][]>()
  const hidden = new Set(Object.keys(errno))
  const values: [name: string, value: string][] = [
    ...Object.entries(numbers).map(([name, value]): [string, string] => [name, code(value)]),
    ...Object.entries(constantsByTarget).map(([name, targets]): [string, string] =>
      [name, `${[...new Set(Object.values(targets))].map(code).join(' or ')}, by target`]),
  ]
  for (const [name, value] of values) {
    if (hidden.has(name)) continue
    const prefix = prefixOf(name)
    if (prefix === undefined) throw new Error(`scripts/docs/tables.ts has no description for the constant ${name}`)
    const row = [code(name), value, declared.get(name) ?? '', (used.get(name) ?? []).join(', ')]
    sections.set(prefix, [...sections.get(prefix) ?? [], row])
  }
  const texts = [...sections].map(([prefix, rows]) => {
    const heading = prefix.endsWith('_') || rows.length > 1 ? `${prefix}*` : prefix
    return `## ${code(heading)}\n\n${prefixes[prefix]!}\n\n${table(['name', 'value', 'declared in', 'control messages'], rows)}`
  })
  const messages = new Map([...getSystemErrorMap().values()])
  const errors = Object.entries(errno).map(([name, value]) => [code(name), code(value), messages.get(name) ?? '', declared.get(name) ?? ''])
  const errnos = `## ${code('E*')}\n\nError numbers, positive as in C.\n\n${table(['name', 'value', 'meaning', 'declared in'], errors)}`
  return [...texts, errnos].join('\n\n')
}

/** The section of the page of `structs`. @throws if one has no description */
export function structsText(link: (kind: string) => string, layoutLink: (struct: string) => string): string {
  const declared = declarations()
  const used = uses(link)
  const rows = Object.entries(layouts).map(([name, { variants }]) => {
    const kindsOf = used.get(`struct ${name}`)
    const description = structs[name] ?? (kindsOf === undefined ? undefined : 'The payload of a control message.')
    if (description === undefined) throw new Error(`scripts/docs/tables.ts has no description for the struct ${name}`)
    const sizes = [...new Set(variants.map(({ size }) => size))].join(' or ')
    const link = `[${code(name)}](${layoutLink(name)}){target="_self"}`
    return [link, description, (kindsOf ?? []).join(', '), sizes, declared.get(name) ?? '']
  })
  return `## All structs\n\n${table(['struct', 'description', 'control messages', 'bytes', 'declared in'], rows)}`
}
