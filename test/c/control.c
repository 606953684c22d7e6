/*
 * A control buffer of five messages, put together with the macros, printed in hexadecimal: what the page is compared with.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <linux/time_types.h>

static struct cmsghdr *put(struct msghdr *message, struct cmsghdr *header, int level, int type, const void *payload, size_t size)
{
	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), payload, size);
	return CMSG_NXTHDR(message, header);
}

int main(void)
{
	struct ucred credentials = { .pid = 4242, .uid = 1001, .gid = 1002 };
	int rights[] = { 5, 6, 7 };
	struct in_pktinfo info = { .ipi_ifindex = 2 };
	struct __kernel_old_timeval time = { 1700000000, 123456 };
	_Alignas(struct cmsghdr) unsigned char control[CMSG_SPACE(sizeof credentials) + CMSG_SPACE(sizeof rights) + CMSG_SPACE(sizeof info)
		+ CMSG_SPACE(sizeof time) + CMSG_SPACE(3)];
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof control };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	inet_pton(AF_INET, "192.0.2.7", &info.ipi_spec_dst);
	inet_pton(AF_INET, "192.0.2.8", &info.ipi_addr);
	memset(control, 0, sizeof control);
	header = put(&message, header, SOL_SOCKET, SCM_CREDENTIALS, &credentials, sizeof credentials);
	header = put(&message, header, SOL_SOCKET, SCM_RIGHTS, rights, sizeof rights);
	header = put(&message, header, SOL_IP, IP_PKTINFO, &info, sizeof info);
	header = put(&message, header, SOL_SOCKET, SO_TIMESTAMP_OLD, &time, sizeof time);
	put(&message, header, SOL_IPV6, 1234, "\xde\xad\xbe", 3);
	for (size_t i = 0; i < sizeof control; i++)
		printf("%02x", control[i]);
	putchar('\n');
	return 0;
}
