#include <stdint.h>

/* The real function. */
void *next(const char *name);

/* The errno that is planned: not every call can fail with it. */
int planned(void);

/* The errno that this call of a function is to fail with, or 0. `can`: whether it can fail with the one that is planned. */
int failure(int function, int can, long a, long b, long c, long d, long e, long f);

/* Whether a descriptor is an eventfd. */
int is_eventfd(int fd);
