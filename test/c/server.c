/*
 * server PATH [--nonblocking] [--connected] [--count N]
 *
 * Receives N packets (1 unless told) on a Unix datagram socket, prints who sent each, answers each with ACK.
 * --connected: connects to the sender of the first packet, and from then on answers without an address.
 */
#include "common.h"

static void receive_packet(int fd, struct msghdr *message)
{
    ssize_t length;

    while ((length = recvmsg(fd, message, 0)) < 0)
        wait_to_receive(fd, "recvmsg");
    print_packet(message, (size_t)length);
}

static void send_ack(int fd, void *name, socklen_t name_length)
{
    struct iovec data = { .iov_base = "ACK", .iov_len = 3 };
    struct msghdr message = { .msg_name = name, .msg_namelen = name_length, .msg_iov = &data, .msg_iovlen = 1 };

    while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
        wait_to_send("sendmsg");
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv, 2, "usage: server PATH [--nonblocking] [--connected] [--count N]");
    int fd = open_bound(argv[1], &options);

    setvbuf(stdout, NULL, _IOLBF, 0);
    pass_credentials(fd);
    puts("ready");

    for (int i = 0; i < options.count; i++) {
        struct packet packet;
        struct sockaddr_un from;
        struct control control;
        struct iovec data = { .iov_base = &packet, .iov_len = sizeof packet };
        struct msghdr message = {
            .msg_name = &from,
            .msg_namelen = sizeof from,
            .msg_iov = &data,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof control.bytes,
        };

        receive_packet(fd, &message);
        if (message.msg_namelen <= sizeof from.sun_family)
            continue; /* nobody to answer */
        if (options.connected && i == 0 && connect(fd, message.msg_name, message.msg_namelen) < 0)
            die("connect");
        if (options.connected)
            send_ack(fd, NULL, 0);
        else
            send_ack(fd, message.msg_name, message.msg_namelen);
    }
    return 0;
}
