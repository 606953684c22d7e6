/*
 * Control messages of every struct that this library decodes, filled by the C compiler from the system's own headers and
 * printed in hexadecimal: "kind: bytes". What a header lacks is left out.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <time.h>
#include <linux/errqueue.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/llc.h>
#include <linux/net_tstamp.h>
#include <linux/netlink.h>
#include <linux/rds.h>
#include <linux/rxrpc.h>
#include <linux/sctp.h>
#include <linux/time_types.h>
#include <linux/tipc.h>
#include <linux/tls.h>

#define IT(kind, level, type, object) emit(kind, level, type, &(object), sizeof(object))

static void emit(const char *kind, int level, int type, const void *payload, size_t size)
{
	unsigned char control[CMSG_SPACE(256)] __attribute__((aligned(16)));
	struct msghdr message = { .msg_control = control, .msg_controllen = CMSG_SPACE(size) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memset(control, 0, sizeof control);
	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	if (size > 0)
		memcpy(CMSG_DATA(header), payload, size);
	printf("%s ", kind);
	for (size_t i = 0; i < message.msg_controllen; i++)
		printf("%02x", control[i]);
	putchar('\n');
}

int main(void)
{
	/* Static, for their padding is zero then. */
	static struct sock_extended_err error = { .ee_errno = 42, .ee_origin = SO_EE_ORIGIN_TIMESTAMPING, .ee_type = 1, .ee_code = 2, .ee_info = 2, .ee_data = 77 };
	static struct { struct sock_extended_err ee; struct sockaddr_in6 offender; } error6 = {
		.ee = { .ee_errno = 111, .ee_origin = SO_EE_ORIGIN_ICMP6, .ee_type = 1, .ee_code = 4 },
		.offender = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_scope_id = 5 },
	};
	static struct __kernel_timespec times[3] = { { 1700000000, 5 }, { 0, 0 }, { 3, 4 } };
	static struct __kernel_old_timeval old = { 1700000000, 999999 };
	static struct sctp_sndinfo send = { .snd_sid = 1, .snd_flags = 2, .snd_ppid = 3, .snd_context = 4, .snd_assoc_id = -5 };
	static struct sctp_rcvinfo receive = { .rcv_sid = 1, .rcv_ssn = 2, .rcv_flags = 3, .rcv_ppid = 4, .rcv_tsn = 5, .rcv_cumtsn = 6, .rcv_context = 7, .rcv_assoc_id = 8 };
	static struct sctp_nxtinfo next = { .nxt_sid = 1, .nxt_flags = 2, .nxt_ppid = 3, .nxt_length = 4, .nxt_assoc_id = 5 };
	static struct sctp_sndrcvinfo both = { .sinfo_stream = 1, .sinfo_ssn = 2, .sinfo_flags = 3, .sinfo_ppid = 4, .sinfo_context = 5, .sinfo_timetolive = 6, .sinfo_tsn = 7, .sinfo_cumtsn = 8, .sinfo_assoc_id = 9 };
	static struct sctp_initmsg init = { 1, 2, 3, 4 };
	static struct sctp_prinfo reliability = { .pr_policy = SCTP_PR_SCTP_TTL, .pr_value = 9 };
	static struct sctp_authinfo key = { 7 };
	struct in_addr in = { htonl(0x0a000001) };
	static struct in6_addr in6 = IN6ADDR_LOOPBACK_INIT;
	static struct { struct af_alg_iv head; unsigned char iv[16]; } iv = { .head = { .ivlen = 16 }, .iv = { 1, 2, 3 } };
	static struct rds_rdma_args args = { .cookie = 1, .remote_vec = { 2, 3 }, .local_vec_addr = 4, .nr_local = 5, .flags = RDS_RDMA_FENCE, .user_token = 6 };
	static struct rds_get_mr_args map = { .vec = { 1, 2 }, .cookie_addr = 3, .flags = 4 };
	static struct rds_rdma_notify notify = { .user_token = 5, .status = RDS_RDMA_DROPPED };
	static struct rds_atomic_args cswp = { .cookie = 1, .local_addr = 2, .remote_addr = 3, .m_cswp = { 4, 5, 6, 7 }, .flags = 8, .user_token = 9 };
	static struct rds_atomic_args fadd = { .cookie = 1, .local_addr = 2, .remote_addr = 3, .fadd = { 4 }, .flags = 8, .user_token = 9 };
	static struct rds_cmsg_rx_trace trace = { .rx_traces = 2, .rx_trace_pos = { 0, 2 }, .rx_trace = { 100, 200 } };
	static struct rds_zcopy_cookies cookies = { .num = 2, .cookies = { 7, 8 } };
	static struct tipc_service_range service = { 1, 2, 3 };
	static struct llc_pktinfo llc = { .lpi_ifindex = 2, .lpi_sap = 0x42, .lpi_mac = { 1, 2, 3, 4, 5, 6 } };
	static struct tpacket_auxdata aux = { .tp_status = TP_STATUS_USER | TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, .tp_len = 60, .tp_snaplen = 50, .tp_mac = 66, .tp_net = 80, .tp_vlan_tci = 7, .tp_vlan_tpid = 0x8100 };
	static struct ip6_mtuinfo mtu = { .ip6m_addr = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT }, .ip6m_mtu = 1280 };
	static struct scm_ts_pktinfo where = { .if_index = 3, .pkt_length = 98 };
	static struct nl_pktinfo group = { 5 };
	unsigned char alert = 21, byte = 0x80;
	uint32_t operation = ALG_OP_ENCRYPT, word[3] = { TIPC_ERR_NO_PORT, 100, 3 }, abort_code = 9;
	uint64_t name = 0x123456789abcdef0;
	unsigned long call = 4711;
	uint16_t segment = 1200;
	int number = -111;

	IT("recvErr6", SOL_IPV6, IPV6_RECVERR, error6);
	IT("packetTxTimestamp", SOL_PACKET, PACKET_TX_TIMESTAMP, error);
	IT("canRecvErr", SOL_CAN_RAW, SCM_CAN_RAW_ERRQUEUE, error);
	IT("timestampingNew", SOL_SOCKET, SO_TIMESTAMPING_NEW, times);
	IT("timestamp", SOL_SOCKET, SO_TIMESTAMP_OLD, old);
	IT("timestampingPacketInfo", SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, where);
	IT("tlsRecordType", 282, TLS_GET_RECORD_TYPE, alert);
	IT("tlsSetRecordType", 282, TLS_SET_RECORD_TYPE, alert);
	IT("algIv", 279, ALG_SET_IV, iv);
	IT("algOperation", 279, ALG_SET_OP, operation);
	IT("algAssociatedLength", 279, ALG_SET_AEAD_ASSOCLEN, operation);
	IT("sctpInit", IPPROTO_SCTP, SCTP_INIT, init);
	IT("sctpSendReceiveInfo", IPPROTO_SCTP, SCTP_SNDRCV, both);
	IT("sctpSendInfo", IPPROTO_SCTP, SCTP_SNDINFO, send);
	IT("sctpReceiveInfo", IPPROTO_SCTP, SCTP_RCVINFO, receive);
	IT("sctpNextInfo", IPPROTO_SCTP, SCTP_NXTINFO, next);
	IT("sctpPrInfo", IPPROTO_SCTP, SCTP_PRINFO, reliability);
	IT("sctpAuthInfo", IPPROTO_SCTP, SCTP_AUTHINFO, key);
	IT("sctpDestination4", IPPROTO_SCTP, SCTP_DSTADDRV4, in);
	IT("sctpDestination6", IPPROTO_SCTP, SCTP_DSTADDRV6, in6);
	IT("j1939Destination", SOL_CAN_J1939, SCM_J1939_DEST_ADDR, byte);
	IT("j1939DestinationName", SOL_CAN_J1939, SCM_J1939_DEST_NAME, name);
	IT("j1939RecvErr", SOL_CAN_J1939, SCM_J1939_ERRQUEUE, error);
	IT("rdsRdmaArguments", 276, RDS_CMSG_RDMA_ARGS, args);
	IT("rdsRdmaMap", 276, RDS_CMSG_RDMA_MAP, map);
	IT("rdsRdmaStatus", 276, RDS_CMSG_RDMA_STATUS, notify);
	IT("rdsMaskedAtomicCompareSwap", 276, RDS_CMSG_MASKED_ATOMIC_CSWP, cswp);
	IT("rdsAtomicFetchAdd", 276, RDS_CMSG_ATOMIC_FADD, fadd);
	IT("rdsPathLatency", 276, RDS_CMSG_RXPATH_LATENCY, trace);
	IT("rdsZerocopyCompletion", 276, RDS_CMSG_ZCOPY_COMPLETION, cookies);
	emit("tipcErrorInfo", 271, TIPC_ERRINFO, word, 8);
	IT("tipcDestinationName", 271, TIPC_DESTNAME, service);
	emit("tipcReturnedData", 271, TIPC_RETDATA, "abc", 3);
	IT("rxrpcUserCallId", 272, RXRPC_USER_CALL_ID, call);
	IT("rxrpcAbort", 272, RXRPC_ABORT, abort_code);
	emit("rxrpcAck", 272, RXRPC_ACK, "", 0);
	emit("rxrpcExclusiveCall", 272, RXRPC_EXCLUSIVE_CALL, "", 0);
	IT("rxrpcNetError", 272, RXRPC_NET_ERROR, number);
	emit("rxrpcSetCallTimeout", 272, RXRPC_SET_CALL_TIMEOUT, word, 8);
	IT("llcPacketInfo", 268, LLC_OPT_PKTINFO, llc);
	IT("packetAuxdata", SOL_PACKET, PACKET_AUXDATA, aux);
	IT("pathMtu", SOL_IPV6, IPV6_PATHMTU, mtu);
	IT("netlinkPacketInfo", SOL_NETLINK, NETLINK_PKTINFO, group);
	IT("segmentSize", IPPROTO_UDP, 103, segment);
	/* The numbers of these are in no header that programs can include. */
	IT("bluetoothPacketStatus", 274, 3, alert);
	IT("bluetoothRecvErr", 274, 4, error);
	IT("bluetoothSequenceNumber", 274, 5, segment);
	IT("hciTimestamp", 0, 2, old);
	IT("wpanLqi", 0, 3, byte);
	IT("misdnTimestamp", 0, 1, old);
	IT("iucvTargetClass", 277, 1, abort_code);
	return 0;
}
