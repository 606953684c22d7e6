/*
 * Preloaded: Unix sockets with the manners of families that few kernels have. MANNERS says of which:
 *   rds   sendmsg and sendmmsg refuse MSG_NOSIGNAL
 *   j1939 recvmsg and recvmmsg refuse MSG_CMSG_CLOEXEC and MSG_TRUNC
 *   alg   accept4 breaks off a connection whose name is asked for
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int manners(const char *name)
{
	const char *value = getenv("MANNERS");
	return value && !strcmp(value, name);
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	int result = NEXT(getsockopt)(fd, level, option, value, length);
	if (result == 0 && level == SOL_SOCKET && option == SO_DOMAIN && *(int *)value == AF_UNIX)
		*(int *)value = manners("rds") ? AF_RDS : manners("j1939") ? AF_CAN : manners("alg") ? AF_ALG : AF_UNIX;
	return result;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (manners("rds") && flags & MSG_NOSIGNAL) return refuse(EOPNOTSUPP);
	return NEXT(sendmsg)(fd, msg, flags);
}

int sendmmsg(int fd, struct mmsghdr *msgs, unsigned count, int flags)
{
	if (manners("rds") && flags & MSG_NOSIGNAL) return refuse(EOPNOTSUPP);
	return NEXT(sendmmsg)(fd, msgs, count, flags);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (manners("j1939") && flags & (MSG_CMSG_CLOEXEC | MSG_TRUNC)) return refuse(EINVAL);
	return NEXT(recvmsg)(fd, msg, flags);
}

int recvmmsg(int fd, struct mmsghdr *msgs, unsigned count, int flags, struct timespec *timeout)
{
	if (manners("j1939") && flags & (MSG_CMSG_CLOEXEC | MSG_TRUNC)) return refuse(EINVAL);
	return NEXT(recvmmsg)(fd, msgs, count, flags, timeout);
}

int accept4(int fd, struct sockaddr *name, socklen_t *length, int flags)
{
	int result = NEXT(accept4)(fd, name, length, flags);
	if (result < 0 || !manners("alg") || !name) return result;
	close(result);
	return refuse(ECONNABORTED);
}
