/**
 * Ctrl-C, and a reader that is gone: what a command holds is given back first, and then it ends as it was told to.
 * @module
 */
const controller = new AbortController()

/** Aborted when the command is to end before its time. */
export const interrupted: AbortSignal = controller.signal

/** `cmsg … | head`: when nobody reads any more there is nothing left to do, and nothing went wrong. */
export function outputGone(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    controller.abort(error)
  })
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Run what holds something, a socket file for instance: a signal aborts it, and ends the process once all is given back. */
export async function interruptible<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  let caught: NodeJS.Signals | undefined
  const stop = (signal: NodeJS.Signals): void => {
    caught ??= signal
    controller.abort(new Error(`ended by ${signal}`))
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    return await body(interrupted)
  } finally {
    for (const signal of signals) process.off(signal, stop)
    // Who waits for us learns from the signal, not from a number, that we were stopped: a loop in a shell ends too.
    if (caught !== undefined) process.kill(process.pid, caught)
  }
}
