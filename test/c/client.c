/*
 * client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]
 *
 * Sends N packets (1 unless told) to a server and waits for the ACK of each before the next.
 * --connected: connects to the server and sends without an address.
 * --credentials: states them in a control message; without it the kernel tells the server who sends.
 */
#include "common.h"

static void send_packet(int fd, struct sockaddr_un *server, int index, const struct options *options)
{
    struct packet packet = packet_of(index);
    struct control control;
    struct iovec data = { .iov_base = &packet, .iov_len = sizeof packet };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

    if (!options->connected) {
        message.msg_name = server;
        message.msg_namelen = sizeof *server;
    }
    attach_credentials(&message, &control, options);
    while (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
        wait_to_send("sendmsg");
}

static void receive_ack(int fd)
{
    char bytes[8];
    struct iovec data = { .iov_base = bytes, .iov_len = sizeof bytes };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
    ssize_t length;

    while ((length = recvmsg(fd, &message, 0)) < 0)
        wait_to_receive(fd, "recvmsg");
    if (length != 3 || memcmp(bytes, "ACK", 3) != 0)
        fail("an answer that is not ACK");
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv, 3,
        "usage: client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]");
    struct sockaddr_un server = address_of(argv[1]);
    int fd = open_bound(argv[2], &options);

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (options.connected && connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    for (int index = 0; index < options.count; index++) {
        send_packet(fd, &server, index, &options);
        receive_ack(fd);
        printf("ack index=%d\n", index);
    }
    return 0;
}
