/**
 * Functions that an old or different C library does not provide. Only calling such a function fails, like a system call that the
 * kernel does not provide.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import type { Bindings } from './types.ts'

/** Functions that an engine cannot do without: they provide memory and errno. */
export const essential: readonly string[] = ['calloc', 'memcpy', '__errno_location'] satisfies (keyof Bindings)[]

/** The results that mean failure, if not -1. */
const failures: Partial<Record<string, number>> = {
  if_nametoindex: 0, if_indextoname: 0, dlopen: 0, dlsym: 0, pthread_create: errno.ENOSYS, pthread_tryjoin_np: errno.ENOSYS,
} satisfies Partial<Record<keyof Bindings, number>>

/** Replaces a missing function: fails with ENOSYS. `setErrno` sets what `errno()` will return. */
export function missing(name: string, setErrno: (value: number) => void): () => number {
  const result = failures[name] ?? -1
  return () => {
    setErrno(errno.ENOSYS)
    return result
  }
}
