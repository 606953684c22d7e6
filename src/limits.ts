/**
 * Limits that protect the process. They apply to a thread: to all its sockets, and all copies of this package together.
 * @module
 */
import { readFileSync } from 'node:fs'

/** The current counts. All copies of the package share one object. */
interface Counts {
  /** The number of descriptors in messages that were read ahead and not received yet. */
  descriptorsAhead: number
  /** The number of descriptors that were received on a stream and not taken yet. */
  descriptorsKept: number
  /** The number of helper sockets that wait for room at a destination. */
  helpers: number
  /** The number of data bytes waiting to be sent. */
  bytesWaiting: number
}

/** Returns the object that all copies of this package on this thread share under a name. The first copy creates it. */
export function sharedByCopies<T extends object>(name: string, create: () => T): T {
  // On `process`, which all realms of a thread share, unlike `globalThis`. It is not imported, which would open stdin.
  return ((process as unknown as Record<symbol, T | undefined>)[Symbol.for(name)] ??= create())
}

/** The counts of this thread. */
export const counts: Counts =
  sharedByCopies('cmsg.limits.2', () => ({ descriptorsAhead: 0, descriptorsKept: 0, helpers: 0, bytesWaiting: 0 }))

let openLimit: number | undefined
/** RLIMIT_NOFILE of this process. */
function maxOpen(): number {
  try {
    return (openLimit ??= Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity))
  } catch {
    return 1024
  }
}

/** Maximum number of descriptors in messages that were read ahead: an eighth of RLIMIT_NOFILE, at most 1,024. */
export const maxDescriptorsAhead = (): number => Math.min(1024, Math.floor(maxOpen() / 8))
/** Maximum number of helper sockets. Beyond it a destination is retried by a timer. */
export const maxHelpers = 256
/** Maximum number of bytes waiting to be sent. */
export const maxBytesWaiting = 256 << 20
