/**
 * How a program waits on a non-blocking socket: try; if it would wait, let poll() wait, and try again.
 */
import { SystemError, constants, poll } from 'cmsg/libc'

function retry<T>(attempt: () => T, wait: () => void): T {
  for (let tries = 1; ; tries++) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EAGAIN')) throw error
      console.error(`nothing yet (try ${tries})`)
      wait()
    }
  }
}

/** Receive, waiting until something is there. */
export const untilReceived = <T>(fd: number, attempt: () => T): T =>
  retry(attempt, () => poll([{ fd, events: constants.POLLIN }]))

/** Send, waiting until the receiver has room. To poll() an unconnected socket is always writable: hence a short sleep. */
export const untilSent = <T>(attempt: () => T): T => retry(attempt, () => poll([], 10))
