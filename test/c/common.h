/*
 * What the four programs beside this file share: the packet, the command line, addresses, waiting, failing.
 *
 * Everything is `static inline`, so that each program is one compiler call and none warns about a helper it does not use.
 */
#ifndef COMMON_H
#define COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One batch of recvmmsg() or sendmmsg(). A bound datagram socket queues 11 messages, whatever its buffers: fewer than that. */
#define BATCH 8

struct packet {
    int index;
    char msg[32];
};

/* Room for one SCM_CREDENTIALS, aligned as the header in it must be. */
struct control {
    alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

struct options {
    bool nonblocking;
    bool connected;
    int count;
    bool credentials; /* send `ucred` instead of what the kernel would fill in */
    struct ucred ucred;
};

static inline void die(const char *what)
{
    perror(what);
    exit(1);
}

static inline void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

/* Reads the options that follow `first` positional arguments. */
static inline struct options parse_options(int argc, char **argv, int first, const char *usage)
{
    struct options options = { .count = 1 };

    if (argc < first)
        fail(usage);
    for (int i = first; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";

        if (strcmp(argv[i], "--nonblocking") == 0) {
            options.nonblocking = true;
        } else if (strcmp(argv[i], "--connected") == 0) {
            options.connected = true;
        } else if (strcmp(argv[i], "--count") == 0 && (options.count = atoi(value)) > 0) {
            i++;
        } else if (strcmp(argv[i], "--credentials") == 0 &&
                   sscanf(value, "%d:%u:%u", &options.ucred.pid, &options.ucred.uid, &options.ucred.gid) == 3) {
            options.credentials = true;
            i++;
        } else {
            fail(usage);
        }
    }
    return options;
}

static inline struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path)
        fail("path too long for a socket");
    strcpy(address.sun_path, path);
    return address;
}

static const char *bound_path;

static inline void unlink_bound_path(void)
{
    unlink(bound_path);
}

/* A datagram socket bound to `path`, which is removed before and at exit. */
static inline int open_bound(const char *path, const struct options *options)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    if (options->nonblocking && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        die("fcntl");
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    bound_path = path;
    atexit(unlink_bound_path);
    return fd;
}

/* Prints a sender's address as one word: a pathname, @name for an abstract one, or (unnamed). */
static inline void print_address(const struct sockaddr_un *address, socklen_t length)
{
    size_t size = length > offsetof(struct sockaddr_un, sun_path) ? length - offsetof(struct sockaddr_un, sun_path) : 0;

    if (size == 0) {
        printf("(unnamed)");
    } else if (address->sun_path[0] != '\0') {
        printf("%.*s", (int)strnlen(address->sun_path, size), address->sun_path);
    } else {
        putchar('@');
        for (size_t i = 1; i < size; i++) {
            unsigned char byte = (unsigned char)address->sun_path[i];

            if (byte > ' ' && byte < 0x7f)
                putchar(byte);
            else
                printf("\\x%02x", byte);
        }
    }
}

/* After a call on a non-blocking socket failed: waits if it would have blocked, ends the program otherwise. */
static inline void wait_to_receive(int fd, const char *what)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };

    if (errno != EAGAIN && errno != EINTR)
        die(what);
    if (poll(&readable, 1, -1) < 0 && errno != EINTR)
        die("poll");
}

static inline void wait_to_send(const char *what)
{
    if (errno != EAGAIN && errno != EINTR)
        die(what);
    /* POLLOUT of an unconnected datagram socket knows nothing of the receiver's queue: all one can do is to try again. */
    if (poll(NULL, 0, 1) < 0 && errno != EINTR)
        die("poll");
}

/* The credentials that came with a message: the kernel adds them to each once SO_PASSCRED is on. */
static inline struct ucred credentials_of(struct msghdr *message)
{
    struct ucred ucred;

    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS &&
            header->cmsg_len == CMSG_LEN(sizeof ucred)) {
            memcpy(&ucred, CMSG_DATA(header), sizeof ucred);
            return ucred;
        }
    }
    fail("a message without credentials");
    abort();
}

/* Prints the line of one received packet, and refuses what is not whole. */
static inline void print_packet(struct msghdr *message, size_t length)
{
    const struct packet *packet = message->msg_iov->iov_base;
    struct ucred sender = credentials_of(message);

    if (length != sizeof *packet || (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        fail("a packet of the wrong size");
    printf("index=%d msg=%.*s pid=%d uid=%u gid=%u from=", packet->index,
           (int)strnlen(packet->msg, sizeof packet->msg), packet->msg, sender.pid, sender.uid, sender.gid);
    print_address(message->msg_name, message->msg_namelen);
    putchar('\n');
}

static inline void pass_credentials(int fd)
{
    int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        die("setsockopt");
}

static inline struct packet packet_of(int index)
{
    struct packet packet = { .index = index };

    snprintf(packet.msg, sizeof packet.msg, "packet %d", index);
    return packet;
}

/* Makes `message` carry the credentials given on the command line, if any were. */
static inline void attach_credentials(struct msghdr *message, struct control *control, const struct options *options)
{
    if (!options->credentials)
        return;
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof control->bytes;

    struct cmsghdr *header = CMSG_FIRSTHDR(message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof options->ucred);
    memcpy(CMSG_DATA(header), &options->ucred, sizeof options->ucred);
}

#endif
