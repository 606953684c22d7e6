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

class Budget {
  #messages = messagesPerTurn
  #bytes = bytesPerTurn

  spend(count: number, size: number): void {
    this.#messages -= count
    this.#bytes -= size
  }

  get isWhole(): boolean {
    return this.#messages === messagesPerTurn
  }

  get exhausted(): boolean {
    return this.#messages <= 0 || this.#bytes <= 0
  }

  renew(): void {
    this.#messages = messagesPerTurn
    this.#bytes = bytesPerTurn
  }
}

const shared = new Budget()
let next: Promise<void> | undefined

/** Counts messages that were sent or received, and their data bytes. */
export function spend(count: number, size: number): void {
  shared.spend(count, size)
  if (shared.exhausted) void nextTurn()
}

/** True if the budget is spent. */
export const exhausted = (): boolean => shared.exhausted

/** Callbacks that wait for budget. */
const waiting: (() => void)[] = []

/**
 * Resolves in the next turn, with a new budget. Wakeups do not renew it: the strategy `thread` may have many in a turn, and a loop
 * that only sends has none.
 */
export function nextTurn(): Promise<void> {
  return (next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined
      shared.renew()
      resolve()
      try {
        while (waiting.length > 0 && !exhausted()) waiting.shift()!()
      } finally {
        if (waiting.length > 0) void nextTurn()
      }
    })
  }))
}

/**
 * Calls back now, or in the first turn with budget left; `urgent` before others that wait. For wakeups and timers, of which Node may
 * run a thousand without a pause.
 */
export function withinBudget(callback: () => void, urgent = false): void {
  if (!exhausted()) return callback()
  if (urgent) waiting.unshift(callback)
  else waiting.push(callback)
}

/**
 * A budget of one object for one turn, whatever others have sent in it. Unlike the shared one, which may be spent in several turns, it is
 * whole at the beginning of each.
 */
export class OwnBudget extends Budget {
  override spend(count: number, size: number): void {
    if (this.isWhole) setImmediate(() => { this.renew() }).unref()
    super.spend(count, size)
  }
}
