#include <stdint.h>

/* The real function. */
void *next(const char *name);

/* The errno that this call of a function is to fail with, or 0. */
int failure(int function, long a, long b, long c, long d, long e, long f);
