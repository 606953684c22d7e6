/*
 * A kernel that fails when it is told to. Preloaded, with the wrappers that library.ts writes from the list of libc
 * functions the library calls: each asks failure() first and then calls the real function.
 *
 * The gate: the wrappers have a symbol version of their own. Node and the libraries it was linked with ask for
 * recvmsg@GLIBC_2.2.5 and so on, and get libc's. Only a lookup at run time, by dlsym() without a version, finds the
 * wrappers, and that is how an FFI engine finds its functions. So nothing fails but calls through such an engine.
 *
 * It is controlled through a file that is mapped here and that the program under test writes to: FAILING_KERNEL names it.
 */
#include "kernel.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The same layout as in control.ts. Everything is 4 bytes but the arguments. */
struct control {
  _Atomic uint32_t slot;  /* which calls fail: 1 + 2 * function + (1 on another thread than the main one); 0: none */
  _Atomic uint32_t first; /* from which call on, counted from 1 */
  _Atomic uint32_t times; /* how many of them; 0: all */
  _Atomic int32_t error;
  _Atomic uint32_t failed; /* how many have failed */
  _Atomic uint32_t unused;
  int64_t arguments[6]; /* of the first that failed */
  _Atomic uint32_t calls[2 * FUNCTIONS];
};

static struct control *control;
static pthread_t main_thread;

__attribute__((constructor)) static void map(void) {
  const char *path = getenv("FAILING_KERNEL");
  if (path == NULL) return;
  main_thread = pthread_self();
  int fd = open(path, O_RDWR | O_CLOEXEC);
  void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    fprintf(stderr, "failing kernel: cannot map %s: %s\n", path, strerror(errno));
    abort();
  }
  /* The descriptor stays open: its number must not become free between two listings. */
  control = at;
}

void *next(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (function == NULL) {
    fprintf(stderr, "failing kernel: no %s in the C library\n", name);
    abort();
  }
  return function;
}

int planned(void) { return control == NULL ? 0 : atomic_load(&control->error); }

int failure(int function, int can, long a, long b, long c, long d, long e, long f) {
  if (control == NULL) return 0;
  uint32_t slot = 2 * function + (pthread_equal(pthread_self(), main_thread) ? 0 : 1);
  uint32_t call = atomic_fetch_add(&control->calls[slot], 1) + 1;
  if (!can || atomic_load(&control->slot) != slot + 1) return 0;
  uint32_t first = atomic_load(&control->first);
  uint32_t times = atomic_load(&control->times);
  if (call < first || (times != 0 && call - first >= times)) return 0;
  if (atomic_fetch_add(&control->failed, 1) == 0) {
    int64_t given[6] = {a, b, c, d, e, f};
    memcpy(control->arguments, given, sizeof given);
  }
  return atomic_load(&control->error);
}

int is_eventfd(int fd) {
  static const char expected[] = "anon_inode:[eventfd]";
  char path[32], name[sizeof expected];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return readlink(path, name, sizeof name) == sizeof expected - 1 && memcmp(name, expected, sizeof expected - 1) == 0;
}
