/*
 * mmsg_client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]
 *
 * As client, with sendmmsg() and recvmmsg(): a batch goes out in one call, then the ACK of each of it is awaited.
 */
#include "common.h"

static void send_batch(int fd, struct sockaddr_un *server, int first, int count, const struct options *options)
{
    struct packet packets[BATCH];
    struct control controls[BATCH];
    struct iovec data[BATCH];
    struct mmsghdr messages[BATCH];

    for (int i = 0; i < count; i++) {
        packets[i] = packet_of(first + i);
        data[i] = (struct iovec){ .iov_base = &packets[i], .iov_len = sizeof packets[i] };
        messages[i] = (struct mmsghdr){ .msg_hdr = {
            .msg_name = options->connected ? NULL : server,
            .msg_namelen = options->connected ? 0 : sizeof *server,
            .msg_iov = &data[i],
            .msg_iovlen = 1,
        } };
        attach_credentials(&messages[i].msg_hdr, &controls[i], options);
    }
    for (int sent = 0; sent < count;) {
        int n = sendmmsg(fd, messages + sent, (unsigned)(count - sent), MSG_NOSIGNAL);

        if (n < 0)
            wait_to_send("sendmmsg");
        else
            sent += n;
    }
}

static void receive_acks(int fd, int first, int count)
{
    char bytes[BATCH][8];
    struct iovec data[BATCH];
    struct mmsghdr messages[BATCH];

    for (int done = 0; done < count;) {
        int received;

        for (int i = 0; i < count - done; i++) {
            data[i] = (struct iovec){ .iov_base = bytes[i], .iov_len = sizeof bytes[i] };
            messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &data[i], .msg_iovlen = 1 } };
        }
        while ((received = recvmmsg(fd, messages, (unsigned)(count - done), MSG_WAITFORONE, NULL)) < 0)
            wait_to_receive(fd, "recvmmsg");
        for (int i = 0; i < received; i++, done++) {
            if (messages[i].msg_len != 3 || memcmp(bytes[i], "ACK", 3) != 0)
                fail("an answer that is not ACK");
            printf("ack index=%d\n", first + done);
        }
    }
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv, 3,
        "usage: mmsg_client SERVERPATH CLIENTPATH [--nonblocking] [--connected] [--count N] [--credentials PID:UID:GID]");
    struct sockaddr_un server = address_of(argv[1]);
    int fd = open_bound(argv[2], &options);

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (options.connected && connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    for (int first = 0; first < options.count; first += BATCH) {
        int count = options.count - first < BATCH ? options.count - first : BATCH;

        send_batch(fd, &server, first, count, &options);
        receive_acks(fd, first, count);
    }
    return 0;
}
