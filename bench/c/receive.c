/*
 * receive socket= count= warmup= from= [batch= size= rights= plain=]
 *
 * Receives messages and checks each: with recvmsg one at a time, or with recvmmsg up to `batch` in a call.
 */
#include "peer.h"

static struct control controls[MOST_BATCH];
static struct iovec data[MOST_BATCH];
static struct mmsghdr messages[MOST_BATCH];

static void receive_one_at_a_time(int fd, const struct task *task, struct meter *meter)
{
    struct msghdr *message = &messages[0].msg_hdr;
    size_t room = control_room(task);

    while (meter->done < meter->total) {
        ssize_t length;

        message->msg_controllen = room;
        length = recvmsg(fd, message, MSG_CMSG_CLOEXEC);
        if (length < 0)
            die("recvmsg");
        check_message(task, message, (size_t)length, meter->done);
        meter_add(meter, 1);
    }
}

static void receive_batches(int fd, const struct task *task, struct meter *meter)
{
    int used = task->batch;
    size_t room = control_room(task);

    while (meter->done < meter->total) {
        /* The kernel has overwritten the lengths of those that it filled. */
        for (int i = 0; i < used; i++)
            messages[i].msg_hdr.msg_controllen = room;
        used = recvmmsg(fd, messages, (unsigned)task->batch, MSG_WAITFORONE | MSG_CMSG_CLOEXEC, NULL);
        if (used < 0)
            die("recvmmsg");
        for (int i = 0; i < used; i++)
            check_message(task, &messages[i].msg_hdr, messages[i].msg_len, meter->done + i);
        meter_add(meter, used);
    }
}

int main(int argc, char **argv)
{
    struct task task = parse_task(argc, argv);
    struct meter meter = new_meter(&task);
    int fd = open_receiver(&task);
    char *memory = malloc((size_t)task.batch * task.size);

    for (int i = 0; i < task.batch; i++) {
        data[i] = (struct iovec){ .iov_base = memory + (size_t)i * task.size, .iov_len = (size_t)task.size };
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &data[i], .msg_iovlen = 1, .msg_control = controls[i].bytes };
    }
    print_ready();
    if (task.batch == 1)
        receive_one_at_a_time(fd, &task, &meter);
    else
        receive_batches(fd, &task, &meter);
    meter_print(&meter, "");
    return 0;
}
