/**
 * The budget of one turn of the event loop, shared by all sockets of the thread: a flood on one of them must starve
 * neither the others nor the timers.
 * @module
 */
import { setImmediate } from 'node:timers'

/** Messages sent or received in one turn. */
const messagesPerTurn = 2048
/** Bytes of their data. */
const bytesPerTurn = 16 << 20

let messages = messagesPerTurn
let bytes = bytesPerTurn
let next: Promise<void> | undefined

/** Starts a new budget. Called at each wake of the poller, which comes once a turn. */
export function renew(): void {
  messages = messagesPerTurn
  bytes = bytesPerTurn
}

/** Counts messages that were sent or received, and the bytes of their data. */
export function spend(count: number, size: number): void {
  messages -= count
  bytes -= size
}

/** Tells that this turn has done its share. A loop that only sends has no wakes, hence the renewal by {@link nextTurn}. */
export const exhausted = (): boolean => messages <= 0 || bytes <= 0

/** Resolves in the next turn, with a new budget. */
export function nextTurn(): Promise<void> {
  return (next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined
      renew()
      resolve()
    })
  }))
}
