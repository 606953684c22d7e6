/**
 * A pause.
 * @module
 */

/** Resolves after so many milliseconds. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const abort = (): void => {
    clearTimeout(timer)
    reject(signal!.reason as Error)
  }
  const timer = setTimeout(() => {
    signal?.removeEventListener('abort', abort)
    resolve()
  }, ms)
  signal?.addEventListener('abort', abort)
})
