/**
 * Limits that protect the process. They hold for a thread, over all its sockets and over all copies of this package.
 * @module
 */
import { readFileSync } from 'node:fs'

/** Counted now. Every copy of the package counts in the same object. */
interface Counts {
  /** Descriptors in messages that were read ahead and not received yet. */
  descriptorsAhead: number
  /** Descriptors that came with the bytes of a stream, and that nobody has taken yet. */
  descriptorsKept: number
  /** Helper sockets that wait for room at a destination. */
  helpers: number
  /** Bytes of data that wait to be sent. */
  bytesWaiting: number
}

const key = Symbol.for('cmsg.limits.2')
// On `process`, which every realm of a thread shares; `globalThis` is a realm's own. Not imported: that would open stdin.
const holder = process as unknown as Record<symbol, Counts | undefined>

/** The counts of this thread. */
export const counts: Counts = (holder[key] ??= { descriptorsAhead: 0, descriptorsKept: 0, helpers: 0, bytesWaiting: 0 })

let openLimit: number | undefined
/** RLIMIT_NOFILE of this process. */
function maxOpen(): number {
  try {
    return (openLimit ??= Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity))
  } catch {
    return 1024
  }
}

/** Maximum number of descriptors in messages that were read ahead: an eighth of RLIMIT_NOFILE, and 1,024. */
export const maxDescriptorsAhead = (): number => Math.min(1024, Math.floor(maxOpen() / 8))
/** Maximum number of helper sockets. Beyond it a destination is retried by a timer. */
export const maxHelpers = 256
/** Maximum number of bytes that wait to be sent. */
export const maxBytesWaiting = 256 << 20
