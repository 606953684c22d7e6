/**
 * Functions that a C library does not have: an old one, or another one. Only a call of such a function fails, as a system
 * call does that the kernel does not have.
 * @module
 */
import { errno } from '../../generated/errno.ts'
import type { Bindings } from './types.ts'

/** Without these there is no memory, or no errno: an engine cannot be. */
export const essential: readonly string[] = ['calloc', 'memcpy', '__errno_location'] satisfies (keyof Bindings)[]

/** The results that mean a failure, where that is not -1. */
const failures: Partial<Record<string, number>> = {
  if_nametoindex: 0, if_indextoname: 0, dlopen: 0, dlsym: 0, pthread_create: errno.ENOSYS, pthread_tryjoin_np: errno.ENOSYS,
} satisfies Partial<Record<keyof Bindings, number>>

/** What an engine has in the place of a function that is missing. `setErrno` sets what `errno()` will return. */
export function missing(name: string, setErrno: (value: number) => void): () => number {
  const result = failures[name] ?? -1
  return () => {
    setErrno(errno.ENOSYS)
    return result
  }
}
