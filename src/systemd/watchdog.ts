/**
 * Notifies the watchdog of the service manager, which restarts a service that does not report in time that it is alive.
 * @module
 */
import { clearInterval, setInterval } from 'node:timers'
import { dispose } from '../dispose.ts'
import { shownAs } from '../inspect.ts'
import { numberIn } from './environment.ts'
import { notifySocket, type NotifySocket } from './notify-socket.ts'
import { transmit } from './transmit.ts'

/** The longest interval of a Node timer. */
const longest = 2 ** 31 - 1

/** Reports regularly that this process is alive, until it is closed. Created by {@link watchdog}. */
export class Watchdog implements Disposable {
  static {
    shownAs(this, 'Watchdog', ({ interval }) => ({ interval }))
  }

  /** Time between two notifications, in milliseconds: half of `WATCHDOG_USEC`. */
  readonly interval: number
  readonly #timer: NodeJS.Timeout
  #sending = false

  /** @internal */
  constructor(to: NotifySocket, interval: number) {
    this.interval = interval
    const tell = (): void => {
      // A notification that still waits for room replaces this one.
      if (this.#sending) return
      this.#sending = true
      // A service manager that cannot be reached now may be reachable at the next notification.
      transmit(to, 'WATCHDOG=1', { background: true }).catch(() => {}).finally(() => { this.#sending = false })
    }
    this.#timer = setInterval(tell, interval).unref()
    tell()
  }

  /** Stops reporting. The service manager then restarts the service unless it stops first. Calling it twice is fine. */
  close(): void {
    clearInterval(this.#timer)
  }

  /** {@link close}, for `using`. */
  [dispose](): void {
    this.close()
  }
}

/**
 * `sd_watchdog_enabled(3)`: reports that this process is alive, immediately and then at half the interval of `WATCHDOG_USEC`, as long
 * as its event loop runs (`WatchdogSec=`). The watchdog does not keep the process alive.
 *
 * @returns undefined if the watchdog is not enabled: `WATCHDOG_USEC` or `NOTIFY_SOCKET` is not set, or `WATCHDOG_PID` is another
 * process
 * @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT`: a variable is not a number; `ERR_CMSG_INVALID_ADDRESS`: `NOTIFY_SOCKET`
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_watchdog_enabled.html
 * @example
 * import { watchdog } from 'cmsg/systemd'
 *
 * const alive = watchdog()
 * console.log(alive === undefined) // true
 * alive?.close()
 */
export function watchdog(): Watchdog | undefined {
  const microseconds = numberIn('WATCHDOG_USEC', 1)
  const pid = numberIn('WATCHDOG_PID', 1)
  const to = notifySocket()
  if (microseconds === undefined || to === undefined || (pid !== undefined && pid !== process.pid)) return undefined
  return new Watchdog(to, Math.min(Math.max(1, Math.floor(microseconds / 2 / 1000)), longest))
}
