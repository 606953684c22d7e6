/*
 * ping socket=PATH client=PATH count= warmup=
 *
 * The client: sends a packet, waits for the ACK, and so on. Prints the median and the 99th percentile of the round trips.
 */
#include "peer.h"

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct task task = parse_task(argc, argv);
    struct meter meter = new_meter(&task);
    int fd = open_bound(task.client);
    int64_t *times = calloc((size_t)task.count, sizeof *times);
    struct packet packet = { .msg = "a message of the benchmark" };
    char ack[8];
    struct iovec data = { .iov_base = &packet, .iov_len = sizeof packet };
    struct iovec room = { .iov_base = ack, .iov_len = sizeof ack };
    char more[80];

    wait_for_go();

    struct sockaddr_un server = address_of(task.socket);

    while (meter.done < meter.total) {
        struct msghdr message = { .msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &data, .msg_iovlen = 1 };
        struct msghdr answer = { .msg_iov = &room, .msg_iovlen = 1 };
        int64_t start = wall_ns();

        packet.index = (int)meter.done;
        if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
            die("sendmsg");
        if (recvmsg(fd, &answer, 0) != 3 || memcmp(ack, "ACK", 3) != 0)
            fail("an answer that is not ACK", meter.done);
        if (meter.done >= task.warmup)
            times[meter.done - task.warmup] = wall_ns() - start;
        meter_add(&meter, 1);
    }
    qsort(times, (size_t)task.count, sizeof *times, by_value);
    snprintf(more, sizeof more, ",\"p50\":%lld,\"p99\":%lld", (long long)times[task.count / 2], (long long)times[task.count * 99 / 100]);
    meter_print(&meter, more);
    unlink(task.client);
    return 0;
}
