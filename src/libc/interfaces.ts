/**
 * Network interfaces by name and number: control messages and options use numbers.
 * @module
 */
import { constants } from '../../generated/constants.ts'
import { scratch } from '../native/memory.ts'
import * as sys from '../native/syscalls.ts'
import { integer, succeeded, text } from '../arguments.ts'

const { IF_NAMESIZE } = constants

/**
 * if_nametoindex(3): returns the number of an interface.
 * @throws SystemError ENODEV: no interface has this name
 * @see https://man7.org/linux/man-pages/man3/if_nametoindex.3.html
 * @example
 * import { if_indextoname, if_nametoindex } from 'cmsg/libc'
 *
 * console.log(if_nametoindex('lo'), if_indextoname(1)) // 1 lo
 */
export function if_nametoindex(name: string): number {
  const given = text('if_nametoindex', 'name', name, 1, IF_NAMESIZE - 1)
  const { address, bytes } = scratch(IF_NAMESIZE)
  bytes.set(given)
  bytes[given.length] = 0
  return succeeded(sys.orErrno('if_nametoindex', address), 'if_nametoindex')
}

/**
 * if_indextoname(3): returns the name of an interface.
 * @throws SystemError ENXIO: no interface has this number
 * @see https://man7.org/linux/man-pages/man3/if_nametoindex.3.html
 */
export function if_indextoname(index: number): string {
  integer('if_indextoname', 'index', index, 0, 2 ** 32 - 1)
  const { address, bytes } = scratch(IF_NAMESIZE)
  succeeded(sys.orErrno('if_indextoname', index, address), 'if_indextoname')
  return bytes.toString('utf8', 0, bytes.indexOf(0))
}
