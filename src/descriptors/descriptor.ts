/**
 * Finds the file descriptor of an object.
 * @module
 */
import type { Socket as DatagramSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { invalidType, outOfRange, show, unsupported } from '../errors.ts'

/**
 * A file descriptor: its number, or an object that has one: an OwnedFd, a MessageSocket, a `FileHandle` or any other object with an
 * `fd`; a `net.Socket`, `net.Server` or `dgram.Socket`.
 */
export type Descriptor = number | { readonly fd: number } | Socket | Server | DatagramSocket

/**
 * Returns the number.
 * @throws TypeError if there is none, RangeError if the object is closed or not yet open, Error `ERR_CMSG_UNSUPPORTED` if the runtime
 *   keeps the descriptor to itself
 */
export function fdOf(value: Descriptor): number {
  if (typeof value === 'number') return value
  if (typeof value === 'object' && value !== null) {
    const own = (value as { fd?: unknown }).fd
    const handle = own === undefined ? handleOf(value) : undefined
    const fd: unknown = own === undefined ? handle?.fd : own
    if (typeof fd === 'number' && fd >= 0) return fd
    if ('spawnfile' in value) {
      throw invalidType(`Cannot use ${show(value)} as a file descriptor: a child process has none. Pass one of its streams `
        + '(child.stdin, child.stdout), or hand a descriptor to the child with the option stdio when you start it')
    }
    if (typeof handle === 'object' && handle !== null && fd === undefined) {
      throw outOfRange(`Cannot use ${show(value)} as a file descriptor: its descriptor is not accessible in this process. `
        + 'In a worker of node:cluster the primary process has it: listen with { exclusive: true } to open one in the worker')
    }
    if (fd === undefined && isOpenSocket(value)) {
      throw unsupported(`Cannot use ${show(value)} as a file descriptor: it is open, but this runtime does not expose its descriptor, `
        + 'as Bun does not for the sockets of node:http. Node and Deno do')
    }
    // The fd of a closed FileHandle is -1, that of a file stream null; a closed socket has no handle.
    if (typeof fd === 'number' || fd === null || '_handle' in value || stateOf(value) !== undefined) {
      throw outOfRange(`Cannot use ${show(value)} as a file descriptor: it is closed or not yet open`)
    }
  }
  throw invalidType(`Cannot use ${show(value)} as a file descriptor: `
    + 'expected a number, or an object with a descriptor: a socket, server or file')
}

/** The method that tells a socket of any copy of this package that its descriptor is being shared. */
export const share: unique symbol = Symbol.for('cmsg.share') as never

/** Returns the number of a descriptor that is about to be passed on, after calling the object's {@link share} method. */
export function fdToShare(value: Descriptor): number {
  const fd = fdOf(value)
  if (typeof value === 'object') {
    const method = (value as { [share]?: unknown })[share]
    if (typeof method === 'function') method.call(value)
  }
  return fd
}

/** True for a socket that is connected, and for a server that listens. Node calls a socket without a handle pending. */
function isOpenSocket(value: object): boolean {
  const { pending, listening } = value as { pending?: unknown; listening?: unknown }
  return pending === false || listening === true
}

/** Node's internal handle of a socket or server. */
interface NodeHandle { readonly fd?: number }

// Node does not expose the descriptor of a socket, but its handle has it: at _handle for net; under a symbol for dgram, where
// _handle would warn.
function handleOf(value: object): NodeHandle | null | undefined {
  const state = stateOf(value)
  return state === undefined ? (value as { _handle?: NodeHandle | null })._handle : state.handle
}

function stateOf(value: object): { handle?: NodeHandle | null } | undefined {
  const symbol = Object.getOwnPropertySymbols(value).find(({ description }) => description === 'state symbol')
  return symbol === undefined ? undefined : (value as Record<symbol, { handle?: NodeHandle | null }>)[symbol]
}
