/**
 * The engine of this thread: the one place that chooses it.
 * @module
 */
import { unsupported } from '../errors.ts'
import { openFfiRs } from './engine-ffi-rs.ts'
import type { Engine } from './types.ts'

export type { Block, Calls, Engine, Lasting } from './types.ts'

let current: Engine | undefined

/**
 * libc, loaded at first use.
 * @throws Error `ERR_CMSG_UNSUPPORTED` where it cannot be: not Linux, another CPU, an engine that does not work
 */
export const engine = (): Engine => (current ??= open())

function open(): Engine {
  const { platform, arch } = process
  if (platform !== 'linux') throw unsupported(`cmsg needs Linux, and this is ${platform}: only cmsg/codec works here`)
  if (arch !== 'x64' && arch !== 'arm64') {
    throw unsupported(`cmsg needs a 64-bit x86 or ARM CPU, and this is ${arch}: ffi-rs has no binary that the layouts here fit; cmsg/codec works`)
  }
  return openFfiRs()
}
