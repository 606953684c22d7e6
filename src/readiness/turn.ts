/**
 * The budget for one turn of the event loop, shared by all sockets of the thread, so that a flood on one socket starves neither
 * other sockets nor timers.
 * @module
 */
import { setImmediate } from 'node:timers'

/** Maximum number of messages sent or received in one turn. */
export const messagesPerTurn = 2048
/** Maximum number of their data bytes. */
export const bytesPerTurn = 16 << 20

let messages = messagesPerTurn
let bytes = bytesPerTurn
let next: Promise<void> | undefined

/** Starts a new budget. Called at each wakeup of the poller, which occurs once per turn. */
export function renew(): void {
  messages = messagesPerTurn
  bytes = bytesPerTurn
}

/** Counts messages that were sent or received, and their data bytes. */
export function spend(count: number, size: number): void {
  messages -= count
  bytes -= size
}

/** True if the budget is spent. A loop that only sends has no wakeups, so {@link nextTurn} renews the budget too. */
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
