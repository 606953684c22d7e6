/*
 * Prints what the CMSG_* macros of this host say, one result a line, for a reimplementation to be compared with:
 *
 *   CMSG_ALIGN n result, CMSG_LEN n result, CMSG_SPACE n result
 *   CMSG_FIRSTHDR controllen offset
 *   CMSG_NXTHDR controllen cmsg_len offset      of the header that follows the one at offset 0
 *
 * An offset is counted from the start of the control buffer and is -1 for NULL. Lines that begin with # are no results.
 */
#define _GNU_SOURCE
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

static alignas(struct cmsghdr) char buffer[256];

static long offset_of(const struct cmsghdr *header)
{
    return header == NULL ? -1 : (long)((const char *)header - buffer);
}

static void print_next(size_t controllen, size_t cmsg_len)
{
    struct cmsghdr *first = (struct cmsghdr *)buffer;
    struct msghdr message = { .msg_control = buffer, .msg_controllen = controllen };

    first->cmsg_len = cmsg_len;
    /* cmsg_len is printed as it is stored: musl declares 32 bits of it. */
    printf("CMSG_NXTHDR %zu %zu %ld\n", controllen, (size_t)first->cmsg_len, offset_of(CMSG_NXTHDR(&message, first)));
}

int main(void)
{
    const size_t header = sizeof(struct cmsghdr);
    struct utsname host;

    uname(&host);
    puts("# cc -O2 test/c/cmsg_oracle.c -o cmsg_oracle && ./cmsg_oracle > test/c/cmsg_oracle.txt");
#ifdef __GLIBC__
    printf("# %s glibc %s\n", host.machine, gnu_get_libc_version());
#else
    printf("# %s other\n", host.machine);
#endif

    for (size_t n = 0; n <= 300; n++)
        printf("CMSG_ALIGN %zu %zu\n", n, (size_t)CMSG_ALIGN(n));
    for (size_t n = 0; n <= 300; n++)
        printf("CMSG_LEN %zu %zu\n", n, (size_t)CMSG_LEN(n));
    for (size_t n = 0; n <= 300; n++)
        printf("CMSG_SPACE %zu %zu\n", n, (size_t)CMSG_SPACE(n));

    for (size_t controllen = 0; controllen <= 40; controllen++) {
        struct msghdr message = { .msg_control = buffer, .msg_controllen = controllen };

        printf("CMSG_FIRSTHDR %zu %ld\n", controllen, offset_of(CMSG_FIRSTHDR(&message)));
    }

    /*
     * A message of 0..63 bytes and a second, empty one, in a buffer that is cut short by 0..63 bytes. The second is empty
     * because a glibc before 2.37 also asks whether it is whole, and the answer should not depend on that.
     */
    for (size_t payload = 0; payload < 64; payload++) {
        for (size_t cut = 0; cut < 64; cut++) {
            size_t whole = CMSG_SPACE(payload) + CMSG_SPACE(8);
            struct cmsghdr *second = (struct cmsghdr *)(buffer + CMSG_SPACE(payload));

            if (cut > whole)
                continue;
            memset(buffer, 0, sizeof buffer);
            second->cmsg_len = CMSG_LEN(0);
            print_next(whole - cut, CMSG_LEN(payload));
        }
    }

    /* Lengths that no honest peer writes, in a buffer that has room for more headers. */
    const size_t hostile[] = {
        0, 1, header - 1, header, INT32_MAX, UINT32_MAX, (size_t)UINT32_MAX + 1 + header, SIZE_MAX / 2, SIZE_MAX - header,
        SIZE_MAX - 7, SIZE_MAX,
    };

    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        memset(buffer, 0, sizeof buffer);
        print_next(64, hostile[i]);
    }
    return 0;
}
