/*
 * send socket= count= warmup= [batch= size= rights=]
 *
 * Sends messages: with sendmsg one at a time, or with sendmmsg up to `batch` in a call. With `rights`, that many
 * descriptors go along with each. Credentials are the kernel's to add.
 */
#include "peer.h"

static struct control control;
static struct iovec data[MOST_BATCH];
static struct mmsghdr messages[MOST_BATCH];

static int open_sender(const struct task *task)
{
    if (!is_path(task->socket))
        return atoi(task->socket);

    struct sockaddr_un server = address_of(task->socket);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        die("connect");
    return fd;
}

/* One control buffer serves all messages: it is only read. */
static size_t attach_rights(int count)
{
    struct msghdr message = { .msg_control = control.bytes, .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fds[MOST_RIGHTS];

    for (int i = 0; i < count; i++)
        if ((fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
            die("open");
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
    return message.msg_controllen;
}

static void lay_out(const struct task *task, int i, long index)
{
    char *bytes = data[i].iov_base;
    int number = (int)index;

    memcpy(bytes, &number, sizeof number);
    if (task->size > (int)sizeof(struct packet))
        memcpy(bytes + task->size - sizeof number, &number, sizeof number);
}

/* How many of the first `count` messages went. */
static int send_some(int fd, int count)
{
    for (;;) {
        int sent = count > 1 ? sendmmsg(fd, messages, (unsigned)count, MSG_NOSIGNAL)
                             : sendmsg(fd, &messages[0].msg_hdr, MSG_NOSIGNAL) < 0 ? -1 : 1;

        if (sent > 0)
            return sent;
        /* As many descriptors are under way as may be: let the receiver work. */
        if (errno != ETOOMANYREFS)
            die("send");
        sched_yield();
    }
}

int main(int argc, char **argv)
{
    struct task task = parse_task(argc, argv);
    struct meter meter = new_meter(&task);
    size_t control_length = task.rights > 0 ? attach_rights(task.rights) : 0;
    char *memory = calloc((size_t)task.batch, (size_t)task.size);

    for (int i = 0; i < task.batch; i++) {
        data[i] = (struct iovec){ .iov_base = memory + (size_t)i * task.size, .iov_len = (size_t)task.size };
        strcpy((char *)data[i].iov_base + sizeof(int), "a message of the benchmark");
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &data[i], .msg_iovlen = 1 };
        if (control_length > 0) {
            messages[i].msg_hdr.msg_control = control.bytes;
            messages[i].msg_hdr.msg_controllen = control_length;
        }
    }
    wait_for_go();

    int fd = open_sender(&task);

    while (meter.done < meter.total) {
        long left = meter.total - meter.done;
        int count = left < task.batch ? (int)left : task.batch;

        for (int i = 0; i < count; i++)
            lay_out(&task, i, meter.done + i);
        meter_add(&meter, send_some(fd, count));
    }
    meter_print(&meter, "");
    return 0;
}
