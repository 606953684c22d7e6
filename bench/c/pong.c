/*
 * pong socket=PATH count= warmup= from=
 *
 * The server: receives a packet, checks it, answers its sender with ACK.
 */
#include "peer.h"

int main(int argc, char **argv)
{
    struct task task = parse_task(argc, argv);
    struct meter meter = new_meter(&task);
    int fd = open_receiver(&task);
    struct packet packet;
    struct sockaddr_un from;
    struct control control;
    struct iovec data = { .iov_base = &packet, .iov_len = sizeof packet };
    struct iovec ack = { .iov_base = "ACK", .iov_len = 3 };
    struct msghdr message = { .msg_name = &from, .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes };
    size_t room = control_room(&task);

    print_ready();
    while (meter.done < meter.total) {
        ssize_t length;

        message.msg_namelen = sizeof from;
        message.msg_controllen = room;
        length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (length < 0)
            die("recvmsg");
        check_message(&task, &message, (size_t)length, meter.done);

        struct msghdr answer = { .msg_name = &from, .msg_namelen = message.msg_namelen, .msg_iov = &ack, .msg_iovlen = 1 };

        if (sendmsg(fd, &answer, MSG_NOSIGNAL) < 0)
            die("sendmsg");
        meter_add(&meter, 1);
    }
    meter_print(&meter, "");
    return 0;
}
