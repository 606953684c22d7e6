/**
 * Whatever has a file descriptor, and the number of it.
 * @module
 */
import type { Socket as DatagramSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { invalidType, outOfRange, show } from '../errors.ts'

/**
 * A descriptor: its number, or what has one: an OwnedFd, a MessageSocket, a `FileHandle` and whatever else has an `fd`; a
 * `net.Socket` or `net.Server`, a `dgram.Socket`.
 */
export type Descriptor = number | { readonly fd: number } | Socket | Server | DatagramSocket

/** The number. @throws TypeError for what has none, RangeError for what has none yet or no more */
export function fdOf(value: Descriptor): number {
  if (typeof value === 'number') return value
  if (typeof value === 'object' && value !== null) {
    const own = (value as { fd?: unknown }).fd
    const fd: unknown = own === undefined ? handleOf(value)?.fd : own
    if (typeof fd === 'number' && fd >= 0) return fd
    if ('spawnfile' in value) {
      throw invalidType(`Cannot use ${show(value)} as a file descriptor: a child process has none. Pass one of its streams (child.stdin, child.stdout), or hand a descriptor to the child with the option stdio when you start it`)
    }
    // A FileHandle says -1, a stream of a file null, a socket has no handle.
    if (typeof fd === 'number' || fd === null || '_handle' in value || stateOf(value) !== undefined) {
      throw outOfRange(`Cannot use ${show(value)} as a file descriptor: it is closed or not yet open`)
    }
  }
  throw invalidType(`Cannot use ${show(value)} as a file descriptor: expected a number, or an object with a descriptor: a socket, server or file`)
}

/** The method by which a socket of this package, of whichever copy, is told that others will have its descriptor too. */
export const share: unique symbol = Symbol.for('cmsg.share') as never

/** The number of what is about to be passed to another process, or within this one. It is told, if it wants to know. */
export function fdToShare(value: Descriptor): number {
  const fd = fdOf(value)
  if (typeof value === 'object') {
    const told = (value as { [share]?: unknown })[share]
    if (typeof told === 'function') told.call(value)
  }
  return fd
}

interface Handle { readonly fd?: number }

// Node shows the descriptor of a socket to nobody, but its handle has it: at _handle for net; for dgram, where that
// warns, under a symbol.
function handleOf(value: object): Handle | null | undefined {
  const state = stateOf(value)
  return state === undefined ? (value as { _handle?: Handle | null })._handle : state.handle
}

function stateOf(value: object): { handle?: Handle | null } | undefined {
  const symbol = Object.getOwnPropertySymbols(value).find(({ description }) => description === 'state symbol')
  return symbol === undefined ? undefined : (value as Record<symbol, { handle?: Handle | null }>)[symbol]
}
