/**
 * Waits on a non-blocking socket: tries the call; if it would block, waits with poll(), and tries again.
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

/** Receives a message, and waits until there is one. */
export const untilReceived = <T>(fd: number, attempt: () => T): T =>
  retry(attempt, () => poll([{ fd, events: constants.POLLIN }]))

/** Sends a message, and waits until the receiver has room. For poll(), an unconnected socket is always writable: hence a short sleep. */
export const untilSent = <T>(attempt: () => T): T => retry(attempt, () => poll([], 10))
