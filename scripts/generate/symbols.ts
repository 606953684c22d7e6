/**
 * Lists every struct, constant, error number and libc function whose numbers the library needs, by the header that declares it.
 * `npm run generate` asks compilers about each row, and writes generated/ and docs/layouts.md.
 *
 * To add a struct, write its fields in C's order with their types, which rows.ts lists. The compilers of nine targets reject a wrong
 * type, a field that does not exist, and a field that was forgotten. To add a constant, write its name, under the first kernel that has
 * it, if you know it. A constant newer than the headers of the build machine is `stated` with its value, and the group names the kernel's
 * file that it is from. Headers that have it are compared with it.
 */
import type { Group } from './rows.ts'

export const groups: readonly Group[] = [
  {
    header: 'sys/socket.h',
    structs: {
      sockaddr: { sa_family: 'u16', sa_data: ['u8', 14] },
      msghdr: {
        msg_name: 'pointer', msg_namelen: 'u32', msg_iov: 'pointer', msg_iovlen: 'usize', msg_control: 'pointer',
        msg_controllen: 'usize', msg_flags: 'i32',
      },
      mmsghdr: { msg_hdr: { struct: 'msghdr' }, msg_len: 'u32' },
      cmsghdr: { cmsg_len: 'usize', cmsg_level: 'i32', cmsg_type: 'i32' },
      ucred: { pid: 'i32', uid: 'u32', gid: 'u32' },
      linger: { l_onoff: 'i32', l_linger: 'i32' },
    },
    functions: [
      'int socket(int domain, int type, int protocol)',
      'int socketpair(int domain, int type, int protocol, int *sv)',
      'int bind(int fd, const struct sockaddr *addr, socklen_t addrlen)',
      'int connect(int fd, const struct sockaddr *addr, socklen_t addrlen)',
      'int listen(int fd, int backlog)',
      'int accept4(int fd, struct sockaddr *addr, socklen_t *addrlen, int flags)',
      'int getsockname(int fd, struct sockaddr *addr, socklen_t *addrlen)',
      'int getpeername(int fd, struct sockaddr *addr, socklen_t *addrlen)',
      'int shutdown(int fd, int how)',
      'int setsockopt(int fd, int level, int optname, const void *optval, socklen_t optlen)',
      'int getsockopt(int fd, int level, int optname, void *optval, socklen_t *optlen)',
      'ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)',
      'ssize_t recvmsg(int fd, struct msghdr *msg, int flags)',
      {
        glibc: 'int sendmmsg(int fd, struct mmsghdr *msgvec, unsigned vlen, int flags)',
        musl: 'int sendmmsg(int fd, struct mmsghdr *msgvec, unsigned vlen, unsigned flags)',
      },
      {
        glibc: 'int recvmmsg(int fd, struct mmsghdr *msgvec, unsigned vlen, int flags, struct timespec *timeout)',
        musl: 'int recvmmsg(int fd, struct mmsghdr *msgvec, unsigned vlen, unsigned flags, struct timespec *timeout)',
      },
    ],
  },
  {
    header: 'sys/socket.h',
    constants: `
      AF_UNSPEC AF_UNIX AF_LOCAL AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC AF_X25 AF_INET6
      AF_ROSE AF_KEY AF_NETLINK AF_PACKET AF_ATMSVC AF_RDS AF_SNA AF_IRDA AF_PPPOX AF_LLC AF_IB AF_MPLS AF_CAN AF_TIPC
      AF_BLUETOOTH AF_IUCV AF_RXRPC AF_ISDN AF_PHONET AF_IEEE802154 AF_CAIF AF_ALG AF_NFC AF_VSOCK AF_KCM AF_QIPCRTR
      AF_SMC AF_XDP AF_MCTP
      PF_UNSPEC PF_UNIX PF_LOCAL PF_INET PF_INET6 PF_NETLINK PF_PACKET
      SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_PACKET
      SHUT_RD SHUT_WR SHUT_RDWR
      SOMAXCONN`,
  },
  {
    header: 'sys/socket.h',
    hex: true,
    since: { '2.6.27': 'SOCK_CLOEXEC SOCK_NONBLOCK' },
  },
  {
    // A level below 256 is the protocol's number, and 0, 6 and 17 have several meanings: the socket's family decides.
    header: 'sys/socket.h',
    needs: ['netinet/in.h', 'netinet/tcp.h', 'netinet/udp.h'],
    constants: `
      SOL_SOCKET SOL_IP SOL_TCP SOL_UDP SOL_IPV6 SOL_ICMPV6 SOL_RAW SOL_DECNET SOL_X25 SOL_PACKET SOL_ATM SOL_AAL SOL_IRDA
      SOL_NETBEUI SOL_LLC SOL_DCCP SOL_NETLINK SOL_TIPC SOL_RXRPC SOL_PPPOL2TP SOL_BLUETOOTH SOL_PNPIPE SOL_RDS SOL_IUCV
      SOL_CAIF SOL_ALG SOL_NFC SOL_KCM SOL_TLS SOL_XDP SOL_MPTCP SOL_MCTP SOL_SMC`,
    source: 'include/linux/socket.h',
    stated: {
      SOL_SCTP: { value: 132 },
      SOL_UDPLITE: { value: 136 },
    },
  },
  {
    source: 'include/net/bluetooth/bluetooth.h',
    stated: {
      SOL_HCI: { value: 0 },
      SOL_L2CAP: { value: 6 },
      SOL_SCO: { value: 17 },
      BT_SCM_PKT_STATUS: { value: 3 },
      BT_SCM_ERROR: { value: 4 },
      BT_SCM_PKT_SEQNUM: { value: 5 },
      BT_PKT_STATUS: { value: 16 },
      BT_PKT_SEQNUM: { value: 22 },
    },
  },
  {
    source: 'include/net/bluetooth/hci_sock.h',
    stated: {
      HCI_CMSG_DIR: { value: 1 }, HCI_CMSG_TSTAMP: { value: 2 }, HCI_DATA_DIR: { value: 1 }, HCI_TIME_STAMP: { value: 3 },
    },
  },
  {
    source: 'include/net/af_ieee802154.h',
    stated: { SOL_IEEE802154: { value: 0 }, WPAN_WANTLQI: { value: 3, since: '4.20' } },
  },
  {
    source: 'include/linux/mISDNif.h',
    stated: { SOL_MISDN: { value: 0 }, MISDN_TIME_STAMP: { value: 1 } },
  },
  {
    source: 'include/net/iucv/af_iucv.h',
    stated: { SCM_IUCV_TRGCLS: { value: 1, since: '2.6.30' } },
  },
  {
    header: 'sys/socket.h',
    constants: `
      SO_DEBUG SO_REUSEADDR SO_TYPE SO_ERROR SO_DONTROUTE SO_BROADCAST SO_SNDBUF SO_RCVBUF SO_KEEPALIVE SO_OOBINLINE
      SO_NO_CHECK SO_PRIORITY SO_LINGER SO_BSDCOMPAT SO_RCVLOWAT SO_SNDLOWAT SO_RCVTIMEO SO_SNDTIMEO SO_RCVTIMEO_OLD
      SO_SNDTIMEO_OLD SO_BINDTODEVICE SO_ATTACH_FILTER SO_DETACH_FILTER SO_GET_FILTER SO_PEERNAME SO_TIMESTAMP
      SO_TIMESTAMP_OLD SO_ACCEPTCONN SO_WIFI_STATUS SO_NOFCS SO_MEMINFO SO_COOKIE SO_BINDTOIFINDEX SO_PREFER_BUSY_POLL
      SO_BUSY_POLL_BUDGET SO_NETNS_COOKIE SO_BUF_LOCK SO_RESERVE_MEM SO_TXREHASH`,
    since: {
      '2.2': 'SO_PASSCRED SO_PEERCRED',
      '2.6.2': 'SO_PEERSEC',
      '2.6.14': 'SO_SNDBUFFORCE SO_RCVBUFFORCE',
      '2.6.18': 'SO_PASSSEC',
      '2.6.22': 'SO_TIMESTAMPNS SO_TIMESTAMPNS_OLD',
      '2.6.25': 'SO_MARK',
      '2.6.30': 'SO_TIMESTAMPING SO_TIMESTAMPING_OLD',
      '2.6.32': 'SO_PROTOCOL SO_DOMAIN',
      '2.6.33': 'SO_RXQ_OVFL',
      '3.4': 'SO_PEEK_OFF',
      '3.9': 'SO_REUSEPORT SO_LOCK_FILTER',
      '3.10': 'SO_SELECT_ERR_QUEUE',
      '3.11': 'SO_BUSY_POLL',
      '3.13': 'SO_MAX_PACING_RATE',
      '3.14': 'SO_BPF_EXTENSIONS',
      '3.19': 'SO_INCOMING_CPU SO_ATTACH_BPF SO_DETACH_BPF',
      '4.5': 'SO_ATTACH_REUSEPORT_CBPF SO_ATTACH_REUSEPORT_EBPF',
      '4.6': 'SO_CNX_ADVICE',
      '4.12': 'SO_INCOMING_NAPI_ID',
      '4.13': 'SO_PEERGROUPS',
      '4.14': 'SO_ZEROCOPY',
      '4.19': 'SO_TXTIME',
      '5.1': 'SO_TIMESTAMP_NEW SO_TIMESTAMPNS_NEW SO_TIMESTAMPING_NEW SO_RCVTIMEO_NEW SO_SNDTIMEO_NEW',
      '5.3': 'SO_DETACH_REUSEPORT_BPF',
      '5.19': 'SO_RCVMARK',
    },
    source: 'include/uapi/asm-generic/socket.h',
    stated: {
      SO_PASSPIDFD: { value: 76, since: '6.5' },
      SO_PEERPIDFD: { value: 77, since: '6.5' },
      SO_DEVMEM_LINEAR: { value: 78, since: '6.12' },
      SO_DEVMEM_DMABUF: { value: 79, since: '6.12' },
      SO_DEVMEM_DONTNEED: { value: 80, since: '6.12' },
      SO_RCVPRIORITY: { value: 82, since: '6.14' },
      SO_PASSRIGHTS: { value: 83, since: '6.16' },
      SO_INQ: { value: 84, since: '6.17' },
    },
  },
  {
    header: 'sys/socket.h',
    constants: 'SCM_TIMESTAMP SCM_WIFI_STATUS',
    since: {
      '2.2': 'SCM_RIGHTS SCM_CREDENTIALS',
      '2.6.22': 'SCM_TIMESTAMPNS',
      '2.6.30': 'SCM_TIMESTAMPING',
      '4.10': 'SCM_TIMESTAMPING_OPT_STATS',
      '4.13': 'SCM_TIMESTAMPING_PKTINFO',
      '4.19': 'SCM_TXTIME',
    },
    source: 'include/uapi/asm-generic/socket.h',
    stated: {
      SCM_DEVMEM_LINEAR: { value: 78, since: '6.12' },
      SCM_DEVMEM_DMABUF: { value: 79, since: '6.12' },
      SCM_TS_OPT_ID: { value: 81, since: '6.13' },
      SCM_INQ: { value: 84, since: '6.17' },
    },
  },
  {
    header: 'sys/socket.h',
    source: 'include/linux/socket.h',
    stated: {
      SCM_SECURITY: { value: 3, since: '2.6.17' },
      SCM_PIDFD: { value: 4, since: '6.5' },
    },
  },
  {
    // The maximum number of descriptors of one message; 255 before.
    source: 'include/net/scm.h',
    stated: { SCM_MAX_FD: { value: 253, since: '2.6.38' } },
  },
  {
    header: 'sys/socket.h',
    hex: true,
    constants: `
      MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_PROXY MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_FIN MSG_SYN
      MSG_CONFIRM MSG_RST MSG_ERRQUEUE MSG_NOSIGNAL MSG_MORE MSG_BATCH MSG_FASTOPEN`,
    since: {
      '2.6.23': 'MSG_CMSG_CLOEXEC',
      '2.6.34': 'MSG_WAITFORONE',
      '4.14': 'MSG_ZEROCOPY',
    },
    source: 'include/linux/socket.h',
    stated: {
      MSG_SOCK_DEVMEM: { value: 0x2000000, since: '6.12' },
      MSG_CMSG_COMPAT: { value: 0x80000000 },
    },
  },
  {
    header: 'sys/un.h',
    structs: { sockaddr_un: { sun_family: 'u16', sun_path: ['u8', 108] } },
  },
  {
    header: 'netinet/in.h',
    structs: {
      sockaddr_in: { sin_family: 'u16', sin_port: 'u16be', sin_addr: ['u8', 4], sin_zero: ['u8', 8] },
      sockaddr_in6: {
        sin6_family: 'u16', sin6_port: 'u16be', sin6_flowinfo: 'u32be', sin6_addr: ['u8', 16], sin6_scope_id: 'u32',
      },
      in_pktinfo: { ipi_ifindex: 'i32', ipi_spec_dst: ['u8', 4], ipi_addr: ['u8', 4] },
      in6_pktinfo: { ipi6_addr: ['u8', 16], ipi6_ifindex: 'u32' },
      ip6_mtuinfo: { ip6m_addr: { struct: 'sockaddr_in6' }, ip6m_mtu: 'u32' },
      ip_mreq: { imr_multiaddr: ['u8', 4], imr_interface: ['u8', 4] },
      ip_mreqn: { imr_multiaddr: ['u8', 4], imr_address: ['u8', 4], imr_ifindex: 'i32' },
      ip_mreq_source: { imr_multiaddr: ['u8', 4], imr_interface: ['u8', 4], imr_sourceaddr: ['u8', 4] },
      ipv6_mreq: { ipv6mr_multiaddr: ['u8', 16], ipv6mr_interface: 'u32' },
      group_req: { gr_interface: 'u32', gr_group: ['u8', 128] },
      ip_msfilter: {
        imsf_multiaddr: ['u8', 4], imsf_interface: ['u8', 4], imsf_fmode: 'u32', imsf_numsrc: 'u32', imsf_slist: ['u8', 4],
      },
      group_source_req: { gsr_interface: 'u32', gsr_group: ['u8', 128], gsr_source: ['u8', 128] },
    },
    constants: `
      IPPROTO_IP IPPROTO_ICMP IPPROTO_IGMP IPPROTO_TCP IPPROTO_UDP IPPROTO_DCCP IPPROTO_IPV6 IPPROTO_ICMPV6 IPPROTO_SCTP
      IPPROTO_UDPLITE IPPROTO_MPTCP IPPROTO_RAW
      IP_TOS IP_TTL IP_HDRINCL IP_OPTIONS IP_ROUTER_ALERT IP_RECVOPTS IP_RETOPTS IP_PKTINFO IP_PKTOPTIONS IP_MTU_DISCOVER
      IP_RECVERR IP_RECVTTL IP_RECVTOS IP_MTU IP_FREEBIND IP_TRANSPARENT IP_MINTTL IP_NODEFRAG IP_CHECKSUM
      IP_BIND_ADDRESS_NO_PORT IP_MULTICAST_IF IP_MULTICAST_TTL IP_MULTICAST_LOOP IP_ADD_MEMBERSHIP IP_DROP_MEMBERSHIP
      IP_ADD_SOURCE_MEMBERSHIP IP_DROP_SOURCE_MEMBERSHIP IP_BLOCK_SOURCE IP_UNBLOCK_SOURCE MCAST_JOIN_GROUP MCAST_LEAVE_GROUP
      MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_BLOCK_SOURCE MCAST_UNBLOCK_SOURCE
      IP_MSFILTER MCAST_MSFILTER MCAST_EXCLUDE MCAST_INCLUDE
      IP_MULTICAST_ALL IP_UNICAST_IF IP_PMTUDISC_DONT IP_PMTUDISC_WANT IP_PMTUDISC_DO IP_PMTUDISC_PROBE
      IPV6_2292PKTINFO IPV6_2292HOPOPTS IPV6_2292DSTOPTS IPV6_2292RTHDR IPV6_2292PKTOPTIONS IPV6_2292HOPLIMIT
      IPV6_CHECKSUM IPV6_UNICAST_HOPS IPV6_MULTICAST_IF IPV6_MULTICAST_HOPS IPV6_MULTICAST_LOOP IPV6_JOIN_GROUP
      IPV6_LEAVE_GROUP IPV6_MTU_DISCOVER IPV6_MTU IPV6_RECVERR IPV6_V6ONLY IPV6_HDRINCL IPV6_AUTOFLOWLABEL
      IPV6_TRANSPARENT IPV6_UNICAST_IF IPV6_FREEBIND`,
    since: {
      '2.6.14': `
        IPV6_RECVPKTINFO IPV6_PKTINFO IPV6_RECVHOPLIMIT IPV6_HOPLIMIT IPV6_RECVHOPOPTS IPV6_HOPOPTS IPV6_RTHDRDSTOPTS
        IPV6_RECVRTHDR IPV6_RTHDR IPV6_RECVDSTOPTS IPV6_DSTOPTS IPV6_RECVTCLASS IPV6_TCLASS`,
      '2.6.17': 'IP_PASSSEC',
      '2.6.29': 'IP_ORIGDSTADDR IP_RECVORIGDSTADDR',
      '2.6.35': 'IPV6_RECVPATHMTU IPV6_PATHMTU IPV6_DONTFRAG',
      '2.6.37': 'IPV6_ORIGDSTADDR IPV6_RECVORIGDSTADDR',
      '4.10': 'IP_RECVFRAGSIZE IPV6_RECVFRAGSIZE',
      '5.9': 'IP_RECVERR_RFC4884 IPV6_RECVERR_RFC4884',
    },
  },
  {
    header: 'linux/in.h',
    source: 'include/uapi/linux/in.h',
    stated: {
      IP_LOCAL_PORT_RANGE: { value: 51, since: '6.3' },
      IP_PROTOCOL: { value: 52, since: '6.4' },
    },
  },
  {
    header: 'linux/in6.h',
    constants: 'IPV6_FLOWINFO IPV6_FLOWLABEL_MGR IPV6_FLOWINFO_SEND',
  },
  {
    header: 'netinet/udp.h',
    constants: 'UDP_CORK UDP_ENCAP UDP_NO_CHECK6_TX UDP_NO_CHECK6_RX',
    since: { '4.18': 'UDP_SEGMENT', '5.0': 'UDP_GRO' },
  },
  {
    header: 'netinet/tcp.h',
    constants: `
      TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_USER_TIMEOUT TCP_QUICKACK TCP_ULP
      TCP_ZEROCOPY_RECEIVE`,
    since: { '4.18': 'TCP_INQ TCP_CM_INQ' },
  },
  {
    // The attributes of SCM_TIMESTAMPING_OPT_STATS.
    header: 'linux/tcp.h',
    constants: `
      TCP_NLA_PAD TCP_NLA_BUSY TCP_NLA_RWND_LIMITED TCP_NLA_SNDBUF_LIMITED TCP_NLA_DATA_SEGS_OUT TCP_NLA_TOTAL_RETRANS
      TCP_NLA_PACING_RATE TCP_NLA_DELIVERY_RATE TCP_NLA_SND_CWND TCP_NLA_REORDERING TCP_NLA_MIN_RTT
      TCP_NLA_RECUR_RETRANS TCP_NLA_DELIVERY_RATE_APP_LMT TCP_NLA_SNDQ_SIZE TCP_NLA_CA_STATE TCP_NLA_SND_SSTHRESH
      TCP_NLA_DELIVERED TCP_NLA_DELIVERED_CE TCP_NLA_BYTES_SENT TCP_NLA_BYTES_RETRANS TCP_NLA_DSACK_DUPS
      TCP_NLA_REORD_SEEN TCP_NLA_SRTT TCP_NLA_TIMEOUT_REHASH TCP_NLA_BYTES_NOTSENT TCP_NLA_EDT TCP_NLA_TTL`,
  },
  {
    // The types and codes of error-queue entries whose origin is ICMP.
    header: 'linux/icmp.h',
    structs: { icmp_filter: { data: 'u32' } },
    constants: `
      ICMP_FILTER ICMP_ECHO ICMP_ECHOREPLY
      ICMP_DEST_UNREACH ICMP_SOURCE_QUENCH ICMP_REDIRECT ICMP_TIME_EXCEEDED ICMP_PARAMETERPROB
      ICMP_NET_UNREACH ICMP_HOST_UNREACH ICMP_PROT_UNREACH ICMP_PORT_UNREACH ICMP_FRAG_NEEDED ICMP_SR_FAILED
      ICMP_NET_UNKNOWN ICMP_HOST_UNKNOWN ICMP_HOST_ISOLATED ICMP_NET_ANO ICMP_HOST_ANO ICMP_NET_UNR_TOS
      ICMP_HOST_UNR_TOS ICMP_PKT_FILTERED ICMP_PREC_VIOLATION ICMP_PREC_CUTOFF`,
  },
  {
    header: 'linux/icmpv6.h',
    structs: { icmp6_filter: { data: ['u32', 8] } },
    constants: `
      ICMPV6_FILTER ICMPV6_ECHO_REQUEST ICMPV6_ECHO_REPLY
      ICMPV6_DEST_UNREACH ICMPV6_PKT_TOOBIG ICMPV6_TIME_EXCEED ICMPV6_PARAMPROB
      ICMPV6_NOROUTE ICMPV6_ADM_PROHIBITED ICMPV6_NOT_NEIGHBOUR ICMPV6_ADDR_UNREACH ICMPV6_PORT_UNREACH
      ICMPV6_POLICY_FAIL ICMPV6_REJECT_ROUTE`,
  },
  {
    header: 'netinet/ip.h',
    hex: true,
    constants: 'IPTOS_LOWDELAY IPTOS_THROUGHPUT IPTOS_RELIABILITY IPTOS_MINCOST',
  },
  {
    header: 'linux/time_types.h',
    structs: {
      __kernel_timespec: { tv_sec: 'i64', tv_nsec: 'i64' },
      __kernel_sock_timeval: { tv_sec: 'i64', tv_usec: 'i64' },
      __kernel_old_timeval: { tv_sec: 'long', tv_usec: 'long' },
      __kernel_old_timespec: { tv_sec: 'long', tv_nsec: 'long' },
    },
  },
  {
    header: 'linux/errqueue.h',
    needs: ['time.h'],
    structs: {
      sock_extended_err: {
        ee_errno: 'u32', ee_origin: 'u8', ee_type: 'u8', ee_code: 'u8', ee_pad: 'u8', ee_info: 'u32', ee_data: 'u32',
      },
      sock_ee_data_rfc4884: { len: 'u16', flags: 'u8', reserved: 'u8' },
      scm_timestamping: { ts: [{ struct: 'timespec' }, 3] },
      scm_timestamping64: { ts: [{ struct: '__kernel_timespec' }, 3] },
    },
    constants: `
      SO_EE_ORIGIN_NONE SO_EE_ORIGIN_LOCAL SO_EE_ORIGIN_ICMP SO_EE_ORIGIN_ICMP6 SO_EE_ORIGIN_TXSTATUS
      SO_EE_ORIGIN_TIMESTAMPING SO_EE_ORIGIN_ZEROCOPY SO_EE_ORIGIN_TXTIME SO_EE_CODE_ZEROCOPY_COPIED
      SO_EE_CODE_TXTIME_INVALID_PARAM SO_EE_CODE_TXTIME_MISSED SO_EE_RFC4884_FLAG_INVALID
      SCM_TSTAMP_SND SCM_TSTAMP_SCHED SCM_TSTAMP_ACK`,
    source: 'include/uapi/linux/errqueue.h',
    stated: { SCM_TSTAMP_COMPLETION: { value: 3, since: '6.15' } },
  },
  {
    header: 'linux/net_tstamp.h',
    structs: {
      so_timestamping: { flags: 'i32', bind_phc: 'i32' },
      scm_ts_pktinfo: { if_index: 'u32', pkt_length: 'u32', reserved: ['u32', 2] },
      sock_txtime: { clockid: 'i32', flags: 'u32' },
    },
    constants: 'SOF_TXTIME_DEADLINE_MODE SOF_TXTIME_REPORT_ERRORS',
  },
  {
    header: 'linux/net_tstamp.h',
    hex: true,
    constants: `
      SOF_TIMESTAMPING_TX_HARDWARE SOF_TIMESTAMPING_TX_SOFTWARE SOF_TIMESTAMPING_RX_HARDWARE SOF_TIMESTAMPING_RX_SOFTWARE
      SOF_TIMESTAMPING_SOFTWARE SOF_TIMESTAMPING_SYS_HARDWARE SOF_TIMESTAMPING_RAW_HARDWARE SOF_TIMESTAMPING_OPT_ID
      SOF_TIMESTAMPING_TX_SCHED SOF_TIMESTAMPING_TX_ACK SOF_TIMESTAMPING_OPT_CMSG SOF_TIMESTAMPING_OPT_TSONLY`,
    since: {
      '4.10': 'SOF_TIMESTAMPING_OPT_STATS',
      '4.13': 'SOF_TIMESTAMPING_OPT_PKTINFO SOF_TIMESTAMPING_OPT_TX_SWHW',
      '5.14': 'SOF_TIMESTAMPING_BIND_PHC',
    },
    source: 'include/uapi/linux/net_tstamp.h',
    stated: {
      SOF_TIMESTAMPING_OPT_ID_TCP: { value: 0x10000, since: '6.2' },
      SOF_TIMESTAMPING_OPT_RX_FILTER: { value: 0x20000, since: '6.12' },
      SOF_TIMESTAMPING_TX_COMPLETION: { value: 0x40000, since: '6.15' },
    },
  },
  {
    header: 'linux/netlink.h',
    structs: {
      sockaddr_nl: { nl_family: 'u16', nl_pad: 'u16', nl_pid: 'u32', nl_groups: 'u32' },
      nl_pktinfo: { group: 'u32' },
      nlattr: { nla_len: 'u16', nla_type: 'u16' },
      nlmsghdr: { nlmsg_len: 'u32', nlmsg_type: 'u16', nlmsg_flags: 'u16', nlmsg_seq: 'u32', nlmsg_pid: 'u32' },
    },
    constants: `
      NLMSG_NOOP NLMSG_ERROR NLMSG_DONE NLMSG_OVERRUN
      NETLINK_ROUTE NETLINK_USERSOCK NETLINK_SOCK_DIAG NETLINK_AUDIT NETLINK_CONNECTOR NETLINK_NETFILTER
      NETLINK_KOBJECT_UEVENT NETLINK_GENERIC NETLINK_ADD_MEMBERSHIP NETLINK_DROP_MEMBERSHIP NETLINK_BROADCAST_ERROR
      NETLINK_NO_ENOBUFS NETLINK_CAP_ACK NETLINK_EXT_ACK NETLINK_GET_STRICT_CHK`,
    since: { '2.6.14': 'NETLINK_PKTINFO', '4.2': 'NETLINK_LISTEN_ALL_NSID NETLINK_LIST_MEMBERSHIPS' },
  },
  {
    header: 'linux/netlink.h',
    hex: true,
    constants: 'NLM_F_REQUEST NLM_F_MULTI NLM_F_ACK NLM_F_ECHO NLM_F_ROOT NLM_F_MATCH NLM_F_DUMP',
  },
  {
    header: 'linux/filter.h',
    structs: { sock_filter: { code: 'u16', jt: 'u8', jf: 'u8', k: 'u32' } },
  },
  {
    header: 'linux/sock_diag.h',
    since: { '3.3': 'SOCK_DIAG_BY_FAMILY' },
  },
  {
    header: 'linux/unix_diag.h',
    structs: {
      unix_diag_req: {
        sdiag_family: 'u8', sdiag_protocol: 'u8', pad: 'u16', udiag_states: 'u32', udiag_ino: 'u32', udiag_show: 'u32',
        udiag_cookie: ['u32', 2],
      },
      unix_diag_msg: { udiag_family: 'u8', udiag_type: 'u8', udiag_state: 'u8', pad: 'u8', udiag_ino: 'u32', udiag_cookie: ['u32', 2] },
      unix_diag_vfs: { udiag_vfs_ino: 'u32', udiag_vfs_dev: 'u32' },
    },
    since: { '3.3': 'UNIX_DIAG_VFS' },
  },
  {
    header: 'linux/unix_diag.h',
    hex: true,
    since: { '3.3': 'UDIAG_SHOW_VFS' },
  },
  {
    header: 'linux/rtnetlink.h',
    constants: `
      RTM_NEWLINK RTM_DELLINK RTM_GETLINK RTM_NEWADDR RTM_DELADDR RTM_GETADDR RTM_NEWROUTE RTM_DELROUTE RTM_GETROUTE
      RTM_NEWNEIGH RTM_DELNEIGH RTM_GETNEIGH`,
  },
  {
    header: 'linux/rtnetlink.h',
    hex: true,
    constants: `
      RTMGRP_LINK RTMGRP_NOTIFY RTMGRP_NEIGH RTMGRP_IPV4_IFADDR RTMGRP_IPV4_ROUTE RTMGRP_IPV6_IFADDR RTMGRP_IPV6_ROUTE`,
  },
  {
    header: 'linux/if_packet.h',
    structs: {
      sockaddr_ll: {
        sll_family: 'u16', sll_protocol: 'u16be', sll_ifindex: 'i32', sll_hatype: 'u16', sll_pkttype: 'u8',
        sll_halen: 'u8', sll_addr: ['u8', 8],
      },
      tpacket_auxdata: {
        tp_status: 'u32', tp_len: 'u32', tp_snaplen: 'u32', tp_mac: 'u16', tp_net: 'u16', tp_vlan_tci: 'u16',
        tp_vlan_tpid: 'u16',
      },
    },
    constants: `
      PACKET_HOST PACKET_BROADCAST PACKET_MULTICAST PACKET_OTHERHOST PACKET_OUTGOING PACKET_LOOPBACK
      PACKET_ORIGDEV PACKET_TX_TIMESTAMP PACKET_TIMESTAMP
      TP_STATUS_USER TP_STATUS_COPY TP_STATUS_LOSING TP_STATUS_CSUMNOTREADY TP_STATUS_VLAN_VALID
      TP_STATUS_VLAN_TPID_VALID TP_STATUS_CSUM_VALID`,
    since: { '2.6.21': 'PACKET_AUXDATA' },
  },
  {
    header: 'linux/if_ether.h',
    hex: true,
    constants: 'ETH_P_ALL ETH_P_IP ETH_P_IPV6 ETH_P_ARP ETH_P_8021Q ETH_P_8021AD',
  },
  {
    header: 'net/if.h',
    constants: 'IF_NAMESIZE',
    functions: ['unsigned if_nametoindex(const char *ifname)', 'char *if_indextoname(unsigned ifindex, char *ifname)'],
  },
  {
    header: 'linux/vm_sockets.h',
    needs: ['sys/socket.h'],
    structs: {
      sockaddr_vm: {
        svm_family: 'u16', svm_reserved1: 'u16', svm_port: 'u32', svm_cid: 'u32', svm_flags: 'u8', svm_zero: ['u8', 3],
      },
    },
    constants: 'VMADDR_CID_ANY VMADDR_PORT_ANY VMADDR_CID_HYPERVISOR VMADDR_CID_LOCAL VMADDR_CID_HOST',
    source: 'include/uapi/linux/vm_sockets.h',
    stated: { SOL_VSOCK: { value: 287, since: '6.7' }, VSOCK_RECVERR: { value: 1, since: '6.7' } },
  },
  {
    header: 'linux/can/raw.h',
    constants: 'SOL_CAN_BASE SOL_CAN_RAW',
    since: { '5.10': 'SCM_CAN_RAW_ERRQUEUE' },
  },
  {
    header: 'linux/can/j1939.h',
    since: {
      '5.4': `
        SOL_CAN_J1939 SO_J1939_ERRQUEUE SCM_J1939_DEST_ADDR SCM_J1939_DEST_NAME SCM_J1939_PRIO SCM_J1939_ERRQUEUE
        J1939_NLA_PAD J1939_NLA_BYTES_ACKED J1939_EE_INFO_NONE J1939_EE_INFO_TX_ABORT`,
      '5.15': `
        J1939_NLA_TOTAL_SIZE J1939_NLA_PGN J1939_NLA_SRC_NAME J1939_NLA_DEST_NAME J1939_NLA_SRC_ADDR
        J1939_NLA_DEST_ADDR J1939_EE_INFO_RX_RTS J1939_EE_INFO_RX_DPO J1939_EE_INFO_RX_ABORT`,
    },
  },
  {
    header: 'linux/if_alg.h',
    structs: { af_alg_iv: { ivlen: 'u32' } },
    constants: `
      ALG_SET_KEY ALG_SET_IV ALG_SET_OP ALG_SET_AEAD_ASSOCLEN ALG_SET_AEAD_AUTHSIZE ALG_OP_DECRYPT ALG_OP_ENCRYPT`,
  },
  {
    header: 'linux/tls.h',
    constants: 'TLS_TX TLS_RX TLS_SET_RECORD_TYPE TLS_GET_RECORD_TYPE',
    source: 'include/net/tls_prot.h',
    stated: {
      TLS_RECORD_TYPE_CHANGE_CIPHER_SPEC: { value: 20 },
      TLS_RECORD_TYPE_ALERT: { value: 21 },
      TLS_RECORD_TYPE_HANDSHAKE: { value: 22 },
      TLS_RECORD_TYPE_DATA: { value: 23 },
    },
  },
  {
    header: 'linux/llc.h',
    structs: { llc_pktinfo: { lpi_ifindex: 'i32', lpi_sap: 'u8', lpi_mac: ['u8', 6] } },
    constants: 'LLC_OPT_PKTINFO',
  },
  {
    header: 'linux/tipc.h',
    structs: { tipc_service_range: { type: 'u32', lower: 'u32', upper: 'u32' } },
    constants: `
      TIPC_ERRINFO TIPC_RETDATA TIPC_DESTNAME TIPC_OK TIPC_ERR_NO_NAME TIPC_ERR_NO_PORT TIPC_ERR_NO_NODE
      TIPC_ERR_OVERLOAD TIPC_CONN_SHUTDOWN`,
  },
  {
    header: 'linux/sctp.h',
    needs: ['stdint.h', 'sys/socket.h'],
    structs: {
      sctp_initmsg: {
        sinit_num_ostreams: 'u16', sinit_max_instreams: 'u16', sinit_max_attempts: 'u16', sinit_max_init_timeo: 'u16',
      },
      sctp_sndrcvinfo: {
        sinfo_stream: 'u16', sinfo_ssn: 'u16', sinfo_flags: 'u16', sinfo_ppid: 'u32', sinfo_context: 'u32',
        sinfo_timetolive: 'u32', sinfo_tsn: 'u32', sinfo_cumtsn: 'u32', sinfo_assoc_id: 'i32',
      },
      sctp_sndinfo: { snd_sid: 'u16', snd_flags: 'u16', snd_ppid: 'u32', snd_context: 'u32', snd_assoc_id: 'i32' },
      sctp_rcvinfo: {
        rcv_sid: 'u16', rcv_ssn: 'u16', rcv_flags: 'u16', rcv_ppid: 'u32', rcv_tsn: 'u32', rcv_cumtsn: 'u32',
        rcv_context: 'u32', rcv_assoc_id: 'i32',
      },
      sctp_nxtinfo: { nxt_sid: 'u16', nxt_flags: 'u16', nxt_ppid: 'u32', nxt_length: 'u32', nxt_assoc_id: 'i32' },
      sctp_prinfo: { pr_policy: 'u16', pr_value: 'u32' },
      sctp_authinfo: { auth_keynumber: 'u16' },
    },
    constants: `
      SCTP_INIT SCTP_SNDRCV SCTP_SNDINFO SCTP_RCVINFO SCTP_NXTINFO SCTP_PRINFO SCTP_AUTHINFO SCTP_DSTADDRV4
      SCTP_DSTADDRV6 SCTP_EVENTS SCTP_RECVRCVINFO SCTP_RECVNXTINFO`,
  },
  {
    header: 'linux/sctp.h',
    needs: ['stdint.h', 'sys/socket.h'],
    hex: true,
    constants: `
      SCTP_UNORDERED SCTP_ADDR_OVER SCTP_ABORT SCTP_SACK_IMMEDIATELY SCTP_SENDALL SCTP_PR_SCTP_ALL SCTP_EOF
      SCTP_NOTIFICATION SCTP_PR_SCTP_NONE SCTP_PR_SCTP_TTL SCTP_PR_SCTP_RTX SCTP_PR_SCTP_PRIO`,
  },
  {
    header: 'linux/rds.h',
    needs: ['stdint.h'],
    structs: {
      rds_iovec: { addr: 'u64', bytes: 'u64' },
      rds_rdma_args: {
        cookie: 'u64', remote_vec: { struct: 'rds_iovec' }, local_vec_addr: 'u64', nr_local: 'u64', flags: 'u64',
        user_token: 'u64',
      },
      rds_get_mr_args: { vec: { struct: 'rds_iovec' }, cookie_addr: 'u64', flags: 'u64' },
      rds_rdma_notify: { user_token: 'u64', status: 'i32' },
      rds_cmsg_rx_trace: { rx_traces: 'u8', rx_trace_pos: ['u8', 3], rx_trace: ['u64', 3] },
      rds_zcopy_cookies: { num: 'u32', cookies: ['u32', 8] },
      // A union of four members; m_cswp is the largest, and the others are the beginning of it.
      rds_atomic_args: {
        cookie: 'u64', local_addr: 'u64', remote_addr: 'u64', m_cswp: ['u8', 32], flags: 'u64', user_token: 'u64',
      },
    },
    constants: `
      RDS_CMSG_RDMA_ARGS RDS_CMSG_RDMA_DEST RDS_CMSG_RDMA_MAP RDS_CMSG_RDMA_STATUS RDS_CMSG_CONG_UPDATE
      RDS_CMSG_ATOMIC_FADD RDS_CMSG_ATOMIC_CSWP RDS_CMSG_MASKED_ATOMIC_FADD RDS_CMSG_MASKED_ATOMIC_CSWP
      RDS_CMSG_RXPATH_LATENCY RDS_CMSG_ZCOPY_COOKIE RDS_CMSG_ZCOPY_COMPLETION RDS_RECVERR RDS_CONG_MONITOR
      SO_RDS_MSG_RXPATH_LATENCY RDS_RDMA_SUCCESS RDS_RDMA_REMOTE_ERROR RDS_RDMA_CANCELED RDS_RDMA_DROPPED
      RDS_RDMA_OTHER_ERROR`,
  },
  {
    header: 'linux/rds.h',
    needs: ['stdint.h'],
    hex: true,
    constants: `
      RDS_RDMA_READWRITE RDS_RDMA_FENCE RDS_RDMA_INVALIDATE RDS_RDMA_USE_ONCE RDS_RDMA_DONTWAIT RDS_RDMA_NOTIFY_ME
      RDS_RDMA_SILENT`,
  },
  { header: 'linux/dccp.h', since: { '2.6.38': 'DCCP_SCM_PRIORITY' } },
  {
    header: 'linux/rxrpc.h',
    structs: { rxrpc_challenge: { service_id: 'u16', security_index: 'u8', pad: 'u8' } },
    declared: {
      unless: 'RXRPC_MANAGE_RESPONSE',
      c: `
        #include <linux/types.h>
        struct rxrpc_challenge { __u16 service_id; __u8 security_index; __u8 pad; };`,
    },
    constants: `
      RXRPC_SECURITY_NONE RXRPC_SECURITY_RXKAD RXRPC_SECURITY_RXGK RXRPC_SECURITY_RXK5
      RXRPC_USER_CALL_ID RXRPC_ABORT RXRPC_ACK RXRPC_NET_ERROR RXRPC_BUSY RXRPC_LOCAL_ERROR RXRPC_NEW_CALL
      RXRPC_EXCLUSIVE_CALL RXRPC_UPGRADE_SERVICE RXRPC_TX_LENGTH RXRPC_SET_CALL_TIMEOUT RXRPC_CHARGE_ACCEPT`,
    source: 'include/uapi/linux/rxrpc.h',
    stated: {
      RXRPC_ACCEPT: { value: 9, since: '2.6.22' },
      RXRPC_OOB_ID: { value: 15, since: '6.16' },
      RXRPC_CHALLENGED: { value: 16, since: '6.16' },
      RXRPC_RESPOND: { value: 17, since: '6.16' },
      RXRPC_RESPONDED: { value: 18, since: '6.16' },
      RXRPC_RESP_RXGK_APPDATA: { value: 19, since: '6.16' },
    },
  },
  { header: 'linux/socket.h', constants: '_K_SS_MAXSIZE' },
  { header: 'linux/limits.h', constants: 'NGROUPS_MAX NAME_MAX' },
  {
    source: 'include/linux/highuid.h',
    stated: { DEFAULT_OVERFLOWUID: { value: 65534 } },
  },
  {
    header: 'linux/uio.h',
    needs: ['asm/socket.h'],
    structs: {
      dmabuf_cmsg: { frag_offset: 'u64', frag_size: 'u32', frag_token: 'u32', dmabuf_id: 'u32', flags: 'u32' },
    },
    source: 'include/uapi/linux/uio.h',
    declared: {
      unless: 'SO_DEVMEM_LINEAR',
      c: `
        #include <linux/types.h>
        struct dmabuf_cmsg { __u64 frag_offset; __u32 frag_size; __u32 frag_token; __u32 dmabuf_id; __u32 flags; };`,
    },
  },
  {
    header: 'sys/uio.h',
    structs: { iovec: { iov_base: 'pointer', iov_len: 'usize' } },
    constants: 'UIO_MAXIOV',
  },
  {
    header: 'sys/time.h',
    structs: { timeval: { tv_sec: 'long', tv_usec: 'long' } },
  },
  {
    header: 'time.h',
    structs: { timespec: { tv_sec: 'long', tv_nsec: 'long' } },
    constants: 'CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_BOOTTIME CLOCK_TAI',
  },
  {
    header: 'poll.h',
    structs: { pollfd: { fd: 'i32', events: 'i16', revents: 'i16' } },
    constants: 'POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDHUP',
    functions: ['int poll(struct pollfd *fds, nfds_t nfds, int timeout)'],
  },
  {
    header: 'sys/epoll.h',
    structs: { epoll_event: { events: 'u32', 'data.u64': 'u64' } },
    constants: 'EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD',
    functions: [
      'int epoll_create1(int flags)',
      'int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)',
      'int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)',
    ],
  },
  {
    header: 'sys/epoll.h',
    hex: true,
    constants: 'EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLONESHOT EPOLLET EPOLL_CLOEXEC',
    since: { '2.6.17': 'EPOLLRDHUP', '3.5': 'EPOLLWAKEUP', '4.5': 'EPOLLEXCLUSIVE' },
  },
  {
    header: 'sys/eventfd.h',
    hex: true,
    constants: 'EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK',
    functions: ['int eventfd(unsigned int initval, int flags)'],
  },
  {
    header: 'fcntl.h',
    constants: `
      F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_SETLK F_SETOWN F_GETOWN F_SETSIG F_GETSIG F_GETPIPE_SZ F_SETPIPE_SZ
      F_ADD_SEALS F_GET_SEALS FD_CLOEXEC`,
    since: { '2.6.24': 'F_DUPFD_CLOEXEC' },
    functions: ['int fcntl(int fd, int cmd, ... /* long arg */)'],
  },
  {
    header: 'linux/fcntl.h',
    hex: true,
    since: { '3.17': 'F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE', '5.1': 'F_SEAL_FUTURE_WRITE' },
    source: 'include/uapi/linux/fcntl.h',
    stated: { F_SEAL_EXEC: { value: 0x20, since: '6.3' } },
  },
  {
    header: 'linux/memfd.h',
    hex: true,
    since: { '3.17': 'MFD_CLOEXEC MFD_ALLOW_SEALING', '4.14': 'MFD_HUGETLB' },
    source: 'include/uapi/linux/memfd.h',
    stated: { MFD_NOEXEC_SEAL: { value: 8, since: '6.3' }, MFD_EXEC: { value: 0x10, since: '6.3' } },
  },
  {
    header: 'sys/mman.h',
    functions: ['int memfd_create(const char *name, unsigned flags)'],
  },
  {
    header: 'sys/ioctl.h',
    needs: ['linux/sockios.h'],
    hex: true,
    constants: `
      FIONREAD FIONBIO SIOCATMARK SIOCINQ SIOCOUTQ SIOCOUTQNSD SIOCGIFINDEX SIOCGIFHWADDR TIOCGWINSZ TIOCSWINSZ TIOCGPTN
      TIOCSPTLCK`,
  },
  {
    header: 'fcntl.h',
    hex: true,
    constants: `
      O_RDONLY O_WRONLY O_RDWR O_CREAT O_EXCL O_TRUNC O_APPEND O_NONBLOCK O_ASYNC O_CLOEXEC O_DIRECT O_DIRECTORY
      O_NOFOLLOW`,
    since: { '2.6.39': 'O_PATH', '3.11': 'O_TMPFILE' },
  },
  {
    header: 'sys/file.h',
    constants: 'LOCK_EX LOCK_NB',
    functions: ['int flock(int fd, int operation)'],
  },
  {
    header: 'sys/stat.h',
    functions: ['int fchmod(int fd, mode_t mode)'],
  },
  {
    header: 'dlfcn.h',
    hex: true,
    constants: 'RTLD_LAZY RTLD_NOW RTLD_NOLOAD RTLD_NODELETE RTLD_GLOBAL RTLD_LOCAL',
    functions: ['void *dlopen(const char *file, int mode)', 'void *dlsym(void *handle, const char *name)'],
  },
  {
    header: 'sys/wait.h',
    since: { '5.4': 'P_PIDFD' },
  },
  {
    header: 'linux/pidfd.h',
    hex: true,
    since: { '5.10': 'PIDFD_NONBLOCK' },
    source: 'include/uapi/linux/pidfd.h',
    stated: {
      PIDFD_SIGNAL_THREAD: { value: 1, since: '6.9' },
      PIDFD_SIGNAL_THREAD_GROUP: { value: 2, since: '6.9' },
      PIDFD_SIGNAL_PROCESS_GROUP: { value: 4, since: '6.9' },
    },
  },
  {
    header: 'limits.h',
    constants: 'INT_MAX',
  },
  {
    // For what a libc has no function for, or one that will not do: musl's sendmsg copies control data to a small buffer,
    // and the two C libraries declare the request of ioctl with different widths.
    header: 'sys/syscall.h',
    constants: 'SYS_sendmsg SYS_recvmsg SYS_ioctl',
    since: {
      '2.6.33': 'SYS_recvmmsg',
      '3.0': 'SYS_sendmmsg',
      '4.11': 'SYS_statx',
      '5.1': 'SYS_pidfd_send_signal',
      '5.3': 'SYS_pidfd_open',
    },
  },
  {
    header: 'unistd.h',
    functions: [
      'int close(int fd)',
      'int dup3(int oldfd, int newfd, int flags)',
      'int pipe2(int *pipefd, int flags)',
      'long syscall(long number, ... /* long a, long b, long c, long d, long e, long f */)',
    ],
  },
  {
    header: 'pthread.h',
    functions: [
      'int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start_routine)(void *), void *arg)',
      'int pthread_tryjoin_np(pthread_t thread, void **retval)',
    ],
  },
  {
    header: 'linux/stat.h',
    hex: true,
    constants: 'S_IFMT S_IFSOCK S_IFREG S_IFDIR S_IFBLK S_IFCHR S_IFIFO S_IFLNK',
    since: { '4.11': 'STATX_TYPE STATX_NLINK STATX_SIZE' },
  },
  {
    header: 'linux/fcntl.h',
    hex: true,
    since: { '2.6.39': 'AT_EMPTY_PATH', '4.11': 'AT_STATX_DONT_SYNC' },
  },
  {
    header: 'linux/major.h',
    constants: 'MEM_MAJOR UNIX98_PTY_SLAVE_MAJOR',
  },
  {
    // Later kernels may use the bytes after these fields, up to 256.
    header: 'linux/types.h',
    structs: {
      statx: {
        stx_mask: 'u32', stx_blksize: 'u32', stx_attributes: 'u64', stx_nlink: 'u32', stx_uid: 'u32', stx_gid: 'u32',
        stx_mode: 'u16', __spare0: ['u16', 1], stx_ino: 'u64', stx_size: 'u64', stx_blocks: 'u64', stx_attributes_mask: 'u64',
        stx_times: ['u64', 8], stx_rdev_major: 'u32', stx_rdev_minor: 'u32', stx_dev_major: 'u32', stx_dev_minor: 'u32',
        __spare: ['u64', 14],
      },
    },
    source: 'include/uapi/linux/stat.h',
    declared: {
      unless: 'STATX_TYPE',
      c: `
        #include <linux/types.h>
        struct statx {
          __u32 stx_mask, stx_blksize; __u64 stx_attributes; __u32 stx_nlink, stx_uid, stx_gid; __u16 stx_mode, __spare0[1];
          __u64 stx_ino, stx_size, stx_blocks, stx_attributes_mask, stx_times[8];
          __u32 stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor; __u64 __spare[14];
        };`,
    },
  },
  {
    header: 'stdlib.h',
    functions: ['void *calloc(size_t nmemb, size_t size)'],
  },
  {
    header: 'string.h',
    functions: ['void *memcpy(void *dest, const void *src, size_t n)'],
  },
  {
    header: 'errno.h',
    functions: ['int *__errno_location(void)'],
    errnos: `
      EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST
      EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
      EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH
      ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE
      ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD
      ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT
      EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH
      ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN
      EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
      ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON
      EWOULDBLOCK EDEADLOCK ENOTSUP`,
  },
]
