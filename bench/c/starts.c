/*
 * starts COMMAND... count= warmup=
 *
 * Starts a program again and again, one process at a time, and measures each from its start to its end. The program is
 * given all of the words. CPU time is that of the processes.
 */
#include "peer.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static long number_in(char **argv, const char *name)
{
    size_t length = strlen(name);

    for (; *argv != NULL; argv++)
        if (strncmp(*argv, name, length) == 0)
            return atol(*argv + length);
    return 0;
}

static int64_t children_cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
           ((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

int main(int argc, char **argv)
{
    long count = number_in(argv, "count="), warmup = number_in(argv, "warmup=");
    int64_t wall = 0, cpu = 0;
    posix_spawn_file_actions_t actions;

    if (argc < 2 || count < 1 || warmup < 1)
        refuse("these words make no task");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    print_ready();
    for (long i = 0; i < warmup + count; i++) {
        pid_t child;
        int status;

        if (i == warmup) {
            cpu = children_cpu_ns();
            wall = wall_ns();
        }
        errno = posix_spawn(&child, argv[1], &actions, NULL, argv + 1, environ);
        if (errno != 0)
            die("posix_spawn");
        if (waitpid(child, &status, 0) < 0)
            die("waitpid");
        if (status != 0)
            fail("the program did not end with 0", i);
    }
    wall = wall_ns() - wall;
    cpu = children_cpu_ns() - cpu;
    printf("{\"messages\":%ld,\"wall\":%lld,\"cpu\":%lld}\n", count, (long long)wall, (long long)cpu);
    return 0;
}
