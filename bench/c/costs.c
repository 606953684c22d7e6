/*
 * costs ROUNDS
 *
 * What costs.ts does, in C: batches of 64 messages of 36 bytes with credentials, sent and received within one process, one
 * at a time and with one call a batch. Prints a line of JSON: ns a message, the 5th percentile of all rounds.
 */
#include "peer.h"

#define BATCH 64

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double low(double *times, int rounds)
{
    qsort(times, (size_t)rounds, sizeof *times, by_value);
    return times[rounds / 20];
}

int main(int argc, char **argv)
{
    static char sent[BATCH][sizeof(struct packet)], received[BATCH][sizeof(struct packet)];
    static struct control controls[BATCH];
    static struct iovec out[BATCH], in[BATCH];
    static struct mmsghdr to_send[BATCH], to_receive[BATCH];
    int rounds = argc > 1 ? atoi(argv[1]) : 1000, pair[2], on = 1;
    double *times[4];

    if (rounds < 1 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0 || setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        die("costs");
    for (int i = 0; i < 4; i++)
        times[i] = calloc((size_t)rounds, sizeof **times);
    for (int i = 0; i < BATCH; i++) {
        out[i] = (struct iovec){ .iov_base = sent[i], .iov_len = sizeof sent[i] };
        in[i] = (struct iovec){ .iov_base = received[i], .iov_len = sizeof received[i] };
        to_send[i].msg_hdr = (struct msghdr){ .msg_iov = &out[i], .msg_iovlen = 1 };
        to_receive[i].msg_hdr = (struct msghdr){ .msg_iov = &in[i], .msg_iovlen = 1, .msg_control = controls[i].bytes };
    }
    for (int batch = 0; batch < 2; batch++)
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < BATCH; i++)
                to_receive[i].msg_hdr.msg_controllen = CMSG_SPACE(sizeof(struct ucred));

            int64_t start = wall_ns();
            int count = 0;

            if (batch)
                count = sendmmsg(pair[0], to_send, BATCH, MSG_NOSIGNAL);
            else
                while (count < BATCH && sendmsg(pair[0], &to_send[count].msg_hdr, MSG_NOSIGNAL) > 0)
                    count++;
            times[batch][round] = (double)(wall_ns() - start) / BATCH;
            if (count != BATCH)
                die("send");

            start = wall_ns();
            count = 0;
            if (batch)
                count = recvmmsg(pair[1], to_receive, BATCH, MSG_WAITFORONE | MSG_CMSG_CLOEXEC, NULL);
            else
                while (count < BATCH && recvmsg(pair[1], &to_receive[count].msg_hdr, MSG_CMSG_CLOEXEC) > 0)
                    count++;
            times[2 + batch][round] = (double)(wall_ns() - start) / BATCH;
            if (count != BATCH)
                die("receive");
        }
    printf("{\"C sendmsg\":%.0f,\"C sendmmsg(64)\":%.0f,\"C recvmsg\":%.0f,\"C recvmmsg(64)\":%.0f}\n", low(times[0], rounds),
           low(times[1], rounds), low(times[2], rounds), low(times[3], rounds));
    return 0;
}
