/**
 * Handles Ctrl-C and a closed standard output: the command releases its resources first, and then ends by the signal.
 * @module
 */
const controller = new AbortController()

/** Aborted when the command has to end early. */
export const interrupted: AbortSignal = controller.signal

/**
 * Ends the command when its output cannot be written: without an error if the reader has gone, as in `cmsg … | head`, and otherwise
 * after calling `report`. An error on standard error ends nothing: it could not be reported, and a reader that has gone must not stop
 * a listener.
 */
export function watchOutputs(report: (error: Error) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (controller.signal.aborted) return
    if (error.code !== 'EPIPE') report(new Error(`cannot write to standard output: ${error.message}`))
    controller.abort(error)
  })
  process.stderr.on('error', () => {})
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Runs a task that holds resources, such as a socket file. A signal aborts it, and ends the process after the cleanup. */
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
    // Ends by the signal, not with an exit status, so that the parent sees the interruption: a loop in a shell ends too.
    if (caught !== undefined) process.kill(process.pid, caught)
  }
}
