/**
 * An abortable delay.
 * @module
 */
import { clearTimeout, setTimeout } from 'node:timers'
import { onAbort } from '../abort.ts'

/** Resolves after `ms` milliseconds. */
export const delay = (ms: number, signal?: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const stop = onAbort(signal, () => {
    stop()
    clearTimeout(timer)
    reject(signal!.reason as Error)
  })
  const timer = setTimeout(() => {
    stop()
    resolve()
  }, ms)
})
