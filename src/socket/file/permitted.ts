/**
 * Calls node:fs for socket files in a process whose runtime restricts it.
 * @module
 */
import { unsupported } from '../../errors.ts'

/**
 * Calls a function of node:fs on a file.
 * @throws Error `ERR_CMSG_UNSUPPORTED` if the runtime's permissions do not allow it: the runtime's own error has no errno
 */
export function permitted<T>(path: Buffer | string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (code !== 'ERR_ACCESS_DENIED' && name !== 'NotCapable') throw error
    const flags = 'Deno' in globalThis ? '--allow-read and --allow-write' : '--allow-fs-read and --allow-fs-write'
    throw unsupported(`Cannot access ${String(path)}: this process needs ${flags} of its directory`, error)
  }
}
