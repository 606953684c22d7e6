/*
 * mmsg_server PATH [--nonblocking] [--connected] [--count N]
 *
 * As server, with recvmmsg() and sendmmsg(): takes what is queued in one call and answers all of it in one call.
 */
#include "common.h"

static struct packet packets[BATCH];
static struct sockaddr_un senders[BATCH];
static struct control controls[BATCH];
static struct iovec data[BATCH];
static struct mmsghdr messages[BATCH];

/* Each call starts afresh: the kernel writes the lengths and the flags of every element that it fills. */
static int receive_batch(int fd, int wanted)
{
    int received;

    for (int i = 0; i < wanted; i++) {
        data[i] = (struct iovec){ .iov_base = &packets[i], .iov_len = sizeof packets[i] };
        messages[i] = (struct mmsghdr){ .msg_hdr = {
            .msg_name = &senders[i],
            .msg_namelen = sizeof senders[i],
            .msg_iov = &data[i],
            .msg_iovlen = 1,
            .msg_control = controls[i].bytes,
            .msg_controllen = sizeof controls[i].bytes,
        } };
    }
    /* MSG_WAITFORONE: block for the first message, take the others only if they are there. */
    while ((received = recvmmsg(fd, messages, (unsigned)wanted, MSG_WAITFORONE, NULL)) < 0)
        wait_to_receive(fd, "recvmmsg");
    for (int i = 0; i < received; i++)
        print_packet(&messages[i].msg_hdr, messages[i].msg_len);
    return received;
}

/* Answers those of the batch that have a name. */
static void send_acks(int fd, int received, bool connected)
{
    struct iovec ack = { .iov_base = "ACK", .iov_len = 3 };
    struct mmsghdr acks[BATCH];
    int count = 0;

    for (int i = 0; i < received; i++) {
        struct msghdr *from = &messages[i].msg_hdr;

        if (from->msg_namelen <= sizeof senders[i].sun_family)
            continue;
        acks[count++] = (struct mmsghdr){ .msg_hdr = {
            .msg_name = connected ? NULL : from->msg_name,
            .msg_namelen = connected ? 0 : from->msg_namelen,
            .msg_iov = &ack,
            .msg_iovlen = 1,
        } };
    }
    for (int sent = 0; sent < count;) {
        int n = sendmmsg(fd, acks + sent, (unsigned)(count - sent), MSG_NOSIGNAL);

        if (n < 0)
            wait_to_send("sendmmsg");
        else
            sent += n;
    }
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv, 2, "usage: mmsg_server PATH [--nonblocking] [--connected] [--count N]");
    int fd = open_bound(argv[1], &options);

    setvbuf(stdout, NULL, _IOLBF, 0);
    pass_credentials(fd);
    puts("ready");

    for (int done = 0; done < options.count;) {
        int left = options.count - done;
        int received = receive_batch(fd, left < BATCH ? left : BATCH);

        if (options.connected && done == 0 &&
            connect(fd, messages[0].msg_hdr.msg_name, messages[0].msg_hdr.msg_namelen) < 0)
            die("connect");
        send_acks(fd, received, options.connected);
        done += received;
    }
    return 0;
}
