/*
 * What the C peers of the benchmark share: the packet, the command line, the check of every message, the meter.
 *
 * A program is told what to do by words `name=value`. It prints `ready`, does its work, and prints one line of JSON.
 * A sender waits for a line on its standard input before it begins.
 */
#ifndef PEER_H
#define PEER_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST_BATCH 64
#define MOST_RIGHTS 64
#define MOST_SIZE 65536

struct packet {
    int index;
    char msg[32];
};

/* Room for one SCM_CREDENTIALS and one SCM_RIGHTS, aligned as the headers in it must be. */
struct control {
    alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MOST_RIGHTS * sizeof(int))];
};

static inline void die(const char *what)
{
    perror(what);
    exit(1);
}

static inline void refuse(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static inline void fail(const char *why, long index)
{
    fprintf(stderr, "message %ld: %s\n", index, why);
    exit(1);
}

/* The command line */

struct task {
    const char *socket; /* the number of an inherited descriptor, or a pathname */
    const char *client; /* ping: the pathname to bind */
    long count;         /* messages that are measured */
    long warmup;        /* messages before them */
    long from;          /* the process that sends */
    int batch;          /* messages a system call */
    int size;           /* bytes a message */
    int rights;         /* descriptors a message */
    bool plain;         /* no credentials */
};

static inline struct task parse_task(int argc, char **argv)
{
    struct task task = { .batch = 1, .size = sizeof(struct packet) };

    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        size_t length = value == NULL ? 0 : (size_t)(value++ - argv[i]);

#define IS(name) (length == strlen(name) && strncmp(argv[i], name, length) == 0)
        if (IS("socket")) task.socket = value;
        else if (IS("client")) task.client = value;
        else if (IS("count")) task.count = atol(value);
        else if (IS("warmup")) task.warmup = atol(value);
        else if (IS("from")) task.from = atol(value);
        else if (IS("batch")) task.batch = atoi(value);
        else if (IS("size")) task.size = atoi(value);
        else if (IS("rights")) task.rights = atoi(value);
        else if (IS("plain")) task.plain = atoi(value) != 0;
        else refuse(argv[i]);
#undef IS
    }
    if (task.socket == NULL || task.count <= 0 || task.warmup < 1 || task.batch < 1 || task.batch > MOST_BATCH ||
        task.size < (int)sizeof(struct packet) || task.size > MOST_SIZE || task.rights > MOST_RIGHTS)
        refuse("these words make no task");
    return task;
}

/* Sockets */

static inline bool is_path(const char *socket)
{
    return strchr(socket, '/') != NULL;
}

static inline struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof address.sun_path)
        refuse("the path is too long");
    strcpy(address.sun_path, path);
    return address;
}

static inline int open_bound(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket");
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die("bind");
    return fd;
}

/* The socket to receive from: inherited, or bound here. */
static inline int open_receiver(const struct task *task)
{
    int fd = is_path(task->socket) ? open_bound(task->socket) : atoi(task->socket);
    int on = 1;

    if (!task->plain && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        die("setsockopt");
    return fd;
}

static inline void print_ready(void)
{
    puts("ready");
    fflush(stdout);
}

static inline void wait_for_go(void)
{
    char line[16];

    print_ready();
    if (fgets(line, sizeof line, stdin) == NULL)
        refuse("nobody said go");
}

/* What a receiver reserves: what it has asked for, and no more. */
static inline size_t control_room(const struct task *task)
{
    return (task->plain ? 0 : CMSG_SPACE(sizeof(struct ucred))) +
           (task->rights > 0 ? CMSG_SPACE((size_t)task->rights * sizeof(int)) : 0);
}

/* The check of a message */

/*
 * Checks one received message: whole, in sequence, from the process it should be from, with its descriptors, which are
 * closed. A large one has its index at the end too.
 */
static inline void check_message(const struct task *task, struct msghdr *message, size_t length, long index)
{
    const char *data = message->msg_iov->iov_base;
    int found;
    long pid = -1;
    int descriptors = 0;

    if (length != (size_t)task->size || (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        fail("of the wrong size, or cut off", index);
    memcpy(&found, data, sizeof found);
    if (found != (int)index)
        fail("out of sequence", index);
    if (length > sizeof(struct packet)) {
        memcpy(&found, data + length - sizeof found, sizeof found);
        if (found != (int)index)
            fail("out of sequence at its end", index);
    }
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred ucred;

            memcpy(&ucred, CMSG_DATA(header), sizeof ucred);
            pid = ucred.pid;
        } else if (header->cmsg_type == SCM_RIGHTS) {
            int fds[MOST_RIGHTS];

            descriptors = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(header), (size_t)descriptors * sizeof(int));
            for (int i = 0; i < descriptors; i++)
                close(fds[i]);
        }
    }
    if (!task->plain && pid != task->from)
        fail("from another process", index);
    if (descriptors != task->rights)
        fail("without its descriptors", index);
}

/* The meter */

static inline int64_t wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
           ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* Counts messages. The clocks start when the warm-up is over, at the end of a batch. */
struct meter {
    long total, warmup, done, before;
    int64_t wall, cpu;
};

static inline struct meter new_meter(const struct task *task)
{
    return (struct meter){ .total = task->warmup + task->count, .warmup = task->warmup };
}

static inline void meter_add(struct meter *meter, long messages)
{
    meter->done += messages;
    if (meter->before == 0 && meter->done >= meter->warmup) {
        meter->before = meter->done;
        meter->cpu = cpu_ns();
        meter->wall = wall_ns();
    }
}

/* Prints the result; `more` is further JSON, or empty. */
static inline void meter_print(const struct meter *meter, const char *more)
{
    int64_t wall = wall_ns() - meter->wall;
    int64_t cpu = cpu_ns() - meter->cpu;

    printf("{\"messages\":%ld,\"wall\":%lld,\"cpu\":%lld%s}\n", meter->done - meter->before, (long long)wall, (long long)cpu, more);
}

#endif
